// What the parts of the set-up share: the state, saving, rows that know whether they were changed.

import { NoAnswer, Problem, send } from "../api.js";
import { chinese, data, h, listed, say } from "../page.js";

export const home = `/api/v1/halls/${encodeURIComponent(data.hall)}`;
export const may = data.may_change;
export const state = { setup: data.setup, policy: data.policy, rules: data.rules };
const byId = (id) => document.getElementById(id);
const dayFormat = new Intl.DateTimeFormat(chinese ? "zh-CN" : "en-GB", { year: "numeric", month: "short", day: "numeric", weekday: "short", timeZone: "UTC" });
const weekdayFormat = new Intl.DateTimeFormat(chinese ? "zh-CN" : "en-GB", { weekday: "long", timeZone: "UTC" });

/** Return a local date with its weekday. */
export function dayText(iso) {
  return dayFormat.format(new Date(`${iso}T00:00:00Z`));
}

/** Return the name of a weekday, 0 for Monday. */
export function weekdayName(weekday) {
  return weekdayFormat.format(new Date(Date.UTC(2026, 10, 16 + weekday))); // 16 November 2026 is a Monday
}

let redraw = () => {};
/** Say how the page is drawn anew after a change; it is told the part that was saved. */
export function drawnBy(draw) { redraw = draw; }

export function tell(text, kind = "") {
  byId("message").textContent = text;
  byId("message").className = `staff-message setup-told ${kind}`;
}

function showProblem(error) {
  byId("problem").hidden = error === null;
  if (error === null) return;
  const told = error instanceof Problem ? [error.document.title, error.document.help ?? "", ...bounds(error.document)] : [say("unsure")];
  byId("problem").replaceChildren(h("p", {}, h("strong", {}, told[0]), " ", told.slice(1).filter(Boolean).join(" ")));
  byId("problem").scrollIntoView({ block: "nearest" });
}

// A refusal is about what was sent; beside what is being changed by now, or refused by the browser, it misleads.
for (const kind of ["input", "invalid"]) document.addEventListener(kind, () => showProblem(null), { capture: true });

function bounds(document_) {
  const facts = [];
  if (document_.least !== undefined) facts.push(say("bounds", { least: document_.least, most: document_.most }));
  if (document_.weekday !== undefined) facts.push(weekdayName(document_.weekday));
  if (document_.queues?.length) facts.push(say("still_served", { queues: listed(document_.queues) }));
  if (document_.lists) facts.push(say("still_lists", { n: document_.lists }));
  const clerk = state.setup.clerks.find((own) => own.id === document_.clerk);
  if (clerk) facts.push(say("whose", { name: spokenName(clerk) }));
  if (document_.fields?.length) facts.push(document_.fields.join("; "));
  return facts;
}

let busy = false;
/**
 * Send a change and draw what the server answers; `path` is below the hall's address.
 * `from` is the row or form whose fields were sent: what was typed elsewhere stays.
 * Booked people who would find the doors closed are named first, and accepted by a press only.
 */
export async function save(method, path, body, { keep = "setup", done = "saved", from = null } = {}) {
  if (busy) return null;
  busy = true;
  showProblem(null);
  tell(say("saving"), "staff-message--working");
  try {
    const answer = await send(method, home + path, body, (n) => tell(say("again", { n }), "staff-message--working"));
    if (keep) state[keep] = answer;
    tell(say(done), "staff-message--done");
    redraw(from);
    return answer;
  } catch (error) {
    tell("");
    if (error instanceof Problem && error.code === "appointments-affected") askAnyway(method, path, body, { told: error.document, from });
    else if (error instanceof Problem || error instanceof NoAnswer) showProblem(error);
    else throw error;
    return null;
  } finally {
    busy = false;
  }
}

function askAnyway(method, path, body, { told, from }) {
  const dialog = byId("affected");
  byId("affected-text").textContent = say("affected", { n: told.count, day: dayText(told.first_on) });
  byId("affected-yes").onclick = () => {
    dialog.close();
    if (method === "DELETE") save(method, `${path}?accept_affected=true`, undefined, { from });
    else save(method, path, { ...body, accept_affected: true }, { from });
  };
  byId("affected-no").onclick = () => dialog.close();
  dialog.showModal();
}

/** Return a clerk's name, with the sign-in name where two clerks are called the same. */
export function spokenName({ name, username }) {
  return state.setup.clerks.filter((other) => other.name === name).length > 1 ? `${name} (${username})` : name;
}

/** Make a text, number or time field with its name for those who do not see the table. */
export function input(kind, label, value, more = {}) {
  return h("input", { class: "input setup-input", type: kind, "aria-label": label, value, disabled: !may, ...more });
}

/** Make the cell of a control; on a telephone its column's head stands above it. */
export function under(key, control) {
  return h("td", { "data-label": say(key) }, control);
}

/** Make the cells of a row's ticks, one per queue; on a telephone the queue's letter stands before each. */
export function tickCells(ticks, queues) {
  return ticks.map((tick, place) => h("td", { class: "setup-cell", "data-label": queues[place].prefix }, tick));
}

/** Make a button of a row; it sleeps until something in the row was changed. */
export function saveButton(row, act) {
  if (!may) return null;
  const button = h("button", { class: "button", type: "button", disabled: true, onclick: act }, say("save"));
  row.addEventListener("input", () => { button.disabled = false; button.classList.add("button--primary"); row.dataset.unsaved = ""; });
  return button;
}
