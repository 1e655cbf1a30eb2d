// How a standing screen goes from page to page: it asks first whether anybody answers. A page that cannot be
// fetched would leave the browser's own error on the screen, and nobody there has a key to reload it.

const ANSWER_MS = 8000; // longer than a slow answer takes; then the help desk is the better advice
const RETRY_MS = 5000;

const offline = document.getElementById("offline");
const probe = document.querySelector("link[rel=icon]").href;
let going = false;

async function answers(address, options = {}) {
  try {
    const answer = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS), ...options });
    return answer.status < 500; // an opaque redirect has status 0 and is an answer
  } catch {
    return false;
  }
}

/** Do `go` if the server answers `ask`; else say so, and begin anew at `home` when it does again. */
async function whenAnswered(ask, go, home) {
  if (going) return;
  going = true;
  const there = await ask();
  going = false;
  if (there) go();
  else waitForServer(home);
}

function waitForServer(home) {
  if (offline.open) return;
  document.getElementById("idle").close();
  offline.showModal();
  const again = setInterval(async () => {
    if (!(await answers(probe))) return;
    clearInterval(again);
    location.replace(home);
  }, RETRY_MS);
}

/** Begin anew for the next person: in the machine's own language and print size, at its first page. */
export function beginAnew(home) {
  const forget = { method: "POST", body: new URLSearchParams({ anew: "true", next: home }), redirect: "manual" };
  return whenAnswered(() => answers("/preferences", forget), () => location.replace(home), home);
}

/** Let links and forms of this page go only where somebody answers. */
export function mindLinks(home) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link || event.defaultPrevented || link.getAttribute("href").startsWith("#")) return;
    event.preventDefault();
    if (link.hasAttribute("data-anew")) beginAnew(home);
    else whenAnswered(() => answers(probe), () => location.assign(link.href), home);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "dialog" || form.dataset.answered) return;
    event.preventDefault();
    const button = event.submitter;
    whenAnswered(() => answers(probe), () => {
      form.dataset.answered = "yes";
      form.requestSubmit(button);
      delete form.dataset.answered;
    }, home);
  });
}
