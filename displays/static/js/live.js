// A hall's frames: by websocket, and by poll while the socket brings nothing. Freshness is judged by the age
// of the data alone: a dead link can look open for minutes.

const BACKOFF_MS = [300, 700, 1500];
const SILENT_MS = 6000; // beats come every 2 s; three missing ones mean that the link is dead
const DRIFTS_KEPT = 20; // frames, one every two seconds at least
const POLL_MS = 3000;
const POLL_TIMEOUT_MS = 2500;

export class LiveHall {
  /**
   * `onFrame(frame)` gets every frame that is news; `board` and `told` are then up to date. `onOpen()` is
   * called with the first frame of a socket: what the server should know is then told (again).
   */
  constructor({ hall, onFrame, onOpen = () => {} }) {
    this.hall = hall;
    this.onFrame = onFrame;
    this.onOpen = onOpen;
    this.board = null;
    this.told = {};
    this.serverNow = null; // {at, seen}: what the server's clock showed when this page saw it
    this.drifts = [];
    this.freshAt = -Infinity;
    this.heardAt = performance.now();
    this.tries = 0;
    this.connect();
    setInterval(() => this.mind(), 1000);
  }

  /** Milliseconds since the data was last known to be right. */
  age() {
    return performance.now() - this.freshAt;
  }

  /** The instant of the last good data on the server's clock, or null. */
  freshSince(speed) {
    return this.serverNow && new Date(this.now(speed).getTime() - this.age() * speed);
  }

  /** The server's clock. */
  now(speed) {
    if (!this.serverNow) return new Date();
    return new Date(this.serverNow.at + (performance.now() - this.serverNow.seen) * speed);
  }

  /**
   * How far this machine's own clock is ahead of the server's in ms: the smallest of the latest frames, as a slow
   * frame makes the server look late. Null where nothing is known, and in a demo, whose day begins when it likes.
   */
  drift() {
    return !("demo" in document.body.dataset) && this.drifts.length > 0 ? Math.round(Math.min(...this.drifts)) : null;
  }

  connect() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/api/v1/halls/${this.hall}/live`);
    this.socket = socket;
    this.heardAt = performance.now();
    let brought = false;
    socket.onmessage = (message) => {
      if (socket !== this.socket) return;
      this.tries = 0;
      this.heardAt = performance.now();
      this.take(JSON.parse(message.data));
      if (!brought) this.onOpen();
      brought = true;
    };
    socket.onclose = () => {
      if (socket === this.socket) this.reconnect();
    };
  }

  /** Tell the server something while the socket stands; nothing is kept for later. */
  tell(fact) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(fact));
  }

  reconnect() {
    this.socket = null;
    const wait = BACKOFF_MS[Math.min(this.tries, BACKOFF_MS.length - 1)];
    this.tries += 1;
    setTimeout(() => this.connect(), wait * (0.75 + Math.random() / 2));
  }

  mind() {
    if (this.socket && performance.now() - this.heardAt > SILENT_MS) {
      const silent = this.socket;
      this.reconnect(); // at once: closing a black-holed socket may take a minute
      silent.close();
    }
    if (this.age() > POLL_MS) this.poll();
  }

  async poll() {
    if (this.polling) return;
    this.polling = true;
    try {
      const answer = await fetch(`/lobby/${this.hall}/now`, {
        cache: "no-store", signal: AbortSignal.timeout(POLL_TIMEOUT_MS),
      });
      if (answer.ok) this.take(await answer.json());
    } catch {
      // Refused, reset or black-holed: the age of the data tells.
    } finally {
      this.polling = false;
    }
  }

  take(frame) {
    const freshAt = performance.now() - frame.age_s * 1000;
    const older = this.board && frame.board && frame.board.seq < this.board.seq
      && Date.parse(frame.board.made_at) < Date.parse(this.board.made_at);
    if (older) return;
    this.serverNow = { at: Date.parse(frame.at), seen: performance.now() };
    this.drifts.push(Date.now() - this.serverNow.at);
    this.drifts.splice(0, this.drifts.length - DRIFTS_KEPT);
    this.freshAt = Math.max(this.freshAt, freshAt);
    if (frame.board) {
      this.board = frame.board;
      this.told = frame.told;
    }
    this.onFrame(frame);
  }
}
