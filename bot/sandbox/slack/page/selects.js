/**
 * Menus that pick one option or several: static ones, and those of people and channels.
 * A menu for one option is a native select, which every keyboard and screen reader knows. A menu
 * for several is a button that shows the chosen options and opens a list of checkboxes.
 */
import { act, acts } from "./acting.js";
import { h, icon } from "./dom.js";
import { plainText } from "./mrkdwn.js";
import { moveFocus, openBelow } from "./popover.js";
import { myChannels } from "./store.js";

const kindOf = (element) => element.type.replace(/^multi_/, "").replace(/_select$/, "");

/** Groups of {value, text}; a single group has no label. */
function groupsOf(element, { state }) {
  const options = (list) => list.map(({ value, text }) => ({ value, text: text.text }));
  switch (kindOf(element)) {
    case "users":
      return [{ options: state.people.map((person) => ({
        value: person.id, text: person.real_name || person.name,
      })) }];
    case "channels":
    case "conversations": {
      const channels = myChannels(state).filter(
        ({ is_im: direct }) => !direct || kindOf(element) === "conversations",
      );
      return [{ options: channels.map(({ id, name, is_im: direct }) => ({
        value: id, text: direct ? name || "notebook-bot" : `#${name}`,
      })) }];
    }
    default:
      if (!element.option_groups) return [{ options: options(element.options ?? []) }];
      return element.option_groups.map((group) => ({
        label: group.label.text, options: options(group.options),
      }));
  }
}

function initialOf(element) {
  const kind = kindOf(element).replace(/s$/, "");
  if (element.type.startsWith("multi_")) {
    return (element.initial_options ?? []).map(({ value }) => value)
      .concat(element[`initial_${kind}s`] ?? []);
  }
  return element.initial_option?.value ?? element[`initial_${kind}`] ?? "";
}

const labelOf = (block, element) =>
  block.label?.text ?? element.placeholder?.text ?? block.text?.text ?? element.action_id;

/** A menu for one option. */
export function select(element, block, surface) {
  const node = h("select", {
    class: "select", "aria-label": labelOf(block, element),
    "data-action-id": element.action_id, "data-block-id": block.block_id,
  }, h("option", { value: "" }, element.placeholder?.text ?? "Choose an option"));
  for (const { label, options } of groupsOf(element, surface)) {
    const items = options.map(({ value, text }) => h("option", { value }, plainText(text)
      .map((part) => part.textContent || part.alt)));
    if (label) node.append(h("optgroup", { label }, items));
    else node.append(...items);
  }
  node.value = surface.preset(block, element) ?? initialOf(element);
  if (node.selectedIndex < 0) node.value = "";
  const read = () => node.value || null;
  surface.register(block, element, read, () => node.value);
  if (acts(block)) {
    let before = node.value;
    node.addEventListener("change", async () => {
      if (!node.value) return;
      if (await act(surface, block, element, node.value)) before = node.value;
      else node.value = before;
    });
  }
  return node;
}

/** A menu for several options; its value is a list. */
export function multiSelect(element, block, surface) {
  const groups = groupsOf(element, surface);
  const all = groups.flatMap(({ options }) => options);
  const names = new Map(all.map(({ value, text }) => [value, text]));
  const chosen = new Set(surface.preset(block, element) ?? initialOf(element));
  const most = element.max_selected_items ?? Infinity;
  let sent = [...chosen].join();

  const opener = h("button", {
    type: "button", class: "multi", "aria-haspopup": "listbox",
    "aria-label": labelOf(block, element),
    "data-action-id": element.action_id, "data-block-id": block.block_id,
    onclick: () => openBelow(list, opener),
  });
  const showChosen = () => {
    const chip = (value) => h("span", { class: "chip" }, names.get(value) ?? value);
    const chips = [...chosen].map(chip);
    const hint = h("span", { class: "multi-hint" }, element.placeholder?.text ?? "Choose options");
    opener.replaceChildren(...(chips.length ? chips : [hint]), icon("chevron", 16));
    for (const box of list.querySelectorAll("input")) {
      box.disabled = !box.checked && chosen.size >= most;
    }
  };
  const item = ({ value, text }) => h("label", { class: "menu-item" },
    h("input", {
      type: "checkbox", value, checked: chosen.has(value),
      onchange: (event) => {
        if (event.target.checked) chosen.add(value);
        else chosen.delete(value);
        showChosen();
        opener.dispatchEvent(new Event("input", { bubbles: true }));
      },
    }), text);
  const list = h("div", { class: "menu", popover: "auto", "aria-label": labelOf(block, element) },
    groups.map(({ label, options }) => [
      label && h("div", { class: "menu-label" }, label), options.map(item),
    ]));
  list.addEventListener("keydown", (event) => moveFocus(event, list));
  list.addEventListener("toggle", (event) => {
    if (event.newState !== "closed" || !acts(block) || [...chosen].join() === sent) return;
    sent = [...chosen].join();
    act(surface, block, element, [...chosen]);
  });
  showChosen();
  surface.register(block, element, () => [...chosen], () => [...chosen]);
  return h("span", { class: "popover-anchor" }, opener, list);
}
