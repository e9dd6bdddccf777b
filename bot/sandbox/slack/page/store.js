/**
 * The state of the page: one plain object, changed only by update(), which calls the watchers
 * of a key. The person and the place are kept in the URL, for reloads, bookmarks and the back
 * button, and in localStorage, for a URL without them.
 */

const PREFIX = "local-slack.";

/** localStorage as JSON; the page also works with a full or forbidden storage. */
export const memory = {
  get(key, fallback = null) {
    try {
      return JSON.parse(localStorage.getItem(PREFIX + key)) ?? fallback;
    } catch {
      return fallback;
    }
  },
  set(key, value) {
    try {
      localStorage.setItem(PREFIX + key, JSON.stringify(value));
    } catch {
      // A private window may refuse.
    }
  },
};

/** The place that stands for the app's Home tab; any other place is a channel's id. */
export const HOME = "home";

/** A store with `state`, `update(patch)` and `watch(keys, listener)`. */
export function createStore() {
  const watchers = [];
  const state = {
    people: [], channels: [], commands: [],
    user: null, place: null,
    messages: null, view: null, home: null,
    traffic: [], trafficOpen: memory.get("traffic-open", false),
    online: true, read: {},
  };
  return {
    state,
    update(patch) {
      const changed = Object.keys(patch).filter((key) => state[key] !== patch[key]);
      Object.assign(state, patch);
      const due = watchers.filter(({ keys }) => keys.some((key) => changed.includes(key)));
      for (const { listener } of due) listener(state);
    },
    watch(keys, listener) {
      watchers.push({ keys, listener });
    },
  };
}

/** The person whose page this is. */
export const me = (state) => state.people.find(({ id }) => id === state.user);

/** Channels that this person can see. */
export const myChannels = (state) =>
  state.channels.filter((channel) => !channel.is_im || channel.user === state.user);

/** The person's DM with the app. */
export const appChannel = (state) => state.channels.find(
  (channel) => channel.is_im && channel.user === state.user,
);

/** The reader that mrkdwn.js wants, for this person. */
export function readerOf(state) {
  const person = me(state) ?? {};
  const nameOf = (list, id) => list.find((entry) => entry.id === id)?.name;
  return {
    id: state.user, locale: person.locale, tz: person.tz,
    userName: (id) => (id === BOT ? APP_NAME : nameOf(state.people, id) ?? id),
    channelName: (id) => nameOf(state.channels, id) ?? id,
  };
}

export const BOT = "U_BOT";
export const SLACKBOT = "USLACKBOT";
export const APP_NAME = "notebook-bot";

/** The author of a message: {id, name, bot}. */
export function authorOf(state, message) {
  if (message.user === SLACKBOT) return { id: SLACKBOT, name: "Slackbot", bot: false };
  const person = state.people.find(({ id }) => id === message.user);
  if (person && !message.bot) {
    return { id: person.id, name: person.real_name || person.name, bot: false };
  }
  return { id: message.user ?? BOT, name: APP_NAME, bot: true };
}

/** The person and place of the URL or of localStorage, if they exist. */
export function placeFromUrl(state) {
  const query = new URLSearchParams(location.search);
  const wanted = query.get("user") ?? memory.get("user");
  const user = state.people.some(({ id }) => id === wanted) ? wanted : state.people[0]?.id ?? null;
  const place = query.get("place") ?? memory.get(`place.${user}`);
  return { user, place: knownPlace({ ...state, user }, place) };
}

function knownPlace(state, place) {
  const channels = myChannels(state);
  if (place === HOME || channels.some(({ id }) => id === place)) return place;
  return channels[0]?.id ?? HOME;
}

/** Switches the place or the person, and remembers the choice. */
export function goTo(store, { user = store.state.user, place }) {
  const next = knownPlace({ ...store.state, user }, place ?? memory.get(`place.${user}`));
  if (user !== store.state.user || next !== store.state.place) {
    history.pushState(null, "", `?${new URLSearchParams({ user, place: next })}`);
  }
  settle(store, { user, place: next });
}

/** Switches to the place of the URL (start, back button). */
export function settle(store, { user, place }) {
  memory.set("user", user);
  memory.set(`place.${user}`, place);
  const other = user === store.state.user ? {} : { messages: null, view: null, home: null };
  store.update({ ...other, user, place, read: memory.get(`read.${user}`, {}) });
}

/** Marks a channel as read up to a message's ts. */
export function markRead(store, channel, ts) {
  const { user, read } = store.state;
  if (Number(read[channel] ?? 0) >= Number(ts)) return;
  const next = { ...read, [channel]: ts };
  memory.set(`read.${user}`, next);
  store.update({ read: next });
}

/** The number of a channel's messages by others that this person has not seen. */
export function unreadCount(state, channel) {
  const seen = Number(state.read[channel] ?? 0);
  return (state.messages ?? []).filter(
    (message) => message.channel === channel && !message.deleted
      && message.user !== state.user && Number(message.ts) > seen,
  ).length;
}
