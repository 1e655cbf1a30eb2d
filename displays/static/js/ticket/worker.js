// The service worker of a citizen's tickets: where no answer can be had it shows one page, which is no ticket's own.
// No page with a ticket on it is kept; what that page tells the ticket's page has noted (`last.js`).

const PREFIX = "jinban-ticket:";
const SHELL = `${HOME}/away`;

/** In the language and the size of print that were chosen last. */
async function renew() {
  await (await open()).add(new Request(SHELL, { cache: "reload" })).catch(() => null);
}

/** What Jinban itself says of its trouble is the word to read; a gateway's bare page tells nothing. */
const bySelf = (answer) => answer.headers.has("x-request-id");

mind({
  ours: (path) => path.startsWith(`${HOME}/`) && path !== SHELL, // forms too
  page: (request) => serverFirst(request, () => kept(SHELL), () => void renew(), bySelf),
  first: [SHELL],
});
