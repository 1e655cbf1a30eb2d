// Shifts, breaks and integrated windows: proposals for the window plan keep to them.

import { dayTime, fill, h, say } from "../page.js";
import { input, save, saveButton, spokenName, state, under } from "./parts.js";

const HOURS = ["shift_from", "shift_to", "break_minutes", "break_from", "break_to"];
const toMinute = (text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
const toTime = (minute) => (minute === undefined || minute === null ? "" : dayTime(minute));

/** Draw each clerk's hours, and how many windows may be integrated; `changed` reads the trail anew. */
export function drawShifts(place, changed) {
  const known = new Map(state.rules.clerks.map((own) => [own.staff_id, own]));
  const rows = state.setup.clerks.filter((clerk) => !clerk.disabled).map((clerk) => clerkRow(clerk, known.get(clerk.id)));
  const form = h("form", { novalidate: true });
  const atOnce = input("number", null, state.rules.integrated, { id: "integrated", min: 0, max: 99, class: "input setup-number" });
  const pace = input("number", null, Math.round((state.rules.integrated_pace - 1) * 100), { id: "integrated-pace", min: 0, max: 100, class: "input setup-number" });
  const button = saveButton(form, () => {
    const wrong = form.querySelector("input:invalid") ?? rows.map((row) => row.wrong()).find(Boolean);
    if (wrong) { wrong.setCustomValidity(wrong.validity.valid ? say("hours_incomplete") : ""); wrong.reportValidity(); return; }
    const body = { integrated: Number(atOnce.value), integrated_pace: 1 + Number(pace.value) / 100, clerks: rows.map((row) => row.hours()).filter(Boolean), base: state.rules.base };
    save("PUT", "/working-rules", body, { keep: "rules", from: form }).then((saved) => { if (saved) changed(); });
  });
  form.addEventListener("input", (event) => event.target.setCustomValidity?.(""));
  form.addEventListener("submit", (event) => event.preventDefault());
  const heads = ["clerk", ...HOURS].map((key) => h("th", { scope: "col" }, say(key)));
  form.append(h("div", { class: "table-scroll", role: "region", tabindex: 0, "aria-label": say("shifts_list") }, h("table", { class: "table setup-matrix" },
    h("thead", {}, h("tr", {}, heads)), h("tbody", {}, rows.map((row) => row.element)))),
  h("div", { class: "setup-form setup-more" }, measure("integrated", atOnce, say("integrated_unit")), measure("integrated-pace", pace, "%")),
  h("div", { class: "row row--end" }, button));
  fill(place, form);
}

function measure(id, control, unit) {
  return h("div", { class: "field setup-field" }, h("label", { for: id }, say(id)), h("span", { class: "setup-measure" }, control, ` ${unit}`));
}

function clerkRow(clerk, own) {
  const time = (key, value) => input("time", `${spokenName(clerk)}: ${say(key)}`, toTime(value), { step: 300, "data-kept": `${clerk.id} ${key}` });
  const from = time("shift_from", own?.shift?.from_minute);
  const to = time("shift_to", own?.shift?.to_minute);
  const minutes = input("number", `${spokenName(clerk)}: ${say("break_minutes")}`, own?.rest?.minutes ?? "", { min: 5, max: 240, step: 5, class: "input setup-number", "data-kept": `${clerk.id} minutes` });
  const early = time("break_from", own?.rest?.from_minute);
  const late = time("break_to", own?.rest?.to_minute);
  const shift = () => (from.value && to.value ? { from_minute: toMinute(from.value), to_minute: toMinute(to.value) } : null);
  const rest = () => (minutes.value && early.value && late.value ? { minutes: Number(minutes.value), from_minute: toMinute(early.value), to_minute: toMinute(late.value) } : null);
  return {
    element: h("tr", {}, h("th", { scope: "row" }, clerk.name, h("span", { class: "small soft setup-user" }, clerk.username)), [from, to, minutes, early, late].map((control, place) => under(HOURS[place], control))),
    hours: () => (shift() || rest() ? { staff_id: clerk.id, shift: shift(), rest: rest() } : null),
    wrong: () => half([from, to]) ?? half([minutes, early, late]),
  };
}

/** Return the first empty field where only some of them are filled in. */
function half(controls) {
  const empty = controls.filter((control) => !control.value);
  return empty.length && empty.length < controls.length ? empty[0] : null;
}
