// Work on the window plan: draft, trial, review of the differences, publish. Nothing holds before it is published.

import { read } from "./api.js";
import { data, dayTime, h, heardClock, listed, named, queueBadge, queueColour, say } from "./page.js";
import { dragsQueues } from "./plan_drag.js";
import { PlanGrid } from "./plan_grid.js";
import { cellsOf, changesBetween, conflicts, emptied, entriesOf, openEnded, pasted, switched } from "./plan_model.js";
import { Publishing, words } from "./plan_publish.js";
import { figures, Trial } from "./plan_trial.js";

const { queues, windows, blocks } = data;
const DRAFT_KEPT = `jinban_plan_draft_${data.hall}_${data.day}`;
const path = `/api/v1/halls/${encodeURIComponent(data.hall)}/plan`;

let version = data.plan.version;
let before = data.before;
let held = cellsOf(data.plan.entries, windows, blocks);
let draft = structuredClone(held);
let clip = null;
const past = []; // drafts that undo goes back to
const undone = [];

const byId = (id) => document.getElementById(id);
const message = byId("message");
const problem = byId("problem");

const grid = new PlanGrid(byId("grid-scroll"), {
  windows, queues, blocks, editable: data.may_change,
  onSelect: (places) => { if (places.length > 1) tell(say("selected", { n: places.length })); },
});
const trial = new Trial(byId("trial"), byId("effect"), { draft: () => entriesOf(draft, windows, blocks), onProblem: showProblem });
const publishing = new Publishing({
  drafted: () => ({ held, draft, version, broken: warnings(rulesBroken().texts), effect: trial.answer && !trial.stale ? [figures(trial.answer)] : [] }),
  onPublished: published, onRebase: putOnTop, onProblem: showProblem, tell,
});

function tell(text, kind = "") {
  message.textContent = text;
  message.className = `staff-message ${kind}`;
}

function showProblem(error) {
  problem.hidden = error === null;
  if (error === null) return;
  problem.replaceChildren(words(error));
  problem.scrollIntoView({ block: "nearest" });
}

// --- the draft -------------------------------------------------------------------------------------------

function draw() {
  const count = changesBetween(held, draft).length;
  const broken = rulesBroken();
  grid.show(draft, held, broken.where);
  byId("version").textContent = say("version", { n: version });
  byId("warnings").replaceChildren(...warnings(broken.texts));
  if (!data.may_change) return;
  byId("change-count").textContent = count;
  for (const id of ["review", "discard", "try"]) byId(id).disabled = count === 0;
  byId("undo").disabled = past.length === 0;
  byId("redo").disabled = undone.length === 0;
  byId("paste").disabled = clip === null;
  byId("rollback").hidden = before === null;
  trial.draftChanged(count === 0);
  if (count) sessionStorage.setItem(DRAFT_KEPT, JSON.stringify({ version, draft }));
  else sessionStorage.removeItem(DRAFT_KEPT);
}

/** Return the broken rules in words, one line for a rule and subject, and where each is to be marked. */
function rulesBroken() {
  const lines = new Map();
  const where = new Map();
  const names = (ids) => listed(queues.filter(({ id }) => ids.includes(id)).map((queue) => `${queue.prefix} ${named(queue)}`));
  for (const own of conflicts(draft, { windows, queues, blocks, clerks: data.clerks })) {
    const facts = {
      window: own.window?.label, queues: own.queues ? names(own.queues) : "", n: own.n, open: own.open,
      queue: own.queue ? `${own.queue.prefix} ${named(own.queue)}` : "",
    };
    const key = JSON.stringify([own.rule, facts]);
    if (!lines.has(key)) lines.set(key, { rule: own.rule, facts, blocks: [] });
    lines.get(key).blocks.push(own.block);
    const place = own.window ? `${windows.indexOf(own.window)},${own.block}` : String(own.block);
    const text = say(`warn.${own.rule}`, { ...facts, times: times([own.block]) });
    where.set(place, where.has(place) ? `${where.get(place)}\n${text}` : text);
  }
  const texts = [...lines.values()].map((own) => say(`warn.${own.rule}`, { ...own.facts, times: times(own.blocks) }));
  return { where, texts };
}

function warnings(texts) {
  const ended = openEnded(draft, windows).map(({ label, from }) => h(
    "p", { class: "notice" }, say("warn.open_ended", { window: label, time: dayTime(blocks[from].from) }),
  ));
  return [...texts.map((text) => h("p", { class: "notice notice--warn" }, text)), ...ended];
}

function times(found) {
  const runs = [];
  for (const block of found) {
    if (runs.length && runs.at(-1)[1] === block - 1) runs.at(-1)[1] = block;
    else runs.push([block, block]);
  }
  return listed(runs.map(([from, to]) => `${dayTime(blocks[from].from)}–${dayTime(blocks[to].to)}`));
}

function change(next, text, kind = "") {
  past.push(draft);
  undone.length = 0;
  draft = next;
  tell(text, kind);
  draw();
}

function switchQueue(queue, places = grid.places()) {
  const result = switched(draft, places, queue.id, windows);
  changeWhatFits(result, say(`set.${result.role}`, { queue: `${queue.prefix} ${named(queue)}`, n: result.done }));
}

/** Take a change over, and say which windows were left out of it and why. */
function changeWhatFits(result, text) {
  const left = [
    result.unequipped.length ? say("skipped.equipment", { windows: listed(result.unequipped) }) : "",
    result.full.length ? say("skipped.limit", { windows: listed(result.full) }) : "",
  ].filter(Boolean).join(" ");
  if (result.done) change(result.draft, `${text} ${left}`.trim(), left ? "staff-message--no" : "");
  else tell(left, "staff-message--no");
}

function step(from, to, text) {
  if (!from.length) return;
  to.push(draft);
  draft = from.pop();
  tell(say(text));
  draw();
}

const undo = () => step(past, undone, "undone");
const redo = () => step(undone, past, "redone");

function copy() {
  const [rows, columns] = grid.corners();
  clip = windows.slice(rows[0], rows[1] + 1).map(({ id }) => structuredClone(draft[id].slice(columns[0], columns[1] + 1)));
  tell(say("copied", { n: clip.length * clip[0].length }));
  draw();
}

function paste() {
  if (!clip) return;
  const [rows, columns] = grid.corners();
  const result = pasted(draft, clip, [rows[0], columns[0]], windows, blocks);
  changeWhatFits(result, say("pasted", { n: result.done }));
}

function empty() {
  change(emptied(draft, grid.places()), say("emptied", { n: grid.places().length }));
}

function drawPalette() {
  byId("palette").replaceChildren(...queues.map((queue, place) => h(
    data.may_change ? "button" : "span",
    data.may_change
      ? { class: "button", type: "button", "data-queue": queue.id, "data-place": queueColour(queue), "aria-keyshortcuts": place < 9 ? place + 1 : null, onclick: () => switchQueue(queue) }
      : { class: "tag" },
    data.may_change && place < 9 ? h("kbd", { "aria-hidden": "true" }, place + 1) : null, queueBadge(queue), named(queue),
  )));
}

// --- what holds -------------------------------------------------------------------------------------------

function published(answer) {
  const replaced = { version, entries: entriesOf(held, windows, blocks) };
  hold(answer);
  past.length = 0;
  undone.length = 0;
  if (!answer.waits) before = replaced;
  draw();
}

function hold(plan) {
  version = plan.version;
  held = cellsOf(plan.entries, windows, blocks);
  draft = structuredClone(held);
}

/** Load the plan that holds now and make the draft's changes on it. */
async function putOnTop() {
  const mine = changesBetween(held, draft).map(([id, block]) => [id, block, draft[id][block]]);
  hold(await read(`${path}?day=${data.day}`));
  for (const [id, block, cell] of mine) draft[id][block] = cell;
  past.length = 0;
  undone.length = 0;
  tell(say("rebased"), "staff-message--no");
  draw();
}

// --- start -------------------------------------------------------------------------------------------------

function restoreDraft() {
  const handedAs = `jinban_plan_handed_${data.hall}_${data.day}`;
  const handed = JSON.parse(sessionStorage.getItem(handedAs) ?? "null");
  sessionStorage.removeItem(handedAs);
  if (handed) {
    draft = cellsOf(handed.entries, windows, blocks);
    tell(say("handed"));
    return;
  }
  const kept = JSON.parse(sessionStorage.getItem(DRAFT_KEPT) ?? "null");
  if (!kept || kept.version !== version || !windows.every(({ id }) => kept.draft[id]?.length === blocks.length)) return;
  draft = kept.draft;
  tell(say("draft_kept"));
}

function toggleSeveral() {
  const on = byId("several").getAttribute("aria-pressed") !== "true";
  byId("several").setAttribute("aria-pressed", String(on));
  grid.selectSeveral(on);
  tell(on ? say("several_on") : "");
}

function onKey(event) {
  if (document.querySelector("dialog[open]")) return;
  const key = event.key.toLowerCase();
  const whole = event.ctrlKey || event.metaKey;
  const inCell = Boolean(event.target.closest(".staff-cell"));
  const commands = whole
    ? { z: event.shiftKey ? redo : undo, y: redo, ...(inCell ? { c: copy, v: paste } : {}) }
    : inCell && !event.altKey ? { delete: empty, backspace: empty, t: () => byId("try").click() } : {};
  const digit = inCell && !whole && !event.altKey && /^[1-9]$/.test(key) ? queues[Number(key) - 1] : null;
  const command = digit ? () => switchQueue(digit) : commands[key];
  if (!command) return;
  event.preventDefault();
  command();
}

function listen() {
  restoreDraft();
  const presses = {
    undo, redo, copy, paste, empty, several: toggleSeveral,
    discard: () => change(structuredClone(held), say("discarded")),
    rollback: () => change(cellsOf(before.entries, windows, blocks), say("rollback_draft")),
    try: () => { showProblem(null); trial.run(); },
  };
  for (const [id, press] of Object.entries(presses)) byId(id).addEventListener("click", press);
  publishing.listen();
  document.addEventListener("keydown", onKey);
  dragsQueues(byId("palette"), grid, (id, place) => {
    const chosen = grid.places().some(([window, block]) => window === windows[place[0]].id && block === place[1]);
    if (!chosen) grid.select(place, place);
    switchQueue(queues.find((queue) => queue.id === id));
  });
}

heardClock(data.now);
byId("day").addEventListener("change", (event) => event.target.form.submit());
if (data.may_change) listen();
drawPalette();
publishing.drawWaiting();
draw();
