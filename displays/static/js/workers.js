// What the service workers of kiosks, desks and screens share. The server puts it before each, and before it HOME
// (where the worker's pages are), VERSION (of all assets) and ASSETS (what its pages are made of); the worker itself
// says under which PREFIX it keeps things. While the server is there a worker changes nothing, so an update arrives
// with the next page.

const ANSWER_MS = 8000;
const loosely = { ignoreVary: true, ignoreSearch: true };
const open = () => caches.open(PREFIX + VERSION);

/** What is kept of an address, as it came. */
async function kept(address) {
  return (await open()).match(address, loosely);
}

/** The same page, marked as one that was kept. */
async function marked(address) {
  const found = await kept(address);
  if (!found) return null;
  const text = await found.text();
  return new Response(text.replace("<html ", "<html data-kept "), { status: 200, headers: found.headers });
}

/** The server's answer, shown to `got`, or `instead`: refused, reset, black-holed, or in trouble unless it `stands`. */
async function serverFirst(request, instead, got, stands = () => false) {
  const late = new Promise((good) => { setTimeout(good, ANSWER_MS, null); });
  const answer = await Promise.race([fetch(request).catch(() => null), late]);
  if (answer && answer.status < 500) {
    if (got) await got(answer.clone());
    return answer;
  }
  if (answer && stands(answer)) return answer;
  return (await instead()) ?? answer ?? Response.error();
}

async function asset(request) {
  return (await kept(request.url)) ?? fetch(request);
}

async function fill(pages) {
  const cache = await open();
  await cache.addAll([...pages, ...ASSETS].map((address) => new Request(address, { cache: "reload" })));
  await self.skipWaiting();
}

async function takeOver() {
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== PREFIX + VERSION);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** Answer for the pages that are `ours` by `page`, and for assets by what is kept; `first` is kept from the start. */
function mind({ ours, page, first = [] }) {
  self.addEventListener("install", (event) => event.waitUntil(fill(first)));
  self.addEventListener("activate", (event) => event.waitUntil(takeOver()));
  self.addEventListener("fetch", (event) => {
    const { request } = event;
    const { origin, pathname } = new URL(request.url);
    if (origin !== self.location.origin) return;
    if (request.mode === "navigate" && ours(pathname, request.method)) event.respondWith(page(request, pathname));
    else if (request.method === "GET" && pathname.startsWith("/static/")) event.respondWith(asset(request));
  });
}

