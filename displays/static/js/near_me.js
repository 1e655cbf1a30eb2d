// "Near me" on the page of halls: the same list from where the device is.

import { asksForPosition } from "./position.js";

const form = document.getElementById("near-me-form");
const origin = document.getElementById("origin");

function send() {
  form.elements.mode.value = origin.elements.mode.value;
  form.elements.sort.value = origin.elements.sort.value;
  form.submit();
}

asksForPosition(document.getElementById("near-me"), document.getElementById("near-me-status"), (lat, lon) => {
  form.elements.lat.value = lat;
  form.elements.lon.value = lon;
  send();
});

// Another order or way of going from the position that is already in the page.
origin.addEventListener("submit", (event) => {
  if (form.elements.lat.value && !origin.elements.near.value && !origin.elements.area.value) {
    event.preventDefault();
    send();
  }
});
