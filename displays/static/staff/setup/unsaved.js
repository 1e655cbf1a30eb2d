// What was typed and not saved yet: it outlives a drawing of the page, and the page is not left without asking.

const fields = () => [...document.querySelectorAll("[data-section] input, [data-section] select")];
const valueOf = (field) => (field.type === "checkbox" ? field.checked : field.value);

function defaultOf(field) {
  if (field.type === "checkbox") return field.defaultChecked;
  if (field.tagName !== "SELECT") return field.defaultValue;
  return ([...field.options].find((option) => option.defaultSelected) ?? field.options[0])?.value ?? "";
}

const isChanged = (field) => valueOf(field) !== defaultOf(field);

/** Return the fields by a name that a new drawing gives them again: labels change with the names of queues and clerks. */
function named() {
  const found = new Map();
  for (const field of fields()) {
    const label = field.dataset.kept || field.id || field.getAttribute("aria-label");
    let place = 0;
    while (found.has(`${label} ${place}`)) place += 1;
    found.set(`${label} ${place}`, field);
  }
  return found;
}

/**
 * Draw anew by `draw`, and put back what was typed elsewhere than in `saved`. Where the stored value is another
 * one by now, somebody else changed it: then that is shown, or a later save would undo it unseen.
 */
export function drawKeeping(draw, saved = null) {
  const typed = [...named()].filter(([, field]) => isChanged(field) && !saved?.contains(field))
    .map(([name, field]) => [name, defaultOf(field), valueOf(field)]);
  if (saved) delete saved.dataset.unsaved;
  draw();
  const drawn = named();
  for (const [name, stored, value] of typed) {
    const field = drawn.get(name);
    if (!field || defaultOf(field) !== stored || valueOf(field) === value) continue;
    field[field.type === "checkbox" ? "checked" : "value"] = value;
    field.closest("details")?.setAttribute("open", "");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

/** Say whether this part of the page must not be drawn anew: its lines are not only fields. */
export const isUnsaved = (place) => Boolean(place.querySelector("[data-unsaved]"));

let leaving = false;
document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-sign-out]")) leaving = true; // whoever is away must be signed out all the same
}, { capture: true });
addEventListener("beforeunload", (event) => {
  if (!leaving && (fields().some(isChanged) || isUnsaved(document.getElementById("week")))) event.preventDefault();
});
