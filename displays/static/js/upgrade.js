// A screen takes up a new release only once its page is there: a reload into a dead link leaves the browser's own
// error on the wall, which nobody is there to mend.

const WITHIN_MS = 3000; // screens of a hall do not all come at once
const PATIENCE_MS = 5000;

let begun = false;

/** Reload soon, as the server was upgraded; while the page cannot be had, what is shown stays. */
export function upgrade() {
  if (begun) return;
  begun = true;
  setTimeout(tryIt, Math.random() * WITHIN_MS);
}

async function tryIt() {
  const answer = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) }).catch(() => null);
  if (answer?.ok) location.reload();
  else setTimeout(tryIt, WITHIN_MS);
}
