// Instants on the hall's clock, for fields of a time from which a plan shall hold.

import { chinese, data } from "./page.js";

const words = new Intl.DateTimeFormat(chinese ? "zh-CN" : "en-GB", {
  timeZone: data.zone, month: "short", day: "numeric", weekday: "short", hour: "2-digit", minute: "2-digit",
});
const field = new Intl.DateTimeFormat("sv-SE", { timeZone: data.zone, dateStyle: "short", timeStyle: "short" });

/** Return an instant in words. */
export const spoken = (iso) => words.format(new Date(iso));

/** Return an instant as the hall's clock shows it: 2026-11-25T14:00. */
export const hallTime = (instant) => field.format(new Date(instant)).replace(" ", "T");

/** Return the instant at which the hall's clock shows a local time. */
export function instantOf(local) {
  const guess = Date.parse(`${local}:00Z`);
  return new Date(guess - (Date.parse(`${hallTime(guess)}:00Z`) - guess)).toISOString();
}
