// The clerk's dialog that puts a ticket aside: one key says why, words are for whoever holds the ticket.

const dialog = document.getElementById("park-dialog");
const words = document.getElementById("park-words");
const field = document.getElementById("park-words-field");
const missing = document.getElementById("park-words-missing");
let tell = null;
let asked = null; // whom it was about last: what was typed for them stays until they are gone

/** Ask why a ticket is put aside, then call `send({ reason, words })`. */
export function askWhy(ticket, send) {
  dialog.querySelector("[data-park-label]").textContent = ticket.label;
  if (asked !== ticket.id) words.value = "";
  asked = ticket.id;
  lack(false);
  tell = send;
  dialog.showModal();
}

function lack(yes) {
  missing.hidden = !yes;
  field.classList.toggle("field--wrong", yes);
  words.setAttribute("aria-invalid", String(yes));
}

/** "Other" needs words: the first press goes to them, one that finds none says so. */
function choose(reason) {
  const said = words.value.trim();
  if (reason === "other" && !said) {
    lack(document.activeElement === words);
    words.focus();
    return;
  }
  dialog.close();
  tell({ reason: reason || null, words: said });
}

for (const button of dialog.querySelectorAll("[data-reason]")) {
  button.addEventListener("click", () => choose(button.dataset.reason));
}
dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
words.addEventListener("input", () => lack(false));
dialog.addEventListener("keydown", (event) => {
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target === words) {
    if (event.key === "Enter") { event.preventDefault(); choose("other"); }
    return;
  }
  const button = dialog.querySelector(`[data-reason-key="${CSS.escape(event.key.toUpperCase())}"]`);
  if (button) { event.preventDefault(); button.click(); }
});
