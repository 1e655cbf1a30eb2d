// What the screen says of the hall's doors. No clock and no page in here: times are arguments.

/**
 * Return what the doors are at `now`, in ms: `open`; before the day's first opening, in a break between two, over
 * for today, or off the whole day; and when they open next, in ms or null. Null where the board is of a day that
 * has passed: then nothing is known.
 */
export function doorsAt({ today, then_at }, now) {
  const spans = today.map((own) => [Date.parse(own.opens_at), Date.parse(own.closes_at)]);
  if (spans.some(([opens, closes]) => opens <= now && now < closes)) return { state: "open", opensAt: null };
  const coming = spans.find(([opens]) => now < opens);
  if (coming) return { state: coming === spans[0] ? "before" : "break", opensAt: coming[0] };
  const then = then_at && Date.parse(then_at);
  if (then && now >= then) return null;
  return { state: spans.length > 0 ? "over" : "off", opensAt: then || null };
}

/**
 * Return what is said of a hall that is not open: the `title` and what whoever waits is told (`waits`), as names of
 * words in the page; null where nothing is to be said.
 *
 * A day on which somebody was called, or waits, is none on which the hall stayed shut: it closed earlier than usual.
 * After the last closing nobody knows how long clerks stay, and windows are left open overnight: whoever still holds
 * a number is led to people.
 */
export function doorsSaid(board, now) {
  const doors = board.doors && doorsAt(board.doors, now);
  if (!doors || doors.state === "open") return null;
  const waiting = board.queues.some((queue) => queue.waiting > 0);
  const { opensAt } = doors;
  if (doors.state === "before" || doors.state === "break") {
    return { title: doors.state, waits: waiting ? "wait" : null, opensAt, opensToday: true };
  }
  const off = doors.state === "off" && board.calls.length === 0 ? "off" : "over";
  return { title: waiting ? "numbers" : off, waits: waiting ? "ask" : null, opensAt, opensToday: false };
}
