// What a desk keeps in its browser while it has no connection. What was pressed is on the disk ("strict") before
// the page says so; a browser that keeps nothing goes on as long as its page is open.

const VERSION = 1;

const done = (request) => new Promise((good, bad) => {
  request.onsuccess = () => good(request.result);
  request.onerror = () => bad(request.error);
});

/** Return what this browser keeps of a window's desk. */
export async function keptOf(windowId) {
  try {
    const asked = indexedDB.open(`jinban-desk-${windowId}`, VERSION);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("facts");
      asked.result.createObjectStore("entries", { keyPath: "seq", autoIncrement: true });
    };
    navigator.storage?.persist?.();
    return new OnDisk(await done(asked));
  } catch {
    return new InMemory();
  }
}

class OnDisk {
  constructor(database) {
    this.database = database;
  }

  async write(stores, work, durability = "strict") {
    const transaction = this.database.transaction(stores, "readwrite", { durability });
    const ended = new Promise((good, bad) => {
      transaction.oncomplete = good;
      transaction.onabort = () => bad(transaction.error);
    });
    work((name) => transaction.objectStore(name));
    await ended;
  }

  /** Return a fact ("seen", "paper", "report"), undefined if there is none. */
  fact(name) {
    return done(this.database.transaction("facts").objectStore("facts").get(name));
  }

  keepFact(name, value) {
    return this.write(["facts"], (store) => put(store("facts"), name, value), "relaxed");
  }

  /** Return the entries that the server does not have, in the order of the presses. */
  entries() {
    return done(this.database.transaction("entries").objectStore("entries").getAll());
  }

  /** Keep an entry and how things stand after it, all or nothing. */
  add(entry, facts) {
    return this.write(["entries", "facts"], (store) => {
      store("entries").add(entry);
      for (const [name, value] of Object.entries(facts)) put(store("facts"), name, value);
    });
  }

  /** Take entries away, because the server has them or the press was taken back. */
  forget(seqs, facts = {}) {
    return this.write(["entries", "facts"], (store) => {
      for (const seq of seqs) store("entries").delete(seq);
      for (const [name, value] of Object.entries(facts)) put(store("facts"), name, value);
    });
  }
}

const put = (store, name, value) => (value === null ? store.delete(name) : store.put(value, name));

class InMemory {
  constructor() {
    Object.assign(this, { facts: {}, kept: [], next: 1 });
  }

  async fact(name) { return this.facts[name] ?? undefined; }

  async keepFact(name, value) { this.facts[name] = value; }

  async entries() { return [...this.kept]; }

  async add(entry, facts) {
    this.kept.push({ ...entry, seq: this.next });
    this.next += 1;
    Object.assign(this.facts, facts);
  }

  async forget(seqs, facts = {}) {
    this.kept = this.kept.filter((own) => !seqs.includes(own.seq));
    Object.assign(this.facts, facts);
  }
}
