// How staff pages show figures: numbers, ranges, tables, queues, and what a window serves.

import { chinese, data, h, named, queueBadge, queueColour, say } from "./page.js";

const byPrefix = new Map((data.queues ?? []).map((queue) => [queue.prefix, queue]));
const dayFormat = new Intl.DateTimeFormat(chinese ? "zh-CN" : "en-GB", { month: "short", day: "numeric", weekday: "short", timeZone: "UTC" });

export const one = (number) => number.toFixed(1);
export const percent = (share) => `${Math.round(100 * share)}%`;
export const signed = (number) => (Math.abs(number) < 0.05 ? "0.0" : `${number > 0 ? "+" : "−"}${one(Math.abs(number))}`);
export const minutes = (number) => say("minutes", { n: one(number) });
export const dayName = (iso) => dayFormat.format(new Date(`${iso}T00:00:00Z`));

/** Return a queue's letter and name. */
export function queueName(prefix) {
  const queue = byPrefix.get(prefix);
  return queue ? `${prefix} ${named(queue)}` : prefix;
}

/** Return a queue's badge and name. */
export function queueHead(prefix) {
  const queue = byPrefix.get(prefix);
  return queue ? h("span", { class: "staff-named" }, queueBadge(queue), h("span", {}, named(queue))) : prefix;
}

/** Return in words the rules that cannot be kept together. */
export const ruleNames = (rules) => rules.map((own) => `${say(`rule.${own.rule}`)}${own.subject ? ` (${own.subject})` : ""}`);

/** Return a figure with its range below it; `plain` shows the range's ends where the unit would be said thrice. */
export function ranged(estimate, shown, plain = shown) {
  return [shown(estimate.value), h("span", { class: "staff-n" }, say("range", { low: plain(estimate.low), high: plain(estimate.high) }))];
}

export const number = (...children) => h("td", { class: "number nowrap" }, ...children);

/**
 * Return a table; heads are [text, class] pairs. Where the screen is narrow each cell of a table of class
 * `table--stack` stands on a line of its own behind its head. A `label` makes it a group to scroll by keys.
 */
export function table(heads, rows, properties = {}, label = null) {
  for (const row of rows) {
    let column = 0;
    for (const cell of row.children) {
      if (cell.tagName === "TD" && heads[column]?.[0]) cell.dataset.label = heads[column][0];
      column += cell.colSpan;
    }
  }
  const region = label ? { role: "group", "aria-label": label, tabindex: "0" } : {};
  return h("div", { class: "table-scroll", ...region }, h("table", { class: "table", ...properties },
    h("thead", {}, h("tr", {}, heads.map(([text, kind]) => h(text ? "th" : "td", { scope: text ? "col" : null, class: kind || null }, text)))), h("tbody", {}, rows)));
}

export const stacked = { class: "table table--stack" };
export const narrow = { class: "table table--narrow" };

/** Return the marks of what a window serves, prefixes as the API sends them. */
export function marks(cell) {
  if (!cell.primary.length && !cell.helping.length) return h("span", { class: "staff-cell__closed" }, say("closed"));
  return [...cell.primary.map((prefix) => mark(prefix, "primary")), ...cell.helping.map((prefix) => mark(prefix, "helping"))];
}

function mark(prefix, role) {
  const colour = queueColour(byPrefix.get(prefix) ?? { place: Infinity });
  const kind = role === "primary" ? `staff-serves--primary queue-badge--${colour}` : `staff-serves--helping staff-ink--${colour}`;
  return h("span", { class: `staff-serves ${kind}`, title: `${queueName(prefix)} ${say(role)}` }, prefix,
    h("span", { class: "visually-hidden" }, ` ${say(role)}`));
}

/** Join following blocks that look the same, so that a quiet day is one wide cell: [{ blocks, ...value }]. */
export function joined(values) {
  const cells = [];
  for (const value of values) {
    const last = cells.at(-1);
    if (last && JSON.stringify(last.value) === JSON.stringify(value)) last.blocks += 1;
    else cells.push({ value, blocks: 1 });
  }
  return cells;
}
