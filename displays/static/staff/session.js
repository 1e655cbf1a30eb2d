// A page that nobody touches asks, then signs its person out; signing in on the spot goes on where one was.

const WARNED_MS = 60_000;
const TOLD_EVERY_MS = 60_000; // the server is told of touches once a minute at most
const LOOK_EVERY_MS = 2000;
const SHARED = "jinban_staff_session"; // one session, several tabs: work in one keeps all alive

const own = document.querySelector('meta[name="staff-session"]');
const csrf = document.querySelector('meta[name="csrf-token"]');
const warning = document.getElementById("idle-dialog");
const lock = document.getElementById("lock-dialog");
const form = document.getElementById("lock-form");

let endsAt = 0;
let idleMs = 0; // how long a session lasts after a touch, as the server said last
let final = false;
let toldAt = Date.now(); // opening the page told the server
let touchedAt = 0;
let telling = false;

/** Take how long the session lasts, as the server says it, and let the other tabs know. */
function lasts(seconds, atWorkdaysEnd) {
  endsAt = Date.now() + seconds * 1000;
  final = atWorkdaysEnd;
  if (!final) idleMs = seconds * 1000;
  localStorage.setItem(SHARED, JSON.stringify({ endsAt, final, mark: mark() }));
}

/** A page that came without the server: its session lasts as the last page knew, and no reload makes it longer. */
function lastsAsKept() {
  const said = JSON.parse(localStorage.getItem(SHARED) ?? "null");
  if (said?.mark === mark()) ({ endsAt, final } = said);
  idleMs = Number(own.dataset.left) * 1000;
}

/** Tell one session from the next without giving anything away that opens it. */
const mark = () => csrf.content.slice(0, 8);

/** Tell the server that the person touched the page; it answers how long the session lasts. */
async function tell() {
  if (telling) return;
  telling = true;
  const ago = touchedAt ? Math.min(120, (Date.now() - touchedAt) / 1000) : 0;
  try {
    const answer = await fetch("/api/v1/me/here", {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRF-Token": csrf.content },
      body: JSON.stringify({ ago_s: ago }),
      signal: AbortSignal.timeout(8000), credentials: "same-origin",
    });
    toldAt = Date.now();
    if (answer.ok) {
      touchedAt = 0;
      const said = await answer.json();
      lasts(said.left_s, said.final);
      look();
    } else if (answer.status === 401) close();
  } catch {
    toldAt = Date.now() - TOLD_EVERY_MS / 2; // no answer: again in half a minute
    stayAlone();
  } finally {
    telling = false;
  }
}

/** While the server is away the page itself reckons how long a person may be idle; the day's end stands. */
function stayAlone() {
  if (!touchedAt || final) return;
  endsAt = Math.max(endsAt, touchedAt + idleMs);
  localStorage.setItem(SHARED, JSON.stringify({ endsAt, final, mark: mark() }));
  touchedAt = 0;
}

function touched() {
  if (warning.open || lock.open) return;
  touchedAt = Date.now();
  if (Date.now() - toldAt >= TOLD_EVERY_MS) tell();
}

function stay() {
  warning.close();
  touchedAt = Date.now();
  tell();
}

function look() {
  if (lock.open) return;
  const left = endsAt - Date.now();
  if (touchedAt && Date.now() - toldAt >= TOLD_EVERY_MS) tell();
  if (left <= 0) signOut();
  else if (left <= WARNED_MS && !touchedAt) warn();
  else if (warning.open && left > WARNED_MS) warning.close();
}

let warned = 0;
function warn() {
  if (warning.open || (final && warned === endsAt)) return;
  warned = endsAt;
  warning.querySelector("[data-if-idle]").hidden = final;
  warning.querySelector("[data-if-final]").hidden = !final;
  warning.showModal();
}

/** End the session itself, so that no copy of its cookie goes on, and ask for the password in place. */
function signOut() {
  fetch("/api/v1/sessions", { method: "DELETE", headers: { "X-CSRF-Token": csrf.content }, keepalive: true }).catch(() => {});
  close();
}

/** Cover the page: nothing of it is seen, read out or reached, and nothing typed in it is lost. */
function close() {
  if (lock.open) return;
  if (warning.open) warning.close();
  document.body.classList.add("staff-locked");
  document.getElementById("lock-error").textContent = "";
  lock.showModal();
  document.getElementById("lock-password").focus();
}

/** Go on with another session of the same person; another person's begins on their own first page. */
function goOn(me) {
  if (me.id !== own.content) { location.assign("/staff"); return; }
  csrf.content = me.csrf_token;
  for (const field of document.querySelectorAll('input[name="csrf_token"]')) field.value = me.csrf_token;
  form.password.value = "";
  form.code.value = "";
  document.getElementById("lock-code-field").hidden = true;
  document.body.classList.remove("staff-locked");
  lock.close();
  touchedAt = 0;
  document.dispatchEvent(new Event("staff:signed-in"));
}

async function signIn(event) {
  event.preventDefault();
  const error = document.getElementById("lock-error");
  error.textContent = "";
  const asked = { username: form.username.value.trim(), password: form.password.value };
  if (form.code.value) asked.code = form.code.value;
  let answer;
  let said;
  try {
    answer = await fetch("/api/v1/sessions", {
      method: "POST", headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(asked), signal: AbortSignal.timeout(8000), credentials: "same-origin",
    });
    said = await answer.json();
  } catch {
    error.textContent = form.dataset.saidAgain;
    return;
  }
  if (answer.ok) {
    goOn(said);
    tell();
  } else if (said.code === "code-needed") {
    document.getElementById("lock-code-field").hidden = false;
    error.textContent = form.dataset.saidCode;
    form.code.focus();
  } else if (said.code === "second-factor-missing") {
    location.assign(`/staff/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
  } else {
    error.textContent = said.title;
    (said.code === "wrong-code" ? form.code : form.password).select();
  }
}

/** Another tab was used, signed in, or changed the account, which gave all tabs another session: follow it. */
async function heard(event) {
  if (event.key !== SHARED || !event.newValue) return;
  const said = JSON.parse(event.newValue);
  ({ endsAt, final } = said);
  toldAt = Date.now();
  if (endsAt <= Date.now() || (!lock.open && said.mark === mark())) return;
  const answer = await fetch("/api/v1/me", { headers: { Accept: "application/json" }, credentials: "same-origin" }).catch(() => null);
  if (answer?.ok) goOn(await answer.json());
}

for (const kind of ["keydown", "pointerdown", "wheel"]) {
  document.addEventListener(kind, touched, { passive: true, capture: true });
}
document.getElementById("idle-stay").addEventListener("click", stay);
warning.addEventListener("cancel", stay);
// A clerk answers as they work, by any key; that key does nothing else.
warning.addEventListener("keydown", (event) => {
  if (event.key.length !== 1 || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  event.stopPropagation();
  stay();
});
lock.addEventListener("cancel", (event) => event.preventDefault());
lock.addEventListener("close", () => { if (document.body.classList.contains("staff-locked")) lock.showModal(); });
form.addEventListener("submit", signIn);
document.addEventListener("staff:signed-out", close);
addEventListener("storage", heard);
document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
// A form that is sent after the end, as from a machine that slept, would be lost on the way to the sign-in page.
document.addEventListener("submit", (event) => { if (event.target !== form && endsAt <= Date.now()) { event.preventDefault(); look(); } }, { capture: true });
if ("kept" in document.documentElement.dataset) lastsAsKept();
else lasts(Number(own.dataset.left), "final" in own.dataset);
setInterval(look, LOOK_EVERY_MS);
