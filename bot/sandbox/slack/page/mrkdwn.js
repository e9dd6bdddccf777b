/**
 * Slack's mrkdwn to DOM nodes. Two passes: lines become code blocks, quotes, lists and
 * paragraphs (blocksOf); inside them a scanner finds styles and <...> tokens (inline).
 *
 * A "reader" is the person who reads a text: {locale, tz, id, userName(id), channelName(id)}.
 */
import { fillTemplate } from "./dates.js";
import { h } from "./dom.js";
import { emoji } from "./emoji.js";

const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };
const STYLES = { "*": "strong", _: "em", "~": "s" };
const WORD = /[\p{L}\p{N}]/u;

/** Slack's three entities, and no other. */
export const decode = (text) => text.replace(/&(amp|lt|gt);/g, (entity) => ENTITIES[entity]);

/** Typed text as the composer sends it. */
export const encode = (text) =>
  text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

/** A safe link, or only its label for an address of another kind. */
export function safeLink(url, label, props = {}) {
  if (!/^(https?:\/\/|mailto:)/i.test(url)) return h("span", null, label);
  const external = { target: "_blank", rel: "noopener noreferrer" };
  return h("a", { class: "link", href: url, ...external, ...props }, label);
}

/** A code span; a click copies it (main.js listens). */
export const codeSpan = (text) =>
  h("code", { class: "code", tabindex: 0, title: "Click to copy", "data-copy": true }, text);

/** A time that follows the reader; keepTimesFresh updates it later. */
export function dateNode(seconds, template, fallback, link, reader) {
  const text = fillTemplate(template, seconds, reader);
  if (text === null) return document.createTextNode(fallback ?? "");
  const time = h("time", {
    datetime: new Date(seconds * 1000).toISOString(),
    title: fallback,
    "data-seconds": seconds,
    "data-template": template,
  }, text);
  return link ? safeLink(link, time) : time;
}

/** Updates "5 minutes ago", "Today" and similar texts. */
export function keepTimesFresh(root, reader) {
  for (const time of root.querySelectorAll("time[data-template]")) {
    const text = fillTemplate(time.dataset.template, Number(time.dataset.seconds), reader);
    if (text !== null && text !== time.textContent) time.textContent = text;
  }
}

/** A mention of a person; a mention of the reader is marked. */
export const mention = (id, reader) => h("span", {
  class: id === reader.id ? "mention mention-me" : "mention",
}, `@${reader.userName(id)}`);

function command(body, label, reader) {
  const [name, ...rest] = body.split("^");
  if (name === "date") {
    const [seconds, template = "", link] = rest;
    const fallback = label && decode(label);
    return dateNode(Number(seconds), template, fallback, link && decode(link), reader);
  }
  const shown = label ? decode(label) : `@${name.replace(/^subteam\^?/, "")}`;
  return h("span", { class: "mention" }, shown.startsWith("@") ? shown : `@${shown}`);
}

/** The nodes of a token <...>; `inner` is the text between the brackets. */
function token(inner, reader) {
  const bar = inner.indexOf("|");
  const [body, label] = bar < 0 ? [inner, ""] : [inner.slice(0, bar), inner.slice(bar + 1)];
  if (body.startsWith("@")) return mention(body.slice(1), reader);
  if (body.startsWith("#")) {
    const name = label ? decode(label) : reader.channelName(body.slice(1));
    return h("span", { class: "mention" }, `#${name}`);
  }
  if (body.startsWith("!")) return command(body.slice(1), label, reader);
  const url = decode(body);
  if (!/^[a-z][a-z0-9+.-]*:/i.test(url)) return document.createTextNode(`<${decode(inner)}>`);
  return safeLink(url, label ? inline(label, reader) : url.replace(/^mailto:/, ""));
}

/** Code keeps its characters; a link inside one shows as its label. */
const codeText = (text) =>
  decode(text.replace(/<([^<>|]+)(?:\|([^<>]*))?>/g, (_, url, label) => label || url));

/** The end of a span that `mark` opens at `start`, or -1. Code and tokens inside are skipped. */
function closing(text, start, mark) {
  if (!text[start + 1] || /[\s]/.test(text[start + 1]) || text[start + 1] === mark) return -1;
  if (start > 0 && WORD.test(text[start - 1])) return -1;
  for (let i = start + 1; i < text.length && text[i] !== "\n"; i += 1) {
    const skip = { "`": "`", "<": ">" }[text[i]];
    if (skip) {
      const end = text.indexOf(skip, i + 1);
      if (end > 0) i = end;
    } else if (text[i] === mark && !/\s/.test(text[i - 1]) && !WORD.test(text[i + 1] ?? "")) {
      return i;
    }
  }
  return -1;
}

/** Tries to read one thing at position i: [node, next position], or null for plain text. */
function scan(text, i, reader) {
  const char = text[i];
  if (char === "`") {
    const end = text.indexOf("`", i + 1);
    const inner = text.slice(i + 1, end);
    if (end > i + 1 && !inner.includes("\n")) return [codeSpan(codeText(inner)), end + 1];
  } else if (char === "<") {
    const end = text.indexOf(">", i);
    if (end > i + 1) return [token(text.slice(i + 1, end), reader), end + 1];
  } else if (STYLES[char]) {
    const end = closing(text, i, char);
    if (end > 0) return [h(STYLES[char], null, inline(text.slice(i + 1, end), reader)), end + 1];
  } else if (char === ":") {
    const match = /^:([a-z0-9_+-]+):/.exec(text.slice(i, i + 60));
    const node = match && emoji(match[1]);
    if (node) return [node, i + match[0].length];
  } else if (char === "h" && !WORD.test(text[i - 1] ?? "")) {
    const match = /^https?:\/\/[^\s<>|`]+[^\s<>|`.,;:!?)*_~'"]/.exec(text.slice(i));
    if (match) return [safeLink(decode(match[0]), decode(match[0])), i + match[0].length];
  }
  return null;
}

/** Styles, code, tokens, emoji and links of one stretch of text, as nodes. */
export function inline(text, reader) {
  const nodes = [];
  let plain = "";
  const flush = () => {
    if (plain) nodes.push(document.createTextNode(decode(plain)));
    plain = "";
  };
  for (let i = 0; i < text.length;) {
    const found = scan(text, i, reader);
    if (found) {
      flush();
      nodes.push(found[0]);
      i = found[1];
    } else {
      plain += text[i];
      i += 1;
    }
  }
  flush();
  return nodes;
}

const KINDS = [
  ["quote", /^(?:&gt;|>) ?(.*)$/],
  ["list", /^\s*(?:[•◦▪]|-(?= ))\s*(.*)$/],
  ["ordered", /^\s*(\d+\.\s+.*)$/],
];

function kindOf(line) {
  for (const [kind, pattern] of KINDS) {
    const match = pattern.exec(line);
    if (match) return [kind, match[1]];
  }
  return ["text", line];
}

const RENDER = {
  quote: (lines, reader) => h("blockquote", { class: "quote" }, inline(lines.join("\n"), reader)),
  list: (lines, reader) =>
    h("ul", { class: "list" }, lines.map((line) => h("li", null, inline(line, reader)))),
  ordered: (lines, reader) =>
    h("ol", { class: "list", start: parseInt(lines[0], 10) },
      lines.map((line) => h("li", null, inline(line.replace(/^\d+\.\s+/, ""), reader)))),
  text: (lines, reader) => h("div", { class: "text" }, inline(lines.join("\n"), reader)),
};

/** Lines, grouped by kind; an empty line at a group's edge is kept as a gap. */
function paragraphs(text, reader) {
  const groups = [];
  for (const line of text.split("\n")) {
    const [kind, content] = kindOf(line);
    const last = groups.at(-1);
    if (last?.kind === kind) last.lines.push(content);
    else groups.push({ kind, lines: [content] });
  }
  return groups.map(({ kind, lines }) => RENDER[kind](lines, reader));
}

/** A whole text in mrkdwn, as a fragment. */
export function mrkdwn(text, reader) {
  const fragment = document.createDocumentFragment();
  (text ?? "").split("```").forEach((part, index, parts) => {
    const fenced = index % 2 === 1 && index < parts.length - 1;
    if (fenced) {
      fragment.append(h("pre", { class: "pre" }, codeText(part.replace(/^\n|\n$/g, ""))));
      return;
    }
    const loose = index % 2 === 1 ? `\`\`\`${part}` : part;
    const trimmed = loose.replace(index > 0 ? /^\n/ : /^$/, "").replace(/\n$/, "");
    if (trimmed) fragment.append(...paragraphs(trimmed, reader));
  });
  return fragment;
}

/** Plain text: emoji and line breaks, nothing else. */
export function plainText(text) {
  const parts = (text ?? "").split(/(:[a-z0-9_+-]+:)/);
  return parts.map((part) => {
    const node = part.startsWith(":") && part.endsWith(":") ? emoji(part.slice(1, -1)) : null;
    return node ?? document.createTextNode(decode(part));
  });
}

/** A Block Kit text object {type, text}, as nodes. */
export function textObject(object, reader) {
  if (!object) return [];
  return object.type === "mrkdwn" ? [mrkdwn(object.text, reader)] : plainText(object.text);
}
