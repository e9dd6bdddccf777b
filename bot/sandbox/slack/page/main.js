/**
 * The page of local Slack: builds the parts and starts them.
 *
 * Tests and scripts may rely on these (data-testid unless another attribute is named):
 *   person-menu, person-<id>            the current person; pick another
 *   channel-<id>                        an entry of the sidebar; data-unread is its count
 *   tab-home, tab-messages              the app's tabs
 *   messages                            the list (role=log inside)
 *   message                             data-ts, data-channel, data-ephemeral
 *   composer, send, hints, usage        the composer and its hints
 *   modal, modal-submit, modal-close    the open modal; a field's error is .input-error
 *   confirm, confirm-yes, confirm-no    the dialog that asks before an action
 *   home                                the app's Home
 *   traffic-toggle, traffic, traffic-filter, traffic-direction, traffic-list, traffic-row,
 *   traffic-details, traffic-close      the traffic inspector
 *   toast, offline, whoami              notices
 * Interactive elements of Block Kit carry data-action-id and data-block-id.
 * The URL's query holds the person and the place: ?user=U_ANA&place=C_GENERAL, or place=home.
 */
import * as api from "./api.js";
import { mountComposer } from "./composer.js";
import { h, toast } from "./dom.js";
import { mountHeader, mountTopbar } from "./header.js";
import { mountHome } from "./home.js";
import { mountMessages } from "./messages.js";
import { mountModal } from "./modal.js";
import { mountRail, mountSidebar } from "./sidebar.js";
import { createStore, placeFromUrl, settle } from "./store.js";
import { startSync } from "./sync.js";
import { mountTraffic } from "./traffic.js";

const RETRY_MS = 1000;

/** Waits for the server, however long it takes to come up. */
async function loadPeople(store) {
  for (;;) {
    try {
      return await api.people();
    } catch (error) {
      store.update({ online: false });
      console.warn(error);
      await new Promise((resolve) => { setTimeout(resolve, RETRY_MS); });
    }
  }
}

/** Click or Enter on a code span copies it, unless text is being selected. */
function copyOnClick() {
  const copy = async (event) => {
    const code = event.target.closest?.("[data-copy]");
    if (!code || (event.type === "keydown" && event.key !== "Enter")) return;
    if (event.type === "click" && !getSelection().isCollapsed) return;
    try {
      await navigator.clipboard.writeText(code.textContent);
      toast("Copied");
    } catch {
      toast("The browser did not allow the copy. Select the text and copy it.", "error");
    }
  };
  document.addEventListener("click", copy);
  document.addEventListener("keydown", copy);
}

async function start() {
  const part = (id) => document.getElementById(id);
  const store = createStore();
  const reload = startSync(store);
  const messages = mountMessages(store);
  const composer = mountComposer(store, () => {
    messages.toBottom();
    reload.messages();
  });
  mountTopbar(store, part("topbar"));
  mountRail(store, part("rail"));
  mountSidebar(store, part("sidebar"));
  mountTraffic(store, part("traffic"));
  mountModal(store, reload);
  part("main").append(
    mountHeader(store),
    h("div", { class: "place-body" }, messages.pane, mountHome(store, reload)),
    composer,
  );
  copyOnClick();

  const { people, channels, commands } = await loadPeople(store);
  Object.assign(store.state, { people, channels, commands });
  const here = placeFromUrl(store.state);
  history.replaceState(null, "", `?${new URLSearchParams(here)}`);
  settle(store, here);
  addEventListener("popstate", () => settle(store, placeFromUrl(store.state)));
  store.update({ online: true });
}

start();
