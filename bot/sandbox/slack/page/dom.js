/**
 * Building DOM nodes by hand. Text only ever becomes a text node, so nothing that a
 * person or an app writes can become markup.
 */

/**
 * An element: h("button", {class: "button", "data-testid": "send", onclick: send}, "Send").
 * Properties that begin with "on" are listeners; null, undefined and false leave one out.
 */
export function h(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "selected") node[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  append(node, children);
  return node;
}

/** Appends nodes and text, however nested; skips null, undefined and false. */
export function append(node, children) {
  for (const child of [children].flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

/** Makes `nodes` the children of `parent` with few moves, so that the focus survives. */
export function reconcile(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.childNodes]) {
    if (!wanted.has(child)) child.remove();
  }
  let cursor = parent.firstChild;
  for (const node of nodes) {
    if (node === cursor) cursor = cursor.nextSibling;
    else parent.insertBefore(node, cursor);
  }
}

const SVG = "http://www.w3.org/2000/svg";

/** An icon of icons.svg; decorative, so hidden from screen readers. */
export function icon(name, size = 20) {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `/page/icons.svg#${name}`);
  svg.setAttribute("width", size);
  svg.setAttribute("height", size);
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

/** A button that shows an icon only; the label is for screen readers and the tooltip. */
export function iconButton(name, label, onclick, { class: also = "", ...props } = {}) {
  return h("button", {
    type: "button", class: `icon-button ${also}`.trim(), "aria-label": label, title: label, onclick,
    ...props,
  }, icon(name));
}

/** Shows a text briefly at the bottom of the page; kind is "note" or "error". */
export function toast(text, kind = "note") {
  const node = h("div", { class: `toast toast-${kind}`, "data-testid": "toast" }, text);
  document.getElementById("toasts").append(node);
  setTimeout(() => node.remove(), kind === "error" ? 8000 : 2500);
}
