// Instants on the hall's clock, for fields of a time from which a plan shall hold.

import { chinese, data, dayTime, hallNow } from "./page.js";

const parts = { timeZone: data.zone, month: "short", day: "numeric", weekday: "short", hour: "2-digit", minute: "2-digit" };
const words = new Intl.DateTimeFormat(chinese ? "zh-CN" : "en-GB", parts);
const wordsWithYear = new Intl.DateTimeFormat(chinese ? "zh-CN" : "en-GB", { ...parts, year: "numeric" });
const field = new Intl.DateTimeFormat("sv-SE", { timeZone: data.zone, dateStyle: "short", timeStyle: "short" });

/** Return an instant in words, with its year where that is not the present one. */
export const spoken = (iso) => (hallTime(iso).startsWith(data.today.slice(0, 4)) ? words : wordsWithYear).format(new Date(iso));

/** Return an instant as the hall's clock shows it: 2026-11-25T14:00. */
export const hallTime = (instant) => field.format(new Date(instant)).replace(" ", "T");

/** Return the instant at which the hall's clock shows a local time. */
export function instantOf(local) {
  const guess = Date.parse(`${local}:00Z`);
  return new Date(guess - (Date.parse(`${hallTime(guess)}:00Z`) - guess)).toISOString();
}

/** Return the time that is offered for a plan of a date: its opening, today the next full hour. */
export function offeredTime(day, opens) {
  return day === data.today ? hallTime(Math.ceil(hallNow() / 3_600_000) * 3_600_000) : `${day}T${dayTime(opens)}`;
}
