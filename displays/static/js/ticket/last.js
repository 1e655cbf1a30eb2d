// How the tickets of this browser stood last, for the time without the server: what stands on the screens as well,
// and no name or number of a person. A ticket that is over is forgotten, all others with their day.

const KEY = "jinban.tickets";
const LIVES = ["waiting", "called", "serving", "parked", "missed"];
const today = () => new Date().toDateString();

function ofToday() {
  try {
    const all = Object.entries(JSON.parse(localStorage.getItem(KEY)) ?? {});
    return new Map(all.filter(([, own]) => own.day === today()));
  } catch {
    return new Map();
  }
}

const words = (element) => element.textContent.trim().replace(/\s+/g, " ");

/** Let the browser have a page for that time; it may where this one came over TLS or from this machine. */
export function keepAway() {
  navigator.serviceWorker?.register("/t/worker.js", { updateViaCache: "none" }).catch(() => null);
}

/** Note how a ticket stands, of its panel as the server wrote it. */
export function keepLast(token, panel) {
  const { status, at, calledAt, window } = panel.dataset;
  const all = ofToday();
  all.delete(token);
  if (LIVES.includes(status)) {
    all.set(token, {
      day: today(), status, at, calledAt, window,
      label: words(panel.querySelector(".ticket__number")),
      service: words(panel.querySelector(".ticket__service")),
      figures: [...panel.querySelectorAll(".ticket__figures > div")].map((own) => [...own.children].map(words)),
    });
  }
  try {
    localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(all)));
  } catch {
    // Without storage that page says that it knows nothing of the ticket.
  }
}

/** Return how a ticket stood last today, or undefined. */
export function lastOf(token) {
  return ofToday().get(token);
}
