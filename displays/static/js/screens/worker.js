// The service worker of a screen on a wall. The server puts before it: HOME (the screen's page), VERSION (of all
// assets), ASSETS (what the page is made of). It keeps the page as it came last, and shows it, marked, where no
// answer can be had: nobody stands at a screen to load it again. While the server is there it changes nothing.

const PREFIX = `jinban-screen:${HOME}:`;
const ANSWER_MS = 8000;
const loosely = { ignoreVary: true, ignoreSearch: true };
const open = () => caches.open(PREFIX + VERSION);

async function fill() {
  const cache = await open();
  await cache.addAll([HOME, ...ASSETS].map((address) => new Request(address, { cache: "reload" })));
  await self.skipWaiting();
}

async function takeOver() {
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== PREFIX + VERSION);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function kept() {
  const found = await (await open()).match(HOME, loosely);
  if (!found) return null;
  const text = await found.text();
  return new Response(text.replace("<html ", "<html data-kept "), { status: 200, headers: found.headers });
}

async function page(request) {
  const late = new Promise((good) => { setTimeout(good, ANSWER_MS, null); });
  const answer = await Promise.race([fetch(request).catch(() => null), late]);
  if (answer && answer.status < 500) {
    if (answer.ok && !answer.redirected) await (await open()).put(HOME, answer.clone());
    return answer;
  }
  return (await kept()) ?? answer ?? Response.error();
}

async function asset(request) {
  return (await (await open()).match(request.url, loosely)) ?? fetch(request);
}

self.addEventListener("install", (event) => event.waitUntil(fill()));
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== self.location.origin) return;
  if (request.mode === "navigate" && pathname === HOME) event.respondWith(page(request)); // a scope also covers longer names
  else if (request.method === "GET" && pathname.startsWith("/static/")) event.respondWith(asset(request));
});
