// The desk as this page knows it: what the server said last, what was done since, and whether it stands alone.

import { Alone } from "./away/alone.js";
import { data } from "./page.js";

export const windowId = data.desk.window.id;

/**
 * `working`: the command under way, else null. `answered`: commands that came to an end. `unsure`: one of them came to
 * no answer, and the desk has not been read since.
 */
export const state = { desk: data.desk, working: null, answered: 0, unsure: false };

let changed = () => {};
export const alone = new Alone(windowId, () => changed());

/** Call `draw` whenever what is kept without the server, or what became of it, is different. */
export function whenKeptChanges(draw) {
  changed = draw;
}

/** Return who is at the window: by the server, or with a number on paper that it does not know yet. */
export const current = () => state.desk.window.ticket ?? alone.paper;
export const mine = () => state.desk.window.clerk_id === data.me;
export const foreign = () => state.desk.window.clerk_id !== null && !mine();
export const status = () => state.desk.window.status;
