// Weekdays in words, as plans hold on them: 0 is Monday.

import { chinese, listed } from "./page.js";

const weekday = new Intl.DateTimeFormat(chinese ? "zh-CN" : "en-GB", { weekday: "short", timeZone: "UTC" });
const dayName = (day) => weekday.format(new Date(Date.UTC(2024, 0, 1 + day))); // the first of 2024 was a Monday

/** Return weekdays in words, runs of three and more as from-to. */
export function dayNames(days) {
  const runs = [];
  for (const day of days) {
    if (runs.length && runs.at(-1).at(-1) === day - 1) runs.at(-1).push(day);
    else runs.push([day]);
  }
  const parts = runs.flatMap((run) => (run.length > 2 ? [`${dayName(run[0])}–${dayName(run.at(-1))}`] : run.map(dayName)));
  return listed(parts);
}
