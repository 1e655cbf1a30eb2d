// How many windows a day needs: asked, answered by the engine, drawn as a curve, by hour and by queue.

import { dayName, joined, marks, minutes, narrow, number, one, percent, queueHead, queueName, ranged, stacked, table } from "./figures.js";
import { data, dayTime, h, listed, say } from "./page.js";
import { byId, intoDraft, StudyPage } from "./study.js";

const code = encodeURIComponent(data.hall);
const page = new StudyPage({ asks: `/api/v1/halls/${code}/staffing`, reads: "/api/v1/staffing", place: byId("answer"), draw, asked });

function asked({ for_day: day, target_minutes: target, share }) {
  return { "for-day": day, target, share: Math.round(100 * share) };
}

function draw(study) {
  const found = study.answer;
  const best = found.cheapest ?? found.full;
  return [
    h("section", { class: "card" }, headline(study, found), figures(found, best), h("h3", {}, say("curve_title")), curve(found), h("p", { class: "small soft" }, say("curve_note", { n: one(found.target_minutes).replace(".0", "") }))),
    h("section", { class: "card" }, h("h2", {}, say("hours_title")), hours(found, best)),
    h("section", { class: "card" }, h("h2", {}, say("queues_title")), h("p", { class: "small soft" }, say("queues_note")), queues(found, best)),
    found.cheapest ? h("section", { class: "card" }, h("h2", {}, say("layout_title")), layout(found), draftButton(study, found)) : null,
    h("p", { class: "small soft" }, say("footing", { history: found.history.days_used, tickets: Math.round(found.tickets) })),
  ];
}

function headline(study, found) {
  const goal = { share: percent(found.share), n: one(found.target_minutes).replace(".0", ""), day: dayName(study.question.for_day) };
  if (found.cheapest) {
    return [h("h2", {}, say("goal", goal)), h("p", { class: "staff-headline" }, say("needed", {
      most: Math.max(...found.cheapest.by_block), hours: one(found.cheapest.window_hours), now: one(found.present.window_hours), now_most: Math.max(...found.present.by_block),
    }))];
  }
  const limit = found.limit;
  return [h("h2", {}, say("goal", goal)), h("div", { class: "notice notice--warn" },
    h("p", {}, h("strong", {}, say("out_of_reach")), " ", say(`limit.${limit.what}`, { queues: listed(limit.queues.map(queueName)) })),
    limit.windows_needed ? h("p", {}, say("windows_needed", { n: limit.windows_needed })) : null)];
}

function figures(found, best) {
  const share = (value) => `${one(100 * value)}%`;
  const row = (title, key, shown, plain = shown) => h("tr", {}, h("th", { scope: "row" }, title), number(ranged(found.present.point[key], shown, plain)), number(ranged(best.point[key], shown, plain)));
  return table([["", ""], [say("now"), "number"], [say(found.cheapest ? "needed_short" : "all_open"), "number"]], [
    row(say("within"), "within", share), row(say("p90"), "p90", minutes, one), row(say("mean"), "mean", minutes, one),
    h("tr", {}, h("th", { scope: "row" }, say("window_hours")), number(one(found.present.window_hours)), number(one(best.window_hours))),
  ], narrow, say("measures"));
}

/** Share within the target over the number of windows open all day, with its range, the goal and where we are. */
function curve(found) {
  const [left, right, top, bottom] = [46, 590, 12, 190];
  const counts = found.curve.map((point) => point.windows);
  const [low, high] = [Math.min(...counts), Math.max(...counts)];
  const x = (windows) => left + ((windows - low) / Math.max(high - low, 1)) * (right - left);
  const y = (share) => bottom - Math.max(0, Math.min(1, share)) * (bottom - top);
  const path = (key) => found.curve.map((point) => `${x(point.windows).toFixed(1)},${y(point.within[key]).toFixed(1)}`);
  const band = [...path("low"), ...path("high").reverse()].join(" ");
  const reached = found.curve.find((point) => point.within.value >= found.share);
  return h("svg:svg", { class: "plan-curve", viewBox: "0 0 600 230", role: "img", "aria-label": say("curve_label") },
    [0, 0.25, 0.5, 0.75, 1].map((share) => [
      h("svg:line", { class: "plan-curve__grid", x1: left, x2: right, y1: y(share), y2: y(share) }),
      h("svg:text", { x: left - 6, y: y(share) + 4, "text-anchor": "end" }, percent(share)),
    ]),
    h("svg:polygon", { class: "plan-curve__band", points: band }),
    h("svg:polyline", { class: "plan-curve__line", points: path("value").join(" ") }),
    found.curve.map((point) => h("svg:circle", { class: "plan-curve__dot", cx: x(point.windows), cy: y(point.within.value), r: 3.5 },
      h("svg:title", {}, `${point.windows}: ${percent(point.within.value)}, P90 ${minutes(point.p90.value)}`))),
    h("svg:line", { class: "plan-curve__goal", x1: left, x2: right, y1: y(found.share), y2: y(found.share) }),
    reached ? h("svg:line", { class: "plan-curve__goal", x1: x(reached.windows), x2: x(reached.windows), y1: y(found.share), y2: bottom }) : null,
    found.curve.filter((point, place) => place % Math.ceil(counts.length / 12) === 0 || point === reached).map((point) => h("svg:text", {
      class: point === reached ? "plan-curve__reached" : null, x: x(point.windows), y: bottom + 16, "text-anchor": "middle",
    }, point.windows)),
    h("svg:text", { x: (left + right) / 2, y: bottom + 34, "text-anchor": "middle" }, say("windows_open")));
}

function hours(found, best) {
  const most = Math.max(...found.full.by_block, 1);
  const bar = (count, kind) => h("svg:svg", { class: "plan-bar-svg", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
    h("svg:rect", { class: kind, x: 0, y: 0, width: ((100 * count) / most).toFixed(1), height: 10 }));
  return table([[say("hour"), ""], [say("now"), ""], [say(found.cheapest ? "needed_short" : "all_open"), ""], [say("change"), "number"], [say("within"), "number"]],
    found.blocks.map((block, place) => {
      const [now, then] = [found.present.by_block[place], best.by_block[place]];
      const change = then - now;
      return h("tr", {}, h("th", { scope: "row", class: "nowrap" }, `${dayTime(block.from_minute)}–${dayTime(block.to_minute)}`),
        h("td", { class: "nowrap" }, bar(now, "plan-bar-svg__now"), ` ${now}`), h("td", { class: "nowrap" }, bar(then, "plan-bar-svg__then"), ` ${then}`),
        number(change ? `${change > 0 ? "+" : "−"}${Math.abs(change)}` : "0"),
        number(`${percent(found.present.within_by_block[place])} → ${percent(best.within_by_block[place])}`));
    }), narrow, say("hours_title"));
}

/** Return counts by block with the times from which each holds: 2 from 08:30 · 3 from 10:30. */
function byHour(counts, blocks) {
  const changes = counts.map((count, place) => (count === counts[place - 1] ? "" : say("n_from", { n: count, time: dayTime(blocks[place].from_minute) })));
  return changes.filter(Boolean).join(" · ") || "—";
}

function queues(found, best) {
  const share = (value) => `${one(100 * value)}%`;
  return table([[say("queue"), ""], [say("tickets"), "number"], [`${say("within")} · ${say("now")}`, "number"], [`${say("within")} · ${say(found.cheapest ? "needed_short" : "all_open")}`, "number"], [say("alone"), "number"], [say("alone_hours"), ""]],
    found.queues.map((own, place) => h("tr", {}, h("th", { scope: "row" }, queueHead(own.prefix)), number(Math.round(own.tickets)),
      number(ranged(found.present.queues[place].within, share)), number(ranged(best.queues[place].within, share)),
      number(own.windows ?? say("never")),
      h("td", { class: "small" }, byHour(own.by_block, found.blocks)))), stacked);
}

function layout(found) {
  const heads = [say("window"), ...found.blocks.map((block) => dayTime(block.from_minute))].map((text) => [text, ""]);
  return table(heads, found.cheapest.windows.map((window) => h("tr", {}, h("th", { scope: "row", class: "figure" }, window.label),
    joined(window.cells).map(({ value, blocks }) => h("td", { class: "nowrap", colspan: blocks > 1 ? blocks : null }, marks(value))))),
  { class: "table staff-proposed" }, say("layout_title"));
}

function draftButton(study, found) {
  if (!data.may_change) return null;
  return h("p", { class: "row row--end" }, h("button", {
    class: "button button--primary", type: "button",
    onclick: () => intoDraft(study.question.for_day, found.base_version, found.cheapest.entries),
  }, say("into_draft")));
}

byId("ask")?.addEventListener("submit", (event) => {
  event.preventDefault();
  page.ask({ for_day: byId("for-day").value, target_minutes: Number(byId("target").value), share: Number(byId("share").value) / 100 });
});
page.latest();
