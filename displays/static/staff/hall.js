// The manager's live hall: figures, queues, windows.

import { NoAnswer, Problem, inOrder, read, send } from "./api.js";
import { followHelp, newsOfHelp } from "./help.js";
import { follow } from "./live.js";
import { gapSpan, heardDay, latest, refreshToday, shortInAll, worstGap } from "./today.js";
import { newsOfScreens } from "./screens.js";
import { stacked } from "./figures.js";
import { clockTime, data, fill, h, hallNow, heardClock, listed, minutesSince, named, queueBadge, say, waitText } from "./page.js";

const figures = document.getElementById("figures");
const queues = document.getElementById("queues");
const windows = document.getElementById("windows");

function figure(label, value, unit = "", note = "", kind = "") {
  return h("div", { class: `card ${kind}` }, h("dt", {}, label), h("dd", {}, h("span", { class: "figure" }, value), " ", unit,
    note ? h("span", { class: "today-figure__note" }, note) : null));
}

function drawFigures(day) {
  const longest = Math.max(...day.queues.map((queue) => queue.longest_wait_minutes ?? -1), -1);
  const open = day.windows.filter((own) => own.window.status === "open").length;
  const serving = day.windows.filter((own) => own.window.ticket?.status === "serving").length;
  fill(figures,
    figure(say("waiting"), day.queues.reduce((sum, queue) => sum + queue.waiting, 0), say("people")),
    figure(say("longest"), longest < 0 ? "—" : say("minutes", { n: Math.floor(longest) })),
    figure(say("windows_open"), open, `/ ${day.windows.length}`),
    figure(say("serving"), serving, say("people")),
    todayFigures(),
    day.by_phone > 0 ? figure(say("by_phone"), day.by_phone, say("people")) : null);
}

function todayFigures() {
  const today = latest();
  if (!today?.quarters.length) return null;
  const [hall] = today.series;
  const gap = worstGap();
  return [
    figure(say("arrived_today"), hall.came_total, say("people"), hall.known ? say("rest_range", { low: `${say("rest")} ${hall.rest.low}`, high: hall.rest.high }) : ""),
    gap
      ? gapFigure(gap)
      : figure(say("gap"), 0, say("windows_unit"), say("no_gap")),
  ];
}

/** Tell the largest gap with all queues that are short then: one queue alone would make it look small. */
function gapFigure(gap) {
  const { windows, prefixes } = shortInAll(gap);
  const where = prefixes.length > 1 ? say("gaps_at", { time: gapSpan(gap), prefixes: listed(prefixes) }) : say("gap_at", { time: gapSpan(gap), prefix: gap.prefix });
  return figure(say("gap"), windows, say(windows === 1 ? "window_unit" : "windows_unit"), where, "today-figure--short");
}

function drawQueues(day) {
  const openSigns = day.windows.filter((own) => own.window.status === "open").map((own) => own.window);
  const heads = [["queue", ""], ["waiting", "number"], ["longest", "number"], ["expected", ""], ["served_by", ""]];
  fill(queues, h("table", stacked,
    h("thead", {}, h("tr", {}, heads.map(([key, kind]) => h("th", { scope: "col", class: kind || null }, say(key))))),
    h("tbody", {}, day.queues.map((queue, place) => {
      const by = openSigns.filter((own) => own.serves.includes(queue.prefix)).map((own) => own.label);
      const unserved = queue.waiting > 0 && by.length === 0;
      return h("tr", { class: unserved ? "staff-alarm" : null },
        h("th", { scope: "row" }, h("span", { class: "staff-named" }, queueBadge({ ...queue, place }), h("span", {}, named(queue)))),
        h("td", { class: "number figure", "data-label": say("waiting") }, queue.waiting),
        h("td", { class: "number", "data-label": say("longest") }, queue.longest_wait_minutes === null ? "—" : say("minutes", { n: Math.floor(queue.longest_wait_minutes) })),
        h("td", { "data-label": say("expected") }, waitText(queue.wait, queue.waiting)),
        h("td", { "data-label": say("served_by") }, by.length ? listed(by) : h("span", { class: unserved ? "tag tag--bad" : "soft" }, say("no_window"))));
    }))));
}

let toldOfLeft = "[]";

/** Say which windows are open though whoever opened them has signed out, or has been signed out. */
function drawLeftOpen(day) {
  const left = day.windows.filter((own) => own.left_open).map(({ window: own, clerk_name: name }) => ({ id: own.id, label: own.label, name: name ?? "—" }));
  const now = JSON.stringify(left);
  if (now === toldOfLeft) return; // drawn again, it would be read out again
  toldOfLeft = now;
  const place = document.getElementById("left-open");
  place.hidden = left.length === 0;
  fill(place, left.map((own) => h("p", {}, h("strong", {}, say("left_open", own)), " ",
    data.may_work ? h("a", { class: "staff-inline-link", href: `/staff/windows/${own.id}`, "data-focus": `left-${own.id}` }, say("left_open.desk", own)) : null)));
}

function drawWindows(day) {
  const places = new Map(day.queues.map((queue, place) => [queue.prefix, { ...queue, place }]));
  fill(windows, day.windows.map(({ window: own, clerk_name: clerk }) => {
    const ticket = own.ticket;
    const head = [h("span", { class: "staff-sign__label figure" }, own.label),
      h("span", { class: `tag ${{ open: "tag--good", paused: "tag--warn" }[own.status] ?? ""}` }, say(`status.${own.status}`))];
    const inside = [
      h("span", { class: "staff-sign__head" }, head),
      h("span", { class: "staff-sign__ticket figure" }, ticket ? ticket.label : "—"),
      h("span", { class: "small" }, ticket
        ? `${say(`ticket.${ticket.status}`)} ${say("since_for", { n: minutesSince(ticket.changed_at) })}`
        : own.paused_at ? `${say(`pause.${own.pause_kind}`)} ${say("since_for", { n: minutesSince(own.paused_at) })}`
        : own.since && own.status !== "closed" ? `${say("free")} ${say("since_for", { n: minutesSince(own.since) })}` : " "),
      // Whoever is served to the end hides since when and why the window pauses.
      ticket && own.paused_at ? h("span", { class: "small" }, say("pause.then", { kind: say(`pause.${own.pause_kind}`), time: clockTime(own.paused_at) })) : null,
      h("span", { class: "small soft" }, clerk ?? " "),
      h("span", { class: "staff-sign__serves" }, own.serves.length
        ? own.serves.map((prefix) => queueBadge(places.get(prefix)))
        : h("span", { class: "small soft" }, say("serves_none"))),
    ];
    const kind = `staff-sign staff-sign--${own.status}`;
    return h("li", {}, data.may_work
      ? h("a", { class: `card card-link ${kind}`, href: `/staff/windows/${own.id}`, "data-focus": own.id }, inside)
      : h("div", { class: `card ${kind}` }, inside));
  }));
}

function draw(day) {
  heardClock(day.made_at);
  drawFigures(day);
  drawQueues(day);
  drawWindows(day);
  drawLeftOpen(day);
  heardDay(day);
}

const linkState = document.getElementById("link-state");
const readings = inOrder();
async function refresh() {
  const mine = readings.ask();
  const [day] = await Promise.all([read(`/api/v1/halls/${encodeURIComponent(data.hall)}/day`), refreshToday()]);
  if (readings.take(mine)) draw(day);
}

draw(data.day);
refresh().catch(() => {}); // the next reading comes soon
follow(data.hall, refresh, (state) => {
  linkState.textContent = say(state, { time: clockTime(new Date(hallNow()).toISOString()) });
  linkState.dataset.state = state;
}, newsOfScreens, newsOfHelp);

// --- help ------------------------------------------------------------------------------------------------

const helpProblem = document.getElementById("help-problem");

async function onCall(call, what) {
  helpProblem.hidden = true;
  try {
    await send("POST", `/api/v1/help-calls/${call.id}/${what}`);
  } catch (error) {
    if (!(error instanceof Problem || error instanceof NoAnswer)) throw error;
    const told = error instanceof Problem ? error.document : { title: say("unsure") };
    helpProblem.textContent = [told.title, told.by].filter(Boolean).join(" ");
    helpProblem.hidden = false;
  }
  newsOfHelp();
}

followHelp(data.may_work ? { take: (call) => onCall(call, "take"), end: (call) => onCall(call, "end") } : {});
