// The last press that moved a ticket, for as long as it may be taken back; a reload of the page keeps it.

import { current, windowId } from "./desk_state.js";
import { data, hallNow } from "./page.js";

const KEPT = `jinban_undo_${windowId}`;
/** Presses after which the person is at the window still. */
export const STAYS = new Set(["start", "services"]);

/** Return the last press while it may still be taken back, with the seconds that are left; else null. */
export function undoable() {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  // A start or a record is taken back while that person is there; what ended, while the window has nobody new.
  if (!kept || kept.id !== (STAYS.has(kept.what) ? current()?.id : kept.id)) return null;
  const left = Math.ceil(data.undo_within_s - (hallNow() - Date.parse(kept.at)) / 1000);
  return left > 0 ? { ...kept, left } : null;
}

export function keepForUndo(ticket, what) {
  // A record leaves the time of service as it was, so the ticket does not say when it was made.
  const at = what === "services" ? new Date(hallNow()).toISOString() : ticket.changed_at;
  sessionStorage.setItem(KEPT, JSON.stringify({ id: ticket.id, label: ticket.label, at, what }));
}

export function forgetUndo() {
  sessionStorage.removeItem(KEPT);
}
