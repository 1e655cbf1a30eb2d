// The service worker of clerks' desks. The server puts before it: HOME (where desks are), VERSION (of all assets),
// ASSETS (what a desk is made of). It keeps the last page of each desk, and shows it, marked, where no answer can be
// had; while the server is there it changes nothing. Whoever signs out takes the pages away.

const PREFIX = "jinban-desk:";
const ANSWER_MS = 8000;
const loosely = { ignoreVary: true, ignoreSearch: true };
const isDesk = (path) => path.startsWith(`${HOME}/`) && /^[0-9a-f-]{36}$/.test(path.slice(HOME.length + 1));
const open = () => caches.open(PREFIX + VERSION);

async function fill() {
  await (await open()).addAll(ASSETS);
  await self.skipWaiting();
}

async function takeOver() {
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== PREFIX + VERSION);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** Keep a page as it came, with its policy; one that leads to signing in is none. */
async function keep(path, answer) {
  const cache = await open();
  if (answer.ok && !answer.redirected) await cache.put(path, answer);
  else if (answer.status < 500) await cache.delete(path, loosely);
}

async function kept(path) {
  const found = await (await open()).match(path, loosely);
  if (!found) return null;
  const text = await found.text();
  return new Response(text.replace("<html ", "<html data-kept "), { status: 200, headers: found.headers });
}

async function page(request, path) {
  const late = new Promise((good) => { setTimeout(good, ANSWER_MS, null); });
  const answer = await Promise.race([fetch(request).catch(() => null), late]);
  if (answer && answer.status < 500) {
    await keep(path, answer.clone());
    return answer;
  }
  return (await kept(path)) ?? answer ?? Response.error();
}

async function asset(request) {
  return (await (await open()).match(request.url, loosely)) ?? fetch(request);
}

/** A page that was there before its worker asks to be kept. */
async function keepOnce(path) {
  if (await (await open()).match(path, loosely)) return;
  const answer = await fetch(path, { credentials: "same-origin" }).catch(() => null);
  if (answer) await keep(path, answer);
}

self.addEventListener("install", (event) => event.waitUntil(fill()));
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));
self.addEventListener("message", (event) => { if (isDesk(event.data.keep ?? "")) event.waitUntil(keepOnce(event.data.keep)); });
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== self.location.origin) return;
  if (request.mode === "navigate" && request.method === "GET" && isDesk(pathname)) event.respondWith(page(request, pathname));
  else if (request.method === "GET" && pathname.startsWith("/static/")) event.respondWith(asset(request));
});
