/** One message as a node: its author, its text or blocks, its files and its replies. */
import { fileUrl } from "./api.js";
import { avatar } from "./avatar.js";
import { renderBlocks } from "./blocks.js";
import { clock, fullTime, shortClock } from "./dates.js";
import { h, icon } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";
import { APP_NAME, authorOf, readerOf } from "./store.js";
import { createSurface } from "./surface.js";

const timeOf = (message, reader, write = clock) => h("time", {
  class: "message-time",
  datetime: new Date(Number(message.ts) * 1000).toISOString(),
  title: fullTime(Number(message.ts), reader),
}, write(Number(message.ts), reader));

function file(entry) {
  const url = fileUrl(entry.id);
  const name = entry.title || entry.name;
  const external = { href: url, target: "_blank", rel: "noopener" };
  if (entry.mimetype?.startsWith("image/")) {
    return h("figure", { class: "file-image" },
      h("figcaption", null, name),
      h("a", external, h("img", { src: url, alt: name })));
  }
  return h("a", { class: "file", ...external, download: entry.name },
    icon("file", 24),
    h("span", null, h("b", null, name), h("small", null, entry.mimetype ?? "file")));
}

function body(message, store, reader) {
  const edited = message.edits > 0 && h("span", { class: "edited" }, " (edited)");
  if (!message.blocks?.length) {
    const text = mrkdwn(message.text, reader);
    (text.lastElementChild?.matches(".text") ? text.lastElementChild : text).append(edited || "");
    return h("div", { class: "message-text" }, text);
  }
  const surface = createSurface(store, { channel: message.channel, ts: message.ts });
  return h("div", { class: "message-blocks" }, renderBlocks(message.blocks, surface), edited);
}

const onlyYou = () => h("div", { class: "message-private" },
  icon("eye", 14), "Only visible to you");

/** A message; a compact one follows another of the same author and shows no name. */
export function messageNode(message, store, { compact, replies = [] }) {
  const { state } = store;
  const reader = readerOf(state);
  const author = authorOf(state, message);
  const marks = [message.ephemeral && "message-ephemeral", compact && "message-compact"];
  const heading = h("div", { class: "message-heading" },
    h("span", { class: "message-author" }, author.name),
    author.bot && h("span", { class: "badge" }, "APP"),
    timeOf(message, reader));
  return h("article", {
    class: ["message", ...marks.filter(Boolean)].join(" "),
    "data-testid": "message", "data-ts": message.ts, "data-channel": message.channel,
    "data-ephemeral": String(Boolean(message.ephemeral)),
    "aria-label": `${author.name === APP_NAME ? "App " : ""}${author.name}`,
  },
    message.ephemeral && onlyYou(),
    h("div", { class: "message-gutter" },
      compact ? timeOf(message, reader, shortClock) : avatar(author, state.people)),
    h("div", { class: "message-content" },
      !compact && heading,
      body(message, store, reader),
      message.files?.length > 0 && h("div", { class: "files" }, message.files.map(file)),
      replies.length > 0 && h("div", { class: "replies", role: "group", "aria-label": "Replies" },
        h("div", { class: "replies-count" },
          replies.length === 1 ? "1 reply" : `${replies.length} replies`),
        replies.map((reply) => messageNode(reply, store, { compact: false })))));
}
