/** The open modal: draws the view on top of the stack, submits it, shows its fields' errors. */
import * as api from "./api.js";
import { renderBlocks } from "./blocks.js";
import { h, iconButton } from "./dom.js";
import { plainText } from "./mrkdwn.js";
import { createSurface } from "./surface.js";

const TROUBLE = "We had some trouble connecting. Try again?";

/** Typed values of a view, kept through redraws, pushed views and page reloads. */
const typedValues = {
  key: (view) => `local-slack.typed.${view.id}`,
  get(view) {
    return JSON.parse(sessionStorage.getItem(this.key(view)) ?? "{}");
  },
  set(view, typed) {
    sessionStorage.setItem(this.key(view), JSON.stringify(typed));
  },
};

/** Shows the errors at their fields; true if each error has a field. */
function showErrors(dialog, errors) {
  for (const slot of dialog.querySelectorAll(".input-error")) {
    const block = slot.closest(".input");
    const message = errors[block.dataset.blockId];
    slot.textContent = message ?? "";
    slot.hidden = !message;
    block.classList.toggle("input-invalid", Boolean(message));
    for (const control of block.querySelectorAll("input, textarea, select, .multi")) {
      control.setAttribute("aria-invalid", Boolean(message));
    }
  }
  dialog.querySelector(".input-invalid :is(input, textarea, select, .multi)")?.focus();
}

/** Errors by block for required fields that are empty. */
function missing(view, values) {
  const empty = (value) => value === null || value === "" || value?.length === 0;
  const blocks = (view.blocks ?? []).filter(({ type, optional }) => type === "input" && !optional);
  return Object.fromEntries(blocks
    .filter(({ element }) => empty(values[element.action_id]))
    .map(({ block_id: id }) => [id, "Please complete this required field."]));
}

/** Keeps one dialog in step with store.state.view. */
export function mountModal(store, reload) {
  let dialog = null;
  let shown = null;
  let surface = null;

  const remember = () => shown && surface && typedValues.set(shown, surface.typed());
  const forget = () => {
    dialog?.remove();
    dialog = null;
    shown = null;
    surface = null;
  };

  async function close() {
    const { user } = store.state;
    if (shown) sessionStorage.removeItem(typedValues.key(shown));
    surface = null;
    await api.closeView(user).catch((error) => console.warn(error));
    await reload.view();
  }

  async function submit(view) {
    const values = surface.values();
    const wanting = missing(view, values);
    showErrors(dialog, wanting);
    if (Object.keys(wanting).length > 0) return;
    const button = dialog.querySelector("[data-testid=modal-submit]");
    const trouble = dialog.querySelector(".dialog-trouble");
    trouble.hidden = true;
    button.setAttribute("aria-busy", "true");
    try {
      const { errors, error } = await api.submitView(store.state.user, values);
      if (errors) {
        showErrors(dialog, errors);
        return;
      }
      trouble.hidden = !error;
      if (!error) await reload.view();
    } catch (error) {
      trouble.textContent = error.message;
      trouble.hidden = false;
    } finally {
      button.removeAttribute("aria-busy");
    }
  }

  function draw(view) {
    const stacked = view.previous_view_id;
    surface = createSurface(store, { view: true }, {
      typed: typedValues.get(view), sent: () => reload.view(),
    });
    const body = h("div", { class: "dialog-body" }, renderBlocks(view.blocks, surface));
    const form = h("form", {
      class: "dialog-form", novalidate: true,
      onsubmit: (event) => {
        event.preventDefault();
        if (view.submit) submit(view);
      },
      oninput: remember, onchange: remember,
    },
      h("header", { class: "dialog-header" },
        stacked && iconButton("back", "Back", close),
        h("h2", { id: "modal-title" }, plainText(view.title?.text)),
        iconButton("close", "Close", close, { "data-testid": "modal-close" })),
      body,
      h("div", { class: "dialog-trouble", role: "alert", hidden: true }, TROUBLE),
      h("footer", { class: "dialog-footer" },
        h("button", { type: "button", class: "button button-large", onclick: close },
          plainText(view.close?.text ?? (view.submit ? "Cancel" : "Close"))),
        view.submit && h("button", {
          type: "submit", class: "button button-large button-primary",
          "data-testid": "modal-submit",
        }, plainText(view.submit.text))));
    return form;
  }

  /** The focused field, so that a redraw by the app keeps the focus. */
  function focusedField() {
    const { actionId } = document.activeElement?.dataset ?? {};
    return dialog?.contains(document.activeElement) && actionId;
  }

  function show(view) {
    const focused = shown?.id === view.id ? focusedField() : null;
    remember();
    if (!dialog) {
      dialog = h("dialog", {
        class: "dialog", "data-testid": "modal", "aria-labelledby": "modal-title",
        oncancel: (event) => {
          if (event.target !== dialog) return;
          event.preventDefault();
          close();
        },
      });
      document.body.append(dialog);
    }
    shown = view;
    dialog.dataset.viewId = view.id;
    dialog.replaceChildren(draw(view));
    if (!dialog.open) dialog.showModal();
    const first = focused
      ? `[data-action-id="${CSS.escape(focused)}"]`
      : "[data-autofocus], .dialog-body :is(input, textarea, select, .multi)";
    (dialog.querySelector(first) ?? dialog.querySelector("[data-testid=modal-submit]"))?.focus();
  }

  store.watch(["view", "user"], ({ view }) => {
    if (view) show(view);
    else forget();
  });
}
