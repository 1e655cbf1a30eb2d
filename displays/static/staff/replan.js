// A plan for the rest of today: asked for, shown with who gains and who loses, accepted at a time, taken back.

import { NoAnswer, Problem, read, send } from "./api.js";
import { clockTime, data, dayTime, fill, h, hallNow, named, queueBadge, say } from "./page.js";

const POLL_MS = 500;
const SAYS_STILL_AFTER_MS = 10_000; // usually it takes some two seconds
const byId = (id) => document.getElementById(id);
const home = `/api/v1/halls/${encodeURIComponent(data.hall)}`;
const one = (number) => number.toFixed(1);
const signed = (number) => (number > 0 ? `+${one(number)}` : one(number).replace("-", "−"));
const queueOf = (prefix) => data.day.queues.map((queue, place) => ({ ...queue, place })).find((queue) => queue.prefix === prefix);

let proposal = null;
let busy = false;
let from = ""; // the chosen time outlives a drawing, so that one that is refused can be changed

/** Say below the keys what became of a press; a refusal is brought into sight, wherever the key stood. */
function tell(text, kind = "") {
  byId("replan-message").textContent = text;
  byId("replan-message").className = `staff-message ${kind}`;
}

async function attempt(working, act) {
  if (busy) return;
  busy = true;
  tell(say(working), "staff-message--working");
  draw();
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Problem || error instanceof NoAnswer)) throw error;
    tell(error instanceof Problem ? `${error.document.title} ${error.document.help ?? ""}` : say("unsure"), "staff-message--no");
  } finally {
    busy = false;
    draw();
    if (byId("replan-message").classList.contains("staff-message--no")) byId("replan-message").scrollIntoView({ block: "nearest" });
  }
}

const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

function ask() {
  return attempt("replanning", async () => {
    proposal = await send("POST", `${home}/replans`, {});
    from = "";
    await followed();
    tell("");
    draw();
    byId("replan-title").focus();
  });
}

/** Wait until the proposal is computed; while the server does not answer it still is. */
async function followed() {
  const since = performance.now();
  let told = false;
  while (proposal.status === "computing") {
    await pause(POLL_MS);
    if (!told && performance.now() - since > SAYS_STILL_AFTER_MS) {
      told = true; // once: it is read out
      tell(say("replan.still"), "staff-message--working");
    }
    try {
      proposal = await read(`/api/v1/proposals/${proposal.id}`);
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
    }
  }
}

function decide(verb, working, body) {
  return attempt(working, async () => {
    proposal = await send("POST", `/api/v1/proposals/${proposal.id}/${verb}`, body);
    tell(say(`replan.done.${verb}`), "staff-message--done");
  });
}

// --- drawing ---------------------------------------------------------------------------------------------

function draw() {
  const able = data.may_work && !busy;
  byId("replan-ask").setAttribute("aria-disabled", String(!able));
  fill(byId("replan-found"), proposal && proposal.status !== "computing" ? found(proposal) : null);
}

function found(own) {
  const { effect, status } = own;
  if (status === "failed" || !effect) return h("p", { class: "notice" }, say(effect?.reason === "nothing_left" ? "replan.nothing_left" : "replan.failed"));
  if (status === "no_gain") {
    const why = h("p", { class: "notice" }, say(`replan.reason.${effect.reason}`), " ", h("span", { class: "small soft" }, say("replan.asked", { time: clockTime(own.created_at) })));
    return effect.reason === "queue_worse" ? [why, people(effect)] : why; // which queue would pay, and for whom
  }
  return [headline(effect), people(effect), changes(effect), decisions(own)];
}

function headline(effect) {
  const gap = effect.difference;
  return [h("p", { class: "staff-headline" }, say("replan.headline", { now: one(effect.now.mean), planned: one(effect.planned.mean), until: dayTime(effect.until_minute) })),
    h("p", { class: "small soft" }, say("replan.interval", { mean: signed(gap.mean), low: signed(gap.low), high: signed(gap.high), people: effect.tickets, better: effect.days_better, futures: effect.futures }))];
}

function people(effect) {
  const line = (verdict) => {
    const own = effect.queues.filter((queue) => queue.verdict === verdict);
    return own.length ? h("p", { class: "today-replan__queues" }, h("strong", {}, say(`replan.${verdict}`)), own.map((queue) => h("span", { class: "staff-named" },
      queueBadge(queueOf(queue.prefix)), h("span", { class: "nowrap" }, say("replan.from_to", { now: one(queue.now_mean), planned: one(queue.planned_mean) }))))) : null;
  };
  return [line("gains"), line("loses") ?? h("p", { class: "small" }, say("replan.nobody_loses"))];
}

function words(cell) {
  const listed = [...cell.primary, ...cell.helping.map((prefix) => `(${prefix})`)];
  return listed.length ? listed.join(" ") : say("status.closed");
}

/** One line for each window and stretch of the day in which its list would change. */
function changes(effect) {
  const lines = [];
  for (const own of effect.windows.filter((window) => window.changed)) {
    own.planned.forEach((planned, block) => {
      const { from_minute: from, to_minute: to } = effect.blocks[block];
      const text = `${words(own.now[block])} → ${words(planned)}`;
      const last = lines.at(-1);
      if (words(own.now[block]) === words(planned)) return;
      if (last?.label === own.label && last.text === text && last.to === from) last.to = to;
      else lines.push({ label: own.label, from, to, text });
    });
  }
  return [h("h3", {}, say("replan.changes")), h("ul", { class: "plain-list today-replan__changes" }, lines.map((line) => h("li", {},
    h("strong", { class: "figure" }, say("to_desk", { label: line.label })), h("span", { class: "nowrap" }, `${dayTime(line.from)}–${dayTime(line.to)}`), h("span", {}, line.text)))),
  h("p", { class: "small soft" }, say("replan.helping"))];
}

function decisions(own) {
  const button = (name, kind, act) => h("button", { class: `button ${kind}`, type: "button", "data-focus": `replan-${name}`, "aria-disabled": busy ? "true" : null, onclick: act }, say(`replan.${name}`));
  if (!data.may_work) return null;
  if (own.status === "shown") {
    return h("div", { class: "row staff-decisions" },
      h("label", { class: "today-replan__from" }, say("replan.from"), h("input", { class: "input", type: "time", id: "replan-from", value: from, oninput: (event) => { from = event.target.value; }, "aria-describedby": "replan-from-help" })),
      h("span", { class: "small soft", id: "replan-from-help" }, say("replan.from_help")),
      button("accept", "button--primary", () => decide("accept", "replan.accepting", { from_minute: chosenMinute() })),
      button("decline", "", openDecline));
  }
  if (own.status === "accepted") {
    return h("div", { class: "row staff-decisions" }, h("p", { class: "notice notice--good" }, say("replan.holds", { time: clockTime(own.decided_at) })),
      button("rollback", "button--danger", () => decide("rollback", "replan.rolling")));
  }
  return null;
}

function chosenMinute() {
  const [hour, minute] = from.split(":").map(Number);
  return from ? hour * 60 + minute : null;
}

function openDecline() {
  byId("replan-reason").value = "";
  byId("replan-reason-error").hidden = true;
  byId("replan-decline").showModal();
  byId("replan-reason").focus();
}

const WORTH_SHOWING = ["computing", "shown", "accepted", "no_gain"];

/** Show the latest plan of today that somebody asked for, computed or not, so that a reload loses nothing. */
async function load() {
  const day = new Date(hallNow() + 8 * 3_600_000).toISOString().slice(0, 10);
  const known = (await read(`${home}/proposals`)).proposals.find((own) => own.kind === "intraday");
  if (busy || !known || known.for_day !== day || !WORTH_SHOWING.includes(known.status)) return;
  proposal = known;
  if (known.status === "computing") await attempt("replanning", async () => { await followed(); tell(""); });
  else draw();
}

if (data.may_work) {
  byId("replan-ask").addEventListener("click", ask);
  byId("replan-back").addEventListener("click", () => byId("replan-decline").close());
  byId("replan-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const reason = byId("replan-reason").value.trim();
    byId("replan-reason-error").hidden = Boolean(reason);
    if (!reason) { byId("replan-reason").focus(); return; }
    byId("replan-decline").close();
    decide("decline", "replan.declining", { reason });
  });
  load().catch(() => {}); // asking anew is always possible
}
