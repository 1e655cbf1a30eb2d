// What the pages of studies share: a question is sent, its answer waited for, the latest one shown again.

import { NoAnswer, Problem, read, send } from "./api.js";
import { data, h, named, queueBadge, say } from "./page.js";

const LOOK_EVERY_MS = 700;
const byPrefix = new Map(data.queues.map((queue) => [queue.prefix, queue]));
const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

export const byId = (id) => document.getElementById(id);
export const one = (number) => number.toFixed(1);
export const percent = (share) => `${Math.round(100 * share)}%`;
export const signed = (number) => (Math.abs(number) < 0.05 ? "0.0" : `${number > 0 ? "+" : "−"}${one(Math.abs(number))}`);
export const minutes = (number) => say("minutes", { n: one(number) });
export const queueName = (prefix) => (byPrefix.has(prefix) ? named(byPrefix.get(prefix)) : prefix);

/** Return a queue's badge and name. */
export function queueHead(prefix) {
  const queue = byPrefix.get(prefix);
  return queue ? h("span", { class: "staff-named" }, queueBadge(queue), named(queue)) : prefix;
}

/** Return a figure with its range below it. */
export function ranged(estimate, shown) {
  return [shown(estimate.value), h("span", { class: "staff-n" }, say("range", { low: shown(estimate.low), high: shown(estimate.high) }))];
}

/** Return a scrollable table; heads are [text, class] pairs. */
export function table(heads, rows, properties = {}) {
  return h("div", { class: "table-scroll" }, h("table", { class: "table", ...properties },
    h("thead", {}, h("tr", {}, heads.map(([text, kind]) => h("th", { scope: "col", class: kind || null }, text)))), h("tbody", {}, rows)));
}

export const number = (...children) => h("td", { class: "number nowrap" }, ...children);

/** Return the marks of what a window serves, prefixes as the API sends them. */
export function cellMarks(cell) {
  if (!cell.primary.length && !cell.helping.length) return h("span", { class: "staff-cell__closed" }, say("closed"));
  const mark = (prefix, helping) => {
    const colour = ((byPrefix.get(prefix)?.place ?? 0) % 8) + 1;
    const kind = helping ? `staff-serves--helping staff-ink--${colour}` : `staff-serves--primary queue-badge--${colour}`;
    return h("span", { class: `staff-serves ${kind}` }, prefix);
  };
  return [...cell.primary.map((prefix) => mark(prefix, false)), ...cell.helping.map((prefix) => mark(prefix, true))];
}

export function tell(text, kind = "") {
  byId("message").textContent = text;
  byId("message").className = `staff-message ${kind}`;
}

/** Do something that the server may refuse; a refusal is shown in its own words. */
export async function attempt(work) {
  byId("problem").hidden = true;
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Problem || error instanceof NoAnswer)) throw error;
    const lines = error instanceof Problem ? [error.document.title, error.document.help ?? ""] : [say("unsure"), ""];
    tell("");
    byId("problem").hidden = false;
    byId("problem").replaceChildren(h("p", {}, h("strong", {}, lines[0]), " ", lines[1]));
  }
}

/** One kind of study on a page: `asks` and `reads` are paths, `draw(study)` fills the element `place`. */
export class StudyPage {
  constructor({ asks, reads, place, draw }) {
    Object.assign(this, { asks, reads, place, draw });
    this.round = 0;
    this.study = null;
  }

  async ask(question) {
    await attempt(async () => this.follow(await send("POST", this.asks, question)));
  }

  /** Show the hall's latest study of this kind, if there is one. */
  async latest() {
    await attempt(async () => {
      const { studies } = await read(this.asks);
      const last = studies.find((own) => own.status !== "dropped");
      if (last) await this.follow(await read(`${this.reads}/${last.id}`));
    });
  }

  async follow(study) {
    this.round += 1;
    const mine = this.round;
    let now = study;
    while (now.status === "computing") {
      this.drawProgress(now);
      await pause(LOOK_EVERY_MS);
      if (mine !== this.round) return;
      now = await read(`${this.reads}/${study.id}`);
    }
    this.show(now);
  }

  show(study) {
    this.study = study;
    this.place.hidden = false;
    this.place.replaceChildren(...(study.answer ? this.draw(study) : [failure(study)]).flat().filter(Boolean));
  }

  drawProgress(study) {
    this.place.hidden = false;
    this.place.replaceChildren(h("div", { class: "card" }, h("p", {}, say("computing")),
      h("progress", { class: "staff-progress", max: "1", value: study.progress || null, "aria-label": say("computing") })));
  }
}

function failure(study) {
  return h("p", { class: "notice notice--warn" }, say(study.reason ? `reason.${study.reason}` : "failed"));
}

/** Hand a plan over to the grid as its draft, and go there. */
export function intoDraft(day, version, entries) {
  sessionStorage.setItem(`jinban_plan_handed_${data.hall}_${day}`, JSON.stringify({ version, entries }));
  location.assign(`/staff/halls/${data.hall}/plan?day=${day}`);
}
