/** Lists that open at a button: their position and their arrow keys. */

/** Opens a popover under its button, or above if there is no room. */
export function openBelow(popover, anchor) {
  popover.showPopover();
  const at = anchor.getBoundingClientRect();
  const { offsetHeight: height, offsetWidth: width } = popover;
  const above = at.bottom + height + 8 > innerHeight && at.top > height + 8;
  popover.style.top = `${above ? at.top - height - 4 : at.bottom + 4}px`;
  popover.style.left = `${Math.max(8, Math.min(at.left, innerWidth - width - 8))}px`;
  popover.querySelector("button, input")?.focus();
}

/** Arrow keys in a menu. */
export function moveFocus(event, menu) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const items = [...menu.querySelectorAll("button, input")];
  const index = items.indexOf(document.activeElement);
  items[(index + step + items.length) % items.length]?.focus();
}
