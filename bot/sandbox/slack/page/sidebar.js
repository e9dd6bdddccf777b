/** The rail, the sidebar with its unread marks, and the menu that switches the person. */
import { avatar } from "./avatar.js";
import { h, icon } from "./dom.js";
import { moveFocus, openBelow } from "./popover.js";
import {
  APP_NAME, BOT, HOME, appChannel, goTo, me, memory, myChannels, unreadCount,
} from "./store.js";

const ROLES = (person) => [person.real_name !== person.name && person.real_name,
  person.is_admin && "Workspace admin", person.tz].filter(Boolean).join(" · ");

function personMenu(store) {
  const { state } = store;
  const menu = h("div", {
    class: "menu menu-people", popover: "auto", role: "menu", "aria-label": "Person",
    onkeydown: (event) => moveFocus(event, menu),
  });
  const become = (person) => {
    menu.hidePopover();
    goTo(store, { user: person.id });
  };
  const fill = () => menu.replaceChildren(
    h("div", { class: "menu-label" }, "Use this workspace as"),
    ...state.people.map((person) => h("button", {
      type: "button", class: "menu-item menu-person", role: "menuitemradio",
      "aria-checked": String(person.id === state.user), "data-testid": `person-${person.id}`,
      onclick: () => become(person),
    }, avatar(person, state.people, 32),
      h("span", null, h("b", null, person.name), h("small", null, ROLES(person))),
      person.id === state.user && icon("tick", 18))));
  const opener = h("button", {
    type: "button", class: "rail-person", "data-testid": "person-menu", "aria-haspopup": "menu",
    onclick: () => {
      fill();
      openBelow(menu, opener);
    },
  });
  store.watch(["user", "people"], () => {
    const person = me(state);
    if (!person) return;
    opener.setAttribute("aria-label", `You are ${person.name}. Switch to another person`);
    opener.title = `You are ${person.name}`;
    opener.replaceChildren(avatar(person, state.people, 36), h("span", { class: "presence" }));
  });
  return [opener, menu];
}

/** The narrow bar at the very left. */
export function mountRail(store, rail) {
  const { state } = store;
  const item = (name, label, onclick, testid) => h("button", {
    type: "button", class: "rail-item", onclick, "data-testid": testid,
  }, h("span", { class: "rail-icon" }, icon(name, 20)), h("span", { class: "rail-label" }, label));
  const visit = (channel) => goTo(store, { place: channel?.id });
  const channels = item("home", "Home", () => visit(myChannels(state)[0]), "rail-home");
  const direct = item("dm", "DMs", () => visit(appChannel(state)), "rail-dms");
  const traffic = item("traffic", "Traffic", () => {
    memory.set("traffic-open", !state.trafficOpen);
    store.update({ trafficOpen: !state.trafficOpen });
  }, "traffic-toggle");
  rail.append(h("span", { class: "workspace-tile", "aria-hidden": "true" }, "L"), channels, direct,
    traffic, h("span", { class: "rail-space" }), ...personMenu(store));
  store.watch(["place", "trafficOpen", "people"], () => {
    const inApp = state.place === HOME || state.place === appChannel(state)?.id;
    channels.setAttribute("aria-pressed", String(!inApp));
    direct.setAttribute("aria-pressed", String(inApp));
    traffic.setAttribute("aria-pressed", String(state.trafficOpen));
  });
}

/** Channels and apps; those with new messages are bold. */
export function mountSidebar(store, sidebar) {
  const { state } = store;

  function entry(id, mark, name, current, unread, extra) {
    const label = unread ? `${name}, ${unread} unread` : name;
    return h("li", null, h("button", {
      type: "button", class: `entry${unread ? " entry-unread" : ""}`,
      "data-testid": `channel-${id}`, "data-unread": unread, "aria-label": label,
      "aria-current": current ? "page" : null, onclick: () => goTo(store, { place: id }),
    }, mark, h("span", { class: "entry-name" }, name), extra,
      unread > 0 && h("span", { class: "entry-count" }, unread)));
  }

  const section = (title, entries) => h("section", null,
    h("h2", { class: "sidebar-title" }, icon("caret", 14), title), h("ul", null, entries));

  store.watch(["people", "user", "place", "messages", "read"], () => {
    const direct = appChannel(state);
    const inApp = state.place === HOME || state.place === direct?.id;
    const open = document.activeElement?.dataset?.testid;
    const bot = { id: BOT, name: APP_NAME, bot: true };
    const channels = myChannels(state).filter(({ is_im: im }) => !im);
    sidebar.replaceChildren(
      h("div", { class: "sidebar-header" },
        h("b", null, "Local workspace"), icon("chevron", 16)),
      section("Channels", channels.map(({ id, name }) => entry(
        id, icon("hash", 16), name, state.place === id, unreadCount(state, id),
      ))),
      section("Apps", [entry(
        direct?.id ?? HOME, avatar(bot, state.people, 20), APP_NAME, inApp,
        direct ? unreadCount(state, direct.id) : 0,
      )]),
    );
    // The list is drawn again: keep the focus.
    if (open?.startsWith("channel-")) sidebar.querySelector(`[data-testid="${open}"]`)?.focus();
    const total = myChannels(state).reduce((sum, { id }) => sum + unreadCount(state, id), 0);
    const here = inApp ? APP_NAME : channels.find(({ id }) => id === state.place)?.name;
    document.title = `${total ? `(${total}) ` : ""}${here ?? "…"} · Local Slack`;
  });
}
