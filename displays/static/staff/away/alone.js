// The desk without its server: it goes on with whoever is at its window and writes down whose paper it took. It
// calls nobody: only the server's lock keeps two windows from one ticket.

import { Problem, send } from "../api.js";
import { data, hallNow, heardClock } from "../page.js";
import { keptOf } from "./keep.js";

const AT_ONCE = 25; // entries in one request: one unit of work for the server, short enough for everybody else
const SPEED = Number(document.querySelector("[data-clock]")?.dataset.speed ?? 1);
const LABEL = /^([A-Z]{1,2})0*([1-9]\d{0,5})$/;

const now = () => new Date(hallNow()).toISOString();
// Not crypto.randomUUID: that one is missing on pages without https, as closed networks have them.
const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Return a number as it stands on paper, however it was typed; "" for what is none. */
function plainLabel(written) {
  const parts = LABEL.exec(written.replaceAll(/\s/g, "").toUpperCase());
  return parts ? parts[1] + parts[2].padStart(3, "0") : "";
}

export class Alone {
  /** `changed()` is called whenever what is kept, or what became of it, is different. */
  constructor(windowId, changed) {
    Object.assign(this, { windowId, changed, kept: null, list: [], paper: null, report: [], since: null, failed: null, sent: 0 });
    this.heardAt = data.desk.made_at;
    this.handing = null;
  }

  /** Take up what an earlier page kept; return the desk as it was seen last, if this page came without the server. */
  async restore() {
    this.kept = await keptOf(this.windowId);
    this.list = await this.kept.entries();
    this.paper = (await this.kept.fact("paper")) ?? null;
    this.report = (await this.kept.fact("report")) ?? [];
    this.sent = (await this.kept.fact("sent")) ?? 0;
    const seen = "kept" in document.documentElement.dataset ? await this.kept.fact("seen") : undefined;
    if (!seen) return null;
    this.heardAt = seen.desk.made_at;
    // After a reload only the machine's clock is left; one that was set back tells nothing.
    heardClock(new Date(seen.server + Math.max(0, Date.now() - seen.wall) * SPEED).toISOString());
    this.begin(seen.since ?? this.heardAt);
    return seen.desk;
  }

  get is() { return this.since !== null; }

  begin(since) {
    if (this.is) return;
    this.since = since;
    this.changed();
  }

  end() {
    if (!this.is) return;
    this.since = null;
    this.changed();
  }

  /** Note what the server said last, for a page that has to begin without it. */
  async saw(desk) {
    this.heardAt = desk.made_at;
    await this.kept?.keepFact("seen", this.seen(desk)).catch(() => null);
  }

  seen(desk) {
    return { desk, server: hallNow(), wall: Date.now(), since: this.since };
  }

  /** Keep something done to the ticket at the window; return the desk as it stands then. */
  async keep(what, ticket, body, desk, at) {
    const entry = { what, label: ticket.label, at, ...body };
    if (ticket.paper) Object.assign(entry, { what: "paper", began_at: ticket.changed_at });
    else entry.ticket_id = ticket.id;
    const after = ticket.paper ? desk : stands(desk, what, ticket, body, at);
    await this.write(entry, desk, after, null);
    return after;
  }

  async write(entry, before, after, paper) {
    const whole = { ...entry, id: newId(), heard_at: this.heardAt, pressed_by: data.me, before: { desk: before, paper: this.paper } };
    this.paper = paper;
    await this.kept.add(whole, { seen: this.seen(after), paper });
    this.list = await this.kept.entries();
    this.changed();
  }

  /** Begin with somebody who came with a number on paper; return why not: "label", "twice", or "" if it began. */
  async take(written, desk) {
    const label = plainLabel(written);
    if (!label) return "label";
    if (this.list.some((own) => own.label === label) || desk.window.ticket?.label === label) return "twice";
    this.paper = { id: "paper", paper: true, label, status: "serving", changed_at: now(), services: [], delivered: [], done_before: [], still_to_come: [] };
    await this.kept.keepFact("paper", this.paper);
    this.changed();
    return "";
  }

  /** What can be taken back: a number on paper that has just begun, or the last press, if it never was sent. */
  get last() {
    const own = this.list.at(-1);
    return this.paper ?? (own && own.seq > this.sent ? own : null);
  }

  /** Take the last press back; return the desk as it stood before. */
  async takeBack(desk) {
    if (this.paper) {
      this.paper = null;
      await this.kept.keepFact("paper", null);
      this.changed();
      return desk;
    }
    const { seq, before } = this.list.at(-1);
    this.paper = before.paper;
    await this.kept.forget([seq], { seen: this.seen(before.desk), paper: before.paper });
    this.list = await this.kept.entries();
    this.changed();
    return before.desk;
  }

  /** Hand in what is kept, once and in order; raises NoAnswer, and Problem where somebody has to sign in. */
  handIn() {
    if (!this.list.length) return Promise.resolve();
    this.handing ??= this.handAllIn().finally(() => { this.handing = null; });
    return this.handing;
  }

  async handAllIn() {
    while (this.list.length) {
      const part = this.list.slice(0, AT_ONCE);
      // What was sent may have arrived, although no answer came: from here on it is not taken back.
      this.sent = part.at(-1).seq;
      await this.kept.keepFact("sent", this.sent);
      let answer;
      try {
        answer = await send("POST", `/api/v1/windows/${this.windowId}/desk-entries`, { sent_at: now(), entries: part.map(wire) });
        this.failed = null;
      } catch (error) {
        if (!(error instanceof Problem) || error.document.status === 401 || error.document.status >= 500) throw error;
        this.failed = error; // what is kept stays here; the desk says so
        return;
      }
      this.report = [...this.report, ...answer.entries.map((own, place) => ({ ...own, words: part[place].words ?? "" }))];
      await this.kept.forget(part.map((own) => own.seq), { report: this.report });
      this.list = await this.kept.entries();
      this.changed();
    }
  }

  async putAway() {
    this.report = [];
    await this.kept.keepFact("report", null);
    this.changed();
  }

  /** Forget what this browser knows of the desk, for whoever signs out; what was not handed in stays. */
  async forget() {
    await this.kept?.keepFact("seen", null);
    if (globalThis.caches) for (const name of await caches.keys()) if (name.startsWith("jinban-desk:")) await caches.delete(name);
  }
}

function wire({ id, what, label, ticket_id, at, began_at, heard_at, pressed_by, services, reason, words }) {
  return { id, what, label, ticket_id, at, began_at, heard_at, pressed_by, services, reason, words };
}

/** Return the desk after a press, as the server would show it. */
function stands(desk, what, ticket, body, at) {
  const others = { missed: desk.missed, parked: desk.parked };
  let here = null;
  if (what === "start") here = { ...ticket, status: "serving", changed_at: at, misses_at: null };
  if (what === "record") here = { ...ticket, delivered: body.services.map((code) => data.offer.find((own) => own.code === code) ?? { code, name_zh: code, name_en: code }) };
  if (what === "miss") others.missed = [{ ...ticket, status: "missed", changed_at: at }, ...desk.missed];
  if (what === "park") others.parked = [{ ...ticket, status: "parked", changed_at: at, park_reason: body.reason, park_words: body.words }, ...desk.parked];
  return { ...desk, ...others, window: { ...desk.window, ticket: here } };
}
