// While the server is there: hand in what was printed without it, then learn again what is needed to work alone.

import { keptOf, randomId } from "./keep.js";

const ANSWER_MS = 8000;
const FRESH_MS = 60_000;
const AT_ONCE = 25; // slips in one request: one unit of work for the server, short enough for everybody else

let heard = null; // the server's clock at an instant of this page's own, which no change of the clock moves

/** Return the server's time in milliseconds, as well as this kiosk knows it; `contact` is what it kept. */
export function serverNow(contact) {
  if (heard) return heard.server + performance.now() - heard.at;
  // After a cold start only the machine's clock is left; one that was set back tells nothing.
  return contact.server + Math.max(0, Date.now() - contact.wall);
}

let touching = null; // one at a time: whoever asks while a slow answer is on its way waits for that one

/** Hand in, then refresh; return whether the server answered. What it did not take stays here for the next time. */
export function touch(hall) {
  touching ??= handInAndLearn(hall).finally(() => { touching = null; });
  return touching;
}

async function handInAndLearn(hall) {
  try {
    const kept = await keptOf(hall);
    await handIn(hall, kept);
    if (!isFresh(await kept.fact("contact"))) await refresh(hall, kept);
    await reserve(hall, kept);
    return true;
  } catch {
    return false;
  }
}

/** Return whether the last contact is so young that this page may go on by it. */
function isFresh(contact) {
  if (!contact) return false;
  const since = Date.now() - contact.wall; // below 0: the machine's clock was set back
  if (!heard && since >= 0 && since < FRESH_MS) heard = { server: contact.server + since, at: performance.now() };
  return heard !== null && serverNow(contact) - contact.server < FRESH_MS;
}

async function ask(path, body, key) {
  const headers = { Accept: "application/json", "Content-Type": "application/json" };
  if (key) headers["Idempotency-Key"] = key;
  const answer = await fetch(path, {
    method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body), cache: "no-store",
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  if (answer.status >= 500) throw new Error(`${path}: ${answer.status}`);
  return answer.ok ? answer.json() : null; // refused: the page that comes next says why
}

async function handIn(hall, kept) {
  for (let slips = await kept.slips(); slips.length > 0; slips = await kept.slips()) {
    const part = slips.slice(0, AT_ONCE);
    // The same slips have the same key: an answer that got lost is given again.
    const key = `${part[0].id}-${part.length}`;
    const answer = await ask(`/api/v1/halls/${hall}/slips`, { slips: part }, key);
    if (!answer) return;
    await kept.forget(answer.slips.map((slip) => slip.id));
  }
}

async function refresh(hall, kept) {
  const asked = performance.now();
  const kit = await ask(`/api/v1/halls/${hall}/kiosk-kit`);
  if (!kit) return;
  const at = performance.now();
  heard = { server: Date.parse(kit.now) + (at - asked) / 2, at };
  await kept.keepFact("kit", kit);
  await kept.keepFact("contact", { server: heard.server, wall: Date.now() });
}

async function reserve(hall, kept) {
  const kit = await kept.fact("kit");
  let wanted = await kept.fact("reserving");
  if (!wanted) {
    const days = [];
    for (const day of kit?.days ?? []) if (await kept.numbersLeft(day) < kit.low) days.push(day);
    if (days.length === 0) return;
    wanted = { key: randomId(), days };
    await kept.keepFact("reserving", wanted); // asked again under the same key until it is answered
  }
  const answer = await ask(`/api/v1/halls/${hall}/number-blocks`, { days: wanted.days }, wanted.key);
  if (answer) await kept.keepBlocks(answer.blocks, kit.days[0]);
  await kept.keepFact("reserving", null);
}
