/** The traffic inspector: each request between Slack and the app, newest first, with its JSON. */
import { h, iconButton, reconcile } from "./dom.js";
import { memory } from "./store.js";

const ARROWS = { in: "→", out: "←" };

/** "in" is a request of the app to Slack; anything else is sent by Slack to the app. */
const towardsSlack = (entry) => entry.direction === "in";

const pretty = (value) =>
  (typeof value === "string" ? value : JSON.stringify(value, null, 2) ?? "");

function details(entry) {
  const part = (title, value) => h("section", null, h("h4", null, title),
    h("pre", { class: "traffic-json", tabindex: 0 }, pretty(value) || "(nothing)"));
  return h("div", { class: "traffic-details", "data-testid": "traffic-details" },
    part("Request", entry.request), part("Response", entry.response));
}

const time = (value) => {
  const date = typeof value === "number" ? new Date(value * 1000) : new Date(value);
  return Number.isNaN(date.getTime()) ? String(value) : date.toLocaleTimeString("en-GB");
};

function row(entry) {
  const failed = Number(entry.status) >= 400 || entry.response?.ok === false;
  const summary = h("summary", { class: "traffic-summary" },
    h("span", { class: "traffic-time" }, time(entry.time)),
    h("span", {
      class: towardsSlack(entry) ? "traffic-arrow traffic-in" : "traffic-arrow traffic-out",
      title: towardsSlack(entry) ? "from the app to Slack" : "from Slack to the app",
    }, towardsSlack(entry) ? ARROWS.in : ARROWS.out),
    h("span", { class: "traffic-kind" }, entry.kind),
    h("span", { class: "traffic-method" }, entry.method),
    h("span", { class: `traffic-status${failed ? " traffic-failed" : ""}` }, entry.status),
    h("span", { class: "traffic-ms" }, Number.isFinite(entry.ms) && `${Math.round(entry.ms)} ms`));
  const node = h("details", {
    class: "traffic-row", "data-testid": "traffic-row", "data-n": entry.n,
  }, summary);
  // JSON is formatted only when a row is opened: there may be hundreds of entries.
  node.addEventListener("toggle", () => {
    if (node.open && !node.children[1]) node.append(details(entry));
  });
  return node;
}

/** The drawer, kept in step with store.state.traffic. */
export function mountTraffic(store, drawer) {
  const { state } = store;
  const rows = new Map();
  const list = h("div", { class: "traffic-list", "data-testid": "traffic-list" });
  const count = h("span", { class: "traffic-count" });
  const filter = h("input", {
    class: "field", type: "search", placeholder: "Filter by method, kind or content",
    "aria-label": "Filter traffic", "data-testid": "traffic-filter", oninput: () => draw(),
  });
  const direction = h("select", {
    class: "select", "aria-label": "Direction", "data-testid": "traffic-direction",
    onchange: () => draw(),
  }, h("option", { value: "" }, "Both directions"),
    h("option", { value: "in" }, "App → Slack"), h("option", { value: "out" }, "Slack → app"));

  function draw() {
    const words = filter.value.trim().toLowerCase();
    const fits = (entry) => {
      if (direction.value && (direction.value === "in") !== towardsSlack(entry)) return false;
      return !words || JSON.stringify(entry).toLowerCase().includes(words);
    };
    const shown = state.traffic.filter(fits).reverse();
    const known = new Set(state.traffic.map(({ n }) => n));
    for (const n of rows.keys()) if (!known.has(n)) rows.delete(n);
    reconcile(list, shown.map((entry) => {
      if (!rows.has(entry.n)) rows.set(entry.n, row(entry));
      return rows.get(entry.n);
    }));
    count.textContent = `${shown.length} of ${state.traffic.length}`;
  }

  const close = () => {
    memory.set("traffic-open", false);
    store.update({ trafficOpen: false });
    document.querySelector("[data-testid=traffic-toggle]").focus();
  };
  drawer.dataset.testid = "traffic";
  drawer.append(
    h("header", { class: "traffic-header" }, h("h2", null, "Traffic"), count,
      iconButton("close", "Close traffic", close, { "data-testid": "traffic-close" })),
    h("div", { class: "traffic-filters" }, filter, direction), list);
  drawer.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && filter.value === "") close();
  });
  store.watch(["trafficOpen", "people"], () => {
    drawer.hidden = !state.trafficOpen;
    document.getElementById("app").classList.toggle("with-traffic", state.trafficOpen);
    draw();
  });
  store.watch(["traffic"], () => state.trafficOpen && draw());
}
