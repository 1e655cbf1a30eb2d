// How a standing screen goes from page to page: it asks first whether anybody answers. A page that cannot be
// fetched would leave the browser's own error on the screen, and nobody there has a key to reload it.

import { goOnAlone } from "./kiosk/away.js";

const ANSWER_MS = 8000; // longer than a slow answer takes; then the kiosk goes on without the server
const RETRY_MS = 5000;
const PROBE = "/readyz"; // a server that cannot give tickets is as good as away

const offline = document.getElementById("offline");
let going = false;

async function answers(address = PROBE, options = {}) {
  try {
    const answer = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS), ...options });
    return answer.status < 500; // an opaque redirect has status 0 and is an answer
  } catch {
    return false;
  }
}

/** Do `go` if the server answers `ask`; else go on alone, or begin anew at `home` when it does again. */
async function whenAnswered(ask, go, home) {
  if (going) return;
  going = true;
  const there = await ask();
  if (there) go();
  else await withoutServer(home);
  going = false;
}

/** Give numbers without the server; a kiosk that has none says so. */
export async function withoutServer(home) {
  document.getElementById("idle").close();
  if (!(await goOnAlone(home, answers))) waitForServer(home);
}

function waitForServer(home) {
  if (offline.open) return;
  offline.showModal();
  const again = setInterval(async () => {
    if (!(await answers())) return;
    clearInterval(again);
    location.replace(home);
  }, RETRY_MS);
}

/** Begin anew for the next person: in the machine's own language and print size, at its first page. */
export function beginAnew(home) {
  const forget = { method: "POST", body: new URLSearchParams({ anew: "true", next: home }), redirect: "manual" };
  const ask = async () => (await answers()) && answers("/preferences", forget);
  return whenAnswered(ask, () => location.replace(home), home);
}

/** Let links and forms of this page go only where somebody answers. */
export function mindLinks(home) {
  document.addEventListener("click", (event) => {
    if (event.target.closest("button[data-anew]")) beginAnew(home);
    const link = event.target.closest("a[href]");
    if (!link || event.defaultPrevented || link.getAttribute("href").startsWith("#")) return;
    event.preventDefault();
    if (link.hasAttribute("data-anew")) beginAnew(home);
    else whenAnswered(answers, () => location.assign(link.href), home);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "dialog" || form.dataset.answered) return;
    event.preventDefault();
    const button = event.submitter;
    whenAnswered(answers, () => {
      form.dataset.answered = "yes";
      form.requestSubmit(button);
      delete form.dataset.answered;
    }, home);
  });
}
