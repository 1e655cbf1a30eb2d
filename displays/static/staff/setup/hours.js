// Opening hours of the week, and days out of the ordinary.

import { chinese, fill, h, named, say } from "../page.js";
import { dayText, input, may, save, saveButton, state, weekdayName } from "./parts.js";
import { isUnsaved } from "./unsaved.js";

const WEEK = [0, 1, 2, 3, 4, 5, 6];
const MOST_SPANS = 4;

/** `which`: the place of the span where the day has several, so that their fields have names of their own. */
function spanField(span, week, which, remove) {
  const label = `${weekdayName(week)} ${which ? `${say("span_of", { n: which })} ` : ""}`;
  return h("span", { class: "setup-span" },
    input("time", label + say("opens"), span.opens, { "data-edge": "opens", required: true }), " – ",
    input("time", label + say("closes"), span.closes, { "data-edge": "closes", required: true }),
    may ? h("button", { class: "button button--quiet setup-small", type: "button", "aria-label": `${label}${say("remove_span")}`, onclick: remove }, "✕") : null);
}

function dayRow(week, spans, changed) {
  const row = h("tr", { "data-week": week });
  const cell = h("td");
  const draw = () => fill(cell,
    spans.length ? spans.map((span, place) => spanField(span, week, spans.length > 1 ? place + 1 : 0, () => { keep(cell, spans); spans.splice(place, 1); draw(); changed(); cell.querySelector(".setup-add").focus(); })) : h("span", { class: "soft" }, say("closed")), " ",
    may && spans.length < MOST_SPANS ? h("button", { class: "button button--quiet setup-small setup-add", type: "button", "aria-label": `${weekdayName(week)} ${say("add_span")}`,
      onclick: () => { keep(cell, spans); spans.push(next(spans)); draw(); changed(); [...cell.querySelectorAll('[data-edge="opens"]')].at(-1).focus(); } }, "＋") : null);
  draw();
  row.append(h("th", { scope: "row" }, weekdayName(week)), cell);
  return row;
}

function next(spans) {
  const last = spans.at(-1)?.closes;
  if (!last) return { opens: "08:30", closes: "12:00" };
  return last < "14:30" ? { opens: "14:30", closes: "17:30" } : { opens: "18:00", closes: "20:00" };
}

function keep(cell, spans) {
  const read = readSpans(cell);
  spans.forEach((span, place) => Object.assign(span, read[place]));
}

function readSpans(cell) {
  return [...cell.querySelectorAll(".setup-span")].map((own) => ({
    opens: own.querySelector('[data-edge="opens"]').value, closes: own.querySelector('[data-edge="closes"]').value,
  }));
}

/** Draw the week, unless spans were added or taken away that are not saved yet. */
export function drawHours(place) {
  if (isUnsaved(place)) return;
  const { days, base } = state.setup.hours;
  const form = h("form", { novalidate: true });
  const mark = () => form.dispatchEvent(new Event("input", { bubbles: true }));
  const table = h("table", { class: "table setup-hours" }, h("tbody", {}, WEEK.map((week) => dayRow(week, (days[week] ?? []).map((span) => ({ ...span })), mark))));
  const button = saveButton(form, () => {
    const asked = Object.fromEntries(WEEK.map((week) => [week, readSpans(table.querySelector(`[data-week="${week}"]`))]));
    if (Object.values(asked).flat().some((span) => !span.opens || !span.closes)) { table.querySelector("input:invalid")?.reportValidity(); return; }
    save("PUT", "/setup/hours", { days: asked, base }, { from: form });
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.append(table, h("div", { class: "row row--end" }, button));
  fill(place, form);
}

function nationalText(special) {
  if (!special) return "—";
  const estimated = chinese ? `（${say("estimated")}）` : ` (${say("estimated")})`;
  const name = `${named(special)}${special.announced ? "" : estimated}`;
  return special.works ? say("national_works", { name }) : say("national_off", { name });
}

function hallText(own, special) {
  if (own) return own.works_as === null ? say("hall_closed") : say("hall_works", { day: weekdayName(own.works_as) });
  return say(special?.works ? "follows_works" : "follows_off");
}

/** Draw the coming days that are not like their weekday. */
export function drawDays(place) {
  const own = new Map(state.setup.own_days.map((each) => [each.day, each]));
  const special = new Map(state.setup.special.map((each) => [each.day, each]));
  const days = [...new Set([...own.keys(), ...special.keys()])].sort();
  const rows = days.map((day) => h("tr", { class: own.has(day) ? "setup-own" : null },
    h("th", { scope: "row" }, dayText(day)), h("td", { "data-label": say("national") }, nationalText(special.get(day))),
    h("td", { "data-label": say("hall_does") }, hallText(own.get(day), special.get(day)), own.get(day)?.reason_zh || own.get(day)?.reason_en
      ? h("span", { class: "small soft" }, ` ${own.get(day).reason_zh || own.get(day).reason_en}`) : null),
    h("td", {}, may && own.has(day) ? h("button", { class: "button", type: "button", "aria-label": `${dayText(day)}: ${say("follow")}`, onclick: () => save("DELETE", `/setup/days/${day}`) }, say("follow")) : null)));
  fill(place, h("div", { class: "table-scroll", role: "region", tabindex: 0, "aria-label": say("days_list") }, h("table", { class: "table table--stack setup-days" },
    h("thead", {}, h("tr", {}, ["day", "national", "hall_does"].map((key) => h("th", { scope: "col" }, say(key))), h("td", {}))),
    h("tbody", {}, rows.length ? rows : h("tr", {}, h("td", { colspan: 4, class: "soft" }, say("no_days")))))), may ? dayForm() : null);
}

function dayForm() {
  const day = h("input", { class: "input input--short", type: "date", id: "own-day", required: true, min: state.setup.today });
  const what = h("select", { class: "select input--short", id: "own-what" }, h("option", { value: "" }, say("closed")),
    WEEK.map((week) => h("option", { value: week }, say("works_like", { day: weekdayName(week) }))));
  const zh = h("input", { class: "input", id: "own-reason-zh", maxlength: 120 });
  const en = h("input", { class: "input", id: "own-reason-en", maxlength: 120 });
  const field = (id, label, control) => h("div", { class: "field setup-field" }, h("label", { for: id }, label), control);
  const form = h("form", { class: "setup-form" }, field("own-day", say("day"), day), field("own-what", say("hall_does"), what),
    field("own-reason-zh", say("reason_zh"), zh), field("own-reason-en", say("reason_en"), en),
    h("button", { class: "button button--primary" }, say("set_day")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const asked = { works_as: what.value === "" ? null : Number(what.value), reason_zh: zh.value, reason_en: en.value };
    save("PUT", `/setup/days/${day.value}`, asked, { from: form });
  });
  return h("details", { class: "setup-more" }, h("summary", {}, say("another_day")), form);
}
