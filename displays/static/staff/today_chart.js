// The day's chart: forecast band, arrivals so far and what the windows can serve, drawn as plain SVG.

import { dayTime, h, say } from "./page.js";

const QUARTER = 15;
const HEIGHT = 320;
const MARGIN = { left: 40, right: 12, top: 16, bottom: 30 };

const ticksUpTo = (top) => {
  const step = [1, 2, 5, 10, 20, 50, 100, 200].find((one) => top / one <= 6) ?? 500;
  return Array.from({ length: Math.floor(top / step) + 1 }, (_, n) => n * step);
};

/** Return the chart of one series as an SVG of `width` pixels; `label` says in words what it shows. */
export function chart(today, series, width, label) {
  const { quarters, minute } = today;
  const [opens, closes] = [quarters[0], quarters.at(-1) + QUARTER];
  const inner = { width: width - MARGIN.left - MARGIN.right, height: HEIGHT - MARGIN.top - MARGIN.bottom };
  const highest = Math.max(4, ...series.high, ...series.came.filter((n) => n !== null), ...capped(series));
  const top = highest * 1.06;
  const x = (at) => MARGIN.left + ((at - opens) / (closes - opens)) * inner.width;
  const y = (people) => MARGIN.top + inner.height * (1 - Math.min(people, top) / top);
  const middle = (index) => x(quarters[index] + QUARTER / 2);
  const points = (row) => row.map((people, index) => `${middle(index).toFixed(1)},${y(people).toFixed(1)}`);
  const passed = series.came.map((people, index) => (people !== null && quarters[index] + QUARTER <= minute ? index : -1)).filter((index) => index >= 0);
  return h("svg:svg", { class: "today-chart", viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: "img", "aria-label": label },
    ticksUpTo(top).map((people) => [
      h("svg:line", { class: "today-chart__grid", x1: MARGIN.left, x2: width - MARGIN.right, y1: y(people), y2: y(people) }),
      h("svg:text", { class: "today-chart__tick", x: MARGIN.left - 8, y: y(people) + 4, "text-anchor": "end" }, people)]),
    hours(opens, closes, inner.width).map((at) => [
      h("svg:line", { class: "today-chart__grid today-chart__grid--time", x1: x(at), x2: x(at), y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom }),
      h("svg:text", { class: "today-chart__tick", x: x(at), y: HEIGHT - 10, "text-anchor": "middle" }, dayTime(at))]),
    short(today, series).map(([from, to]) => h("svg:rect", { class: "today-chart__short", x: x(from), y: MARGIN.top, width: x(to) - x(from), height: inner.height })),
    series.known ? [
      h("svg:polygon", { class: "today-chart__band", points: [...points(series.high), ...points(series.low).reverse()].join(" ") }),
      h("svg:polyline", { class: "today-chart__mean", points: points(series.mean).join(" ") })] : null,
    h("svg:path", { class: "today-chart__capacity", d: steps(quarters, series.capacity, x, y) }),
    h("svg:polyline", { class: "today-chart__came", points: passed.map((index) => `${middle(index).toFixed(1)},${y(series.came[index]).toFixed(1)}`).join(" ") }),
    passed.map((index) => h("svg:circle", { class: "today-chart__point", cx: middle(index).toFixed(1), cy: y(series.came[index]).toFixed(1), r: 2.6 })),
    now(minute, opens, closes, x, width));
}

/** Return the capacity that still fits into the picture; a window too many must not flatten the people. */
function capped(series) {
  const people = Math.max(...series.high, ...series.came.map((n) => n ?? 0), 1);
  return series.capacity.map((value) => Math.min(value, people * 1.6));
}

function hours(opens, closes, width) {
  const every = width < 480 ? 120 : 60;
  const first = Math.ceil(opens / every) * every;
  return Array.from({ length: Math.floor((closes - first) / every) + 1 }, (_, n) => first + n * every);
}

function short(today, series) {
  return today.gaps.filter((gap) => !series.prefix || gap.prefix === series.prefix)
    .map((gap) => [Math.max(gap.from_minute, today.quarters[0]), gap.to_minute]);
}

function steps(quarters, capacity, x, y) {
  return capacity.map((people, index) => {
    const [from, to, level] = [x(quarters[index]).toFixed(1), x(quarters[index] + QUARTER).toFixed(1), y(people).toFixed(1)];
    return `${index ? "L" : "M"}${from} ${level}H${to}`;
  }).join("");
}

function now(minute, opens, closes, x, width) {
  if (minute < opens || minute > closes) return null;
  const right = x(minute) < width - 60;
  return [h("svg:line", { class: "today-chart__now", x1: x(minute), x2: x(minute), y1: MARGIN.top - 6, y2: HEIGHT - MARGIN.bottom }),
    h("svg:text", { class: "today-chart__tick", x: x(minute) + (right ? 5 : -5), y: MARGIN.top + 4, "text-anchor": right ? "start" : "end" }, say("now"))];
}

/** Return the same figures as a table, an hour a line. */
export function chartTable(today, series) {
  const rows = [];
  for (let first = 0; first < today.quarters.length;) {
    const hour = Math.floor(today.quarters[first] / 60);
    let last = first;
    while (last < today.quarters.length && Math.floor(today.quarters[last] / 60) === hour) last += 1;
    rows.push([first, last]);
    first = last;
  }
  const sum = (row, from, to) => row.slice(from, to).reduce((total, value) => total + value, 0);
  const heads = ["time", "came", "expected_people", "range", "capacity"];
  return h("div", { class: "table-scroll", role: "region", tabindex: "0", "aria-label": say("table") }, h("table", { class: "table" },
    h("thead", {}, h("tr", {}, heads.map((key, place) => h("th", { scope: "col", class: place ? "number" : null }, say(key))))),
    h("tbody", {}, rows.map(([from, to]) => {
      const came = series.came.slice(from, to).filter((people) => people !== null);
      return h("tr", {}, h("th", { scope: "row", class: "nowrap" }, `${dayTime(today.quarters[from])}–${dayTime(today.quarters[to - 1] + QUARTER)}`),
        h("td", { class: "number" }, came.length ? sum(came, 0) : "—"),
        h("td", { class: "number" }, series.known ? Math.round(sum(series.mean, from, to)) : "—"),
        h("td", { class: "number nowrap" }, series.known ? `${sum(series.low, from, to)}–${sum(series.high, from, to)}` : "—"),
        h("td", { class: "number" }, Math.round(sum(series.capacity, from, to))));
    }))));
}
