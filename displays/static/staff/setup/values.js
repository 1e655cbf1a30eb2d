// The hall's published values, and the trail of changes.

import { clockTime, fill, h, listed, say } from "../page.js";
import { dayText, input, may, save, saveButton, state } from "./parts.js";

const UNITS = { minutes: 1, places: 1, days: 1, people: 1, metres: 1, centimetres: 1, switch: 1, choice: 1, share: 0.01 };

/** Draw the values by group; a share is shown in per cent. */
export function drawValues(place) {
  const groups = [...new Set(state.policy.fields.map((field) => field.group))];
  const form = h("form", { novalidate: true });
  const controls = new Map();
  form.append(...groups.map((group) => h("fieldset", { class: "setup-group" }, h("legend", {}, say(`group.${group}`)),
    h("div", { class: "setup-values" }, state.policy.fields.filter((field) => field.group === group).map((field) => valueField(field, controls))))));
  const button = saveButton(form, () => {
    const values = {};
    for (const [field, control] of controls) {
      if (!control.reportValidity()) return;
      const value = toValue(field, control.value);
      if (value !== field.value) values[field.name] = value;
    }
    save("PUT", "/policy", { values, base: state.policy.base }, { keep: "policy", done: "values_saved", from: form }).then((saved) => { if (saved) refreshTrail(); });
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.append(h("div", { class: "row row--end" }, button));
  fill(place, form);
}

const toValue = (field, text) => Math.round(Number(text) * UNITS[field.unit] * 1e6) / 1e6;
const toText = (field, value) => String(Math.round((value / UNITS[field.unit]) * 100) / 100);

function valueField(field, controls) {
  const id = `value-${field.name}`;
  if (field.unit === "switch" || field.unit === "choice") return choiceField(field, id, controls);
  const control = input("number", null, toText(field, field.value), {
    id, class: "input setup-number", min: toText(field, field.least), max: toText(field, field.most), step: field.whole || field.unit === "share" ? 1 : "any", required: true, "aria-describedby": `${id}-hint`,
  });
  controls.set(field, control);
  return h("div", { class: "field setup-value" }, h("label", { for: id }, field.title),
    h("span", { class: "hint", id: `${id}-hint` }, field.meaning, " ", say("default_and_bounds", { default: toText(field, field.default), least: toText(field, field.least), most: toText(field, field.most) })),
    h("span", { class: "setup-measure" }, control, ` ${say(`unit.${field.unit}`)}`));
}

/** What a value of a switch or choice is called. */
function wordOf(field, value) {
  return field.unit === "choice" ? field.choices[Number(value)] : say(Number(value) ? "yes" : "no");
}

function choiceField(field, id, controls) {
  const word = (value) => wordOf(field, value);
  const values = field.unit === "choice" ? field.choices.map((_, place) => String(place)) : ["1", "0"];
  const control = h("select", { class: field.unit === "choice" ? "select" : "select setup-number", id, disabled: !may, "aria-describedby": `${id}-hint` },
    values.map((value) => h("option", { value, selected: Number(value) === field.value }, word(value))));
  controls.set(field, control);
  return h("div", { class: "field setup-value" }, h("label", { for: id }, field.title),
    h("span", { class: "hint", id: `${id}-hint` }, field.meaning, " ", say("default_switch", { default: word(field.default) })),
    h("span", { class: "setup-measure" }, control));
}

let refreshTrail = () => {};
/** Say how the trail is read anew. */
export function trailReadBy(read) { refreshTrail = read; }

function subjectOf(change) {
  return change.what === "setup.day" || change.what === "setup.day_cleared" ? dayText(change.subject) : change.subject;
}

function detailOf(change) {
  const { before, after } = change.detail;
  if (before === undefined && after === undefined) return "";
  if (typeof after === "string") return before ? `${before} → ${after}` : after;
  const names = Object.keys(after ?? {}).filter((name) => JSON.stringify(before?.[name]) !== JSON.stringify(after[name]));
  const named = new Map(state.policy.fields.filter((field) => ["switch", "choice"].includes(field.unit)).map((field) => [field.name, field]));
  const word = (value, name) => (named.has(name) ? wordOf(named.get(name), value) : plain(value));
  return names.map((name) => `${say(`what.${name}`)}: ${before ? `${word(before[name], name)} → ` : ""}${word(after[name], name)}`).join("; ");
}

function plain(value) {
  if (Array.isArray(value)) return listed(value.map(plain)) || "—";
  if (value === true || value === false) return say(value ? "yes" : "no");
  const queue = state.setup.queues.find((one) => one.id === value);
  return queue ? queue.prefix : String(value ?? "—") || "—";
}

/** Draw who changed what. */
export function drawTrail(place) {
  const rows = state.setup.changes.map((change) => h("tr", {},
    h("th", { scope: "row", class: "nowrap" }, dayText(change.at.slice(0, 10)), " ", h("span", { class: "figure" }, clockTime(change.at))),
    h("td", {}, change.who), h("td", {}, say(change.what), " ", h("strong", {}, subjectOf(change))), h("td", { class: "small" }, detailOf(change))));
  fill(place, h("div", { class: "table-scroll", role: "region", tabindex: 0, "aria-label": say("trail_list") }, h("table", { class: "table" },
    h("thead", {}, h("tr", {}, ["when", "who", "what_changed", "from_to"].map((key) => h("th", { scope: "col" }, say(key))))),
    h("tbody", {}, rows.length ? rows : h("tr", {}, h("td", { colspan: 4, class: "soft" }, say("no_changes")))))));
  if (!may) place.setAttribute("data-read-only", "");
}
