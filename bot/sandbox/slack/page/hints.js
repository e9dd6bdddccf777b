/** Hints of the composer: a list of commands or people to choose from, and the usage. */
import { avatar } from "./avatar.js";
import { h } from "./dom.js";
import { APP_NAME, BOT } from "./store.js";

/** Hints that fit the text before the caret: [{insert, title, hint, detail, from, author}]. */
export function suggestions(state, text) {
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
  const fits = ({ name }) => name.toLowerCase().startsWith(typed);
  return state.people.filter(fits).map((person) => ({
    insert: `@${person.name} `, title: person.name, detail: person.tz,
    from: text.length - at[1].length - 1, author: person,
  }));
}

/** The bar under the composer with the usage of the command that is being typed. */
export function usageOf(state, text) {
  const name = /^(\/\S+)\s/.exec(text)?.[1];
  return state.commands.find(({ command }) => command === name);
}

/**
 * The list over the composer: {node, show(options), hide(), move(step), chosen()}.
 * The focus stays in `input`; `choose` gets the option that a person clicks.
 */
export function createHints(store, input, choose) {
  let options = [];
  let index = 0;
  const node = h("div", {
    class: "hints", id: "hints", role: "listbox", "data-testid": "hints",
    "aria-label": "Suggestions", hidden: true,
  });

  const row = (option, at) => h("div", {
    class: "hint", role: "option", id: `hint-${at}`, "aria-selected": String(at === index),
    onmousedown: (event) => {
      event.preventDefault();
      choose(option);
    },
  },
    avatar(option.author, store.state.people, 28),
    h("span", { class: "hint-text" },
      h("span", null, h("b", null, option.title), " ",
        h("span", { class: "hint-usage" }, option.hint)),
      h("small", null, option.detail)));

  function draw() {
    node.hidden = options.length === 0;
    node.replaceChildren(...options.map(row));
    input.setAttribute("aria-expanded", String(!node.hidden));
    if (node.hidden) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", `hint-${index}`);
  }

  function show(next) {
    options = next;
    index = 0;
    draw();
  }

  return {
    node, show,
    hide: () => show([]),
    chosen: () => options[index],
    move(step) {
      index = (index + step + options.length) % options.length;
      draw();
    },
  };
}
