// What a kiosk keeps in its browser: what it needs to work alone, its numbers, and what it printed. A number is
// on the disk before it is on paper ("strict"): after a power cut none is printed twice.

const VERSION = 1;
const opened = new Map();

const done = (request) => new Promise((good, bad) => {
  request.onsuccess = () => good(request.result);
  request.onerror = () => bad(request.error);
});

/** Return what this kiosk keeps of a hall; opened once a page. */
export function keptOf(hall) {
  if (!opened.has(hall)) opened.set(hall, open(hall));
  return opened.get(hall);
}

async function open(hall) {
  const asked = indexedDB.open(`jinban-kiosk-${hall}`, VERSION);
  asked.onupgradeneeded = () => {
    asked.result.createObjectStore("facts");
    asked.result.createObjectStore("blocks", { keyPath: ["day", "first"] });
    asked.result.createObjectStore("slips", { keyPath: "id" });
  };
  navigator.storage?.persist?.();
  return new Kept(await done(asked));
}

const ofDay = (day) => IDBKeyRange.bound([day], [day, []]);
const left = (block) => block.last - block.next + 1;

class Kept {
  constructor(database) {
    this.database = database;
  }

  /** Run `work` (which returns a promise of requests alone) in one transaction; it is on the disk afterwards. */
  async write(stores, work) {
    const transaction = this.database.transaction(stores, "readwrite", { durability: "strict" });
    const ended = new Promise((good, bad) => {
      transaction.oncomplete = good;
      transaction.onabort = () => bad(transaction.error);
    });
    const result = await work((name) => transaction.objectStore(name));
    await ended;
    return result;
  }

  read(store, ask) {
    return done(ask(this.database.transaction(store).objectStore(store)));
  }

  /** Return a fact ("kit", "contact", "reserving"), undefined if there is none. */
  fact(name) {
    return this.read("facts", (facts) => facts.get(name));
  }

  keepFact(name, value) {
    return this.write(["facts"], (store) => done(value === null ? store("facts").delete(name) : store("facts").put(value, name)));
  }

  /** Keep new blocks ({day, first, last}); one that is here already keeps its place. Days before `since` go. */
  keepBlocks(blocks, since) {
    return this.write(["blocks"], async (store) => {
      await done(store("blocks").delete(IDBKeyRange.upperBound([since], true)));
      for (const block of blocks) {
        const known = await done(store("blocks").get([block.day, block.first]));
        if (!known) await done(store("blocks").put({ ...block, next: block.first }));
      }
    });
  }

  async numbersLeft(day) {
    const blocks = await this.read("blocks", (own) => own.getAll(ofDay(day)));
    return blocks.reduce((sum, block) => sum + left(block), 0);
  }

  /** Take the next number of a day and keep its slip; return the slip, or null without a number. */
  takeNumber(day, slip) {
    return this.write(["blocks", "slips"], async (store) => {
      const blocks = await done(store("blocks").getAll(ofDay(day)));
      const block = blocks.find((own) => left(own) > 0);
      if (!block) return null;
      const made = { ...slip, id: randomId(), day, number: block.next };
      await done(store("blocks").put({ ...block, next: block.next + 1 }));
      await done(store("slips").put(made));
      return made;
    });
  }

  /** Return the slips that the server does not have yet, in the order of the paper. */
  async slips() {
    const all = await this.read("slips", (own) => own.getAll());
    return all.sort((one, other) => one.day.localeCompare(other.day) || one.number - other.number);
  }

  forget(ids) {
    return this.write(["slips"], async (store) => {
      for (const id of ids) await done(store("slips").delete(id));
    });
  }
}

/** Return a random UUID; `crypto.randomUUID` is there on secure pages only. */
export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
