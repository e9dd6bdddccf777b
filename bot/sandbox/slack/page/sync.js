/**
 * Keeps the store in step with the server: a stream of events names what has changed, and a
 * slow poll catches what the stream may have missed.
 */
import * as api from "./api.js";
import { HOME } from "./store.js";

const POLL_MS = 10_000;
const TRAFFIC_KEPT = 500;
const TRAFFIC_PAGE = 200;

/** One at a time: a call during a run asks for exactly one more run after it. */
function coalesced(run) {
  let running = null;
  let again = false;
  return function start() {
    if (running) {
      again = true;
      return running;
    }
    running = run().finally(() => {
      running = null;
      if (again) {
        again = false;
        start();
      }
    });
    return running;
  };
}

/** The known traffic and all later entries, page by page; only the latest ones are kept. */
async function newTraffic(known) {
  let all = known;
  for (;;) {
    const last = all.at(-1)?.n ?? 0;
    const { entries, next } = await api.traffic(last, TRAFFIC_PAGE);
    // Smaller numbers come from a server that has been restarted.
    if (next < last) all = [];
    else all = [...all, ...entries.filter(({ n }) => n > last)].slice(-TRAFFIC_KEPT);
    if (!(next < last) && entries.length < TRAFFIC_PAGE) return all;
  }
}

/** Starts to synchronise; returns {people, messages, view, home, traffic}: each reloads one. */
export function startSync(store) {
  const { state } = store;

  /** Runs a load; an answer for an earlier person is dropped. */
  const load = (fetchIt, take) => coalesced(async () => {
    const { user } = state;
    if (!user) return;
    try {
      const data = await fetchIt(user);
      if (user === state.user) store.update({ online: true, ...take(data) });
    } catch (error) {
      if (error.status === 0) store.update({ online: false });
      else console.warn(error);
    }
  });

  const same = (key, data) => JSON.stringify(state[key]) === JSON.stringify(data);
  const changes = (data) => Object.fromEntries(
    Object.entries(data).filter(([key, value]) => !same(key, value)),
  );
  const reload = {
    people: load(api.people, changes),
    messages: load(api.messages, (messages) => changes({ messages })),
    view: load(api.view, (view) => changes({ view })),
    home: load(api.home, (home) => changes({ home })),
    traffic: load(() => newTraffic(state.traffic), (traffic) => changes({ traffic })),
  };
  const everything = () => {
    reload.people();
    reload.messages();
    reload.view();
    if (state.place === HOME) reload.home();
    if (state.trafficOpen) reload.traffic();
  };

  let source = null;
  const connect = () => {
    source?.close();
    if (!state.user) return;
    source = api.stream(state.user);
    source.onopen = everything;
    source.onerror = () => reload.messages();
    source.onmessage = ({ data }) => {
      const { kind } = JSON.parse(data);
      if (kind === "traffic" && !state.trafficOpen) return;
      reload[kind]?.();
    };
  };

  store.watch(["user"], () => {
    connect();
    everything();
  });
  store.watch(["trafficOpen"], () => state.trafficOpen && reload.traffic());
  // A page in the background catches up when it is shown again.
  document.addEventListener("visibilitychange", () => !document.hidden && everything());
  setInterval(() => !document.hidden && everything(), POLL_MS);
  return reload;
}
