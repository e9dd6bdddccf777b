/** The surface of a message, a modal or Home, as elements.js describes it. */
import * as api from "./api.js";
import { toast } from "./dom.js";
import { APP_NAME, readerOf } from "./store.js";

const TROUBLE = {
  operation_timeout: `${APP_NAME} did not answer in time (operation_timeout).`,
  dispatch_failed: `${APP_NAME} could not be reached (dispatch_failed).`,
};

const keyOf = (block, element) => `${block.block_id}/${element.action_id}`;

/**
 * `where` goes with each action: {channel, ts}, {view: true} or {home: true}.
 * `typed` holds values from before a redraw, by block and action.
 * `sent` is called after each action.
 */
export function createSurface(store, where, { typed = {}, sent = () => {} } = {}) {
  const fields = new Map();
  return {
    state: store.state,
    reader: readerOf(store.state),
    async dispatch(block, element, value) {
      const action = { ...where, action_id: element.action_id, block_id: block.block_id, value };
      try {
        const { error } = await api.act(store.state.user, action);
        if (error) toast(TROUBLE[error] ?? `${APP_NAME}: ${error}`, "error");
      } catch (error) {
        toast(error.message, "error");
      }
      await sent();
    },
    register: (block, element, read, keep) =>
      fields.set(keyOf(block, element), { block, element, read, keep }),
    preset: (block, element) => typed[keyOf(block, element)],
    /** The values of all fields by action_id, as a submission sends them. */
    values: () => Object.fromEntries(
      [...fields.values()].map(({ element, read }) => [element.action_id, read()]),
    ),
    /** The typed values, which a redraw shows again. */
    typed: () => Object.fromEntries([...fields].map(([key, { keep }]) => [key, keep()])),
  };
}
