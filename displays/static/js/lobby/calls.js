// Which calls are shown large, which are announced. No clock and no page in here: times are arguments.

const PLACES = 4; // calls shown large at once, where they may be as small as a tenth of the picture
// How high digits can be, as a share of the picture, with so many calls at once; one is as large as fits.
const FITS = [[4, 0.1], [3, 0.13], [2, 0.17]];
const PLACES_UPRIGHT = 3;
const DWELL_MS = 8000; // a call keeps its large place at least so long, whoever else is called …
const HURRIED_DWELL_MS = 3000; // … or so long while more wait for a place than there are places
const LARGE_MS = 30000; // and at most so long, while it is not the newest
const ANNOUNCE_WITHIN_MS = 60000; // calls missed by more are shown, not spoken
const SAME_CALL_MS = 1500; // an event and the database may date one call a little apart
const REMEMBERED = 200;

/**
 * Return how many calls are shown large at once, so that each one's digits have at least this share of the height.
 * On an upright screen each has its row above everything else: four would be too small to read from the back.
 */
export function placesFor(share, { upright = false } = {}) {
  const places = FITS.find(([, most]) => share <= most)?.[0] ?? 1;
  return upright ? Math.min(places, PLACES_UPRIGHT) : places;
}

export class Calls {
  /** `announced` are calls that an earlier life of this page has announced. */
  constructor(announced = []) {
    this.announced = announced;
    this.waiting = [];
    this.stage = [];
    this.known = [];
    this.atWindow = () => true;
    this.places = PLACES;
  }

  /**
   * Take the board's calls, newest first; `age(call)` is a call's real age in ms and `atWindow(call)` says
   * whether its number still stands at its window. Return those to announce, oldest first: young enough, and
   * never announced before. A page that begins shows the newest that stands, without announcing it.
   */
  take(calls, { age, atWindow }) {
    this.known = calls;
    this.atWindow = atWindow;
    if (this.stage.length + this.waiting.length === 0 && calls.length > 0 && atWindow(calls[0])) {
      this.stage = [{ call: calls[0], since: -Infinity, quiet: true }];
    }
    const fresh = [...calls].reverse().filter((call) => !this.wasAnnounced(call));
    for (const call of fresh) this.remember(call);
    const young = fresh.filter((call) => age(call) < ANNOUNCE_WITHIN_MS);
    for (const call of young) {
      this.waiting = this.waiting.filter((other) => other.number !== call.number);
      this.waiting.push(call);
    }
    return young;
  }

  wasAnnounced(call) {
    const at = Date.parse(call.at);
    return this.announced.some((old) => old.number === call.number && old.window === call.window
      && Math.abs(old.at - at) < SAME_CALL_MS);
  }

  remember(call) {
    this.announced.push({ number: call.number, window: call.window, at: Date.parse(call.at) });
    this.announced.splice(0, this.announced.length - REMEMBERED);
  }

  /** Move calls on and off the stage; `nowMs` is a monotonic clock. Return true if the stage changed. */
  tick(nowMs) {
    const before = this.stage;
    let stage = this.stage.filter((shown) => !this.waiting.some((call) => call.number === shown.call.number));
    const newest = stage[stage.length - 1];
    stage = stage.filter((shown) => nowMs - shown.since < LARGE_MS
      || (shown === newest && this.atWindow(shown.call)));
    while (this.waiting.length > 0) {
      if (stage.length >= this.places) {
        const dwell = this.waiting.length > this.places ? HURRIED_DWELL_MS : DWELL_MS;
        if (nowMs - stage[0].since < dwell) break;
        stage.shift();
      }
      stage.push({ call: this.waiting.shift(), since: nowMs });
    }
    this.stage = stage;
    return stage.length !== before.length || stage.some((shown, place) => shown !== before[place]);
  }

  /** The calls that are not shown large, newest first. */
  recent(count) {
    const large = new Set(this.stage.map((shown) => shown.call.number));
    return this.known.filter((call) => !large.has(call.number)).slice(0, count);
  }
}
