// The hall's screens that cannot be heard, are not connected or have a wrong clock: said where people work, gone when mended.

import { inOrder, read } from "./api.js";
import { ZONE, chinese, clockTime, data, fill, h, hallNow, say } from "./page.js";

// A chime alone is a choice where the server has no voice: the screen itself says so.
const FAULTS = ["silent", "failing", "away"];
const EVERY_MS = 60_000; // a screen that is gone without a word shows by time alone
const AGAIN_MS = 22_000; // a line that ended is told once it has not come back (queueing/rules/screens.py)

const place = document.getElementById("screens");
const dayOf = new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE, dateStyle: "short" });
const dateOf = new Intl.DateTimeFormat(chinese ? "zh-CN" : "en-GB", { timeZone: ZONE, month: "short", day: "numeric" });
let shown = "[]";
let again = 0;
const readings = inOrder();

/** Read how the screens are and say what is wrong; call it when one of them has told something new. */
export function newsOfScreens() {
  clearTimeout(again);
  again = setTimeout(tell, AGAIN_MS);
  tell();
}

async function tell() {
  const mine = readings.ask();
  try {
    const { screens } = await read(`/api/v1/halls/${encodeURIComponent(data.hall)}/screens`);
    if (readings.take(mine)) draw(screens.flatMap(faultsOf));
  } catch {
    // The page's own line says that there is no connection; what was said last stays.
  }
}

function faultsOf(own) {
  const found = FAULTS.includes(own.state) ? [{ name: own.name, since: own.since, id: own.kind === "window" ? `window.${own.state}` : own.state }] : [];
  if (own.drift_s !== null) found.push({ name: own.name, id: "clock", seconds: own.drift_s });
  return found;
}

function draw(faults) {
  const now = JSON.stringify(faults);
  if (now === shown) return; // drawn again, it would be read out again
  shown = now;
  place.hidden = faults.length === 0;
  fill(place, faults.map((own) => h("p", {},
    h("strong", {}, say(`screen.${own.id}`, { name: own.name, time: own.since && since(own.since), seconds: own.seconds })), " ", say(`screen.help.${own.id}`))));
}

function since(iso) {
  const at = new Date(iso);
  const today = dayOf.format(at) === dayOf.format(new Date(hallNow()));
  return today ? clockTime(iso) : `${dateOf.format(at)} ${clockTime(iso)}`;
}

setInterval(tell, EVERY_MS);
newsOfScreens();
