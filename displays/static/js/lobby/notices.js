// Which notice the line at the foot shows: one after another, each long enough to be read. No clock in here.

import { standing } from "../kiosk/standing.js";

const EACH_MS = 8000;

/**
 * Return what the line shows at `now` (the hall's clock) and `ticks` (a monotonic clock): a notice, or null in
 * its turn for the line that always stands there; undefined while there is no notice at all.
 */
export function noticeAt(notices, { now, ticks }) {
  const up = standing(notices, now);
  return up.length > 0 ? [...up, null][Math.floor(ticks / EACH_MS) % (up.length + 1)] : undefined;
}
