// What the desk says of the time without connection: since when, what is kept, what became of it.

import { clockTime, fill, h, say } from "../page.js";

const panel = document.getElementById("away");
const report = document.getElementById("away-report");
const form = document.getElementById("away-form");
const field = document.getElementById("away-number");
const wrong = document.getElementById("away-wrong");

const TWICE_MS = 500;

/** Make the form and the button work: `take(written)` returns why not, `putAway()` clears what was read. */
export function wirePanel({ take, putAway }) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const why = await take(field.value);
    wrong.textContent = why ? say(`away.wrong.${why}`) : "";
    wrong.hidden = !why;
    form.querySelector(".field").classList.toggle("field--wrong", Boolean(why));
    field.setAttribute("aria-invalid", String(Boolean(why)));
    if (why) { field.focus(); return; }
    field.value = "";
    field.blur(); // single keys do the work again
  });
  field.addEventListener("keydown", (event) => { if (event.key === "Escape" && !event.isComposing) field.blur(); });
  document.getElementById("away-seen").addEventListener("click", putAway);
}

/** Go to the field of the number on the paper, if there is one now; the key that leads there may be pressed twice. */
export function askForNumber() {
  if (form.hidden) return false;
  field.focus();
  const leads = (event) => { if (!field.value && event.key.toUpperCase() === "N") event.preventDefault(); };
  field.addEventListener("keydown", leads);
  setTimeout(() => field.removeEventListener("keydown", leads), TWICE_MS);
  return true;
}

/** Show how things stand; `free` says whether somebody with a number on paper can begin. */
export function drawPanel(alone, { mine, free }) {
  panel.hidden = !(mine && alone.is) && alone.list.length === 0;
  document.getElementById("away-since").textContent = alone.is ? say("away.since", { time: clockTime(alone.since) }) : "";
  document.getElementById("away-how").hidden = !alone.is;
  form.hidden = !(mine && alone.is && free);
  document.getElementById("away-count").textContent = alone.list.length || "";
  document.getElementById("away-failed").textContent = alone.failed ? say("away.failed", { title: alone.failed.document.title }) : "";
  fill(document.getElementById("away-kept"), alone.list.length ? alone.list.map(line) : h("li", { class: "soft" }, say("away.none")));
  drawReport(alone.report);
}

const times = (own) => (own.began_at ? `${clockTime(own.began_at)}–${clockTime(own.at)}` : clockTime(own.at));

function line(own) {
  return h("li", {}, h("span", { class: "figure nowrap" }, times(own)), " ", h("strong", {}, own.label), " ", say(`away.did.${own.what}`));
}

function drawReport(entries) {
  report.hidden = entries.length === 0;
  const [taken, others] = [entries.filter((own) => own.state === "taken"), entries.filter((own) => own.state !== "taken")];
  document.getElementById("away-taken").textContent = say("away.taken", { n: taken.length });
  fill(document.getElementById("away-goes-on"), taken.filter((own) => own.goes_on_as).map((own) => h("li", {}, say("away.goes_on", { label: own.label, next: own.goes_on_as }))));
  document.getElementById("away-not-taken").hidden = others.length === 0;
  fill(document.getElementById("away-others"), others.map((own) => h("li", {},
    h("span", { class: "figure nowrap" }, times({ at: own.told_at, began_at: own.told_began_at })), " ", h("strong", {}, own.label), " ", say(`away.did.${own.what}`),
    own.words ? ` “${own.words}”` : "", ": ", why(own))));
}

function why(own) {
  if (own.state === "waiting") return say("away.why.waiting");
  const found = own.found ? ` ${say("away.found", { status: say(`away.status.${own.found}`) })}` : "";
  const where = own.found && own.found_at && ["called", "serving"].includes(own.found) ? ` ${say("away.found_at", { window: own.found_at })}` : "";
  return say(`away.why.${own.reason}`) + found + where;
}
