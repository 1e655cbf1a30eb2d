// Whoever is not in the hall is reached from the window: the number to dial, or the video room to open.

import { NoAnswer, Problem, send } from "./api.js";
import { data, fill, h, say } from "./page.js";

const panel = document.getElementById("reach");
let shown = null; // the ticket whose number stands there

/** Show how to reach the person of a ticket, and dial or open it: one key does it where the machine can. */
export async function reach(ticket, failed) {
  let found;
  try {
    found = await send("POST", `/api/v1/halls/${encodeURIComponent(data.hall)}/appointments/of-ticket/${ticket.id}/reach`);
  } catch (error) {
    if (!(error instanceof Problem || error instanceof NoAnswer)) throw error;
    failed(error);
    return;
  }
  shown = ticket.id;
  const number = found.phone
    ? h("a", { class: "phone-link staff-reach__way", href: `tel:${found.phone}` }, found.phone_shown) : h("span", { class: "soft" }, say("reach.no_number"));
  const room = found.link
    ? h("a", { class: "button button--primary", href: found.link, target: "_blank", rel: "noopener noreferrer" }, say("reach.open")) : null;
  fill(panel, [h("p", {}, h("strong", {}, say(`kind.${found.kind}`)), " ", room, room ? " " : null, number)]);
  panel.hidden = false;
  const way = room ?? (found.phone ? number : null);
  way?.focus();
  way?.click();
}

/** A number stays on the screen no longer than its person's turn. */
export function forgetReach(ticket) {
  if (shown === null || shown === ticket?.id) return;
  shown = null;
  panel.hidden = true;
  fill(panel, []);
}
