// Requests of the staff pages: each intention has one key, so a repeat after a lost answer does nothing twice.

const TRIES_AFTER_MS = [300, 1000, 2000, 4000];
const PATIENCE_MS = 8000;
const WORTH_REPEATING = new Set([502, 503, 504]);

/** A refusal of the server, as its problem document says it. */
export class Problem extends Error {
  constructor(document) {
    super(document.title ?? String(document.status));
    this.document = document;
  }

  get code() { return this.document.code ?? ""; }
}

/** The server gave no answer; whether it was done is not known. */
export class NoAnswer extends Error {}

// Keys of intentions without an answer: pressing again repeats the same one.
const unanswered = new Map();

/**
 * Forget which intentions stayed without an answer: for a page that has read how things stand since. Kept on, the
 * key would have the server repeat an old answer to a press of much later that only looks the same.
 */
export function forgetUnanswered() {
  unanswered.clear();
}

// Another session has other keys: what the last one left unanswered is read, not repeated.
document.addEventListener("staff:signed-in", forgetUnanswered);

// Not crypto.randomUUID: that one is missing on pages without https, as closed networks have them.
function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

async function attempt(method, path, body, key) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") {
    headers["Idempotency-Key"] = key;
    headers["X-CSRF-Token"] = document.querySelector('meta[name="csrf-token"]').content;
  }
  if (body !== undefined) headers["Content-Type"] = "application/json";
  return fetch(path, {
    method, headers, body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(PATIENCE_MS), credentials: "same-origin",
  });
}

/** Read JSON once; raises Problem or NoAnswer. */
export async function read(path) {
  let answer;
  try {
    answer = await attempt("GET", path);
  } catch {
    throw new NoAnswer();
  }
  return understood(answer);
}

/** Readings that may overtake each other: `ask()` before one, and its answer is shown only if `take(number)` says so. */
export function inOrder() {
  let asked = 0;
  let taken = 0;
  return {
    ask: () => { asked += 1; return asked; },
    take(number) {
      if (number < taken) return false;
      taken = number;
      return true;
    },
  };
}

/**
 * Send a change; while no answer comes, the same request is repeated with the same key.
 * `again(n)` is called before each repeat; no further one is made once `enough()` says so. Raises Problem for a refusal, NoAnswer at the end of patience.
 */
export async function send(method, path, body, again = () => {}, enough = () => false) {
  const intention = JSON.stringify([method, path, body ?? null]);
  const key = unanswered.get(intention) ?? newKey();
  unanswered.set(intention, key);
  for (let tries = 0; ; tries += 1) {
    let answer = null;
    try {
      answer = await attempt(method, path, body, key);
    } catch {
      answer = null;
    }
    if (answer && !WORTH_REPEATING.has(answer.status)) {
      unanswered.delete(intention);
      return understood(answer);
    }
    if (tries >= TRIES_AFTER_MS.length || enough()) throw new NoAnswer();
    again(tries + 1);
    await pause(TRIES_AFTER_MS[tries]);
  }
}

async function understood(answer) {
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  const told = await answer.json().catch(() => ({ status: answer.status, title: answer.statusText }));
  if (answer.status === 401) document.dispatchEvent(new Event("staff:signed-out"));
  throw new Problem(told);
}
