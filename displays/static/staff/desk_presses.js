// A press of a key or a button: it is refused with its reason, asks first what has to be asked, or is done.

import { askForNumber } from "./away/panel.js";
import { COMMANDS, whyNot } from "./desk_commands.js";
import { perform } from "./desk_doing.js";
import { lookAtNext, nextIsOld } from "./desk_next.js";
import { askWhy } from "./desk_park.js";
import { askWhyPause } from "./desk_pause.js";
import { reach } from "./desk_reach.js";
import { askWhatIsMissing } from "./desk_return.js";
import { askWhatWasDone } from "./desk_services.js";
import { current, state, windowId } from "./desk_state.js";
import { showProblem, tell } from "./desk_telling.js";
import { askWhere } from "./desk_transfer.js";
import { say } from "./page.js";

/** Commands that ask something first, or only show something. */
const ASKS = {
  look,
  choose,
  reach: () => reach(current(), showProblem),
  "come-back": ofTicket(askWhatIsMissing, (wanted) => ["come-back", "finish-coming-back", wanted]),
  park: ofTicket(askWhy, (why) => ["park", "park", why]),
  services: ofTicket(askWhatWasDone, (name, services) => [name, name, { services }]),
  transfer: ofTicket(askWhere, (where) => ["transfer", "transfer", where]),
  pause: () => askWhyPause((kind) => perform("pause", `windows/${windowId}/pause`, { body: { kind } })),
};

/** Return what asks about the ticket at the window, and then does with it what was answered. */
function ofTicket(ask, answered) {
  return () => {
    const ticket = current(); // while somebody thinks the window may go on to another
    ask(ticket, (...answer) => {
      const [name, what, body] = answered(...answer);
      perform(name, `tickets/${ticket.id}/${what}`, { body, undo: true });
    });
  };
}

export function press(name) {
  if (state.working) return;
  if (name === "call-next" && askForNumber()) return; // without the server the next is whoever hands in a paper
  const refused = whyNot(name);
  if (refused) { tell(refused, "staff-message--no"); return; }
  if (name in ASKS) { ASKS[name](); return; }
  const { path, body, done = name, undo } = COMMANDS[name];
  perform(name, path(), { body: body?.(), done, undo });
}

function look() {
  lookAtNext(windowId, showProblem);
}

/** Somebody else heads the list than the clerk sees: show who. */
export function lookAgain() {
  if (nextIsOld(state.desk.waiting[0])) look();
}

/** Go to the first of whoever can be called by choice; pressed there again, to the next one. */
function choose() {
  const rows = [...document.querySelectorAll("#waiting [data-focus^=call], #missed .button, #parked .button")];
  if (!rows.length) { tell(whyNot("call-next") || say("no_waiting"), "staff-message--no"); return; }
  rows[(rows.indexOf(document.activeElement) + 1) % rows.length].focus();
}

/** Do what a row's button says; the row may go with it, and reading then goes on where the person is told. */
async function ofRow(name, path, how) {
  await perform(name, path, how);
  if (document.activeElement === document.body) document.getElementById("current").focus();
}

/** What the buttons beside people who wait, were missed or are parked do. */
export const rowActions = {
  call: ({ id, label }) => ofRow("call", `windows/${windowId}/call`, { label, body: { ticket_id: id } }),
  reinstate: ({ id, label }) => ofRow("reinstate", `tickets/${id}/reinstate`, { label }),
  resume: ({ id, label }) => ofRow("resume", `tickets/${id}/resume`, { label, done: "reinstate" }),
};
