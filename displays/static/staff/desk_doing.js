// A command is done: acknowledged before the server answers, shown at once, or kept while the server is away.

import { forgetUnanswered, NoAnswer, Problem, send } from "./api.js";
import { drawCommands } from "./desk_buttons.js";
import { KEEPS } from "./desk_commands.js";
import { forgetNext, lookAtNext } from "./desk_next.js";
import { hideSlip, showSlip } from "./desk_return.js";
import { alone, current, mine, state, windowId } from "./desk_state.js";
import { doneText, showProblem, tell } from "./desk_telling.js";
import { forgetUndo, keepForUndo } from "./desk_undo.js";
import { newsOfHelp } from "./help.js";
import { hallNow, say } from "./page.js";

let page = { draw() {}, readAgain() {} };

/** Name what follows a command: `draw()` shows the desk as it stands, `readAgain()` asks the server how it does. */
export function afterCommands(own) {
  page = own;
}

/** Run one command; while it is under way every other press is ignored. */
export async function perform(name, path, { label = "", body, done = name, undo = false } = {}) {
  if (state.working) return;
  const pressedAt = new Date(hallNow()).toISOString();
  if (alone.is || current()?.paper) { await keepHere(name, body, pressedAt); return; }
  state.working = name;
  showProblem(null);
  tell(say(`working.${name}`, { label }), "staff-message--working");
  drawCommands();
  try {
    const again = (n) => tell(say("again", { n }), "staff-message--working");
    const answer = await send("POST", `/api/v1/${path}`, body, again, () => alone.is);
    if (undo) keepForUndo(answer, name);
    if (name === "undo") forgetUndo();
    tell(doneText(done, answer), "staff-message--done");
    applyAnswer(answer);
  } catch (error) {
    if (!(error instanceof Problem || error instanceof NoAnswer)) throw error;
    await notDone(error, name, path, body, pressedAt);
  } finally {
    state.working = null;
    state.answered += 1;
    page.draw();
    page.readAgain();
  }
}

async function notDone(error, name, path, body, pressedAt) {
  state.unsure = error instanceof NoAnswer;
  tell("");
  if (state.unsure && name in KEEPS && mine() && current() && path.includes(current().id)) {
    // Whether it was done is not known; handed in, it is done once.
    state.unsure = false;
    forgetUnanswered();
    alone.begin(pressedAt);
    await keepHere(name, body, pressedAt);
    return;
  }
  showProblem(error);
  if (error.code === "next-changed") lookAtNext(windowId, showProblem);
}

/** Keep a press in this page until the server is back. */
async function keepHere(name, body, at) {
  if (name === "undo") {
    state.desk = await alone.takeBack(state.desk);
    tell(say("away.taken_back"), "staff-message--done");
  } else if (name in KEEPS && mine()) {
    const what = name === "services" ? "record" : name;
    const { label } = current();
    state.desk = await alone.keep(what, current(), KEEPS[name](body), state.desk, at);
    forgetUndo();
    tell(`${say(`done.${name}`, { label })} ${say("away.kept")}`, "staff-message--done");
  } else tell(say("not.away"), "staff-message--no");
  page.draw();
  if (!alone.is) page.readAgain(); // a number on paper that was finished after the server was back
}

/** Show at once what the answer tells; the list follows with the next reading. */
function applyAnswer(answer) {
  if ("serves" in answer) {
    state.desk = { ...state.desk, window: answer };
    return;
  }
  if ("asked_at" in answer) { newsOfHelp(); return; }
  if (answer.back) showSlip(answer, say("slip", { label: answer.label, code: inHalves(answer.back.code) }));
  else if (answer.status === "serving" || answer.status === "called") hideSlip();
  const here = ["called", "serving"].includes(answer.status);
  if (here) forgetNext();
  const others = (list) => list.filter((own) => own.id !== answer.id);
  const { window, waiting, missed, parked } = state.desk;
  state.desk = {
    ...state.desk,
    window: { ...window, ticket: here ? answer : null },
    waiting: others(waiting), missed: others(missed), parked: others(parked),
  };
}

const inHalves = (code) => `${code.slice(0, 4)} ${code.slice(4)}`;
