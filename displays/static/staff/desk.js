// The clerk's desk: single keys and buttons do the same; each press is acknowledged before the server answers.

import { Alone } from "./away/alone.js";
import { askForNumber, drawPanel, wirePanel } from "./away/panel.js";
import { forgetUnanswered, NoAnswer, Problem, read, send } from "./api.js";
import { forgetNext, lookAtNext, nextIsOld, seenNext } from "./desk_next.js";
import { askWhy } from "./desk_park.js";
import { askWhyPause } from "./desk_pause.js";
import { kindOf } from "./desk_booking.js";
import { forgetReach, reach } from "./desk_reach.js";
import { askWhatIsMissing, hideSlip, showSlip } from "./desk_return.js";
import { askWhatWasDone } from "./desk_services.js";
import { askWhere } from "./desk_transfer.js";
import { drawDesk } from "./desk_view.js";
import { callOf, callToTake, followHelp, newsOfHelp } from "./help.js";
import { follow } from "./live.js";
import { newsOfScreens } from "./screens.js";
import { clockTime, data, h, hallNow, heardClock, named, say } from "./page.js";

let desk = data.desk;
let working = null; // the command under way
const windowId = desk.window.id;
const UNDO_KEPT = `jinban_undo_${windowId}`;
const KEYS_KEPT = "jinban_single_keys";
/** What goes on without the server, and what of it the request says. */
const KEEPS = {
  start: () => ({}), miss: () => ({}),
  finish: (body) => ({ services: body?.services ?? [] }),
  services: (body) => ({ services: body.services }),
  park: (body) => ({ reason: body.reason, words: body.words }),
};
const STAYS = new Set(["start", "services"]); // presses after which the person is at the window still

const message = document.getElementById("message");
const problem = document.getElementById("problem");
const alone = new Alone(windowId, () => draw());
const buttons = [...document.querySelectorAll("[data-command]")];
const keys = document.getElementById("single-keys");

// --- what can be undone ------------------------------------------------------------------------------

/** Return the last press that moved a ticket while it may still be taken back, with the seconds that are left. */
function undoable() {
  const kept = JSON.parse(sessionStorage.getItem(UNDO_KEPT) ?? "null");
  // A start or a record is taken back while that person is there; what ended, while the window has nobody new.
  if (!kept || kept.id !== (STAYS.has(kept.what) ? current()?.id : kept.id)) return null;
  const left = Math.ceil(data.undo_within_s - (hallNow() - Date.parse(kept.at)) / 1000);
  return left > 0 ? { ...kept, left } : null;
}

function keepForUndo(ticket, what) {
  // A record leaves the time of service as it was, so the ticket does not say when it was made.
  const at = what === "services" ? new Date(hallNow()).toISOString() : ticket.changed_at;
  sessionStorage.setItem(UNDO_KEPT, JSON.stringify({ id: ticket.id, label: ticket.label, at, what }));
}

// --- what each command may do now --------------------------------------------------------------------

const current = () => desk.window.ticket ?? alone.paper;
const mine = () => desk.window.clerk_id === data.me;
const status = () => desk.window.status;
const foreign = () => desk.window.clerk_id !== null && desk.window.clerk_id !== data.me;

/** Return why a command cannot be done now, "" if it can; a colleague's window is left alone. */
function whyNot(name) {
  if (foreign() && !data.for_colleagues) return say("not.yours");
  if (current()?.paper && !["finish", "undo"].includes(name)) return say("not.paper");
  if ((alone.is || current()?.paper) && name === "undo") return mine() && alone.last ? "" : say("not.undo");
  if (alone.is && !(name in KEEPS && mine())) return say("not.away");
  return COMMANDS[name].not();
}

function whyNoCall() {
  if (status() === "closed") return say("not.closed");
  if (status() === "paused") return say("not.paused");
  return current() ? say("not.busy") : "";
}

function whyNoLook() {
  return status() === "closed" ? say("not.closed") : desk.waiting.length ? "" : say("no_waiting");
}

function recallSeconds() {
  return Math.ceil(data.recall_after_s - (hallNow() - Date.parse(current().called_at)) / 1000);
}

function whyNoRecall() {
  if (!current()) return say("not.nobody");
  if (current().status !== "called") return say("not.serving");
  if (current().calls > data.recalls) return say("not.recall_over");
  return recallSeconds() > 0 ? say("not.recall_soon", { n: recallSeconds() }) : "";
}

const needs = (wanted, otherwise) => () => {
  if (!current()) return say("not.nobody");
  return current().status === wanted ? "" : say(otherwise);
};

/** Each command: why it cannot be done now ("" if it can), and the request that does it. */
const COMMANDS = {
  "call-next": { not: whyNoCall, path: () => `windows/${windowId}/call-next`, body: seenNext, done: "call" },
  look: { not: whyNoLook, open: look },
  choose: { not: () => "", open: choose },
  reach: { not: () => (current()?.remote ? "" : say("not.in_hall")), open: () => reach(current(), showProblem) },
  start: { not: needs("called", "not.serving"), path: () => `tickets/${current().id}/start`, undo: true },
  finish: { not: needs("serving", "not.called"), path: () => `tickets/${current().id}/finish`, undo: true },
  services: { not: needs("serving", "not.called"), open: openServices },
  "come-back": { not: needs("serving", "not.called"), open: openReturn },
  recall: { not: whyNoRecall, path: () => `tickets/${current().id}/recall` },
  hold: { not: () => (current()?.misses_at ? "" : say("not.no_hold")), path: () => `tickets/${current().id}/hold` },
  miss: { not: needs("called", "not.serving"), path: () => `tickets/${current().id}/miss`, undo: true },
  park: { not: () => (current() ? "" : say("not.nobody")), open: openPark },
  transfer: { not: () => (current() ? "" : say("not.nobody")), open: openTransfer },
  undo: {
    not: () => (!undoable() ? say("not.undo") : current() && !STAYS.has(undoable().what) ? say("not.busy") : ""),
    path: () => (undoable() ? `tickets/${undoable().id}/undo` : ""),
  },
  open: { not: () => (status() === "closed" ? "" : say("status.open")), path: () => `windows/${windowId}/open` },
  "resume-window": { not: () => "", path: () => `windows/${windowId}/resume`, done: "open" },
  pause: { not: () => (status() === "open" ? "" : say("not.closed")), open: openPause },
  close: { not: () => (current() ? say("not.busy") : ""), path: () => `windows/${windowId}/close` },
  "ask-help": { not: () => (desk.window.clerk_id === data.me ? "" : say("not.sit")), path: () => `windows/${windowId}/help-calls`, body: () => ({}) },
  "end-help": { not: () => "", path: () => `help-calls/${callOf(windowId).id}/end` },
  "take-help": { not: () => "", path: () => `help-calls/${callToTake(windowId).id}/take` },
};
/** Commands that are there only while they mean something. */
const SOMETIMES = {
  open: () => status() === "closed",
  "resume-window": () => status() === "paused",
  pause: () => status() === "open",
  close: () => status() !== "closed",
  hold: () => Boolean(current()?.misses_at),
  reach: () => Boolean(current()?.remote),
  "ask-help": () => !callOf(windowId),
  "end-help": () => Boolean(callOf(windowId)),
  "take-help": () => Boolean(callToTake(windowId)),
};

function primary() {
  if (!current()) return { closed: "open", paused: "resume-window", open: "call-next" }[status()];
  return current().status === "called" ? "start" : "finish";
}

function drawCommands() {
  const suggested = primary();
  for (const button of buttons) {
    const name = button.dataset.command;
    const refused = whyNot(name);
    button.hidden = name in SOMETIMES && !SOMETIMES[name]();
    button.setAttribute("aria-disabled", String(Boolean(refused) || working !== null));
    button.classList.toggle("button--primary", name === suggested && !refused);
    button.classList.toggle("staff-command--working", working === name);
    button.title = refused;
  }
  drawCountdowns();
}

function drawCountdowns() {
  const undo = alone.is || current()?.paper ? null : undoable();
  const set = (name, text) => {
    const place = document.querySelector(`[data-command="${name}"] .staff-command__text`);
    if (place.textContent !== text) place.textContent = text;
  };
  const left = (n) => ` ·\u00a0${say("seconds", { n }).replace(" ", "\u00a0")}`;
  set("undo", undo && (!current() || STAYS.has(undo.what)) ? say(`undo.${undo.what}`, { label: undo.label }) + left(undo.left) : say("undo"));
  if (!undo && alone.last) set("undo", say("away.undo", { label: alone.last.label }));
  const remote = Boolean(current()?.remote);
  set("start", say(remote ? "start.remote" : "start"));
  if (remote) set("reach", say({ video: "reach.open", phone: "reach.dial" }[kindOf(current())] ?? "reach"));
  const wait = !alone.is && current()?.status === "called" && current().calls <= data.recalls ? recallSeconds() : 0;
  set("recall", say("recall") + (wait > 0 ? left(wait) : ""));
}

// --- doing ---------------------------------------------------------------------------------------------

function tell(text, kind = "") {
  message.textContent = text;
  message.className = `staff-message ${kind}`;
}

function showProblem(error) {
  if (error === null) { problem.hidden = true; return; }
  const [title, help] = error instanceof Problem
    ? [error.document.title, error.document.help ?? ""]
    : [say("unsure"), ""];
  const code = error instanceof Problem && error.code
    ? h("a", { href: `/problems/${error.code}`, target: "_blank", rel: "noopener" }, error.code) : null;
  problem.replaceChildren(h("p", {}, h("strong", {}, title), help ? ` ${help} ` : " ", code ?? ""));
  problem.hidden = false;
}

let answered = 0; // commands that came to an end
let unsure = false; // one of them came to no answer, and the desk has not been read since

/** Run one command; while it is under way every other press is ignored. */
async function perform(name, path, { label = "", body, done = name, undo = false } = {}) {
  if (working) return;
  const pressedAt = new Date(hallNow()).toISOString();
  if (alone.is || current()?.paper) { await keepHere(name, body, pressedAt); return; }
  working = name;
  showProblem(null);
  tell(say(`working.${name}`, { label }), "staff-message--working");
  drawCommands();
  try {
    const answer = await send("POST", `/api/v1/${path}`, body, (n) => tell(say("again", { n }), "staff-message--working"), () => alone.is);
    if (undo) keepForUndo(answer, name);
    if (name === "undo") sessionStorage.removeItem(UNDO_KEPT);
    tell(doneText(done, answer), "staff-message--done");
    applyAnswer(answer);
  } catch (error) {
    if (!(error instanceof Problem || error instanceof NoAnswer)) throw error;
    unsure = error instanceof NoAnswer;
    tell("");
    if (unsure && name in KEEPS && mine() && current() && path.includes(current().id)) {
      // Whether it was done is not known; handed in, it is done once.
      unsure = false;
      forgetUnanswered();
      alone.begin(pressedAt);
      await keepHere(name, body, pressedAt);
      return;
    }
    showProblem(error);
    if (error.code === "next-changed") look();
  } finally {
    working = null;
    answered += 1;
    draw();
    live.now();
  }
}

/** Keep a press in this page until the server is back. */
async function keepHere(name, body, at) {
  if (name === "undo") {
    desk = await alone.takeBack(desk);
    tell(say("away.taken_back"), "staff-message--done");
  } else if (name in KEEPS && mine()) {
    const what = name === "services" ? "record" : name;
    const { label } = current();
    desk = await alone.keep(what, current(), KEEPS[name](body), desk, at);
    sessionStorage.removeItem(UNDO_KEPT);
    tell(`${say(`done.${name}`, { label })} ${say("away.kept")}`, "staff-message--done");
  } else tell(say("not.away"), "staff-message--no");
  draw();
  if (!alone.is) live.now(); // a number on paper that was finished after the server was back
}

/** Where a ticket went: the clerk says it to the person. */
function sentTo(ticket) {
  if (ticket.for_window) return say("window_named", { label: ticket.for_window });
  const queue = data.queues.find((own) => own.id === ticket.queue_id);
  return queue ? `${queue.prefix} ${named(queue)}` : ticket.label; // a queue that is newer than this page
}

/** Say what was done; who goes on to another service is told the next number, which stands on no paper. */
function doneText(done, answer) {
  const text = say(`done.${done}`, { label: answer.number ?? answer.label, name: done === "transfer" ? sentTo(answer) : "" });
  if (done === "close" && desk.waiting.length) return `${text} ${say("still_waiting", { n: desk.waiting.length })}`;
  if (!answer.goes_on_as) return text;
  return `${text} ${say("goes_on", { label: answer.goes_on_as, name: named(answer.still_to_come[0]) })}`;
}

/** Show at once what the answer tells; the list follows with the next reading. */
function applyAnswer(answer) {
  if ("serves" in answer) {
    desk = { ...desk, window: answer };
    return;
  }
  if ("asked_at" in answer) { newsOfHelp(); return; }
  if (answer.back) showSlip(answer, say("slip", { label: answer.label, code: `${answer.back.code.slice(0, 4)} ${answer.back.code.slice(4)}` }));
  else if (answer.status === "serving" || answer.status === "called") hideSlip();
  const here = ["called", "serving"].includes(answer.status);
  if (here) forgetNext();
  const others = (list) => list.filter((own) => own.id !== answer.id);
  desk = {
    ...desk,
    window: { ...desk.window, ticket: here ? answer : null },
    waiting: others(desk.waiting), missed: others(desk.missed), parked: others(desk.parked),
  };
}

function press(name) {
  if (working) return;
  if (name === "call-next" && askForNumber()) return; // without the server the next is whoever hands in a paper
  const command = COMMANDS[name];
  const refused = whyNot(name);
  if (refused) { tell(refused, "staff-message--no"); return; }
  if (command.open) { command.open(); return; }
  perform(name, command.path(), { body: command.body?.(), done: command.done ?? name, undo: command.undo });
}

/** Do what a row's button says; the row may go with it, and reading then goes on where the person is told. */
async function ofRow(name, path, how) {
  await perform(name, path, how);
  if (document.activeElement === document.body) document.getElementById("current").focus();
}

const rowActions = {
  call: (ticket) => ofRow("call", `windows/${windowId}/call`, { label: ticket.label, body: { ticket_id: ticket.id } }),
  reinstate: (ticket) => ofRow("reinstate", `tickets/${ticket.id}/reinstate`, { label: ticket.label }),
  resume: (ticket) => ofRow("resume", `tickets/${ticket.id}/resume`, { label: ticket.label, done: "reinstate" }),
};

/** Go to the first of whoever can be called by choice; pressed there again, to the next one. */
function choose() {
  const rows = [...document.querySelectorAll("#waiting [data-focus^=call], #missed .button, #parked .button")];
  if (!rows.length) { tell(whyNot("call-next") || say("no_waiting"), "staff-message--no"); return; }
  rows[(rows.indexOf(document.activeElement) + 1) % rows.length].focus();
}

// --- who is next ---------------------------------------------------------------------------------------

function look() {
  lookAtNext(windowId, showProblem);
}

/** Somebody else heads the list than the clerk sees: show who. */
function lookAgain() {
  if (nextIsOld(desk.waiting[0])) look();
}

// --- park ----------------------------------------------------------------------------------------------

function openPark() {
  const ticket = current();
  askWhy(ticket, (why) => perform("park", `tickets/${ticket.id}/park`, { body: why, undo: true }));
}

// --- transfer ------------------------------------------------------------------------------------------

function openTransfer() {
  const ticket = current();
  askWhere(ticket, (where) => {
    perform("transfer", `tickets/${ticket.id}/transfer`, { body: where, undo: true });
  });
}

// --- pause ---------------------------------------------------------------------------------------------

function openPause() {
  askWhyPause((kind) => perform("pause", `windows/${windowId}/pause`, { body: { kind } }));
}

// --- services done -------------------------------------------------------------------------------------

function openServices() {
  const ticket = current();
  askWhatWasDone(ticket, (name, services) => {
    perform(name, `tickets/${ticket.id}/${name}`, { body: { services }, undo: true });
  });
}

// --- comes back with papers ------------------------------------------------------------------------------

function openReturn() {
  const ticket = current();
  askWhatIsMissing(ticket, (wanted) => {
    perform("come-back", `tickets/${ticket.id}/finish-coming-back`, { body: wanted, undo: true });
  });
}

// --- help ------------------------------------------------------------------------------------------------

followHelp({
  take: (call) => perform("take-help", `help-calls/${call.id}/take`),
  end: (call) => perform("end-help", `help-calls/${call.id}/end`),
  word: (call, words) => perform("word-help", `help-calls/${call.id}/words`, { body: { words } }),
}, drawCommands);

// --- keys ----------------------------------------------------------------------------------------------

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

// --- live ----------------------------------------------------------------------------------------------

function draw() {
  drawPanel(alone, { mine: mine(), free: !current() && status() === "open" });
  drawDesk({ ...desk, window: { ...desk.window, ticket: current() } }, { actions: rowActions, maycall: !whyNot("call-next") && !working, foreign: foreign(), alone: alone.is });
  forgetReach(current());
  drawCommands();
  document.getElementById("paper").hidden = ![...desk.waiting, ...desk.missed].some((ticket) => ticket.provisional);
}

async function refresh() {
  if (working) return; // its answer is newer than what would be read now
  if (alone.is) await read(`/api/v1/windows/${windowId}/desk`); // is the server there again?
  await alone.handIn(); // before the desk is read: it shows how things stand with it
  const before = answered;
  const read_ = await read(`/api/v1/windows/${windowId}/desk`);
  if (working || answered !== before) return; // it was asked for before the last answer: another reading follows
  heardClock(read_.made_at);
  if (alone.list.length && !alone.failed) { live.now(); return; } // pressed meanwhile: that first
  const here = current();
  if (!alone.is && standing(read_) !== standing(desk)) tell(mine() ? say("changed_elsewhere") : ""); // what was said is over
  desk = read_;
  if (alone.is) {
    alone.end();
    showLink();
    tell(say("away.over"), "staff-message--done");
  }
  alone.saw(desk);
  tellMissed(here);
  if (unsure) {
    unsure = false;
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
  const gone = before?.misses_at && !current() ? desk.missed.find((own) => own.id === before.id) : null;
  if (!gone) return;
  keepForUndo(gone, "miss");
  tell(say("missed_by_itself", { label: gone.label }));
}

const linkState = document.getElementById("link-state");
let told = ""; // how the line to the server is
let live = { now() {} }; // until the hall is followed; a key may be pressed before that
heardClock(desk.made_at);
const restored = await alone.restore();
if (restored) desk = restored;
else alone.saw(desk);
draw();
function showLink(state = told) {
  told = state;
  const shown = alone.is && state === "polling" ? "stale" : state; // a page that came without the server
  linkState.textContent = say(shown, { time: clockTime(alone.since ?? new Date(hallNow()).toISOString()) });
  linkState.dataset.state = shown;
}
live = follow(data.hall, refresh, (state) => {
  if (state === "stale" && mine()) alone.begin(new Date(hallNow()).toISOString());
  showLink(state);
}, newsOfScreens, newsOfHelp);
wirePanel({ take, putAway: () => alone.putAway() });
if (alone.list.length) live.now();
setInterval(() => {
  drawCommands();
  for (const element of document.querySelectorAll("[data-since]")) element.dispatchEvent(new Event("tick"));
}, 1000);

/** Begin with whoever hands in a number on paper; return why not, as the panel says it. */
async function take(written) {
  const why = await alone.take(written, desk);
  if (!why) tell(say("done.start", { label: alone.paper.label }), "staff-message--done");
  return why;
}

// --- without the server -----------------------------------------------------------------------------------

// Signing out needs the server; what this browser knows of the desk goes with it.
document.querySelector("[data-sign-out]").addEventListener("submit", (event) => {
  if (alone.is) { event.preventDefault(); tell(say("away.no_sign_out"), "staff-message--no"); } else alone.forget();
});

// Only pages that came over TLS, or from this machine, may outlive a reload without the server.
navigator.serviceWorker?.register("/staff/windows/worker.js", { updateViaCache: "none" })
  .then(() => navigator.serviceWorker.ready)
  .then((worker) => worker.active.postMessage({ keep: location.pathname }))
  .catch(() => null);
