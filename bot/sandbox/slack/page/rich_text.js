/** rich_text blocks: sections, lists, quotes and preformatted text. */
import { h } from "./dom.js";
import { emoji } from "./emoji.js";
import { codeSpan, dateNode, mention, safeLink } from "./mrkdwn.js";

const TAGS = { bold: "strong", italic: "em", strike: "s", underline: "u" };

function styled(node, style = {}) {
  const wrapped = Object.keys(TAGS).filter((name) => style[name]);
  return wrapped.reduce((inner, name) => h(TAGS[name], null, inner), node);
}

const LEAVES = {
  text: ({ text, style }) => (style?.code ? codeSpan(text) : document.createTextNode(text)),
  link: ({ url, text }) => safeLink(url, text || url),
  user: ({ user_id: id }, reader) => mention(id, reader),
  channel: ({ channel_id: id }, reader) =>
    h("span", { class: "mention" }, `#${reader.channelName(id)}`),
  usergroup: ({ usergroup_id: id }) => h("span", { class: "mention" }, `@${id}`),
  broadcast: ({ range }) => h("span", { class: "mention" }, `@${range}`),
  emoji: ({ name }) => emoji(name) ?? document.createTextNode(`:${name}:`),
  date: ({ timestamp, format, fallback, url }, reader) =>
    dateNode(timestamp, format, fallback, url, reader),
};

const leaf = (element, reader) =>
  styled(LEAVES[element.type]?.(element, reader) ?? document.createTextNode(""), element.style);

const leaves = (part, reader) => (part.elements ?? []).map((element) => leaf(element, reader));

const PARTS = {
  rich_text_section: (part, reader) => h("div", { class: "text" }, leaves(part, reader)),
  rich_text_quote: (part, reader) => h("blockquote", { class: "quote" }, leaves(part, reader)),
  rich_text_preformatted: (part) =>
    h("pre", { class: "pre" }, (part.elements ?? []).map(({ text, url }) => text ?? url)),
  rich_text_list: (part, reader) => {
    const list = h(part.style === "ordered" ? "ol" : "ul", { class: "list" },
      (part.elements ?? []).map((item) => h("li", null, leaves(item, reader))));
    list.style.marginInlineStart = `${(part.indent ?? 0) * 24}px`;
    return list;
  },
};

/** A rich_text block, as nodes. */
export const richText = (block, reader) =>
  (block.elements ?? []).map((part) => PARTS[part.type]?.(part, reader));
