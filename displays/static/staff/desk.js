// The clerk's desk: single keys and buttons do the same; each press is acknowledged before the server answers.

import { drawPanel, wirePanel } from "./away/panel.js";
import { forgetUnanswered, read } from "./api.js";
import { buttons, drawCommands } from "./desk_buttons.js";
import { whyNot } from "./desk_commands.js";
import { afterCommands, perform } from "./desk_doing.js";
import { lookAgain, press, rowActions } from "./desk_presses.js";
import { forgetReach } from "./desk_reach.js";
import { alone, current, foreign, mine, state, status, whenKeptChanges, windowId } from "./desk_state.js";
import { showProblem, tell } from "./desk_telling.js";
import { keepForUndo } from "./desk_undo.js";
import { drawDesk } from "./desk_view.js";
import { followHelp, newsOfHelp } from "./help.js";
import { follow } from "./live.js";
import { newsOfScreens } from "./screens.js";
import { clockTime, data, hallNow, heardClock, say } from "./page.js";

const KEYS_KEPT = "jinban_single_keys";

const keys = document.getElementById("single-keys");
const linkState = document.getElementById("link-state");
let told = ""; // how the line to the server is
let live = { now() {} }; // until the hall is followed; a key may be pressed before that

whenKeptChanges(draw);
afterCommands({ draw, readAgain: () => live.now() });

// --- help ------------------------------------------------------------------------------------------------

followHelp({
  take: (call) => perform("take-help", `help-calls/${call.id}/take`),
  end: (call) => perform("end-help", `help-calls/${call.id}/end`),
  word: (call, words) => perform("word-help", `help-calls/${call.id}/words`, { body: { words } }),
}, drawCommands);

// --- keys ------------------------------------------------------------------------------------------------

drawCommands(); // from here on a key or a press does something
document.addEventListener("keydown", (event) => {
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!keys.checked || document.querySelector("dialog[open]")) return;
  // A field of a dialog that was closed just now has the focus until the page is drawn again; nobody types there.
  if (event.target.closest("input:not([type=checkbox]), select, textarea")?.getClientRects().length) return;
  const led = document.querySelector(`a[data-key="${CSS.escape(event.key.toUpperCase())}"]`);
  if (led) { event.preventDefault(); led.click(); return; }
  const pressed = buttons.find((button) => !button.hidden && button.dataset.key === event.key.toUpperCase());
  if (!pressed) return;
  event.preventDefault();
  press(pressed.dataset.command);
});

for (const button of buttons) button.addEventListener("click", () => press(button.dataset.command));

keys.checked = localStorage.getItem(KEYS_KEPT) !== "off";
keys.addEventListener("change", () => {
  localStorage.setItem(KEYS_KEPT, keys.checked ? "on" : "off");
  tell(say(keys.checked ? "keys_on" : "keys_off"));
});

// --- live ------------------------------------------------------------------------------------------------

function draw() {
  const { desk, working } = state;
  drawPanel(alone, { mine: mine(), free: !current() && status() === "open" });
  drawDesk(
    { ...desk, window: { ...desk.window, ticket: current() } },
    { actions: rowActions, maycall: !whyNot("call-next") && !working, foreign: foreign(), alone: alone.is },
  );
  forgetReach(current());
  drawCommands();
  document.getElementById("paper").hidden = ![...desk.waiting, ...desk.missed].some((ticket) => ticket.provisional);
}

async function refresh() {
  if (state.working) return; // its answer is newer than what would be read now
  const path = `/api/v1/windows/${windowId}/desk`;
  if (alone.is) await read(path); // is the server there again?
  await alone.handIn(); // before the desk is read: it shows how things stand with it
  const before = state.answered;
  const desk = await read(path);
  if (state.working || state.answered !== before) return; // asked for before the last answer: another reading follows
  heardClock(desk.made_at);
  if (alone.list.length && !alone.failed) { live.now(); return; } // pressed meanwhile: that first
  const here = current();
  // What was said is over.
  if (!alone.is && standing(desk) !== standing(state.desk)) tell(mine() ? say("changed_elsewhere") : "");
  state.desk = desk;
  if (alone.is) {
    alone.end();
    showLink();
    tell(say("away.over"), "staff-message--done");
  }
  alone.saw(desk);
  tellMissed(here);
  if (state.unsure) {
    state.unsure = false;
    forgetUnanswered();
    showProblem(null);
    tell(say("answers_again"));
  }
  draw();
  lookAgain();
}

/** How the window stands, as far as somebody else can change it. */
function standing({ window: { status: is, clerk_id, ticket } }) {
  return [is, clerk_id, ticket?.id, ticket?.status].join(" ");
}

/** Say so when the program itself marked whoever was here as not come, and offer to take it back. */
function tellMissed(before) {
  const gone = before?.misses_at && !current() ? state.desk.missed.find((own) => own.id === before.id) : null;
  if (!gone) return;
  keepForUndo(gone, "miss");
  tell(say("missed_by_itself", { label: gone.label }));
}

function showLink(news = told) {
  told = news;
  const shown = alone.is && news === "polling" ? "stale" : news; // a page that came without the server
  linkState.textContent = say(shown, { time: clockTime(alone.since ?? new Date(hallNow()).toISOString()) });
  linkState.dataset.state = shown;
}

heardClock(state.desk.made_at);
const restored = await alone.restore();
if (restored) state.desk = restored;
else alone.saw(state.desk);
draw();
live = follow(data.hall, refresh, (news) => {
  if (news === "stale" && mine()) alone.begin(new Date(hallNow()).toISOString());
  showLink(news);
}, newsOfScreens, newsOfHelp);
wirePanel({ take, putAway: () => alone.putAway() });
if (alone.list.length) live.now();
setInterval(() => {
  drawCommands();
  for (const element of document.querySelectorAll("[data-since]")) element.dispatchEvent(new Event("tick"));
}, 1000);

// --- without the server ------------------------------------------------------------------------------------

/** Begin with whoever hands in a number on paper; return why not, as the panel says it. */
async function take(written) {
  const why = await alone.take(written, state.desk);
  if (!why) tell(say("done.start", { label: alone.paper.label }), "staff-message--done");
  return why;
}

// Signing out needs the server; what this browser knows of the desk goes with it.
document.querySelector("[data-sign-out]").addEventListener("submit", (event) => {
  if (alone.is) { event.preventDefault(); tell(say("away.no_sign_out"), "staff-message--no"); } else alone.forget();
});

// Only pages that came over TLS, or from this machine, may outlive a reload without the server.
navigator.serviceWorker?.register("/staff/windows/worker.js", { updateViaCache: "none" })
  .then(() => navigator.serviceWorker.ready)
  .then((worker) => worker.active.postMessage({ keep: location.pathname }))
  .catch(() => null);
