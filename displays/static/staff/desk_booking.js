// How whoever is at the window booked: several people, or somebody else did it for them.

import { read } from "./api.js";
import { data, h, say } from "./page.js";

const known = new Map(); // by ticket; it does not change any more

/** Return a line that says it once it is known, empty for one person who booked for themselves. */
export function bookedAs(ticket) {
  const line = h("p", { class: "staff-visit__all" });
  line.hidden = true;
  if (ticket.is_appointment) show(line, ticket.id);
  return line;
}

/** Return how the person of a ticket is met, once it is known; undefined before and for who just came. */
export function kindOf(ticket) {
  return known.get(ticket?.id)?.kind;
}

async function show(line, id) {
  try {
    if (!known.has(id)) known.set(id, await read(`/api/v1/halls/${encodeURIComponent(data.hall)}/appointments/of-ticket/${id}`));
  } catch {
    return; // told at the next drawing; the ticket itself says all that is needed to serve
  }
  const { party, for_other: forOther, kind } = known.get(id);
  const parts = [kind === "hall" ? "" : say(`reach.${kind}`), party > 1 ? say("booked.party", { n: party }) : "", forOther ? say("booked.for_other") : ""];
  line.textContent = parts.filter(Boolean).join(" ");
  line.hidden = !line.textContent;
}
