// Work on the window plan: draft, review of the differences, publish. Nothing holds before it is published.

import { NoAnswer, Problem, read, send } from "./api.js";
import { data, dayTime, h, named, queueBadge, say } from "./page.js";
import { PlanGrid, servesMarks, servesWords } from "./plan_grid.js";
import { cellsOf, changesBetween, differences, emptied, entriesOf, openEnded, switched, uncovered } from "./plan_model.js";

const { queues, windows, blocks } = data;
const DRAFT_KEPT = `jinban_plan_draft_${data.hall}`;
const path = `/api/v1/halls/${encodeURIComponent(data.hall)}/plan`;

let version = data.plan.version;
let before = data.before;
let held = cellsOf(data.plan.entries, windows, blocks);
let draft = structuredClone(held);
const past = []; // drafts that undo goes back to
let publishing = false;

const byId = (id) => document.getElementById(id);
const message = byId("message");
const problem = byId("problem");
const dialog = byId("review-dialog");

const grid = new PlanGrid(byId("grid-scroll"), {
  windows, queues, blocks, editable: data.may_change,
  onSelect: (places) => { if (places.length > 1) tell(say("selected", { n: places.length })); },
});

function tell(text, kind = "") {
  message.textContent = text;
  message.className = `staff-message ${kind}`;
}

function showProblem(error) {
  problem.hidden = error === null;
  if (error === null) return;
  const lines = error instanceof Problem ? [error.document.title, error.document.help ?? ""] : [say("unsure"), ""];
  problem.replaceChildren(h("p", {}, h("strong", {}, lines[0]), " ", lines[1]));
}

// --- the draft -------------------------------------------------------------------------------------------

function draw() {
  const count = changesBetween(held, draft).length;
  grid.show(draft, held);
  byId("version").textContent = say("version", { n: version });
  drawWarnings(byId("warnings"));
  if (!data.may_change) return;
  byId("change-count").textContent = count;
  byId("review").disabled = count === 0;
  byId("discard").disabled = count === 0;
  byId("undo").disabled = past.length === 0;
  byId("rollback").hidden = before === null;
  if (count) sessionStorage.setItem(DRAFT_KEPT, JSON.stringify({ version, draft }));
  else sessionStorage.removeItem(DRAFT_KEPT);
}

function drawWarnings(place) {
  const ended = openEnded(draft, windows).map(({ label, from }) => h(
    "p", { class: "notice" }, say("warn.open_ended", { window: label, time: dayTime(blocks[from].from) }),
  ));
  place.replaceChildren(...ended, ...uncovered(draft, queues, blocks).map(({ queue, blocks: open }) => h(
    "p", { class: "notice notice--warn" },
    say("warn.uncovered", { queue: `${queue.prefix} ${named(queue)}`, times: times(open) }),
  )));
}

function times(found) {
  const runs = [];
  for (const block of found) {
    if (runs.length && runs.at(-1)[1] === block - 1) runs.at(-1)[1] = block;
    else runs.push([block, block]);
  }
  return runs.map(([from, to]) => `${dayTime(blocks[from].from)}–${dayTime(blocks[to].to)}`).join("、");
}

function change(next, text, kind = "") {
  past.push(draft);
  draft = next;
  tell(text, kind);
  draw();
}

function switchQueue(queue) {
  const result = switched(draft, grid.places(), queue.id, windows);
  const left = [
    result.unequipped.length ? say("skipped.equipment", { windows: result.unequipped.join("、") }) : "",
    result.full.length ? say("skipped.limit", { windows: result.full.join("、") }) : "",
  ].filter(Boolean).join(" ");
  if (!result.done) { tell(left, "staff-message--no"); return; }
  const text = say(`set.${result.role}`, { queue: `${queue.prefix} ${named(queue)}`, n: result.done });
  change(result.draft, `${text} ${left}`, left ? "staff-message--no" : "");
}

function undo() {
  if (!past.length) return;
  draft = past.pop();
  tell(say("undone"));
  draw();
}

function drawPalette() {
  byId("palette").replaceChildren(...queues.map((queue, place) => h(
    data.may_change ? "button" : "span",
    data.may_change
      ? { class: "button", type: "button", "aria-keyshortcuts": place < 9 ? place + 1 : null, onclick: () => switchQueue(queue) }
      : { class: "tag" },
    data.may_change && place < 9 ? h("kbd", { "aria-hidden": "true" }, place + 1) : null, queueBadge(queue), named(queue),
  )));
}

// --- review and publish ------------------------------------------------------------------------------------

function review() {
  drawWarnings(byId("review-warnings"));
  const rows = differences(held, draft, windows);
  const heads = ["window", "when", "was", "becomes"];
  const cell = (own) => h("td", {}, Object.keys(own).length ? h("span", { "aria-hidden": "true" }, servesMarks(own, queues)) : null, " ", h("span", { class: "small" }, servesWords(own, queues)));
  byId("differences").replaceChildren(h("table", { class: "table" },
    h("thead", {}, h("tr", {}, heads.map((key) => h("th", { scope: "col" }, say(key))))),
    h("tbody", {}, rows.map((row) => h("tr", {},
      h("th", { scope: "row", class: "figure" }, row.label),
      h("td", { class: "nowrap" }, `${dayTime(blocks[row.from].from)}–${dayTime(blocks[row.to].to)}`),
      cell(row.before), cell(row.after))))));
  dialog.showModal();
  byId("publish").focus();
}

async function publish() {
  if (publishing) return;
  publishing = true;
  byId("publish").disabled = true;
  showProblem(null);
  tell(say("publishing"), "staff-message--working");
  const replaced = { version, entries: entriesOf(held, windows, blocks) };
  try {
    const answer = await send("PUT", path, { base_version: version, entries: entriesOf(draft, windows, blocks) },
      (n) => tell(say("again", { n }), "staff-message--working"));
    dialog.close();
    hold(answer);
    before = replaced;
    past.length = 0;
    tell(say("published", { n: answer.version }), "staff-message--done");
    draw();
  } catch (error) {
    if (!(error instanceof Problem || error instanceof NoAnswer)) throw error;
    dialog.close();
    tell("");
    if (error.code === "plan-changed-meanwhile") await putOnTop();
    else showProblem(error);
  } finally {
    publishing = false;
    byId("publish").disabled = false;
  }
}

function hold(plan) {
  version = plan.version;
  held = cellsOf(plan.entries, windows, blocks);
  draft = structuredClone(held);
}

/** Load the plan that holds now and make the draft's changes on it. */
async function putOnTop() {
  const mine = changesBetween(held, draft).map(([id, block]) => [id, block, draft[id][block]]);
  hold(await read(path));
  for (const [id, block, cell] of mine) draft[id][block] = cell;
  past.length = 0;
  tell(say("rebased"), "staff-message--no");
  draw();
}

// --- start -------------------------------------------------------------------------------------------------

function restoreDraft() {
  const kept = JSON.parse(sessionStorage.getItem(DRAFT_KEPT) ?? "null");
  if (!kept || kept.version !== version || !windows.every(({ id }) => kept.draft[id]?.length === blocks.length)) return;
  draft = kept.draft;
  tell(say("draft_kept"));
}

if (data.may_change) {
  restoreDraft();
  byId("undo").addEventListener("click", undo);
  byId("discard").addEventListener("click", () => change(structuredClone(held), say("discarded")));
  byId("rollback").addEventListener("click", () => change(cellsOf(before.entries, windows, blocks), say("rollback_draft")));
  byId("review").addEventListener("click", review);
  byId("publish").addEventListener("click", publish);
  byId("review-back").addEventListener("click", () => dialog.close());
  document.addEventListener("keydown", (event) => {
    if (dialog.open || document.querySelector("dialog[open]")) return;
    const whole = event.ctrlKey || event.metaKey;
    if (whole && event.key.toLowerCase() === "z") { event.preventDefault(); undo(); return; }
    if (whole || event.altKey || !event.target.closest(".staff-cell")) return;
    const digit = /^[1-9]$/.test(event.key) ? Number(event.key) : 0;
    if (digit && queues[digit - 1]) { event.preventDefault(); switchQueue(queues[digit - 1]); }
    if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      change(emptied(draft, grid.places()), say("emptied", { n: grid.places().length }));
    }
  });
  window.addEventListener("beforeunload", (event) => { if (publishing) event.preventDefault(); });
}
drawPalette();
draw();
