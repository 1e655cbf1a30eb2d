// Asks for the position only when "near me" is pressed, and sends it in the body of a form.

const TIMEOUT_MS = 10000;
const button = document.getElementById("near-me");
const status = document.getElementById("near-me-status");
const form = document.getElementById("near-me-form");
const origin = document.getElementById("origin");

function send() {
  form.elements.mode.value = origin.elements.mode.value;
  form.elements.sort.value = origin.elements.sort.value;
  form.submit();
}

if ("geolocation" in navigator) button.hidden = false;
button.addEventListener("click", () => {
  status.textContent = status.dataset.asking;
  navigator.geolocation.getCurrentPosition((found) => {
    form.elements.lat.value = found.coords.latitude;
    form.elements.lon.value = found.coords.longitude;
    send();
  }, () => {
    status.textContent = status.dataset.failed;
  }, { timeout: TIMEOUT_MS, maximumAge: 60000 });
});

// Another order or way of going from the position that is already in the page.
origin.addEventListener("submit", (event) => {
  if (form.elements.lat.value && !origin.elements.near.value && !origin.elements.area.value) {
    event.preventDefault();
    send();
  }
});
