// "Near me" on the page of halls: the same list from where the device is.

import { askPosition, mayKnowPosition } from "./position.js";

const AGAIN = "#near-me"; // in the address of a list that was made from a position; never the position itself

const part = (id) => document.getElementById(id);

/** Ask the device; `send` the form once it holds the position. */
function ask(send) {
  const status = part("near-me-status");
  const form = part("near-me-form");
  askPosition(status, (lat, lon) => {
    form.elements.lat.value = lat;
    form.elements.lon.value = lon;
    send(form);
  });
}

function submit(form) {
  const origin = part("origin");
  form.elements.mode.value = origin.elements.mode.value;
  form.elements.sort.value = origin.elements.sort.value;
  form.submit();
}

function bind() {
  const button = part("near-me");
  button.hidden = !mayKnowPosition;
  button.addEventListener("click", () => ask(submit));
  // Another order or way of going from the position that is already in the page.
  part("origin").addEventListener("submit", (event) => {
    const { near, area } = event.target.elements;
    if (part("near-me-form").elements.lat.value && !near.value && !area.value) {
      event.preventDefault();
      submit(part("near-me-form"));
    }
  });
}

/** The same list again in this page; another step in the history would make "back" lead here for ever. */
async function sendInPlace(form) {
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form) }).catch(() => null);
  if (!answer?.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  part("main").replaceWith(fresh.getElementById("main"));
  bind();
}

/** Who comes back to such a list finds it again, if the device gives its position without being asked anew. */
async function comeBack() {
  const allowed = await navigator.permissions?.query({ name: "geolocation" }).catch(() => null);
  if (allowed?.state === "granted") ask(sendInPlace);
}

bind();
const sent = part("near-me-form").dataset.sent === "yes";
// The answer to a form cannot be gone back to: the browser shows an error of its own. So the list takes an
// address that can be asked for.
if (sent) addEventListener("load", () => history.replaceState(null, "", part("near-me-form").dataset.here + AGAIN));
else if (location.hash === AGAIN) comeBack();
