// How the clerk's desk looks; nothing here changes anything.

import { bookedAs } from "./desk_booking.js";
import { clockTime, data, fill, h, hallNow, listed, minutesSince, named, queueBadge, say, span } from "./page.js";

const SHOWN_AT_FIRST = 10;
const queues = new Map(data.queues.map((queue) => [queue.id, queue]));
let showAll = false;
let last = {};

/** Draw the desk; parts that look the same are left alone, so a reader's place is kept. */
export function drawDesk(desk, options) {
  drawWindow(desk, options);
  part("current", [desk.window.ticket, desk.window.status, desk.waiting.length, options.alone], () => currentTicket(desk, options));
  const minute = desk.made_at.slice(0, 16);
  part("waiting", [desk.waiting, minute, options.maycall, showAll], () => waitingList(desk, options));
  part("missed", [desk.missed], () => asideList(desk.missed, "no_missed", (ticket) => [
    button("reinstate", ticket, options.actions.reinstate),
  ]));
  part("parked", [desk.parked, options.maycall], () => asideList(desk.parked, "no_parked", (ticket) => [
    button("resume", ticket, options.actions.resume),
    options.maycall ? button("call", ticket, options.actions.call) : null,
  ]));
  for (const list of ["waiting", "missed", "parked"]) {
    document.getElementById(`${list}-count`).textContent = desk[list].length || "";
  }
}

function part(id, seen, make) {
  const key = JSON.stringify(seen);
  if (last[id] === key) return;
  last = { ...last, [id]: key };
  fill(document.getElementById(id), make());
}

function drawWindow(desk, { foreign }) {
  const sign = document.getElementById("window-status");
  const kind = { open: "tag--good", paused: "tag--warn" }[desk.window.status] ?? "";
  sign.className = `tag ${kind}`;
  const pause = desk.window.paused_at
    ? ` · ${say("pause.since", { kind: say(`pause.${desk.window.pause_kind}`), time: clockTime(desk.window.paused_at) })}` : "";
  sign.textContent = say(`status.${desk.window.status}`) + pause + (foreign ? ` · ${say("not.yours")}` : "");
  const serves = desk.window.serves.length ? `${say("serves")} ${desk.window.serves.join(" ")}` : say("serves_nothing");
  document.getElementById("window-serves").textContent = ` · ${serves}`;
}

function currentTicket(desk, { alone }) {
  const ticket = desk.window.ticket;
  if (!ticket) return nobody(desk, alone);
  if (ticket.paper) return paperNumber(ticket);
  const since = ticket.status === "called" ? ticket.called_at : ticket.changed_at;
  const timer = h("span", { class: "figure", "data-since": since }, span(since));
  timer.addEventListener("tick", () => { timer.textContent = span(since); });
  return [
    h("p", { class: `staff-number staff-number--${ticket.status}` }, ticket.label),
    h("p", { class: "staff-number__state" },
      h("strong", {}, say(`ticket.${ticket.status}`)), " ", timer,
      ticket.calls > 1 && ticket.status === "called" ? h("span", { class: "tag" }, say("times", { n: ticket.calls })) : null),
    missesIn(ticket),
    h("p", {}, listed(ticket.services.map(named)), " ", marks(ticket)),
    visitLine(ticket),
    bookedAs(ticket),
    done(ticket),
    h("p", { class: "soft" }, queueName(ticket), " · ",
      say("before_call", { n: Math.round((Date.parse(ticket.called_at) - Date.parse(ticket.arrived_at)) / 60_000) })),
  ];
}

/** Somebody who came with a number on paper, while nothing is called. */
function paperNumber(ticket) {
  const timer = h("span", { class: "figure", "data-since": ticket.changed_at }, span(ticket.changed_at));
  timer.addEventListener("tick", () => { timer.textContent = span(ticket.changed_at); });
  return [
    h("p", { class: "staff-number staff-number--serving" }, ticket.label),
    h("p", { class: "staff-number__state" }, h("strong", {}, say("ticket.serving")), " ", timer),
    h("p", { class: "soft" }, say("away.on_paper")),
  ];
}

/** Say what else the visit holds, so that nobody is sent home between two services. */
function visitLine(ticket) {
  const parts = [["visit_before", ticket.done_before], ["visit_after", ticket.still_to_come]]
    .filter(([, services]) => services.length)
    .map(([words, services]) => say(words, { names: listed(services.map(named)) }));
  return parts.length ? h("p", { class: "staff-visit__all" }, parts.join(" ")) : null;
}

/** Count down until the program marks whoever was called to the last as not come. */
function missesIn(ticket) {
  if (!ticket.misses_at) return null;
  const text = () => {
    const left = Math.ceil((Date.parse(ticket.misses_at) - hallNow()) / 1000);
    return left > 0 ? say("misses_in", { n: left }) : say("misses_now");
  };
  const place = h("p", { class: "notice notice--warn staff-misses", "data-since": ticket.misses_at }, text());
  place.addEventListener("tick", () => { place.textContent = text(); });
  return place;
}

/** Say which services are recorded, where they are not just what was asked. */
function done(ticket) {
  const codes = ticket.delivered.map((own) => own.code);
  if (!codes.length || (codes.length === 1 && codes[0] === ticket.services[0].code)) return null;
  return h("p", { class: "staff-number__done" }, say("services.done", { names: listed(ticket.delivered.map(named)) }));
}

function nobody(desk, alone) {
  const state = desk.window.status;
  const hint = { closed: "hint.open", paused: "hint.resume", open: desk.waiting.length ? "hint.next" : "hint.none" }[state];
  return [
    h("p", { class: "staff-number staff-number--none", "aria-hidden": "true" }, "—"),
    h("p", { class: "staff-number__state" }, h("strong", {}, say(state === "open" ? "nobody" : `nobody.${state}`))),
    h("p", { class: "soft" }, say(alone && state === "open" ? "hint.alone" : hint)),
  ];
}

function waitingList(desk, options) {
  if (!desk.waiting.length) return h("p", { class: "soft" }, say("no_waiting"));
  const shown = showAll ? desk.waiting : desk.waiting.slice(0, SHOWN_AT_FIRST);
  const head = ["number", "service", "waited", "action"];
  const list = h("table", { class: "table staff-list" },
    h("thead", {}, h("tr", {}, head.map((key) => h("th", { scope: "col", class: { waited: "number staff-list__wide", action: "staff-list__action" }[key] ?? null }, h("span", {}, say(key)))))),
    h("tbody", {}, shown.map((ticket) => h("tr", {},
      h("th", { scope: "row", class: "staff-list__number" }, ticket.label),
      // On a telephone the wait stands below the service: four columns would be wider than the screen.
      h("td", {}, listed(ticket.services.map(named)), " ", marks(ticket), h("span", { class: "staff-list__narrow soft" }, say("before_call", { n: minutesSince(ticket.arrived_at) }))),
      h("td", { class: "number staff-list__wide" }, say("minutes", { n: minutesSince(ticket.arrived_at) })),
      h("td", {}, options.maycall ? button("call", ticket, options.actions.call) : "")))));
  if (desk.waiting.length <= SHOWN_AT_FIRST) return list;
  return [list, h("button", {
    class: "button button--quiet", type: "button", "data-focus": "more", "aria-expanded": String(showAll),
    onclick: () => { showAll = !showAll; drawDesk(desk, options); },
  }, showAll ? say("fewer") : say("more", { n: desk.waiting.length }))];
}

function asideList(tickets, none, actions) {
  if (!tickets.length) return h("p", { class: "soft" }, say(none));
  return h("ul", { class: "plain-list staff-aside" }, tickets.map((ticket) => h("li", {},
    h("span", { class: "staff-list__number" }, ticket.label),
    h("span", { class: "staff-aside__facts" }, listed(ticket.services.map(named)), " ",
      h("span", { class: "soft nowrap" }, say("since_time", { time: clockTime(ticket.changed_at) })),
      ticket.park_reason || ticket.park_words ? h("span", { class: "staff-aside__why" }, parkedWhy(ticket)) : null),
    h("span", { class: "row" }, actions(ticket)))));
}

function parkedWhy({ park_reason: reason, park_words: words }) {
  const kind = reason && reason !== "other" ? say(`park.${reason}`) : "";
  return kind && words ? `${kind} – ${words}` : kind || words;
}

function button(name, ticket, act) {
  return h("button", {
    class: "button", type: "button", "data-focus": `${name}-${ticket.id}`,
    "aria-label": say(`${name}_this`, { label: ticket.label }), onclick: () => act(ticket),
  }, say(name));
}

function marks(ticket) {
  const due = ticket.due_at ? say("appointment_at", { time: clockTime(ticket.due_at) }) : "";
  return h("span", { class: "staff-marks" },
    due ? h("span", { class: "tag" }, due) : null,
    ticket.remote ? h("span", { class: "tag tag--warn" }, say("remote")) : null,
    ticket.for_window ? h("span", { class: "tag tag--accent" }, say("for_window", { label: ticket.for_window })) : null,
    ticket.priority ? h("span", { class: "tag tag--accent" }, ticket.priority_class ? named(ticket.priority_class) : say("priority")) : null,
    ticket.came_back ? h("span", { class: "tag tag--accent" }, say("came_back")) : null,
    ticket.done_before.length + ticket.still_to_come.length ? h("span", { class: "tag" }, say("visit_part", { n: ticket.done_before.length + 1, all: ticket.done_before.length + 1 + ticket.still_to_come.length })) : null);
}

function queueName(ticket) {
  const queue = queues.get(ticket.queue_id);
  return h("span", {}, queueBadge(queue), " ", named(queue));
}
