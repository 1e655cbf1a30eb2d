// The clerk's dialog that ends a visit with papers missing: what is missing, and until when to come back.

const dialog = document.getElementById("return-dialog");
const note = document.getElementById("return-note");
const until = document.getElementById("return-until");
const form = dialog.querySelector("form");
const slip = document.getElementById("return-slip");
let tell = null;
let asked = null; // whom it was about last: what was typed for them stays until they are gone

/** Ask what is missing and until when, then call `send({ note, until_on })`. */
export function askWhatIsMissing(ticket, send) {
  dialog.querySelector("[data-return-label]").textContent = ticket.label;
  if (asked !== ticket.id) { note.value = ""; until.value = until.defaultValue; }
  asked = ticket.id;
  for (const input of [note, until]) lack(input, false);
  tell = send;
  dialog.showModal();
  note.focus();
  note.select(); // what stands there still is taken by Enter, or written over
}

/** Say beside a field that something is to be mended there, in the page's language rather than the browser's. */
function lack(input, yes) {
  document.getElementById(`${input.id}-field`).classList.toggle("field--wrong", yes);
  document.getElementById({ "return-note": "return-missing", "return-until": "return-until-wrong" }[input.id]).hidden = !yes;
  input.setAttribute("aria-invalid", String(yes));
}

/** Lead to the slip of the visit that ended last; nothing else of it stays on the desk. */
export function showSlip(ticket, text) {
  slip.hidden = false;
  const link = slip.querySelector("a");
  link.href = `/staff/returns/${encodeURIComponent(ticket.id)}`;
  link.textContent = text;
}

export function hideSlip() {
  slip.hidden = true;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!note.value.trim()) note.value = ""; // blanks tell nobody what to bring
  lack(note, !note.value);
  lack(until, !until.validity.valid);
  const wrong = [note, until].find((input) => input.getAttribute("aria-invalid") === "true");
  if (wrong) { wrong.focus(); return; }
  dialog.close();
  tell({ note: note.value.trim(), until_on: until.value });
});
for (const input of [note, until]) input.addEventListener("input", () => lack(input, false));
dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
