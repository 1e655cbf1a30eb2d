// What a standing screen needs: it starts over when nobody is there, it has keys, it prints.

import { beginAnew, mindLinks } from "./kiosk_leaving.js";

const WARN_S = 15; // UX 24
const AGAIN_MS = 20_000; // asked again sooner, a slow answer would be broken off each time and never come

const idle = document.getElementById("idle");
const left = document.getElementById("idle-left");
const after = Number(idle.dataset.after);
const atHome = location.pathname === idle.dataset.home;
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
    if (atHome) {
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

const keys = document.getElementById("keys");
if (keys) {
  keys.hidden = false;
  let field = document.getElementById("reference");
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
