// The service worker of a screen on a wall: it keeps the page as it came last, and shows it, marked, where no answer
// can be had: nobody stands at a screen to load it again.

const PREFIX = `jinban-screen:${HOME}:`;

async function keep(answer) {
  if (answer.ok && !answer.redirected) await (await open()).put(HOME, answer);
}

mind({
  ours: (path) => path === HOME, // a scope also covers longer names
  page: (request) => serverFirst(request, () => marked(HOME), keep),
  first: [HOME],
});
