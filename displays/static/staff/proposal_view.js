// How a proposal looks: its effect beside changing nothing, who gains and who loses, the plan with its changes.

import { dayName, joined, marks, minutes, narrow, one, percent, queueHead, queueName, ruleNames, signed, stacked, table } from "./figures.js";
import { dayTime, h, listed, say } from "./page.js";

let showAll = false;

/** Return the names of the queues that wait longer with a proposal. */
export function losers(effect) {
  return effect.queues.filter((queue) => queue.verdict === "loses").map((queue) => queueName(queue.prefix));
}

/** Return everything about a proposal but the buttons. */
export function drawProposal(own) {
  if (own.status === "computing") {
    const done = Math.round(100 * own.progress);
    return [h("p", {}, say("status.computing"), " · ", done ? say("progress", { n: done }) : say("preparing")),
      h("progress", { class: "staff-progress", max: "100", value: done || null, "aria-label": say("status.computing") }),
      own.so_far ? h("p", {}, say("so_far", { share: Math.round(100 * (1 - own.so_far.best / Math.max(own.so_far.now, 0.01))) })) : null,
      own.stopping ? h("p", { class: "soft" }, say("stopping")) : null];
  }
  const effect = own.effect;
  return [
    own.decline_reason ? h("p", { class: "notice" }, say("declined_because", { reason: own.decline_reason })) : null,
    why(effect),
    promise(effect, own),
    effect?.now && effect.planned ? [headline(effect), comparison(effect), queueTable(effect), stress(effect)] : null,
    effect?.windows.length ? planTable(effect) : null,
    effect ? h("p", { class: "small soft" }, footing(effect)) : null,
    effect?.history ? leftOut(effect.history) : null,
  ];
}

function why(effect) {
  if (!effect?.reason) return null;
  const rules = ruleNames(effect.conflicts).map((name) => h("li", {}, name));
  const spare = effect.reason === "queue_worse" && !effect.notes.includes("every_queue_spared") ? h("p", {}, say("try_sparing")) : null;
  return h("div", { class: "notice notice--warn" }, h("p", {}, say(`reason.${effect.reason}`)), spare, rules.length ? h("ul", {}, rules) : null);
}

const TOLD_IN_LIST = new Set(["kept", "not_kept", "not_seen"]);
const VERDICTS_OF_PROMISE = { kept: "tag--good", not_kept: "tag--bad", not_seen: "tag--warn", too_early: "", not_comparable: "", one_day: "" };

/** What became of an accepted plan in two words, for the list; null until that is known. */
export function promiseTag(own) {
  const verdict = own.status === "accepted" ? own.effect?.measured?.verdict : null;
  return TOLD_IN_LIST.has(verdict) ? h("span", { class: `tag ${VERDICTS_OF_PROMISE[verdict]}` }, say(`promise.list.${verdict}`)) : null;
}

/** What became of an accepted plan: both plans on the days that came, beside what was promised and observed. */
function promise(effect, own) {
  const kept = effect?.measured;
  if (!kept) return own.status === "accepted" && effect?.difference ? h("p", { class: "notice" }, say("promise.tomorrow")) : null;
  const range = (gap) => (gap.low === gap.high ? signed(gap.mean) : say("promise.range", { mean: signed(gap.mean), low: signed(gap.low), high: signed(gap.high) }));
  const rows = kept.difference ? [
    [say("promise.promised"), range(effect.difference)],
    [say("promise.since", { days: kept.days.length, better: kept.days_better }), range(kept.difference)],
    [say("promise.without"), minutes(kept.before.mean)], [say("promise.with"), minutes(kept.planned.mean)],
    [say("promise.observed"), say("promise.mean_p90", { mean: one(kept.observed_mean), p90: one(kept.observed_p90) })],
  ] : [];
  return h("section", { class: "staff-promise", "aria-labelledby": "promise-title" },
    h("h3", { id: "promise-title" }, say("promise.title"), " ", h("span", { class: `tag ${VERDICTS_OF_PROMISE[kept.verdict]}` }, say(`promise.verdict.${kept.verdict}`))),
    kept.verdict === "not_seen" ? h("p", { class: "notice notice--warn" }, say("promise.not_seen", { observed: one(kept.observed_mean), before: one(kept.before.mean), planned: one(kept.planned.mean) })) : null,
    rows.length ? h("dl", { class: "facts" }, rows.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])) : null,
    kept.queues.length ? table([[say("queue"), ""], [say("tickets"), "number"], [say("promise.without"), "number"], [say("promise.with"), "number"], [say("promise.observed"), "number"]],
      kept.queues.map((queue) => h("tr", {}, h("th", { scope: "row" }, queueHead(queue.prefix)), h("td", { class: "number" }, queue.tickets),
        h("td", { class: "number" }, one(queue.before_mean)), h("td", { class: "number" }, one(queue.planned_mean)), h("td", { class: "number" }, one(queue.observed_mean)))), stacked) : null,
    h("p", { class: "small soft" }, say(kept.final ? "promise.final" : "promise.open")));
}

function headline(effect) {
  if (effect.futures) return intraday(effect);
  const days = effect.judged_days.length;
  const [now, planned] = [one(effect.now.mean), one(effect.planned.mean)];
  const text = say(now === planned ? "stays" : effect.planned.mean < effect.now.mean ? "better" : "worse", { days, now, planned });
  const gap = effect.difference;
  return [h("p", { class: "staff-headline" }, text),
    gap ? h("p", {}, say("difference", { mean: signed(gap.mean), low: signed(gap.low), high: signed(gap.high), better: effect.days_better, days })) : null,
    effect.weighted ? h("p", {}, say("weighted", { mean: signed(effect.weighted.mean), low: signed(effect.weighted.low), high: signed(effect.weighted.high) })) : null,
    gap ? intervalPicture(gap) : null];
}

function intraday(effect) {
  const gap = effect.difference;
  return [h("p", { class: "staff-headline" }, say("intraday.headline", { now: one(effect.now.mean), planned: one(effect.planned.mean), until: dayTime(effect.until_minute) })),
    h("p", {}, say("intraday.interval", { mean: signed(gap.mean), low: signed(gap.low), high: signed(gap.high), better: effect.days_better, futures: effect.futures })),
    intervalPicture(gap)];
}

/** The difference with its interval against no change; left of the middle is better. */
function intervalPicture({ mean, low, high }) {
  const reach = Math.max(Math.abs(low), Math.abs(high), 0.1) * 1.15;
  const x = (minutesOff) => (200 + (minutesOff / reach) * 180).toFixed(1);
  return h("svg:svg", { class: "staff-difference", viewBox: "0 0 400 38", "aria-hidden": "true" },
    h("svg:line", { class: "staff-interval__axis", x1: 20, x2: 380, y1: 14, y2: 14 }),
    h("svg:line", { class: "staff-interval__target", x1: 200, x2: 200, y1: 3, y2: 25 }),
    h("svg:line", { class: "staff-interval__range", x1: x(low), x2: x(high), y1: 14, y2: 14 }),
    h("svg:circle", { class: "staff-interval__point", cx: x(mean), cy: 14, r: 5 }),
    h("svg:text", { x: 20, y: 32 }, `← ${say("shorter")}`),
    h("svg:text", { x: 200, y: 32, "text-anchor": "middle" }, "0"),
    h("svg:text", { x: 380, y: 32, "text-anchor": "end" }, `${say("longer")} →`));
}

function comparison({ now, planned, futures }) {
  const rows = [["mean", minutes], ["p90", minutes], ["over_target", percent, "over"], ["tail", minutes]];
  return table([[say(futures ? "measure_today" : "measure"), ""], [say("now"), "number"], [say("planned"), "number"]],
    rows.map(([key, shown, text]) => h("tr", {}, h("th", { scope: "row" }, say(text ?? key)),
      h("td", { class: "number" }, shown(now[key])), h("td", { class: "number" }, h("strong", {}, shown(planned[key]))))), narrow);
}

const VERDICTS = { gains: "tag--good", loses: "tag--bad", same: "" };

function queueTable(effect) {
  const heads = [[say("queue"), ""], [say("tickets"), "number"], [say("mean_from_to"), "number"], [say("p90_from_to"), "number"], [say("verdict"), ""]];
  const fromTo = (from, to) => h("td", { class: "number nowrap" }, `${one(from)} → ${one(to)}`);
  return [h("h3", {}, say("queues")), table(heads, effect.queues.map((own) => h("tr", {},
    h("th", { scope: "row" }, queueHead(own.prefix)),
    h("td", { class: "number" }, own.tickets), fromTo(own.now_mean, own.planned_mean), fromTo(own.now_p90, own.planned_p90),
    h("td", {}, h("span", { class: `tag ${VERDICTS[own.verdict]}` }, say(`verdict.${own.verdict}`))))), stacked)];
}

function stress(effect) {
  if (!effect.stress.length) return null;
  return [h("h3", {}, say("stress")), table([[say("demand"), ""], [say("now"), "number"], [say("planned"), "number"]],
    effect.stress.map((own) => h("tr", {}, h("th", { scope: "row" }, percent(own.demand)),
      h("td", { class: "number" }, minutes(own.now_mean)), h("td", { class: "number" }, minutes(own.planned_mean)))), narrow)];
}

// --- the plan ----------------------------------------------------------------------------------------------

function planTable(effect) {
  const counts = Object.entries(effect.changes).map(([kind, n]) => say(`changes.${kind}`, { n })).join(" · ");
  const place = h("div", {});
  const show = () => {
    const shown = effect.windows.filter((own) => showAll || own.changed);
    place.replaceChildren(
      table([[say("window"), ""], ...effect.blocks.map((block) => [dayTime(block.from_minute), ""])], shown.map((own) => h("tr", {},
        h("th", { scope: "row", class: "figure" }, own.label),
        joined(own.planned.map((planned, block) => [own.now[block], planned])).map(({ value: [now, planned], blocks }) => planCell(now, planned, blocks)))), { class: "table staff-proposed" }, say("changes")),
      h("button", { class: "button button--quiet", type: "button", onclick: () => { showAll = !showAll; show(); } }, say(showAll ? "changed_windows" : "all_windows")));
  };
  show();
  return [h("h3", {}, say("changes")), h("p", {}, counts), h("p", { class: "small soft" }, say("legend")), place];
}

function planCell(now, planned, blocks) {
  const changed = JSON.stringify(now) !== JSON.stringify(planned);
  return h("td", { class: changed ? "staff-cell--changed" : null, colspan: blocks > 1 ? blocks : null }, h("span", { class: "nowrap" }, marks(planned)),
    changed ? h("span", { class: "staff-n" }, say("was", { serves: words(now) })) : null);
}

function words(cell) {
  const listed = [...cell.primary, ...cell.helping.map((prefix) => `(${prefix})`)];
  return listed.length ? listed.join(" ") : say("closed");
}

/** Say what of the history was not believed, by reason; null if all was. */
function leftOut({ rows_left_out: rows, days_left_out: days }) {
  const byReason = new Map();
  for (const { day, reason } of days) byReason.set(reason, [...(byReason.get(reason) ?? []), dayName(day)]);
  const lines = [
    ...Object.entries(rows).map(([reason, n]) => say("left.rows", { n, reason: say(`left.${reason}`) })),
    ...[...byReason].map(([reason, names]) => say("left.days", { days: listed(names), reason: say(`left.${reason}`) })),
  ];
  return lines.length ? h("details", { class: "small staff-left-out" }, h("summary", {}, say("left")), h("ul", {}, lines.map((line) => h("li", {}, line)))) : null;
}

function footing(effect) {
  const used = effect.history;
  const left = used ? Object.values(used.rows_left_out).reduce((sum, n) => sum + n, 0) : 0;
  return [
    used ? say("history", { days: used.days_used, tickets: used.tickets_used, left, days_left: used.days_left_out.length }) : "",
    effect.evaluations ? say(effect.stopped_by_hand ? "stopped_by_hand" : effect.stopped_by_time ? "stopped" : "searched", { n: effect.evaluations }) : "",
    ...effect.notes.map((note) => say(`note.${note}`)),
  ].filter(Boolean).join(" ");
}
