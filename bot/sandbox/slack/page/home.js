/** The app's Home tab: the view that it has published for this person. */
import * as api from "./api.js";
import { renderBlocks } from "./blocks.js";
import { append, h } from "./dom.js";
import { APP_NAME, HOME } from "./store.js";
import { createSurface } from "./surface.js";

/** The pane, in step with store.state.home; a visit sends an event to the app, as in Slack. */
export function mountHome(store, reload) {
  const pane = h("section", {
    class: "home", "data-testid": "home", "aria-label": `${APP_NAME} Home`, hidden: true,
  });

  function draw() {
    const { home } = store.state;
    const surface = createSurface(store, { home: true }, { sent: () => reload.home() });
    const nothing = h("div", { class: "empty" },
      h("h3", null, "Nothing here yet"),
      h("p", null, `${APP_NAME} has not published its Home. Is the bot running?`));
    const body = h("div", { class: "home-body" });
    append(body, home?.blocks?.length ? renderBlocks(home.blocks, surface) : nothing);
    pane.replaceChildren(body);
  }

  let visited = null;
  store.watch(["place", "user", "home", "people"], ({ place, user }) => {
    pane.hidden = place !== HOME;
    if (pane.hidden) {
      visited = null;
      return;
    }
    draw();
    if (visited === user) return;
    visited = user;
    api.visitHome(user).catch((error) => console.warn(error)).then(() => reload.home());
  });
  return pane;
}
