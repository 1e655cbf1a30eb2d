// The service worker of a kiosk. The server puts before it: HOME (the kiosk's first page), VERSION (of all assets),
// ASSETS (what its pages are made of). It keeps the page for the time without the server, and shows it where no
// other page can be had; while the server is there it changes nothing, so an update arrives with the next page.

const PREFIX = `jinban-kiosk:${HOME}:`;
const SHELL = `${HOME}/away`;
const ANSWER_MS = 8000;
const loosely = { ignoreVary: true, ignoreSearch: true };

async function fill() {
  const cache = await caches.open(PREFIX + VERSION);
  await cache.addAll([SHELL, ...ASSETS].map((address) => new Request(address, { cache: "reload" })));
  await self.skipWaiting();
}

async function takeOver() {
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== PREFIX + VERSION);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function kept(address) {
  return (await caches.open(PREFIX + VERSION)).match(address, loosely);
}

/** The server's page, or the one for the time without it: refused, reset, black-holed, or in trouble. */
async function page(request) {
  const late = new Promise((good) => { setTimeout(good, ANSWER_MS, null); });
  const answer = await Promise.race([fetch(request).catch(() => null), late]);
  if (answer && answer.status < 500) return answer;
  return (await kept(SHELL)) ?? answer ?? Response.error();
}

async function asset(request) {
  return (await kept(request.url)) ?? fetch(request);
}

self.addEventListener("install", (event) => event.waitUntil(fill()));
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== self.location.origin) return;
  const ours = pathname === HOME || pathname.startsWith(`${HOME}/`); // a scope also covers longer names
  if (request.mode === "navigate" && ours) event.respondWith(page(request));
  else if (request.method === "GET" && pathname.startsWith("/static/")) event.respondWith(asset(request));
});
