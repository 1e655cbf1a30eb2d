// The desk's buttons: which are there, which comes next, which refuse and why, and the seconds that run on them.

import { kindOf } from "./desk_booking.js";
import { primary, recallSeconds, SOMETIMES, whyNot } from "./desk_commands.js";
import { alone, current, state } from "./desk_state.js";
import { STAYS, undoable } from "./desk_undo.js";
import { data, say } from "./page.js";

export const buttons = [...document.querySelectorAll("[data-command]")];

export function drawCommands() {
  const suggested = primary();
  for (const button of buttons) {
    const name = button.dataset.command;
    const refused = whyNot(name);
    button.hidden = name in SOMETIMES && !SOMETIMES[name]();
    button.setAttribute("aria-disabled", String(Boolean(refused) || state.working !== null));
    button.classList.toggle("button--primary", name === suggested && !refused);
    button.classList.toggle("staff-command--working", state.working === name);
    button.title = refused;
  }
  drawCountdowns();
}

function drawCountdowns() {
  setText("undo", undoText());
  const remote = Boolean(current()?.remote);
  setText("start", say(remote ? "start.remote" : "start"));
  if (remote) setText("reach", say({ video: "reach.open", phone: "reach.dial" }[kindOf(current())] ?? "reach"));
  const runs = !alone.is && current()?.status === "called" && current().calls <= data.recalls;
  const wait = runs ? recallSeconds() : 0;
  setText("recall", say("recall") + (wait > 0 ? secondsLeft(wait) : ""));
}

/** Say what "undo" would take back, and for how long yet. */
function undoText() {
  const undo = alone.is || current()?.paper ? null : undoable();
  if (!undo && alone.last) return say("away.undo", { label: alone.last.label });
  if (!undo || (current() && !STAYS.has(undo.what))) return say("undo");
  return say(`undo.${undo.what}`, { label: undo.label }) + secondsLeft(undo.left);
}

const secondsLeft = (n) => ` ·\u00a0${say("seconds", { n }).replace(" ", "\u00a0")}`;

function setText(name, text) {
  const place = document.querySelector(`[data-command="${name}"] .staff-command__text`);
  if (place.textContent !== text) place.textContent = text;
}
