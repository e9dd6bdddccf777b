/** Pictures of people and apps: an initial on a colour, or the app's own mark. */
import { h } from "./dom.js";
import { BOT, SLACKBOT } from "./store.js";

const COLORS = ["#4a9d7c", "#2f6fb7", "#b6538f", "#c2703d", "#6d5fb5", "#3b8ea5"];

function colorOf(id, people) {
  const index = people.findIndex((person) => person.id === id);
  const color = people[index]?.color;
  if (color) return color.startsWith("#") ? color : `#${color}`;
  return COLORS[Math.max(index, 0) % COLORS.length];
}

/** An avatar of `size` pixels for an author {id, name, bot}. */
export function avatar(author, people, size = 36) {
  const app = author.bot || author.id === BOT ? "app" : null;
  const drawn = author.id === SLACKBOT ? "slackbot" : app;
  const node = drawn
    ? h("img", { class: "avatar", src: `/page/${drawn}.svg`, alt: "" })
    : h("span", { class: "avatar", "aria-hidden": "true" }, author.name.charAt(0).toUpperCase());
  node.style.width = `${size}px`;
  node.style.height = `${size}px`;
  if (!drawn) {
    node.style.background = colorOf(author.id, people);
    node.style.fontSize = `${Math.round(size * 0.48)}px`;
  }
  return node;
}
