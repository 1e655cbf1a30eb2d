// Keeps the page of a wait up to date, and says aloud when a place is kept.

const EVERY_MS = 5000;
const STALE_MS = 20000;
const place = document.getElementById("live");
const sound = document.getElementById("sound");
const meanwhile = document.getElementById("meanwhile"); // what is of use as long as somebody waits
const title = document.title;
let fetchedAt = performance.now();
let audio = null;
let told = panel().dataset.status;

function panel() {
  return place.querySelector(".waiting");
}

// The hidden keys differ each time, and the minute of the last line; neither is news.
function content(element) {
  const copy = element.cloneNode(true);
  for (const input of copy.querySelectorAll("input[name=key]")) input.remove();
  return copy.outerHTML;
}

async function refresh() {
  try {
    const answer = await fetch(`/w/${place.dataset.token}/now`, { cache: "no-store", signal: AbortSignal.timeout(4000) });
    if (!answer.ok) throw new Error(String(answer.status));
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".waiting");
    fetchedAt = performance.now();
    if (content(fresh) !== content(panel()) && !place.querySelector("button:active")) {
      if (place.querySelector("details[open]")) fresh.querySelector("details")?.setAttribute("open", "");
      const held = place.contains(document.activeElement);
      panel().replaceWith(fresh);
      if (held) document.getElementById("main").focus();
    }
    tell();
  } catch {
    // Tried again in a moment; the banner says when it has been too long.
  }
}

function tell() {
  const now = panel().dataset.status;
  if (meanwhile) meanwhile.hidden = !["waiting", "offer"].includes(now);
  document.title = now === "offer" ? `● ${place.dataset.offerTitle} · ${title}` : title;
  if (now === "offer" && told !== "offer") {
    if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.([300, 150, 300]);
    if (audio) ring();
  }
  told = now;
}

function ring() {
  const tone = new OscillatorNode(audio, { frequency: 660 });
  const loudness = new GainNode(audio, { gain: 0.4 });
  loudness.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.9);
  tone.connect(loudness).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.9);
}

if (sound) {
  document.getElementById("sound-row").hidden = false;
  sound.addEventListener("click", () => {
    audio = new AudioContext();
    sound.setAttribute("aria-pressed", "true");
    ring();
  });
}
tell();
setInterval(() => {
  document.getElementById("offline").hidden = performance.now() - fetchedAt < STALE_MS;
  if (!document.hidden || told === "waiting") refresh();
}, EVERY_MS);
addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
