// The device's position: asked for only when its button is pressed, sent in the body of a form.

const TIMEOUT_MS = 10000;

/** Show a button, if the device may know where it is; when pressed, call `found(lat, lon)`. */
export function asksForPosition(button, status, found) {
  if (!("geolocation" in navigator)) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    status.textContent = status.dataset.asking;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => found(coords.latitude, coords.longitude),
      () => { status.textContent = status.dataset.failed; },
      { timeout: TIMEOUT_MS, maximumAge: 60000 },
    );
  });
}
