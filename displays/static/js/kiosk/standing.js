// Which notices of a hall stand; beside what a kiosk keeps for the time without its server, which needs it too.

/** Return the notices that stand at `now` (milliseconds): from their first instant on, at their last no more. */
export function standing(notices, now) {
  return notices.filter((own) => Date.parse(own.from_at) <= now && now < Date.parse(own.until_at));
}
