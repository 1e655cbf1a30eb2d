// What every page has: the demo's clock goes on between two loads.

/** Return the instant that a server clock shows now, given what it showed when the page arrived. */
export function serverClock(startIso, speed) {
  const start = Date.parse(startIso);
  const origin = performance.now();
  return () => new Date(start + (performance.now() - origin) * speed);
}

const ZONE = "Asia/Shanghai";

for (const element of document.querySelectorAll("[data-clock]")) {
  const now = serverClock(element.dataset.clock, Number(element.dataset.speed));
  const format = new Intl.DateTimeFormat(document.documentElement.lang === "en" ? "en-GB" : "zh-CN", {
    timeZone: ZONE, month: "short", day: "numeric", weekday: "short",
    hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
  });
  const show = () => { element.textContent = format.format(now()); };
  show();
  setInterval(show, 1000);
}
