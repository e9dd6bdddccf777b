/**
 * Interactive Block Kit elements: buttons, text and date fields, checkboxes, radio buttons,
 * overflow menus. Menus that pick from options are in selects.js.
 *
 * A "surface" holds elements (a message, a modal, Home):
 *   reader, state                    for texts, and for menus of people and channels
 *   dispatch(block, element, value)  sends an action; resolves when the app has answered
 *   register(block, element, read)   registers how to read a field's value (for modals)
 *   preset(block, element)           a value that was typed before a redraw, or undefined
 */
import { act, acts } from "./acting.js";
import { fromWallTime, toWallTime } from "./dates.js";
import { h, icon } from "./dom.js";
import { plainText, textObject } from "./mrkdwn.js";
import { moveFocus, openBelow } from "./popover.js";
import { multiSelect, select } from "./selects.js";

const base = (block, element) => ({
  "data-action-id": element.action_id,
  "data-block-id": block.block_id,
});

function button(element, block, surface) {
  const style = element.style ? ` button-${element.style}` : "";
  const node = h("button", {
    type: "button", class: `button${style}`, ...base(block, element),
    "aria-label": element.accessibility_label, title: element.url,
  }, plainText(element.text?.text), element.url && icon("external", 14));
  node.addEventListener("click", async () => {
    if (node.getAttribute("aria-busy")) return;
    if (element.url && /^https?:/i.test(element.url)) {
      window.open(element.url, "_blank", "noopener,noreferrer");
    }
    node.setAttribute("aria-busy", "true");
    try {
      await act(surface, block, element, element.value);
    } finally {
      node.removeAttribute("aria-busy");
    }
  });
  return node;
}

const ATTRIBUTES = {
  plain_text_input: (e) => ({ type: "text", minlength: e.min_length, maxlength: e.max_length }),
  email_text_input: () => ({ type: "email", autocomplete: "off" }),
  url_text_input: () => ({ type: "url", autocomplete: "off" }),
  number_input: (e) => ({
    type: "number", min: e.min_value, max: e.max_value, step: e.is_decimal_allowed ? "any" : 1,
  }),
  datepicker: () => ({ type: "date" }),
  timepicker: () => ({ type: "time" }),
  datetimepicker: () => ({ type: "datetime-local" }),
};

const INITIAL = {
  datepicker: (e) => e.initial_date,
  timepicker: (e) => e.initial_time,
  datetimepicker: (e, reader) =>
    e.initial_date_time ? toWallTime(e.initial_date_time, reader) : undefined,
};

/** Text, number, date and time: one input or textarea. */
function field(element, block, surface) {
  const initial = INITIAL[element.type]?.(element, surface.reader) ?? element.initial_value ?? "";
  const tag = element.multiline ? "textarea" : "input";
  const { type, ...limits } = ATTRIBUTES[element.type](element);
  const node = h(tag, {
    class: `field field-${type}`, type: tag === "input" ? type : null, ...limits,
    rows: element.multiline ? 4 : null, placeholder: element.placeholder?.text,
    "aria-label": block.label?.text ?? element.placeholder?.text ?? element.action_id,
    "data-autofocus": element.focus_on_load === true, ...base(block, element),
    value: surface.preset(block, element) ?? initial,
  });
  const read = () => {
    if (node.value === "") return null;
    if (element.type !== "datetimepicker") return node.value;
    return fromWallTime(node.value, surface.reader);
  };
  surface.register(block, element, read, () => node.value);
  if (!acts(block)) return node;
  const send = () => act(surface, block, element, read());
  const triggers = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  if (element.type.endsWith("picker")) node.addEventListener("change", send);
  else if (triggers.includes("on_character_entered")) node.addEventListener("input", send);
  else {
    node.addEventListener("keydown", (event) => {
      const newline = element.multiline && event.shiftKey;
      if (event.key !== "Enter" || event.isComposing || newline) return;
      event.preventDefault();
      send();
    });
  }
  return node;
}

/** Checkboxes and radio buttons; the value is a list for the former, one string for the latter. */
function choices(element, block, surface) {
  const many = element.type === "checkboxes";
  const initial = many
    ? (element.initial_options ?? []).map(({ value }) => value)
    : [element.initial_option?.value];
  const chosen = surface.preset(block, element) ?? initial;
  const name = `${block.block_id}-${element.action_id}-${Math.random()}`;
  const boxes = element.options.map((option) => ({
    option,
    input: h("input", {
      type: many ? "checkbox" : "radio", name, value: option.value,
      checked: chosen.includes(option.value), ...base(block, element),
    }),
  }));
  const values = () => boxes.filter(({ input }) => input.checked).map(({ input }) => input.value);
  const read = () => (many ? values() : values()[0] ?? null);
  surface.register(block, element, read, values);
  const node = h("div", {
    class: "choices", role: many ? "group" : "radiogroup", "aria-label": block.label?.text,
  }, boxes.map(({ option, input }) => h("label", { class: "choice" }, input, h("span", null,
    textObject(option.text, surface.reader),
    option.description && h("span", { class: "choice-description" },
      textObject(option.description, surface.reader))))));
  if (acts(block)) {
    let before = values();
    node.addEventListener("change", async () => {
      if (await act(surface, block, element, read())) before = values();
      else for (const { input } of boxes) input.checked = before.includes(input.value);
    });
  }
  return node;
}

/** The menu behind three dots. */
function overflow(element, block, surface) {
  const pick = (option) => {
    menu.hidePopover();
    if (option.url && /^https?:/i.test(option.url)) {
      window.open(option.url, "_blank", "noopener,noreferrer");
    }
    act(surface, block, element, option.value);
  };
  const menu = h("div", { class: "menu", role: "menu", popover: "auto" },
    element.options.map((option) => h("button", {
      type: "button", class: "menu-item", role: "menuitem", "data-value": option.value,
      onclick: () => pick(option),
    }, plainText(option.text.text))));
  const opener = h("button", {
    type: "button", class: "button button-overflow", "aria-label": "More actions",
    "aria-haspopup": "menu", onclick: () => openBelow(menu, opener), ...base(block, element),
  }, icon("more", 18));
  menu.addEventListener("keydown", (event) => moveFocus(event, menu));
  return h("span", { class: "popover-anchor" }, opener, menu);
}

const RENDER = {
  button, overflow, checkboxes: choices, radio_buttons: choices,
  static_select: select, users_select: select, conversations_select: select,
  channels_select: select,
  multi_static_select: multiSelect, multi_users_select: multiSelect,
  multi_conversations_select: multiSelect, multi_channels_select: multiSelect,
};
for (const type of Object.keys(ATTRIBUTES)) RENDER[type] = field;

/** An element as a node; images are drawn here too, since an accessory may be one. */
export function renderElement(element, block, surface) {
  if (element.type === "image") {
    return h("img", {
      class: "accessory-image", alt: element.alt_text ?? "",
      src: element.slack_file?.id ? `/sandbox/files/${element.slack_file.id}` : element.image_url,
    });
  }
  const render = RENDER[element.type];
  if (!render) return h("span", { class: "unsupported" }, `(${element.type})`);
  return render(element, block, surface);
}
