/** The bar at the top of the window, and the head of the open channel or app with its tabs. */
import { avatar } from "./avatar.js";
import { h, icon, iconButton } from "./dom.js";
import { APP_NAME, BOT, HOME, appChannel, goTo, me } from "./store.js";

/** The top bar: back, forward, and the open place. */
export function mountTopbar(store, bar) {
  const offline = h("span", {
    class: "offline", role: "status", hidden: true, "data-testid": "offline",
  }, "Can't reach local Slack. Trying again…");
  const who = h("span", { class: "topbar-who", "data-testid": "whoami" });
  bar.append(
    h("span", { class: "topbar-history" },
      iconButton("back", "Go back", () => history.back()),
      iconButton("forward", "Go forward", () => history.forward())),
    h("span", { class: "topbar-title" }, icon("cloud-off", 16),
      "Local Slack · everything here stays on this computer"),
    offline, who);
  store.watch(["online", "people", "user"], (state) => {
    offline.hidden = state.online;
    who.textContent = me(state)?.name ?? "";
  });
}

/** The head of the open place: a channel's name, or the app's name with Home and Messages. */
export function mountHeader(store) {
  const { state } = store;
  const head = h("header", { class: "place" });

  const tab = (place, label, testid) => h("button", {
    type: "button", class: "tab", role: "tab", "data-testid": testid,
    "aria-selected": String(state.place === place), onclick: () => goTo(store, { place }),
  }, label);

  store.watch(["place", "user", "people"], () => {
    const channel = state.channels.find(({ id }) => id === state.place);
    const direct = appChannel(state);
    if (state.place === HOME || channel?.is_im) {
      head.replaceChildren(
        h("h1", { class: "place-name" },
          avatar({ id: BOT, name: APP_NAME, bot: true }, state.people, 24), APP_NAME,
          h("span", { class: "badge" }, "APP")),
        h("div", { class: "tabs", role: "tablist" },
          tab(HOME, "Home", "tab-home"), direct && tab(direct.id, "Messages", "tab-messages")));
      return;
    }
    head.replaceChildren(
      h("h1", { class: "place-name" }, icon("hash", 18), channel?.name ?? ""),
      h("div", { class: "place-members", title: state.people.map(({ name }) => name).join(", ") },
        state.people.slice(0, 3).map((person) => avatar(person, state.people, 22)),
        h("span", null, String(state.people.length))));
  });
  return head;
}
