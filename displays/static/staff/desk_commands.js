// What each command may do now, and the request that does it; nothing is sent or drawn here.

import { seenNext } from "./desk_next.js";
import { alone, current, foreign, mine, state, status, windowId } from "./desk_state.js";
import { STAYS, undoable } from "./desk_undo.js";
import { callOf, callToTake } from "./help.js";
import { data, hallNow, say } from "./page.js";

/** What goes on without the server, and what of it the request says. */
export const KEEPS = {
  start: () => ({}), miss: () => ({}),
  finish: (body) => ({ services: body?.services ?? [] }),
  services: (body) => ({ services: body.services }),
  park: (body) => ({ reason: body.reason, words: body.words }),
};

/** Return why a command cannot be done now, "" if it can; a colleague's window is left alone. */
export function whyNot(name) {
  if (foreign() && !data.for_colleagues) return say("not.yours");
  if (current()?.paper && !["finish", "undo"].includes(name)) return say("not.paper");
  if ((alone.is || current()?.paper) && name === "undo") return mine() && alone.last ? "" : say("not.undo");
  if (alone.is && !(name in KEEPS && mine())) return say("not.away");
  return COMMANDS[name].not();
}

const always = () => "";
const somebody = () => (current() ? "" : say("not.nobody"));

const needs = (wanted, otherwise) => () => somebody() || (current().status === wanted ? "" : say(otherwise));
const called = needs("called", "not.serving");
const serving = needs("serving", "not.called");

function whyNoCall() {
  if (status() === "closed") return say("not.closed");
  if (status() === "paused") return say("not.paused");
  return current() ? say("not.busy") : "";
}

function whyNoLook() {
  return status() === "closed" ? say("not.closed") : state.desk.waiting.length ? "" : say("no_waiting");
}

/** Return the seconds until whoever was called may be called again. */
export function recallSeconds() {
  return Math.ceil(data.recall_after_s - (hallNow() - Date.parse(current().called_at)) / 1000);
}

function whyNoRecall() {
  const notCalled = called();
  if (notCalled) return notCalled;
  if (current().calls > data.recalls) return say("not.recall_over");
  return recallSeconds() > 0 ? say("not.recall_soon", { n: recallSeconds() }) : "";
}

function whyNoUndo() {
  if (!undoable()) return say("not.undo");
  return current() && !STAYS.has(undoable().what) ? say("not.busy") : "";
}

const ofTicket = (what) => () => `tickets/${current().id}/${what}`;
const ofWindow = (what) => () => `windows/${windowId}/${what}`;

/**
 * Each command: why it cannot be done now ("" if it can), and the request that does it. One without a `path` asks
 * something first. `undo`: it can be taken back; `done`: what is said afterwards, where that is not its own name.
 */
export const COMMANDS = {
  "call-next": { not: whyNoCall, path: ofWindow("call-next"), body: seenNext, done: "call" },
  look: { not: whyNoLook },
  choose: { not: always },
  reach: { not: () => (current()?.remote ? "" : say("not.in_hall")) },
  start: { not: called, path: ofTicket("start"), undo: true },
  finish: { not: serving, path: ofTicket("finish"), undo: true },
  services: { not: serving },
  "come-back": { not: serving },
  recall: { not: whyNoRecall, path: ofTicket("recall") },
  hold: { not: () => (current()?.misses_at ? "" : say("not.no_hold")), path: ofTicket("hold") },
  miss: { not: called, path: ofTicket("miss"), undo: true },
  park: { not: somebody },
  transfer: { not: somebody },
  // Without the server a press is taken back in this page, and none may be left that the server would take back.
  undo: { not: whyNoUndo, path: () => (undoable() ? `tickets/${undoable().id}/undo` : "") },
  open: { not: () => (status() === "closed" ? "" : say("status.open")), path: ofWindow("open") },
  "resume-window": { not: always, path: ofWindow("resume"), done: "open" },
  pause: { not: () => (status() === "open" ? "" : say("not.closed")) },
  close: { not: () => (current() ? say("not.busy") : ""), path: ofWindow("close") },
  "ask-help": { not: () => (mine() ? "" : say("not.sit")), path: ofWindow("help-calls"), body: () => ({}) },
  "end-help": { not: always, path: () => `help-calls/${callOf(windowId).id}/end` },
  "take-help": { not: always, path: () => `help-calls/${callToTake(windowId).id}/take` },
};

/** Commands that are there only while they mean something. */
export const SOMETIMES = {
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

/** Return the command that usually comes next. */
export function primary() {
  if (!current()) return { closed: "open", paused: "resume-window", open: "call-next" }[status()];
  return current().status === "called" ? "start" : "finish";
}
