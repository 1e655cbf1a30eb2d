// What the desk says of a press: that it is under way, what was done, or what is in its way.

import { Problem } from "./api.js";
import { state } from "./desk_state.js";
import { data, h, named, say } from "./page.js";

const message = document.getElementById("message");
const problem = document.getElementById("problem");

export function tell(text, kind = "") {
  message.textContent = text;
  message.className = `staff-message ${kind}`;
}

/** Show a refusal, or that no answer came; null takes it away. */
export function showProblem(error) {
  if (error === null) { problem.hidden = true; return; }
  const [title, help] = error instanceof Problem
    ? [error.document.title, error.document.help ?? ""]
    : [say("unsure"), ""];
  const code = error instanceof Problem && error.code
    ? h("a", { href: `/problems/${error.code}`, target: "_blank", rel: "noopener" }, error.code) : null;
  problem.replaceChildren(h("p", {}, h("strong", {}, title), help ? ` ${help} ` : " ", code ?? ""));
  problem.hidden = false;
}

/** Say what was done; who goes on to another service is told the next number, which stands on no paper. */
export function doneText(done, answer) {
  const name = done === "transfer" ? sentTo(answer) : "";
  const text = say(`done.${done}`, { label: answer.number ?? answer.label, name });
  const waiting = state.desk.waiting.length;
  if (done === "close" && waiting) return `${text} ${say("still_waiting", { n: waiting })}`;
  if (!answer.goes_on_as) return text;
  return `${text} ${say("goes_on", { label: answer.goes_on_as, name: named(answer.still_to_come[0]) })}`;
}

/** Where a ticket went: the clerk says it to the person. */
function sentTo(ticket) {
  if (ticket.for_window) return say("window_named", { label: ticket.for_window });
  const queue = data.queues.find((own) => own.id === ticket.queue_id);
  return queue ? `${queue.prefix} ${named(queue)}` : ticket.label; // a queue that is newer than this page
}
