/**
 * The composer of slash commands and messages. It has hints for commands and mentions (arrows,
 * Tab and Enter choose), a history (arrow up), and drafts that survive a reload.
 */
import * as api from "./api.js";
import { h, iconButton, toast } from "./dom.js";
import { createHints, suggestions, usageOf } from "./hints.js";
import { encode } from "./mrkdwn.js";
import { APP_NAME, HOME, memory } from "./store.js";

const HISTORY = 50;

/** Text as Slack's composer sends it: escaped, with mentions as ids. */
function outgoing(state, text) {
  return encode(text).replace(/@(\p{L}+)/gu, (whole, name) => {
    const person = state.people.find((entry) => entry.name.toLowerCase() === name.toLowerCase());
    return person ? `<@${person.id}>` : whole;
  });
}

/** The composer's node; `sent` is called after each thing sent. */
export function mountComposer(store, sent) {
  const { state } = store;
  let recalled = -1;

  const usage = h("div", { class: "usage", "data-testid": "usage", hidden: true });
  const input = h("textarea", {
    class: "composer-input", rows: 1, "data-testid": "composer", id: "composer",
    role: "combobox", "aria-autocomplete": "list", "aria-controls": "hints",
    "aria-expanded": "false",
  });
  const hints = createHints(store, input, choose);
  const send = iconButton("send", "Send now", () => submit(), {
    class: "composer-send", "data-testid": "send", disabled: true,
  });

  const history = () => memory.get(`history.${state.user}`, []);
  const draftKey = () => `draft.${state.user}.${state.place}`;

  function changed() {
    hints.show(suggestions(state, input.value.slice(0, input.selectionStart)));
    const command = usageOf(state, input.value);
    usage.hidden = !command;
    if (command) {
      usage.replaceChildren(h("b", null, command.command), ` ${command.usage_hint ?? ""}`,
        h("span", null, command.description ?? ""));
    }
    send.disabled = input.value.trim() === "";
    input.style.height = "auto";
    input.style.height = `${input.scrollHeight}px`;
    memory.set(draftKey(), input.value);
  }

  function put(text, caret = text.length) {
    input.value = text;
    input.setSelectionRange(caret, caret);
    changed();
  }

  function choose({ insert, from }) {
    const caret = input.selectionStart;
    put(input.value.slice(0, from) + insert + input.value.slice(caret), from + insert.length);
    input.focus();
  }

  /** Wraps the selected text in a mark of mrkdwn. */
  function wrap(mark) {
    const { selectionStart: start, selectionEnd: end, value } = input;
    input.value = [value.slice(0, start), value.slice(start, end), value.slice(end)].join(mark);
    input.setSelectionRange(start + mark.length, end + mark.length);
    input.focus();
    changed();
  }

  async function submit() {
    const text = input.value.trim();
    if (!text) return;
    const { user, place } = state;
    const past = history().filter((old) => old !== text);
    memory.set(`history.${user}`, [...past, text].slice(-HISTORY));
    recalled = -1;
    put("");
    try {
      if (text.startsWith("/")) await api.command(user, place, text);
      else await api.say(user, place, outgoing(state, text));
    } catch (error) {
      toast(error.message, "error");
      if (input.value === "" && state.place === place) put(text);
    }
    sent();
  }

  function recall(step) {
    const past = history();
    const next = recalled < 0 ? past.length + step : recalled + step;
    if (next < 0 || (recalled < 0 && step > 0)) return;
    recalled = next >= past.length ? -1 : next;
    put(recalled < 0 ? "" : past[recalled]);
    hints.hide();
  }

  const inHints = {
    ArrowDown: () => hints.move(1),
    ArrowUp: () => hints.move(-1),
    Tab: () => choose(hints.chosen()),
    Enter: () => {
      // A command that is typed in full is sent, not completed once more.
      if (hints.chosen().title === input.value) submit();
      else choose(hints.chosen());
    },
    Escape: () => hints.hide(),
  };
  const plain = {
    Enter: () => submit(),
    ArrowUp: () => recall(-1),
    ArrowDown: () => recall(1),
  };
  input.addEventListener("keydown", (event) => {
    const { isComposing, shiftKey, altKey, ctrlKey, metaKey } = event;
    if (isComposing || shiftKey || altKey || ctrlKey || metaKey) return;
    const recalling = input.value === "" || recalled >= 0;
    if (!hints.chosen() && event.key.startsWith("Arrow") && !recalling) return;
    const handle = (hints.chosen() ? inHints : plain)[event.key];
    if (!handle) return;
    event.preventDefault();
    handle();
  });
  input.addEventListener("input", () => {
    recalled = -1;
    changed();
  });
  input.addEventListener("blur", () => hints.hide());

  const node = h("div", { class: "composer" }, hints.node,
    h("div", { class: "composer-box" },
      h("div", { class: "composer-tools", role: "toolbar", "aria-label": "Formatting" },
        iconButton("bold", "Bold", () => wrap("*")),
        iconButton("italic", "Italic", () => wrap("_")),
        iconButton("strike", "Strikethrough", () => wrap("~")),
        iconButton("code", "Code", () => wrap("`"))),
      input,
      h("div", { class: "composer-bottom" },
        iconButton("slash", "Slash commands", () => { put("/"); input.focus(); }),
        iconButton("at", "Mention a person", () => { put(`${input.value}@`); input.focus(); }),
        usage, send)));

  store.watch(["place", "user", "people"], () => {
    node.hidden = state.place === HOME;
    if (node.hidden) return;
    const channel = state.channels.find(({ id }) => id === state.place);
    const name = channel?.is_im ? APP_NAME : `#${channel?.name ?? ""}`;
    input.placeholder = `Message ${name}`;
    input.setAttribute("aria-label", `Message ${name}`);
    recalled = -1;
    put(memory.get(draftKey(), ""));
    hints.hide();
    if (!document.querySelector("dialog[open]")) input.focus();
  });
  return node;
}
