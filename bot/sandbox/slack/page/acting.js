/** Actions of elements: the confirm dialog first, then the action. */
import { confirmed } from "./confirm.js";

/** True if a change of this element is an action: all but input blocks that don't ask for it. */
export const acts = (block) => block.type !== "input" || block.dispatch_action === true;

/** Shows the element's confirm dialog, if any, then sends the action: true if it was sent. */
export async function act(surface, block, element, value) {
  if (element.confirm && !(await confirmed(element.confirm, surface.reader))) return false;
  await surface.dispatch(block, element, value);
  return true;
}
