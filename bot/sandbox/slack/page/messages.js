/**
 * The list of messages of the open channel: day dividers, a line above new messages, grouping,
 * and a scroll position that stays at the bottom. Nodes of unchanged messages are kept, so that
 * an open menu or a half-filled field survives other changes.
 */
import { avatar } from "./avatar.js";
import { dayLabel, dayOf } from "./dates.js";
import { h, icon, reconcile } from "./dom.js";
import { messageNode } from "./message.js";
import { keepTimesFresh } from "./mrkdwn.js";
import { APP_NAME, BOT, HOME, authorOf, markRead, me, readerOf } from "./store.js";

const GROUP_SECONDS = 300;
const REFRESH_MS = 30_000;

const follows = (before, message) => before
  && before.user === message.user && Boolean(before.bot) === Boolean(message.bot)
  && Boolean(before.ephemeral) === Boolean(message.ephemeral)
  && Number(message.ts) - Number(before.ts) < GROUP_SECONDS;

const divider = (label, kind) => h("div", {
  class: `day ${kind}`, role: "separator", "aria-label": label,
}, h("span", null, label));

/** The greeting at the top of a channel or a DM. */
function intro(state, channel) {
  const direct = channel?.is_im;
  return h("div", { class: "intro" },
    direct ? avatar({ id: BOT, name: APP_NAME, bot: true }, state.people, 60)
      : h("span", { class: "intro-hash" }, icon("hash", 34)),
    h("h2", null, direct ? APP_NAME : `Welcome to #${channel?.name ?? ""}`),
    h("p", null, direct
      ? `This is the very beginning of your direct messages with ${APP_NAME}.`
      : "Type /notebook below to begin. Answers that are only for you are marked so."));
}

/** Messages of one channel, without those deleted; replies are under their parents. */
function threads(messages, place) {
  const visible = messages.filter(({ channel, deleted }) => channel === place && !deleted);
  const known = new Set(visible.map(({ ts }) => ts));
  const isReply = ({ ts, thread_ts: parent }) => parent && parent !== ts && known.has(parent);
  return visible.filter((message) => !isReply(message)).map((message) => ({
    message,
    replies: visible.filter((other) => isReply(other) && other.thread_ts === message.ts),
  }));
}

/** The scrolling list, kept in step with the store. */
export function mountMessages(store) {
  const { state } = store;
  const list = h("div", { class: "messages-list" });
  const pane = h("div", { class: "messages", "data-testid": "messages", tabindex: 0 }, list);
  let cache = new Map();
  let stuck = true;
  let newFrom = null;

  const toBottom = () => {
    pane.scrollTop = pane.scrollHeight;
  };
  pane.addEventListener("scroll", () => {
    stuck = pane.scrollHeight - pane.scrollTop - pane.clientHeight < 40;
  });
  // Images arrive late and fields grow: stay at the bottom if the list was there.
  const observer = new ResizeObserver(() => stuck && toBottom());
  observer.observe(list);
  observer.observe(pane);

  function nodesOf(place) {
    const reader = readerOf(state);
    const viewer = me(state) ?? {};
    const next = new Map();
    const keep = (key, signature, make) => {
      const old = cache.get(key);
      const entry = old?.signature === signature ? old : { signature, node: make() };
      next.set(key, entry);
      return entry.node;
    };
    const nodes = [keep(`intro.${place}`, "", () =>
      intro(state, state.channels.find(({ id }) => id === place)))];
    let before = null;
    for (const { message, replies } of threads(state.messages ?? [], place)) {
      const seconds = Number(message.ts);
      const day = dayOf(seconds, reader);
      let compact = follows(before, message);
      if (!before || dayOf(Number(before.ts), reader) !== day) {
        const label = dayLabel(seconds, viewer);
        nodes.push(keep(`day.${day}`, label, () => divider(label, "day-date")));
        compact = false;
      }
      if (newFrom === message.ts) {
        nodes.push(keep("new", newFrom, () => divider("New", "day-new")));
        compact = false;
      }
      const signature = JSON.stringify([message, compact, replies, authorOf(state, message).name]);
      nodes.push(keep(`${message.ts}.${Boolean(message.ephemeral)}`, signature,
        () => messageNode(message, store, { compact, replies })));
      before = message;
    }
    cache = next;
    return nodes;
  }

  /** The first message that this person had not seen when the channel was opened. */
  function firstUnseen(place) {
    const seen = Number(state.read[place] ?? 0);
    const unseen = state.messages.find((message) => message.channel === place
      && !message.deleted && message.user !== state.user && Number(message.ts) > seen);
    return seen > 0 ? unseen?.ts ?? null : null;
  }

  let opened = null;
  store.watch(["messages", "place", "user", "people"], () => {
    const { place, messages, user } = state;
    pane.hidden = place === HOME;
    if (pane.hidden || !messages) {
      list.replaceChildren();
      opened = null;
      return;
    }
    const here = `${user}/${place}`;
    if (opened !== here) {
      opened = here;
      cache = new Map();
      newFrom = firstUnseen(place);
      stuck = true;
      const channel = state.channels.find(({ id }) => id === place);
      list.setAttribute("role", "log");
      list.setAttribute("aria-live", "polite");
      list.setAttribute("aria-label", `Messages in ${channel?.is_im ? APP_NAME : channel?.name}`);
    }
    reconcile(list, nodesOf(place));
    if (stuck) toBottom();
    const last = messages.filter(({ channel }) => channel === place).at(-1);
    if (last && !document.hidden) markRead(store, place, last.ts);
  });
  setInterval(() => keepTimesFresh(list, readerOf(state)), REFRESH_MS);

  return { pane, toBottom };
}
