// The service worker of a kiosk: it keeps the page for the time without the server, and shows it where no other
// page can be had.

const PREFIX = `jinban-kiosk:${HOME}:`;
const SHELL = `${HOME}/away`;

mind({
  ours: (path) => path === HOME || path.startsWith(`${HOME}/`), // forms too; a scope also covers longer names
  page: (request) => serverFirst(request, () => kept(SHELL)),
  first: [SHELL],
});
