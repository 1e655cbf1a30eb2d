// Queues with their services, and windows with what they are equipped for.

import { fill, h, named, queueBadge, say } from "../page.js";
import { input, may, save, saveButton, state, tickCells, under } from "./parts.js";

const placed = () => state.setup.queues.map((queue, place) => ({ ...queue, place }));
const headRow = (keys) => h("thead", {}, h("tr", {}, keys.map((key) => (key === "" ? h("td") : h("th", { scope: "col" }, typeof key === "string" ? say(key) : key)))));
const scroll = (label, table) => h("div", { class: "table-scroll", role: "region", tabindex: 0, "aria-label": say(label) }, table);

/** Draw the queues and which services wait in them. */
export function drawQueues(place) {
  const queues = placed();
  const rows = queues.map((queue) => {
    const zh = input("text", `${queue.prefix} ${say("name_zh")}`, queue.name_zh, { maxlength: 60 });
    const en = input("text", `${queue.prefix} ${say("name_en")}`, queue.name_en, { maxlength: 60 });
    const minutes = input("number", `${queue.prefix} ${say("typical")}`, queue.mean_minutes, { min: 0.5, max: 240, step: "any", class: "input setup-number" });
    const weight = input("number", `${queue.prefix} ${say("plan_weight")}`, queue.plan_weight, { min: 1, max: 5, step: 1, class: "input setup-number", "aria-describedby": "plan-weight-hint" });
    const row = h("tr");
    const button = saveButton(row, () => {
      if (![minutes, weight].every((field) => field.reportValidity())) return;
      save("PUT", `/setup/queues/${queue.id}`, { name_zh: zh.value, name_en: en.value, mean_minutes: Number(minutes.value), plan_weight: Number(weight.value), base: queue.base }, { from: row });
    });
    row.append(h("th", { scope: "row" }, queueBadge(queue)), under("name_zh", zh), under("name_en", en), under("typical", minutes), under("plan_weight", weight), h("td", {}, button));
    return row;
  });
  fill(place, scroll("queues_list", h("table", { class: "table setup-matrix" }, headRow(["queue", "name_zh", "name_en", "typical", "plan_weight", ""]), h("tbody", {}, rows))),
    may ? newQueue() : null, services(queues));
}

function services(queues) {
  return h("details", { class: "setup-more" }, h("summary", {}, say("services", { n: state.setup.services.length })),
    h("p", { class: "small soft" }, say("services_hint")),
    scroll("services_title", h("table", { class: "table table--stack" }, headRow(["service", "waits_in"]), h("tbody", {}, state.setup.services.map((service) => h("tr", {},
      h("th", { scope: "row" }, named(service)),
      under("waits_in", h("select", {
        class: "select input--short", "aria-label": `${named(service)}: ${say("waits_in")}`, disabled: !may,
        onchange: (event) => save("PUT", `/setup/services/${encodeURIComponent(service.code)}`, { queue_id: event.target.value }).then((saved) => { if (!saved) event.target.value = service.queue_id; }),
      }, queues.map((queue) => h("option", { value: queue.id, selected: queue.id === service.queue_id }, `${queue.prefix} ${named(queue)}`))))))))));
}

function newQueue() {
  const taken = new Set(state.setup.queues.map((queue) => queue.prefix));
  const free = [..."ABCDEFGHJKLMNPQRSTUVWXYZ"].filter((letter) => !taken.has(letter));
  const letter = h("select", { class: "select setup-number", id: "new-prefix" }, free.map((one) => h("option", {}, one)));
  const zh = h("input", { class: "input", id: "new-queue-zh", maxlength: 60, required: true });
  const en = h("input", { class: "input", id: "new-queue-en", maxlength: 60 });
  const form = h("form", { class: "setup-form" },
    h("div", { class: "field setup-field" }, h("label", { for: "new-prefix" }, say("letter")), letter),
    h("div", { class: "field setup-field" }, h("label", { for: "new-queue-zh" }, say("name_zh")), zh),
    h("div", { class: "field setup-field" }, h("label", { for: "new-queue-en" }, say("name_en")), en),
    h("button", { class: "button button--primary" }, say("add_queue")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    save("POST", "/setup/queues", { prefix: letter.value, name_zh: zh.value, name_en: en.value }, { from: form });
  });
  return h("details", { class: "setup-more" }, h("summary", {}, say("new_queue")), h("p", { class: "small soft" }, say("new_queue_hint")), form);
}

function tick(label, checked, kept = null) {
  return h("label", { class: "setup-tick" }, h("input", { type: "checkbox", "aria-label": label, "data-kept": kept, checked, disabled: !may }));
}

/** Draw the windows against the queues that they are equipped for. */
export function drawWindows(place) {
  const queues = placed();
  const heads = queues.map((queue) => h("span", { class: "setup-head" }, queueBadge(queue), h("span", { class: "small" }, named(queue))));
  const rows = state.setup.windows.map((window_) => {
    const row = h("tr");
    const ticks = queues.map((queue) => tick(`${say("window", { label: window_.label })}: ${queue.prefix} ${named(queue)}`, window_.queues.includes(queue.id), `${window_.id} ${queue.id}`));
    const limit = input("number", `${say("window", { label: window_.label })}: ${say("list_limit")}`, window_.list_limit, { min: 1, max: 12, class: "input setup-number" });
    const zh = input("text", `${say("window", { label: window_.label })}: ${say("name_zh")}`, window_.name_zh, { maxlength: 120, class: "input setup-name" });
    const button = saveButton(row, () => {
      if (!limit.reportValidity()) return;
      save("PUT", `/setup/windows/${window_.id}`, {
        queues: chosen(ticks, queues), list_limit: Number(limit.value), name_zh: zh.value, name_en: window_.name_en, base: window_.base,
      }, { from: row });
    });
    row.append(h("th", { scope: "row", class: "figure" }, window_.label), under("name", zh), ...tickCells(ticks, queues), under("list_limit", limit), h("td", {}, button));
    return row;
  });
  fill(place, scroll("windows_list", h("table", { class: "table setup-matrix" }, headRow(["window_no", "name", ...heads, "list_limit", ""]), h("tbody", {}, rows))), may ? newWindow(queues) : null);
}

/** Return the ids of the ticked queues. */
export function chosen(ticks, queues) {
  return queues.filter((_, place) => ticks[place].querySelector("input").checked).map((queue) => queue.id);
}

function newWindow(queues) {
  const label = h("input", { class: "input setup-number", id: "new-window", required: true, pattern: "[0-9A-Z]{1,4}", maxlength: 4 });
  const ticks = queues.map((queue) => tick(`${queue.prefix} ${named(queue)}`, true));
  const form = h("form", { class: "setup-form" }, h("div", { class: "field setup-field" }, h("label", { for: "new-window" }, say("window_no")), label),
    h("fieldset", { class: "setup-field" }, h("legend", {}, say("equipped")), h("div", { class: "row" }, queues.map((queue, at) => h("span", { class: "staff-named" }, ticks[at], queueBadge(queue))))),
    h("button", { class: "button button--primary" }, say("add_window")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    save("POST", "/setup/windows", { label: label.value, queues: chosen(ticks, queues) }, { from: form });
  });
  return h("details", { class: "setup-more" }, h("summary", {}, say("new_window")), h("p", { class: "small soft" }, say("new_window_hint")), form);
}
