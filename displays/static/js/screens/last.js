// What a screen showed last, for a browser that is started again while its server is away.

const EVERY_MS = 30000; // a beat that brings no board says no more than that the last one still holds

/** Let the browser keep this screen's page; it may where the page came over TLS or from this machine. */
export function keepPage(home) {
  navigator.serviceWorker?.register(`${home}/worker.js`, { scope: home, updateViaCache: "none" }).catch(() => null);
}

export class LastShown {
  /** `key`: of this screen alone. `zone`: the hall's, whose days count. */
  constructor(key, zone) {
    this.key = key;
    this.dayOf = new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short" });
    this.writtenAt = -Infinity;
  }

  /** Keep a board and its waits with the instant of the hall's clock at which they were right. */
  keep({ board, told, at, changed }) {
    if (!changed && performance.now() - this.writtenAt < EVERY_MS) return;
    this.writtenAt = performance.now();
    try {
      localStorage.setItem(this.key, JSON.stringify({ board, told, at: at.toISOString(), written: Date.now() }));
    } catch {
      // A screen without storage starts empty.
    }
  }

  /**
   * Return `{board, told, at}` as kept, or null. Of another day, by this machine's clock, only `at` is left: its
   * calls and waits would send people astray.
   */
  read() {
    try {
      const { board, told, at, written } = JSON.parse(localStorage.getItem(this.key));
      const today = this.dayOf.format(written) === this.dayOf.format(Date.now());
      return { board: today ? board : null, told, at: new Date(at) };
    } catch {
      return null;
    }
  }
}
