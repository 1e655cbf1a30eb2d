// Who is next, seen before the bell rings. It reserves nobody: the call names whom it showed.

import { Problem, read } from "./api.js";
import { fill, h, listed, named, say, toldText } from "./page.js";

const panel = document.getElementById("next");
let shown = null;

/** Look at who is next at a window; `failed` hears of a refusal. */
export async function lookAtNext(windowId, failed) {
  try {
    const next = await read(`/api/v1/windows/${windowId}/next`);
    shown = next.ticket.id;
    fill(panel, facts(next));
    panel.hidden = false;
  } catch (error) {
    forgetNext();
    if (!(error instanceof Problem)) return;
    failed(error);
  }
}

/** Whom the call is to name: nothing where nobody was looked at. */
export const seenNext = () => (shown ? { seen: shown } : undefined);

export function forgetNext() {
  shown = null;
  panel.hidden = true;
}

/** Return whether somebody else heads the list than is shown. */
export const nextIsOld = (first) => shown !== null && first?.id !== shown;

function facts({ ticket, waited_minutes: waited, told_low: low, told_high: high, over_told: over, note }) {
  const told = low === null ? "" : say("next.told", { wait: toldText(low, high) });
  const tag = (text) => h("span", { class: "tag tag--accent" }, text);
  return [
    h("p", { class: "staff-next__who" }, h("strong", { class: "figure" }, ticket.label), " ", listed(ticket.services.map(named)), " ",
      ticket.priority ? tag(ticket.priority_class ? named(ticket.priority_class) : say("priority")) : null,
      ticket.came_back ? tag(say("came_back")) : null),
    note ? h("p", {}, say("next.note", { note })) : null,
    h("p", {}, say("before_call", { n: waited }), told ? ` · ${told}` : "", over ? [" ", h("span", { class: "tag tag--warn" }, say("next.over"))] : null),
    ticket.done_before.length ? h("p", {}, say("visit_before", { names: listed(ticket.done_before.map(named)) })) : null,
    ticket.still_to_come.length ? h("p", {}, say("visit_after", { names: listed(ticket.still_to_come.map(named)) })) : null,
    h("p", { class: "soft small" }, say("next.free")),
  ];
}
