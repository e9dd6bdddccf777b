/** The dialog that asks before an action, as Block Kit's confirm objects describe it. */
import { h, iconButton } from "./dom.js";
import { plainText, textObject } from "./mrkdwn.js";

/** Resolves to true if the person confirms, else to false. */
export function confirmed(confirm, reader) {
  return new Promise((resolve) => {
    let answer = false;
    const close = (agreed) => {
      answer = agreed;
      dialog.close();
    };
    const danger = confirm.style === "danger" ? "button-danger" : "button-primary";
    const agree = h("button", {
      type: "button", class: `button button-large ${danger}`, "data-testid": "confirm-yes",
      onclick: () => close(true),
    }, plainText(confirm.confirm?.text ?? "Yes"));
    const dialog = h("dialog", {
      class: "dialog dialog-confirm", "data-testid": "confirm", "aria-labelledby": "confirm-title",
    },
      h("header", { class: "dialog-header" },
        h("h2", { id: "confirm-title" }, plainText(confirm.title?.text ?? "Are you sure?")),
        iconButton("close", "Close", () => close(false))),
      h("div", { class: "dialog-body" }, textObject(confirm.text, reader)),
      h("footer", { class: "dialog-footer" },
        h("button", {
          type: "button", class: "button button-large", "data-testid": "confirm-no",
          onclick: () => close(false),
        }, plainText(confirm.deny?.text ?? "Cancel")),
        agree));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
    agree.focus();
  });
}
