/**
 * The composer: a slash command or a message, with hints while a command or a mention is being
 * typed (arrows, Tab and Enter choose), a history (arrow up) and drafts that survive a reload.
 */
import * as api from "./api.js";
import { avatar } from "./avatar.js";
import { h, icon, iconButton, toast } from "./dom.js";
import { encode } from "./mrkdwn.js";
import { APP_NAME, BOT, HOME, memory } from "./store.js";

const HISTORY = 50;

/** What fits the text before the caret: [{insert, title, hint, detail, from, app?}]. */
function suggestions(state, text) {
  const command = /^\/\S*$/.exec(text);
  if (command) {
    return state.commands.filter(({ command: name }) => name.startsWith(text)).map((entry) => ({
      insert: `${entry.command} `, title: entry.command, hint: entry.usage_hint,
      detail: entry.description, from: 0, author: { id: BOT, name: APP_NAME, bot: true },
    }));
  }
  const at = /(?:^|\s)@(\p{L}*)$/u.exec(text);
  if (!at) return [];
  const typed = at[1].toLowerCase();
  return state.people.filter(({ name }) => name.toLowerCase().startsWith(typed)).map((person) => ({
    insert: `@${person.name} `, title: person.name, detail: person.tz,
    from: text.length - at[1].length - 1, author: person,
  }));
}

/** Text as Slack's composer sends it: escaped, with mentions as ids. */
function outgoing(state, text) {
  return encode(text).replace(/@(\p{L}+)/gu, (whole, name) => {
    const person = state.people.find((entry) => entry.name.toLowerCase() === name.toLowerCase());
    return person ? `<@${person.id}>` : whole;
  });
}

/** The bar under the composer while a command is typed: how it is used. */
function usageOf(state, text) {
  const name = /^(\/\S+)\s/.exec(text)?.[1];
  return state.commands.find(({ command }) => command === name);
}

/** The composer's node; `sent` is called after each thing sent. */
export function mountComposer(store, sent) {
  const { state } = store;
  let options = [];
  let chosen = 0;
  let recalled = -1;

  const popup = h("div", {
    class: "hints", id: "hints", role: "listbox", "data-testid": "hints",
    "aria-label": "Suggestions", hidden: true,
  });
  const usage = h("div", { class: "usage", "data-testid": "usage", hidden: true });
  const input = h("textarea", {
    class: "composer-input", rows: 1, "data-testid": "composer", id: "composer",
    role: "combobox", "aria-autocomplete": "list", "aria-controls": "hints",
    "aria-expanded": "false",
  });
  const send = iconButton("send", "Send now", () => submit(), {
    class: "composer-send", "data-testid": "send", disabled: true,
  });

  const history = () => memory.get(`history.${state.user}`, []);
  const draftKey = () => `draft.${state.user}.${state.place}`;

  function drawPopup() {
    popup.hidden = options.length === 0;
    input.setAttribute("aria-expanded", String(!popup.hidden));
    input.toggleAttribute("aria-activedescendant", false);
    popup.replaceChildren(...options.map((option, index) => h("div", {
      class: "hint", role: "option", id: `hint-${index}`, "aria-selected": String(index === chosen),
      onmousedown: (event) => {
        event.preventDefault();
        choose(index);
      },
    },
      avatar(option.author, state.people, 28),
      h("span", { class: "hint-text" },
        h("span", null, h("b", null, option.title), " ", h("span", { class: "hint-usage" }, option.hint)),
        h("small", null, option.detail)))));
    if (!popup.hidden) input.setAttribute("aria-activedescendant", `hint-${chosen}`);
  }

  function changed() {
    const before = input.value.slice(0, input.selectionStart);
    options = suggestions(state, before);
    chosen = 0;
    drawPopup();
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

  function choose(index) {
    const { insert, from } = options[index];
    const caret = input.selectionStart;
    put(input.value.slice(0, from) + insert + input.value.slice(caret), from + insert.length);
    input.focus();
  }

  /** Wraps what is selected in a mark of mrkdwn. */
  function wrap(mark) {
    const { selectionStart: start, selectionEnd: end, value } = input;
    input.value = `${value.slice(0, start)}${mark}${value.slice(start, end)}${mark}${value.slice(end)}`;
    input.setSelectionRange(start + mark.length, end + mark.length);
    input.focus();
    changed();
  }

  async function submit() {
    const text = input.value.trim();
    if (!text) return;
    const { user, place } = state;
    memory.set(`history.${user}`, [...history().filter((old) => old !== text), text].slice(-HISTORY));
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
    options = [];
    drawPopup();
  }

  const inPopup = {
    ArrowDown: () => { chosen = (chosen + 1) % options.length; drawPopup(); },
    ArrowUp: () => { chosen = (chosen + options.length - 1) % options.length; drawPopup(); },
    Tab: () => choose(chosen),
    Enter: () => {
      // A command that is typed in full is sent, not completed once more.
      if (options[chosen].title === input.value) submit();
      else choose(chosen);
    },
    Escape: () => { options = []; drawPopup(); },
  };
  const plain = {
    Enter: () => submit(),
    ArrowUp: () => recall(-1),
    ArrowDown: () => recall(1),
  };
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return;
    const recalling = input.value === "" || recalled >= 0;
    if (options.length === 0 && event.key.startsWith("Arrow") && !recalling) return;
    const handle = (options.length > 0 ? inPopup : plain)[event.key];
    if (!handle) return;
    event.preventDefault();
    handle();
  });
  input.addEventListener("input", () => {
    recalled = -1;
    changed();
  });
  input.addEventListener("blur", () => inPopup.Escape());

  const node = h("div", { class: "composer" }, popup,
    h("div", { class: "composer-box" },
      h("div", { class: "composer-tools", role: "toolbar", "aria-label": "Formatting" },
        iconButton("bold", "Bold", () => wrap("*")), iconButton("italic", "Italic", () => wrap("_")),
        iconButton("strike", "Strikethrough", () => wrap("~")), iconButton("code", "Code", () => wrap("`"))),
      input,
      h("div", { class: "composer-bottom" },
        iconButton("slash", "Slash commands", () => { put("/"); input.focus(); }),
        iconButton("at", "Mention someone", () => { put(`${input.value}@`); input.focus(); }),
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
    inPopup.Escape();
    if (!document.querySelector("dialog[open]")) input.focus();
  });
  return node;
}
