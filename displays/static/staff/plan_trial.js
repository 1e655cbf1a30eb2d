// A draft tried on the engine: asked, waited for, shown beside the plan that holds, marked when it is stale.

import { NoAnswer, Problem, read, send } from "./api.js";
import { minutes, narrow, one, queueHead, queueName, ranged, signed, stacked, table } from "./figures.js";
import { data, dayTime, h, say } from "./page.js";

const LOOK_EVERY_MS = 300;
const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

export class Trial {
  /** `draft()` gives the draft's entries as they are now; `onProblem(error)` shows a refusal. */
  constructor(panel, effect, { draft, onProblem }) {
    Object.assign(this, { panel, effect, draft, onProblem });
    this.round = 0;
    this.answer = null;
    this.tried = "";
  }

  /** Ask, wait, show; a newer call takes the place of one that still waits. */
  async run() {
    this.round += 1;
    const mine = this.round;
    const entries = this.draft();
    this.tried = JSON.stringify(entries);
    this.drawProgress(0);
    try {
      let study = await send("POST", `/api/v1/halls/${encodeURIComponent(data.hall)}/trials`, { for_day: data.day, entries });
      while (study.status === "computing") {
        await pause(LOOK_EVERY_MS);
        if (mine !== this.round) return;
        study = await read(`/api/v1/trials/${study.id}`);
        this.drawProgress(study.progress);
      }
      if (mine !== this.round) return;
      this.answer = study.answer;
      if (study.answer) this.draw();
      else this.drawFailure(study);
    } catch (error) {
      if (!(error instanceof Problem || error instanceof NoAnswer)) throw error;
      this.panel.hidden = this.answer === null;
      if (this.answer) this.draw();
      this.onProblem(error);
    }
  }

  /** Mark the figures when the draft is not the one that was tried; forget them when nothing is drafted. */
  draftChanged(nothing) {
    if (nothing) {
      this.round += 1;
      this.answer = null;
      this.panel.hidden = true;
      this.effect.hidden = true;
    } else if (this.answer) this.draw();
  }

  get stale() { return this.tried !== JSON.stringify(this.draft()); }

  drawProgress(done) {
    this.panel.hidden = false;
    this.panel.classList.remove("plan-trial--stale");
    this.panel.replaceChildren(h("p", { class: "plan-trial__top" }, h("span", {}, say("trying")),
      h("progress", { max: "1", value: done || null, "aria-label": say("trying") })));
  }

  drawFailure(study) {
    this.effect.hidden = true;
    this.panel.replaceChildren(h("p", { class: "notice notice--warn" }, say(study.reason ? `reason.${study.reason}` : "try_failed")));
  }

  draw() {
    this.panel.hidden = false;
    this.panel.classList.toggle("plan-trial--stale", this.stale);
    this.panel.replaceChildren(
      h("div", { class: "plan-trial__top" },
        h("p", { class: this.stale ? "plan-stale" : "small soft" }, say(this.stale ? "stale" : "fresh")),
        this.stale ? h("button", { class: "button button--small", type: "button", onclick: () => this.run() }, say("try_again")) : null),
      figures(this.answer), hours(this.answer), sides(this.answer));
    this.effect.hidden = false;
    const open = this.effect.querySelector("details")?.open ?? false;
    this.effect.replaceChildren(h("details", { open }, h("summary", {}, say("details")), ...allFigures(this.answer)));
  }
}

/** The three figures that count, each from now to draft with the range of its difference. */
export function figures(answer) {
  const target = Math.round(answer.target_minutes);
  const wait = (estimate) => minutes(estimate.value);
  const share = (estimate) => `${one(100 * estimate.value)}%`;
  const hundred = ({ value, low, high }) => ({ value: 100 * value, low: 100 * low, high: 100 * high });
  return h("dl", { class: "plan-figures" },
    figure(say("mean"), wait(answer.now.mean), wait(answer.draft.mean), answer.difference, "minutes"),
    figure(say("p90"), wait(answer.now.p90), wait(answer.draft.p90), answer.p90_difference, "minutes"),
    figure(say("over", { n: target }), share(answer.now.over_target), share(answer.draft.over_target), hundred(answer.over_target_difference), "points"));
}

function figure(title, from, to, difference, unit) {
  const clear = difference.low > 0 || difference.high < 0;
  const kind = clear ? (difference.value < 0 ? "plan-better" : "plan-worse") : "";
  const span = say(unit, { n: say("range", { low: signed(difference.low), high: signed(difference.high) }) });
  return h("div", {}, h("dt", {}, title),
    h("dd", {}, h("span", { class: `plan-figures__fromto ${kind}` }, `${from} → ${to}`), h("br", {}), h("span", { class: "small" }, clear ? span : `${say("no_difference")} (${span})`)));
}

/** What the draft costs in staff: waits that fall because more windows stand open are no gain of the lists. */
export function hours({ now, draft }) {
  const more = Number((draft.window_hours - now.window_hours).toFixed(1));
  if (!more) return null;
  return h("p", {}, say(more > 0 ? "hours_more" : "hours_less", { n: one(Math.abs(more)), now: one(now.window_hours), draft: one(draft.window_hours) }));
}

function sides(answer) {
  const side = (verdict, title, kind) => {
    const own = answer.queues.filter((queue) => queue.verdict === verdict)
      .sort((a, b) => Math.abs(b.difference.value * b.tickets) - Math.abs(a.difference.value * a.tickets));
    return h("div", {}, h("h3", { class: own.length ? kind : "" }, title), own.length
      ? h("ul", {}, own.map((queue) => h("li", {}, h("span", {}, say("people_minutes", {
        queue: queueName(queue.prefix), n: Math.round(queue.tickets), m: say("range", { low: signed(queue.difference.low), high: signed(queue.difference.high) }),
      })))))
      : h("p", { class: "small soft" }, say("nobody")));
  };
  return h("div", { class: "plan-sides" }, side("gains", say("who_gains"), "plan-better"), side("loses", say("who_loses"), "plan-worse"));
}

const NUMBER = { class: "number nowrap" };

function allFigures(answer) {
  const target = Math.round(answer.target_minutes);
  return [overall(answer, target), h("h3", {}, say("queues_title")), queueTable(answer),
    h("h3", {}, say("windows_title")), windowTable(answer), h("h3", {}, say("stress_title")), stressTable(answer),
    h("p", { class: "small soft" }, say("footing", {
      days: answer.days, history: answer.history.days_used, tickets: Math.round(answer.tickets), observed: one(answer.observed_mean),
    }))];
}

function overall(answer, target) {
  const estimate = (own, shown) => h("td", NUMBER, ranged(own, shown));
  const row = (title, key, shown) => h("tr", {}, h("th", { scope: "row" }, title), estimate(answer.now[key], shown), estimate(answer.draft[key], shown));
  const plain = (title, key, shown) => h("tr", {}, h("th", { scope: "row" }, title), h("td", NUMBER, shown(answer.now[key])), h("td", NUMBER, shown(answer.draft[key])));
  return table([["", ""], [say("now"), "number"], [say("draft"), "number"]], [
    row(say("mean"), "mean", minutes), row(say("p90"), "p90", minutes),
    row(say("over", { n: target }), "over_target", (value) => `${one(100 * value)}%`),
    plain(say("window_hours"), "window_hours", one), plain(say("last"), "last_minute", (value) => dayTime(Math.round(value))),
  ], narrow);
}

const VERDICTS = { gains: "tag--good", loses: "tag--bad", same: "" };

function queueTable(answer) {
  const heads = [[say("queue"), ""], [say("tickets"), "number"], [say("mean"), "number"], [say("p90"), "number"], [say("difference"), "number"], [say("verdict"), ""]];
  return table(heads, answer.queues.map((own) => h("tr", {},
    h("th", { scope: "row" }, queueHead(own.prefix)),
    h("td", NUMBER, Math.round(own.tickets)), h("td", NUMBER, `${one(own.now_mean)} → ${one(own.draft_mean)}`),
    h("td", NUMBER, `${one(own.now_p90)} → ${one(own.draft_p90)}`),
    h("td", NUMBER, ranged(own.difference, signed)),
    h("td", {}, h("span", { class: `tag ${VERDICTS[own.verdict]}` }, say(`verdict.${own.verdict}`))))), stacked);
}

function windowTable(answer) {
  const longest = Math.max(...answer.windows.map((own) => Math.max(own.now_open, own.draft_open)), 1);
  const cell = (open, busy) => h("td", { class: "nowrap" }, useBar(open, busy, longest), ` ${open ? Math.round((100 * busy) / open) : 0}%`);
  const heads = [[say("window"), ""], [say("open_hours"), "number"], [`${say("busy")} · ${say("now")}`, ""], [`${say("busy")} · ${say("draft")}`, ""], [say("served"), "number"]];
  return table(heads, answer.windows.filter((own) => own.now_open || own.draft_open).map((own) => h("tr", {},
    h("th", { scope: "row", class: "figure" }, own.label), h("td", NUMBER, `${one(own.now_open)} → ${one(own.draft_open)}`),
    cell(own.now_open, own.now_busy), cell(own.draft_open, own.draft_busy),
    h("td", NUMBER, `${Math.round(own.now_tickets)} → ${Math.round(own.draft_tickets)}`))), stacked);
}

function useBar(open, busy, longest) {
  const width = (hours) => Math.min(100, (100 * hours) / longest).toFixed(1);
  return h("svg:svg", { class: "plan-use", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
    h("svg:rect", { class: "plan-use__open", x: 0, y: 0, width: width(open), height: 10 }), h("svg:rect", { class: "plan-use__busy", x: 0, y: 2, width: width(busy), height: 6 }));
}

function stressTable(answer) {
  const heads = [[say("demand"), ""], [say("now"), "number"], [say("draft"), "number"], [say("difference"), "number"]];
  return table(heads, answer.stress.map((own) => h("tr", {}, h("th", { scope: "row" }, `${Math.round(100 * own.demand)}%`),
    h("td", NUMBER, minutes(own.now_mean)), h("td", NUMBER, minutes(own.draft_mean)),
    h("td", NUMBER, ranged(own.difference, signed)))), stacked);
}
