// A card reader that acts as a keyboard: eighteen signs, faster than anybody types, then Enter. The number goes
// on alone; a name or whatever else the reader types is dropped here. What hands type counts nothing: knowing a
// number is not having the card.

const FAST_MS = 60; // between two signs; readers take 1 to 30, quick hands 80 and more
const NUMBER = /[1-9][0-9]{16}[0-9Xx]/;
const LONGEST = 200;

const form = document.getElementById("card-form");
const field = form?.elements.namedItem("number");
let typed = "";
let lastAt = -Infinity;

/** The page's own field would show nothing and take hands: with this script it is not needed. */
function hideField() {
  const byHand = form.querySelector("[data-by-hand]");
  if (byHand) byHand.hidden = true;
}

function onKey(event) {
  const at = event.timeStamp; // when it was pressed: a page that was busy hears what queued up in one burst
  if (at - lastAt > FAST_MS) typed = "";
  lastAt = at;
  if (event.key.length === 1) {
    typed = (typed + event.key).slice(-LONGEST);
    return;
  }
  if (event.key !== "Enter") return;
  const number = NUMBER.exec(typed)?.[0];
  typed = "";
  if (!number) return;
  event.preventDefault();
  const other = document.activeElement;
  if (other instanceof HTMLInputElement && other !== field) other.value = "";
  field.value = number;
  form.requestSubmit();
}

if (form) {
  hideField();
  addEventListener("keydown", onKey, { capture: true });
}
