// The city's figures, read again every 15 seconds; what the reader has open or holds stays so.

const EVERY_MS = 15_000;
const OLD_AFTER = 3; // readings without an answer
const live = document.getElementById("city-live");
const old = document.getElementById("city-old");
let failures = 0;

async function refresh() {
  if (document.hidden || document.querySelector(":popover-open")) return;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" }, credentials: "same-origin", signal: AbortSignal.timeout(EVERY_MS) });
  if (answer.redirected) { document.dispatchEvent(new Event("staff:signed-out")); return; }
  if (!answer.ok) throw new Error(answer.statusText);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("city-live");
  if (!fresh) return;
  const held = live.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
  const scrolled = live.querySelector(".staff-city-scroll")?.scrollLeft ?? 0;
  const opened = live.querySelector("details")?.open ?? false;
  live.replaceChildren(...fresh.childNodes);
  const details = live.querySelector("details");
  if (details) details.open = opened;
  const scroll = live.querySelector(".staff-city-scroll");
  if (scroll) scroll.scrollLeft = scrolled;
  if (held) live.querySelector(`[data-focus="${CSS.escape(held)}"]`)?.focus();
}

async function tick() {
  try {
    await refresh();
    failures = 0;
  } catch {
    failures += 1;
  }
  old.textContent = failures >= OLD_AFTER ? old.dataset.text : "";
  old.hidden = failures < OLD_AFTER;
}

// A reading that fails is followed by the next; the time above the table says how old the figures are.
setInterval(tick, EVERY_MS);
