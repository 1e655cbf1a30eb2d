// Calls for help of the hall: where, since when, who goes there. Read on news, and every so often without.

import { read } from "./api.js";
import { clockTime, data, fill, h, minutesSince, say } from "./page.js";

const EVERY_MS = 15_000;

const place = document.getElementById("help");
let calls = [];
let actions = {};
let shown = "";
let reading = false;
let wanted = false;
let changed = () => {};

/**
 * Show the hall's calls for help. `own` holds what the buttons do: `take(call)`, `end(call)`, `word(call, words)`,
 * each of which may be missing; `after` is called when the calls have changed.
 */
export function followHelp(own, after = () => {}) {
  actions = own;
  changed = after;
  setInterval(newsOfHelp, EVERY_MS);
  return newsOfHelp();
}

/** Read the calls anew: for when the hall says that there is news. */
export async function newsOfHelp() {
  if (reading) { wanted = true; return; }
  reading = true;
  try {
    ({ calls } = await read(`/api/v1/halls/${encodeURIComponent(data.hall)}/help-calls`));
    draw();
    changed();
  } catch {
    // The page's own line says that there is no connection; what was said last stays.
  }
  reading = false;
  if (wanted) { wanted = false; newsOfHelp(); }
}

/** Return the own call of a window, or null. */
export const callOf = (windowId) => calls.find((own) => own.window_id === windowId) ?? null;

/** Return the call that somebody of this window should take first: the oldest that nobody took. */
export const callToTake = (windowId) => calls.find((own) => own.status === "asked" && own.window_id !== windowId) ?? null;

const mine = (call) => call.asked_by === data.me;
const mayEnd = (call) => mine(call) || call.taken_by === data.me || data.may_work || data.for_colleagues;

function draw() {
  const now = JSON.stringify(calls);
  if (now === shown) return; // drawn again, it would be read out again, and words half typed would be gone
  const typed = place.querySelector("input");
  const kept = typed ? { id: typed.dataset.focus, value: typed.value } : null;
  shown = now;
  place.hidden = calls.length === 0;
  fill(place, calls.map(line));
  const field = kept && place.querySelector(`[data-focus="${CSS.escape(kept.id)}"]`);
  if (field && kept.value) field.value = kept.value;
}

function line(call) {
  const age = h("span", { class: "nowrap" }, since(call));
  age.dataset.since = call.asked_at;
  age.addEventListener("tick", () => { const text = since(call); if (age.textContent !== text) age.textContent = text; });
  const who = call.taken_name
    ? h("strong", {}, say(call.taken_by === data.me ? "help.you_go" : "help.goes", { name: call.taken_name }))
    : h("strong", {}, say("help.nobody_yet"));
  return h("div", { class: "staff-help__call" },
    h("p", {}, h("strong", {}, mine(call) ? say("help.mine") : say("help.at", { window: call.window, name: call.asked_name })),
      call.words ? ` “${call.words}”` : "", " ", age, " · ", who),
    h("span", { class: "row" }, buttons(call)));
}

function buttons(call) {
  const found = [];
  if (mine(call) && actions.word) found.push(wordsOf(call));
  if (!mine(call) && call.status === "asked" && actions.take) {
    found.push(button("help.take", call, actions.take, "button--primary"));
  }
  // At the own desk the key H and its button end the own call.
  if (mayEnd(call) && actions.end && !(mine(call) && actions.word)) found.push(button("help.end", call, actions.end));
  return found;
}

function button(text, call, act, kind = "") {
  return h("button", {
    class: `button ${kind}`, type: "button", "data-focus": `${text}-${call.id}`,
    "aria-label": `${say(text)}: ${say("help.window", { window: call.window })}`, onclick: () => act(call),
  }, say(text));
}

function wordsOf(call) {
  const field = h("input", {
    class: "input staff-help__words", maxlength: 60, autocomplete: "off", "data-focus": `words-${call.id}`,
    "aria-label": say("help.words"), placeholder: say("help.words"),
  });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing || event.repeat) return;
    if (event.key === "Escape") field.blur();
    if (event.key !== "Enter") return;
    event.preventDefault();
    const words = field.value.trim();
    field.value = "";
    field.blur(); // single keys do the work again
    actions.word(call, words);
  });
  return field;
}

function since(call) {
  return say("help.since", { time: clockTime(call.asked_at), n: minutesSince(call.asked_at) });
}

setInterval(() => {
  for (const element of place.querySelectorAll("[data-since]")) element.dispatchEvent(new Event("tick"));
}, 5000);
