// The device's position: asked for only when its button is pressed, sent in the body of a form.

const TIMEOUT_MS = 10000;

export const mayKnowPosition = "geolocation" in navigator;

/** Ask the device and call `found(lat, lon)`; `status` says what goes on. */
export function askPosition(status, found) {
  status.textContent = status.dataset.asking;
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => found(coords.latitude, coords.longitude),
    () => { status.textContent = status.dataset.failed; },
    { timeout: TIMEOUT_MS, maximumAge: 60000 },
  );
}
