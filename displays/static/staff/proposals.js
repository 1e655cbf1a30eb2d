// Proposals: ask, watch, compare with changing nothing, decide.

import { NoAnswer, Problem, inOrder, read, send } from "./api.js";
import { dayName } from "./figures.js";
import { hallTime, instantOf, offeredTime, spoken } from "./hall_time.js";
import { clockTime, data, fill, h, heardClock, listed, say } from "./page.js";
import { drawProposal, losers, promiseTag } from "./proposal_view.js";
import { dayNames } from "./weekdays.js";

const POLL_MS = 2000;
const home = `/api/v1/halls/${encodeURIComponent(data.hall)}/proposals`;
const byId = (id) => document.getElementById(id);

let proposals = [];
let chosen = location.hash.slice(1) || null;
let busy = false;

function tell(text, kind = "") {
  byId("message").textContent = text;
  byId("message").className = `staff-message ${kind}`;
  if (text) byId("message").scrollIntoView({ block: "nearest" }); // the keys of a long proposal are far below
}

/** Show a refusal; `help` says better than the refusal itself what helps here. */
function showProblem(error, help = null) {
  byId("problem").hidden = error === null;
  if (error === null) return;
  const lines = error instanceof Problem ? [error.document.title, help ?? error.document.help ?? ""] : [say("unsure"), ""];
  byId("problem").replaceChildren(h("p", {}, h("strong", {}, lines[0]), " ", lines[1]));
  byId("problem").scrollIntoView({ block: "nearest" });
}

const KINDS = { shown: "tag--accent", accepted: "tag--good", failed: "tag--bad", no_gain: "", declined: "", rolled_back: "tag--warn", overtaken: "tag--warn", rules_changed: "tag--warn" };

/** A plan for the rest of a day that nobody decided on that day; it can hold no more. */
const isOver = (own) => own.kind === "intraday" && own.status === "shown" && own.for_day < data.today;

/** Why a proposal that nobody decided can be accepted no more; null while it can. */
const outdated = (own) => (isOver(own) ? "over" : own.overtaken ? "overtaken" : own.rules_changed ? "rules_changed" : null);

function statusTag(own) {
  const status = outdated(own) ?? own.status;
  return h("span", { class: `tag ${KINDS[status] ?? ""}` }, say(`status.${status}`));
}

const askedAt = (own) => (hallTime(own.created_at).startsWith(data.today) ? clockTime : spoken)(own.created_at);

function drawList() {
  if (!proposals.length) { fill(byId("list"), h("li", { class: "soft" }, say("none"))); return; }
  fill(byId("list"), proposals.map((own) => h("li", {}, h("button", {
    class: "button button--block staff-proposal-choice", type: "button", "data-focus": own.id, "aria-pressed": String(own.id === chosen),
    onclick: () => { chosen = own.id; history.replaceState(null, "", `#${own.id}`); draw(); goToDetail(); },
  }, h("span", {}, say(own.kind === "intraday" ? "for_rest_of" : "for_day", { day: dayName(own.for_day) }), h("span", { class: "small soft" }, ` ${say("asked_at", { time: askedAt(own) })}`)), promiseTag(own) ?? statusTag(own)))));
}

/** Go on reading at the head of the proposal; focus alone would show the middle of a long one. */
function goToDetail() {
  byId("detail").focus({ preventScroll: true });
  const { top, bottom } = byId("detail-title").getBoundingClientRect();
  if (top < 0 || bottom > innerHeight / 2) byId("detail-title").scrollIntoView();
}

let seen = "";
function draw() {
  drawList();
  const own = proposals.find((one) => one.id === chosen) ?? proposals[0] ?? null;
  const key = JSON.stringify([own, busy]);
  if (key === seen) return;
  seen = key;
  if (!own) { fill(byId("detail"), h("h2", { id: "detail-title" }, say("choose"))); return; }
  const title = h("h2", { id: "detail-title" }, say(own.kind === "intraday" ? "for_rest_of" : "for_day", { day: dayName(own.for_day) }), " ", statusTag(own));
  const waits = own.status === "accepted" && own.effect?.applies_at ? h("p", { class: "notice notice--good" }, say("holds_from", { time: spoken(own.effect.applies_at) })) : null;
  const why = outdated(own);
  const late = why && why !== "over" ? h("p", { class: "notice notice--warn" }, say(`${why}.shown`)) : null;
  fill(byId("detail"), title, waits, late, drawProposal(own), planFile(own), decisions(own));
}

function decisions(own) {
  const button = (name, kind, act) => h("button", { class: `button ${kind}`, type: "button", "data-focus": name, "aria-disabled": busy ? "true" : null, onclick: act }, say(name));
  const able = data.may_change && !isOver(own) ? {
    computing: own.stopping ? [] : [button("stop", "", () => decide(own, "stop", "stopping"))],
    shown: [outdated(own) ? null : button("accept", "button--primary", () => openAccept(own)), button("decline", "", () => openDecline(own))],
    accepted: [button("rollback", "button--danger", () => decide(own, "rollback", "rolling"))],
  }[own.status] ?? [] : [];
  return able.length ? h("div", { class: "row staff-decisions" }, able) : null;
}

function planFile(own) {
  return own.effect?.windows.length ? h("p", {}, h("a", { class: "button button--quiet", href: `/api/v1/proposals/${own.id}/plan.csv` }, say("csv"))) : null;
}

async function decide(own, verb, working, body, done = `done.${verb}`) {
  if (busy) return;
  busy = true;
  showProblem(null);
  tell(say(working), "staff-message--working");
  draw();
  try {
    await send("POST", `/api/v1/proposals/${own.id}/${verb}`, body, (n) => tell(say("again", { n }), "staff-message--working"));
    tell(say(done), "staff-message--done");
  } catch (error) {
    if (!(error instanceof Problem || error instanceof NoAnswer)) throw error;
    tell("");
    if (error.code === "time-has-passed") askTimeAgain(error);
    else showProblem(error, error.code === "plan-changed-meanwhile" ? say(`overtaken.${verb}`) : null);
  } finally {
    busy = false;
    await refresh();
  }
}

// --- dialogs ---------------------------------------------------------------------------------------------

let deciding = null;
let awaited = null; // the proposal that was asked for here and is being computed

function openAccept(own) {
  deciding = own;
  const worse = losers(own.effect);
  const later = own.for_day > data.today; // for today there is no other day's morning to wait for
  byId("accept-when").hidden = own.kind === "intraday";
  byId("accept-later").checked = later;
  byId("accept-now").checked = !later;
  byId("accept-at").value = offeredTime(own.for_day, data.blocks[0].from);
  laterChosen();
  byId("accept-days").hidden = own.weekdays.length === 0;
  byId("accept-days").textContent = say(own.weekdays.length > 1 ? "accept_days" : "accept_one_day", { days: dayNames(own.weekdays), day: dayName(own.for_day) });
  byId("accept-losers").textContent = worse.length ? say("losers", { queues: listed(worse) }) : say("no_losers");
  byId("accept-dialog").showModal();
}

function laterChosen() {
  const later = byId("accept-later").checked;
  byId("accept-at").disabled = !later;
  wrongTime(null);
  byId("accept-effect").textContent = say(later ? "effect.later" : "effect.now");
}

/** Say in the dialog what is wrong with the chosen time, which stays to be changed; null: nothing. */
function wrongTime(text) {
  byId("accept-at-error").hidden = text === null;
  byId("accept-at-error").textContent = text ?? "";
  byId("accept-when").classList.toggle("field--wrong", text !== null);
  byId("accept-at").setAttribute("aria-invalid", String(text !== null));
  if (text !== null) byId("accept-at").focus();
}

/** Back in the dialog with the time as it was typed. */
function askTimeAgain({ document: { title, help } }) {
  byId("accept-dialog").showModal();
  wrongTime(`${title} ${help}`);
}

function accepted() {
  const later = deciding.kind !== "intraday" && byId("accept-later").checked;
  if (later && !byId("accept-at").reportValidity()) return;
  byId("accept-dialog").close();
  const when = later ? { applies_at: instantOf(byId("accept-at").value) } : undefined;
  decide(deciding, "accept", "accepting", when, later ? "done.accept_later" : undefined);
}

function openDecline(own) {
  deciding = own;
  byId("reason").value = "";
  wrongReason(false);
  byId("decline-dialog").showModal();
  byId("reason").focus();
}

function wrongReason(wrong) {
  byId("reason-error").hidden = !wrong;
  byId("reason-field").classList.toggle("field--wrong", wrong);
  byId("reason").setAttribute("aria-invalid", String(wrong));
}

if (data.may_change) {
  byId("accept-back").addEventListener("click", () => byId("accept-dialog").close());
  byId("accept-yes").addEventListener("click", accepted);
  for (const choice of ["accept-now", "accept-later"]) byId(choice).addEventListener("change", laterChosen);
  byId("decline-back").addEventListener("click", () => byId("decline-dialog").close());
  byId("decline-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const reason = byId("reason").value.trim();
    wrongReason(!reason);
    if (!reason) { byId("reason").focus(); return; }
    byId("decline-dialog").close();
    decide(deciding, "decline", "declining", { reason });
  });
  byId("ask").addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    showProblem(null);
    tell(say("asking"), "staff-message--working");
    try {
      const made = await send("POST", home, { for_day: byId("for-day").value, spare_every_queue: byId("spare").checked }, (n) => tell(say("again", { n }), "staff-message--working"));
      chosen = awaited = made.id;
      tell(say("asked"), "staff-message--working");
    } catch (error) {
      if (!(error instanceof Problem || error instanceof NoAnswer)) throw error;
      tell("");
      showProblem(error);
    } finally {
      busy = false;
      await refresh();
    }
  });
}

// --- reading ---------------------------------------------------------------------------------------------

const readings = inOrder();
async function refresh() {
  const mine = readings.ask();
  try {
    const found = (await read(home)).proposals;
    if (!readings.take(mine)) return;
    proposals = found;
  } catch (error) {
    if (!(error instanceof Problem || error instanceof NoAnswer)) throw error;
    if (error instanceof Problem) showProblem(error);
    return; // the next reading comes soon
  }
  if (awaited && proposals.find((own) => own.id === awaited)?.status !== "computing") {
    awaited = null;
    tell(say("computed"), "staff-message--done");
  }
  draw();
}

heardClock(data.now);
setInterval(() => { if (!busy && proposals.some((own) => own.status === "computing")) refresh(); }, POLL_MS);
refresh();
