// The manager's today: the chart, gaps in windows with what would help, alerts and who takes care of them.

import { NoAnswer, Problem, read, send } from "./api.js";
import { chart, chartTable } from "./today_chart.js";
import { chinese, clockTime, data, dayTime, fill, h, listed, named, queueBadge, say, waitText } from "./page.js";

const EVERY_MS = 8000;
const byId = (id) => document.getElementById(id);
const home = `/api/v1/halls/${encodeURIComponent(data.hall)}/today`;

let today = null;
let shown = ""; // the prefix of the series in the chart; "" is the hall
let readAt = -Infinity;
let reading = false;

let later = 0;

/** Read today again, once the last reading is old enough; `force` reads at once. */
export async function refreshToday(force = false) {
  const rest = readAt + EVERY_MS - performance.now();
  if (!force && rest > 0) { // news that came too soon is read by itself, not with the next news
    later ||= setTimeout(() => { later = 0; refreshToday().catch(() => {}); }, rest);
    return;
  }
  if (reading) return;
  reading = true;
  try {
    today = await read(home);
    readAt = performance.now();
    draw();
  } finally {
    reading = false;
  }
}

/** Return today as it was read last, or null. */
export const latest = () => today;

function draw() {
  drawAlerts();
  drawChoice();
  drawChart();
  drawGaps();
}

const queueOf = (prefix) => data.day.queues.map((queue, place) => ({ ...queue, place })).find((queue) => queue.prefix === prefix);
const seriesName = (series) => (series.prefix ? `${series.prefix} ${named(series)}` : say("whole_hall"));
const chosen = () => today.series.find((series) => series.prefix === shown) ?? today.series[0];

function drawChoice() {
  const choices = today.series.filter((series) => !series.prefix || series.known || series.came_total > 0);
  fill(byId("chart-choice"), choices.map((series) => h("button", {
    class: "button button--small", type: "button", "aria-pressed": String(series.prefix === chosen().prefix), "data-focus": `series-${series.prefix}`,
    onclick: () => { shown = series.prefix; drawChoice(); drawChart(); },
  }, series.prefix ? queueBadge(queueOf(series.prefix)) : null, h("span", { class: series.prefix ? "today-choice__name" : null }, series.prefix ? named(series) : say("whole_hall")))));
}

function drawChart() {
  const place = byId("chart");
  if (!today.quarters.length) { fill(place, h("p", { class: "soft" }, say("closed_today"))); fill(byId("chart-table")); return; }
  const series = chosen();
  const width = Math.max(300, Math.floor(place.clientWidth || 640));
  fill(place, chart(today, series, width, inWords(series)));
  fill(byId("chart-words"), inWords(series));
  fill(byId("chart-table"), chartTable(today, series));
}

function inWords(series) {
  const values = { name: seriesName(series), came: series.came_total, mean: Math.round(series.rest.mean), low: series.rest.low, high: series.rest.high };
  if (!series.known) return say("words_unknown", values);
  const percent = Math.round(100 * (series.ratio - 1));
  const trend = Math.abs(percent) < 3 ? say("words_usual") : say(percent > 0 ? "words_more" : "words_fewer", { n: Math.abs(percent) });
  return `${say("words", values)} ${trend}`;
}

// --- gaps ------------------------------------------------------------------------------------------------

const span = (from, to) => `${dayTime(from)}–${dayTime(to)}`;

/** Return the gap to tell first: the largest of the next two hours, else the first. */
export function worstGap() {
  const soon = today?.gaps.filter((gap) => gap.from_minute < today.minute + 120) ?? [];
  return soon.sort((one, other) => other.windows - one.windows)[0] ?? today?.gaps[0] ?? null;
}

const ROUND_UP_FROM = 0.25; // as a queue's own windows are rounded, queueing/rules/gaps.py

/** Return what the hall lacks while a gap lasts: windows in all, and the prefixes of the queues that are short then. */
export function shortInAll(gap) {
  const lasting = (own) => Math.max(0, Math.min(own.to_minute, gap.to_minute) - Math.max(own.from_minute, gap.from_minute)) / (gap.to_minute - gap.from_minute);
  const short = today.gaps.filter((own) => lasting(own) > 0);
  const lacking = short.reduce((sum, own) => sum + own.lacking * lasting(own), 0);
  return { windows: Math.max(gap.windows, Math.ceil(lacking - ROUND_UP_FROM)), prefixes: [...new Set(short.map((own) => own.prefix))].sort() };
}

/** Return from when until when a gap lasts that is still to come. */
export const gapSpan = (gap) => span(Math.max(gap.from_minute, Math.floor(today.minute / 15) * 15), gap.to_minute);

function gapsTogether() {
  const gap = worstGap();
  const { windows, prefixes } = shortInAll(gap);
  return prefixes.length > 1 ? h("p", { class: "small" }, say("short_together", { time: gapSpan(gap), queues: listed(prefixes), windows: `${windows} ${say(windows === 1 ? "window_unit" : "windows_unit")}` })) : null;
}

function drawGaps() {
  fill(byId("gaps"), today.gaps.length === 0
    ? h("p", { class: "soft" }, say(!today.quarters.length ? "closed_today" : today.minute < today.quarters.at(-1) + 15 ? "no_gaps" : "day_over"))
    : [gapsTogether(), h("ul", { class: "plain-list today-gaps" }, today.gaps.map((gap) => h("li", { class: "today-gap" },
      h("span", { class: "today-gap__time figure" }, gapSpan(gap)),
      h("span", { class: "staff-named" }, queueBadge(queueOf(gap.prefix)), h("strong", {}, say(gap.windows === 1 ? "short_one" : "short", { n: gap.windows }))),
      h("span", { class: "small today-gap__hint" }, gap.hints.length ? [say("would_help"), chinese ? "" : " ", gap.hints.map(hintText).join(say("or"))] : say("nobody_free")))))]);
}

function hintText(hint) {
  return hint.kind === "open" ? say("hint_open", { window: hint.window }) : say("hint_help", { window: hint.window, lists: listed(hint.lists) });
}

// --- alerts ----------------------------------------------------------------------------------------------

function alertText(alert) {
  const values = { ...alert.facts, subject: alert.subject, time: clockTime(alert.raised_at) };
  for (const key of ["minutes", "target", "expected"]) if (key in values) values[key] = Math.round(values[key]);
  const queue = alert.kind === "window_missing" ? null : queueOf(alert.subject);
  values.name = queue ? `${queue.prefix} ${named(queue)}` : say("whole_hall");
  return say(`alert.${alert.kind}`, values);
}

let live = data.day;
/** Take the live day, so that what an alert was raised by stands beside how it is now. */
export function heardDay(day) {
  live = day;
  if (today) drawAlerts();
}

function nowText(alert) {
  if (alert.kind === "window_missing" && !alert.cleared_at) return windowNow(alert.subject);
  const queue = alert.kind === "long_wait" && !alert.cleared_at ? live.queues.find((own) => own.prefix === alert.subject) : null;
  if (!queue) return null;
  if (!queue.waiting) return say("alert_now_nobody");
  return say("alert_now", { minutes: Math.floor(queue.longest_wait_minutes ?? 0), waiting: queue.waiting, expected: waitText(queue.wait, queue.waiting) });
}

/** Say of a window that was missing that it is open by now; its alert stays until that has lasted. */
function windowNow(label) {
  const status = live.windows.find((own) => own.window.label === label)?.window.status;
  return { open: say("alert_now_open"), paused: say("alert_now_paused") }[status] ?? null;
}

function drawAlerts() {
  const standing = today.alerts.filter((alert) => !alert.cleared_at);
  const over = today.alerts.filter((alert) => alert.cleared_at);
  byId("alerts-title").textContent = standing.length ? say("alerts_n", { n: standing.length }) : say("alerts_none");
  byId("alerts").classList.toggle("today-alerts--standing", standing.some((alert) => !alert.acknowledged_at));
  fill(byId("alerts-standing"), standing.map(alertLine));
  byId("alerts-past").hidden = over.length === 0;
  byId("alerts-past-title").textContent = say("alerts_past", { n: over.length });
  fill(byId("alerts-over"), over.map(alertLine));
  announce(standing);
}

let told = new Set();
function announce(standing) {
  const fresh = standing.filter((alert) => !told.has(alert.id) && !alert.acknowledged_at);
  told = new Set(today.alerts.map((alert) => alert.id));
  if (fresh.length) byId("alerts-said").textContent = fresh.map(alertText).join(" ");
}

function alertLine(alert) {
  const taken = alert.acknowledged_at
    ? h("span", { class: "small" }, say("taken", { name: alert.acknowledged_by ?? "", time: clockTime(alert.acknowledged_at) }), alert.done ? `: ${alert.done}` : "") : null;
  const past = alert.cleared_at ? say("from_to", { from: clockTime(alert.raised_at), to: clockTime(alert.cleared_at) }) : say("since", { time: clockTime(alert.raised_at) });
  return h("li", { class: `today-alert ${alert.cleared_at || alert.acknowledged_at ? "" : "today-alert--new"}` },
    h("span", { class: "today-alert__text" }, alertText(alert), " ", h("span", { class: "small today-alert__now" }, nowText(alert))), h("span", { class: "small soft nowrap" }, past), taken,
    !alert.acknowledged_at && !alert.cleared_at && data.may_work ? h("button", { class: "button button--small", type: "button", "data-focus": `take-${alert.id}`, onclick: () => openTake(alert) }, say("take")) : null);
}

let taking = null;

function openTake(alert) {
  taking = alert;
  byId("take-what").textContent = alertText(alert);
  byId("take-done").value = "";
  byId("take-problem").hidden = true;
  byId("take-dialog").showModal();
  byId("take-done").focus();
}

async function take(event) {
  event.preventDefault();
  try {
    await send("POST", `/api/v1/alerts/${taking.id}/acknowledge`, { done: byId("take-done").value.trim() });
  } catch (error) {
    if (!(error instanceof Problem || error instanceof NoAnswer)) throw error;
    byId("take-problem").hidden = false;
    byId("take-problem").textContent = error instanceof Problem ? error.document.title : say("unsure");
    await refreshToday(true);
    return;
  }
  byId("take-dialog").close();
  await refreshToday(true);
  byId("alerts-title").focus();
}

if (byId("take-form")) {
  byId("take-form").addEventListener("submit", take);
  byId("take-back").addEventListener("click", () => byId("take-dialog").close());
}
let drawnAt = 0;
new ResizeObserver(([entry]) => {
  const width = Math.floor(entry.contentRect.width);
  if (today && width !== drawnAt) { drawnAt = width; drawChart(); }
}).observe(byId("chart"));
