// Keeps the ticket's page up to date: a change in the hall makes it fetch its panel anew.

import { LiveHall } from "./live.js";
import { keepAway, keepLast } from "./ticket/last.js";

const STALE_MS = 8000;
const AT_LEAST_MS = 20000; // fetched so often whatever the hall says

const place = document.getElementById("live");
const ratingPlace = document.getElementById("rating-place");
const soonAt = document.getElementById("soon-at");
const soonMinutes = document.getElementById("soon-minutes");
const MEMORY = new Map([[soonAt, "jinban.soon-at"], [soonMinutes, "jinban.soon-minutes"]]);
const title = document.title;
let fetchedAt = performance.now();
const offline = document.getElementById("offline");
let pressedInVain = false; // since the connection was lost
let failedAt = null; // since when the panel could not be fetched, though the hall's frames may still come
let asking = false;
let again = false;
let audio = null;
let told = "";

function panel() {
  return place.querySelector(".ticket");
}

async function refresh() {
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  try {
    const answer = await fetch(`/t/${place.dataset.token}/now`, { cache: "no-store", signal: AbortSignal.timeout(4000) });
    if (!answer.ok) throw new Error(String(answer.status));
    show(await answer.text());
    failedAt = null;
  } catch {
    failedAt ??= performance.now();
  } finally {
    asking = false;
    if (again) {
      again = false;
      refresh();
    }
  }
}

function show(html) {
  if (place.contains(document.activeElement) && document.activeElement.matches("button:active")) return;
  const fresh = new DOMParser().parseFromString(html, "text/html").querySelector(".ticket");
  fetchedAt = performance.now();
  if (fresh.outerHTML.replace(/value="[0-9a-f]{32}"/g, "") !== panel().outerHTML.replace(/value="[0-9a-f]{32}"/g, "")) {
    panel().replaceWith(fresh);
  }
  tell();
  offerRating();
}

// The visit is over: the question how it was comes below, once, outside the panel that is drawn again.
async function offerRating() {
  const over = panel().dataset.status === "finished";
  ratingPlace.hidden = !over;
  if (!over || ratingPlace.querySelector("#rating")) return;
  try {
    const answer = await fetch(`/t/${place.dataset.token}/rating`, { cache: "no-store", signal: AbortSignal.timeout(4000) });
    const asked = answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("rating");
    if (!asked || ratingPlace.querySelector("#rating")) return;
    ratingPlace.append(asked);
    const said = document.getElementById("rating-said");
    said.textContent = said.dataset.text;
  } catch {
    // Asked again with the next look at the ticket.
  }
}

function isSoon(data) {
  if (data.status !== "waiting" || "pause" in data) return false; // whoever is next after a break need not come now
  const few = data.ahead !== "" && Number(data.ahead) <= Number(soonAt.value);
  return few || data.kind === "none" || (data.high !== "" && Number(data.high) <= Number(soonMinutes.value));
}

function tell() {
  const data = panel().dataset;
  keepLast(place.dataset.token, panel());
  document.getElementById("alerts").hidden = !["waiting", "parked", "missed"].includes(data.status);
  document.getElementById("sms-place").hidden = !["waiting", "parked", "missed"].includes(data.status);
  const state = data.status === "called" ? "call" : isSoon(data) ? "soon" : "";
  const banner = panel().querySelector(".ticket__soon");
  if (banner) banner.hidden = state !== "soon";
  document.title = state ? `● ${state === "call" ? place.dataset.callTitle : place.dataset.soonTitle} · ${title}` : title;
  if (state && state !== told) {
    if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(state === "call" ? [300, 150, 300, 150, 300] : [200]);
    if (audio) ring();
  }
  told = state;
}

/** A notice ends by its own time, also where no news of the hall comes any more. */
function endNotices() {
  const now = live.now(Number(place.dataset.speed)).getTime();
  for (const own of place.querySelectorAll(".hall-notice")) own.hidden = Date.parse(own.dataset.until) <= now;
}

function ring() {
  const tone = new OscillatorNode(audio, { frequency: 660 });
  const loudness = new GainNode(audio, { gain: 0.4 });
  loudness.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.9);
  tone.connect(loudness).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.9);
}

for (const [choice, name] of MEMORY) {
  try {
    choice.value = localStorage.getItem(name) ?? choice.value;
  } catch {
    // Without storage the usual three people and ten minutes hold.
  }
  choice.addEventListener("change", () => {
    try {
      localStorage.setItem(name, choice.value);
    } catch {
      // It still holds for this visit.
    }
    tell();
  });
}
document.getElementById("sound").addEventListener("click", (event) => {
  audio = new AudioContext();
  event.currentTarget.setAttribute("aria-pressed", "true");
  ring();
});

const live = new LiveHall({ hall: place.dataset.hall, onFrame: (frame) => { if (frame.board) refresh(); } });
setInterval(() => {
  showOffline();
  endNotices();
  if (failedAt !== null || performance.now() - fetchedAt > AT_LEAST_MS) refresh();
}, 1000);
function showOffline() {
  const now = performance.now();
  if (failedAt === null) pressedInVain = false;
  const stale = Math.min(live.age(), now) >= STALE_MS || (failedAt !== null && now - failedAt >= STALE_MS);
  offline.hidden = !stale && !pressedInVain;
  offline.querySelector("[data-press]").hidden = !pressedInVain;
}

// Without a connection a press would leave the browser's own error where the number was.
place.addEventListener("submit", (event) => {
  if (navigator.onLine && failedAt === null) return;
  event.preventDefault();
  failedAt ??= performance.now();
  pressedInVain = true;
  showOffline();
  offline.scrollIntoView({ block: "nearest" });
});
addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
tell();
keepAway();
