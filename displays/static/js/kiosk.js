// What a standing screen needs: it starts over when nobody is there, it has keys, it prints.

import { atAwayStart } from "./kiosk/away.js";
import { touch } from "./kiosk/contact.js";
import { beginAnew, mindLinks, withoutServer } from "./kiosk_leaving.js";

const WARN_S = 15; // time enough to read the warning and touch "continue"
const TOUCH_MS = 60_000;
const AGAIN_MS = 20_000; // asked again sooner, a slow answer would be broken off each time and never come

const idle = document.getElementById("idle");
const left = document.getElementById("idle-left");
const after = Number(idle.dataset.after);
const isHome = location.pathname === idle.dataset.home;
const atHome = () => isHome || atAwayStart();
let touchedAt = performance.now();
let leftAt = -Infinity;

function touched() {
  touchedAt = performance.now();
  if (idle.open) idle.close();
}

function leave(go) {
  if (performance.now() - leftAt < AGAIN_MS) return;
  leftAt = performance.now();
  go();
}

function mind() {
  const seconds = (performance.now() - touchedAt) / 1000;
  if (seconds >= after + WARN_S) {
    leave(() => beginAnew(idle.dataset.home));
  } else if (seconds >= after) {
    if (atHome()) {
      leave(() => beginAnew(idle.dataset.home)); // fresh numbers for the next person; nothing is lost here
      return;
    }
    if (!idle.open) idle.showModal();
    left.textContent = String(Math.ceil(after + WARN_S - seconds));
  }
}

for (const kind of ["pointerdown", "keydown", "input"]) addEventListener(kind, touched);
document.getElementById("idle-stay").addEventListener("click", touched);
setInterval(mind, 500);
mindLinks(idle.dataset.home);

// What this machine needs to work alone, and what it printed when it did.
if ("alone" in idle.dataset) {
  const hall = decodeURIComponent(idle.dataset.home.split("/").pop());
  if (idle.dataset.alone === "now") withoutServer(idle.dataset.home);
  else keepInTouch(hall);
  // Only pages that came over TLS, or from this machine, may outlive a restart of the browser.
  navigator.serviceWorker?.register(`${idle.dataset.home}/worker.js`, { scope: idle.dataset.home, updateViaCache: "none" }).catch(() => null);
}

function keepInTouch(hall) {
  touch(hall);
  setInterval(() => touch(hall), TOUCH_MS);
}

const keys = document.getElementById("keys");
if (keys) {
  keys.hidden = false;
  let field = document.querySelector(".check-in__input");
  for (const input of document.querySelectorAll(".check-in__input")) {
    input.addEventListener("focus", () => { field = input; });
  }
  keys.addEventListener("click", (event) => {
    const key = event.target.closest("[data-key]");
    if (!key) return;
    const typed = key.dataset.key ? field.value + key.dataset.key : field.value.slice(0, -1);
    if (typed.length <= field.maxLength) field.value = typed;
    if (field.id === "reference" && field.value.length === 8) document.getElementById("tail").focus();
  });
}

const print = document.getElementById("print");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
  if (new URLSearchParams(location.search).has("print")) window.print();
}
