// News of a hall: by websocket, and every 3 seconds by asking while the socket is silent.

const SILENCE_MS = 6000; // three beats of the server
const POLL_MS = 3000;
const AGEING_MS = 15_000; // waits grow while nothing happens
const RECONNECT_MS = [500, 1000, 2000, 5000];
const TOGETHER_MS = 60; // several changes of one moment are read once

/**
 * Call `refresh` (returning a promise) whenever the hall may have changed, one at a time.
 * `state` is told "live", "polling" or "stale" (three refreshes failed), and when that changed. `screens` is
 * called when a lobby screen says something new of itself, `staff` when there is news for staff alone.
 */
export function follow(code, refresh, state, screens = () => {}, staff = () => {}) {
  let heardAt = performance.now();
  let readAt = performance.now();
  let failures = 0;
  let dials = 0;
  let reading = false;
  let wanted = false;
  let socket = null;
  let connected = false;
  let shown = "";

  function show() {
    const now = failures >= 3 ? "stale" : connected ? "live" : "polling";
    if (now !== shown) { shown = now; state(now); }
  }

  async function ask() {
    if (reading) { wanted = true; return; }
    reading = true;
    try {
      await refresh();
      failures = 0;
    } catch {
      failures += 1;
    }
    reading = false;
    readAt = performance.now();
    show();
    if (wanted) { wanted = false; soon(); }
  }

  let timer = 0;
  function soon() {
    clearTimeout(timer);
    timer = setTimeout(ask, TOGETHER_MS);
  }

  function dial() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const own = new WebSocket(`${scheme}://${location.host}/api/v1/halls/${encodeURIComponent(code)}/live`);
    socket = own;
    own.addEventListener("message", (event) => {
      heardAt = performance.now();
      dials = 0;
      if (!connected) { connected = true; show(); }
      if (!event.data.startsWith('{"type":"beat"')) soon();
      // A whole board comes after a gap: what was in between may have been any news.
      const after = event.data.startsWith('{"type":"board"');
      if (after || event.data.includes('"kind":"screen_changed"')) screens();
      if (after || event.data.includes('"kind":"staff_news"')) staff();
    });
    own.addEventListener("close", () => {
      if (own !== socket) return;
      connected = false;
      show();
      setTimeout(dial, RECONNECT_MS[Math.min(dials, RECONNECT_MS.length - 1)]);
      dials += 1;
    });
    heardAt = performance.now();
  }

  setInterval(() => {
    const now = performance.now();
    if (socket.readyState <= WebSocket.OPEN && now - heardAt > SILENCE_MS) {
      connected = false;
      show();
      const dead = socket;
      dial();
      dead.close();
    }
    // A reading that failed is made up for soon, also where the live line never broke.
    if (now - readAt > (connected && failures === 0 ? AGEING_MS : POLL_MS)) ask();
  }, 1000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) soon(); });
  document.addEventListener("staff:signed-in", soon);
  dial();
  return { now: ask };
}
