// When to leave: from the device's position, counted down, and said aloud by the browser when it is time.

import { serverClock } from "./page.js";
import { askPosition, mayKnowPosition } from "./position.js";

const LOOK_EVERY_MS = 1000;
const form = document.getElementById("leaving-form");
const advice = document.querySelector(".leaving__advice[data-urgency=later]");

if (form) {
  const [ask, said] = [form.querySelector("[data-position-ask]"), form.querySelector("[data-position-said]")];
  ask.hidden = !mayKnowPosition;
  ask.addEventListener("click", () => askPosition(said, (lat, lon) => {
    form.elements.area.value = "";
    form.elements.lat.value = lat;
    form.elements.lon.value = lon;
    form.submit();
  }));
}

function countDown() {
  const now = serverClock(advice.dataset.now, Number(advice.dataset.speed));
  const leaveAt = Date.parse(advice.dataset.leaveAt);
  const left = advice.querySelector("[data-left]");
  const due = advice.querySelector("[data-leave-now]");
  const show = () => {
    const minutes = Math.floor((leaveAt - now().getTime()) / 60_000);
    const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
    left.hidden = minutes < 0 || hours >= 24;
    left.textContent = (hours ? left.dataset.inHours : left.dataset.in).replace("%(hours)s", hours).replace("%(minutes)s", rest);
    if (minutes >= 0) return;
    clearInterval(timer);
    due.hidden = false;
    advice.classList.replace("leaving__advice--later", "leaving__advice--now");
    advice.dispatchEvent(new Event("leave"));
  };
  const timer = setInterval(show, LOOK_EVERY_MS);
  show();
}

/** Let the browser say it too when the page lies behind others; it can only while the page is open. */
function offerNotice() {
  const button = advice.querySelector("[data-notify]");
  const said = advice.querySelector("[data-notify-said]");
  if (!("Notification" in window) || !window.isSecureContext) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const allowed = (await Notification.requestPermission()) === "granted";
    said.textContent = allowed ? button.dataset.on : button.dataset.off;
    button.hidden = allowed;
    if (allowed) advice.addEventListener("leave", () => new Notification(document.title, { body: advice.querySelector("[data-leave-now]").textContent }));
  });
}

// The answer to a form cannot be gone back to: it takes the appointment's address.
if (location.pathname.endsWith("/leave")) addEventListener("load", () => history.replaceState(null, "", location.pathname.replace(/\/leave$/, "") + location.hash));
if (advice) {
  offerNotice();
  countDown();
}
