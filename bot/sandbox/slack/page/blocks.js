/** Block Kit's layout blocks as nodes; elements.js draws their interactive elements. */
import { fileUrl } from "./api.js";
import { h } from "./dom.js";
import { renderElement } from "./elements.js";
import { mrkdwn, plainText, textObject } from "./mrkdwn.js";
import { richText } from "./rich_text.js";

const asList = (value) => value ?? [];

function section(block, surface) {
  const { reader } = surface;
  return h("div", { class: "block section" },
    h("div", { class: "section-body" },
      block.text && h("div", { class: "section-text" }, textObject(block.text, reader)),
      asList(block.fields).length > 0 && h("div", { class: "fields" },
        block.fields.map((field) => h("div", { class: "field-cell" }, textObject(field, reader))))),
    block.accessory && h("div", { class: "accessory" },
      renderElement(block.accessory, block, surface)));
}

const actions = (block, surface) => h("div", { class: "block actions" },
  asList(block.elements).map((element) => renderElement(element, block, surface)));

const context = (block, surface) => h("div", { class: "block context" },
  asList(block.elements).map((element) => (element.type === "image"
    ? h("img", {
      class: "context-image", alt: element.alt_text ?? "",
      src: element.slack_file?.id ? fileUrl(element.slack_file.id) : element.image_url,
    })
    : h("span", { class: "context-text" }, textObject(element, surface.reader)))));

const header = (block) => h("h3", { class: "block header" }, plainText(block.text?.text));

const divider = () => h("hr", { class: "block divider" });

const image = (block) => h("figure", { class: "block image" },
  block.title && h("figcaption", null, plainText(block.title.text)),
  h("a", {
    href: block.slack_file?.id ? fileUrl(block.slack_file.id) : block.image_url,
    target: "_blank", rel: "noopener noreferrer",
  }, h("img", {
    alt: block.alt_text ?? "",
    src: block.slack_file?.id ? fileUrl(block.slack_file.id) : block.image_url,
  })));

/** A labelled field; modal.js writes the field's error into .input-error. */
function input(block, surface) {
  const control = renderElement(block.element, block, surface);
  const optional = block.optional && h("span", { class: "input-optional" }, " (optional)");
  return h("div", { class: "block input", "data-block-id": block.block_id },
    h("div", { class: "input-label" }, plainText(block.label?.text), optional),
    control,
    block.hint && h("div", { class: "input-hint" }, plainText(block.hint.text)),
    h("div", { class: "input-error", role: "alert", hidden: true }));
}

const RENDER = {
  section, actions, context, header, divider, image, input,
  rich_text: (block, surface) => h("div", { class: "block" }, richText(block, surface.reader)),
  markdown: (block, surface) => h("div", { class: "block" }, mrkdwn(block.text, surface.reader)),
  // Only Slack's own players show videos.
  video: () => null,
};

/** All blocks of a message or a view. */
export function renderBlocks(blocks, surface) {
  return asList(blocks).map((block) => {
    const render = RENDER[block.type];
    if (render) return render(block, surface);
    return h("div", { class: "block unsupported" }, `(a block of type ${block.type})`);
  });
}
