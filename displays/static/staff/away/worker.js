// The service worker of clerks' desks: it keeps the last page of each desk, and shows it, marked, where no answer can
// be had. Whoever signs out takes the pages away.

const PREFIX = "jinban-desk:";
const isDesk = (path) => path.startsWith(`${HOME}/`) && /^[0-9a-f-]{36}$/.test(path.slice(HOME.length + 1));

/** Keep a page as it came, with its policy; one that leads to signing in is none. */
async function keep(path, answer) {
  const cache = await open();
  if (answer.ok && !answer.redirected) await cache.put(path, answer);
  else if (answer.status < 500) await cache.delete(path, loosely);
}

/** A page that was there before its worker asks to be kept. */
async function keepOnce(path) {
  if (await kept(path)) return;
  const answer = await fetch(path, { credentials: "same-origin" }).catch(() => null);
  if (answer) await keep(path, answer);
}

self.addEventListener("message", (event) => { if (isDesk(event.data.keep ?? "")) event.waitUntil(keepOnce(event.data.keep)); });
mind({
  ours: (path, method) => method === "GET" && isDesk(path),
  page: (request, path) => serverFirst(request, () => marked(path), (answer) => keep(path, answer)),
});
