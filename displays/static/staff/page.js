// What the staff pages share: their data and texts, building elements, the hall's clock.

const block = (id) => JSON.parse(document.getElementById(id)?.textContent ?? "{}");

export const data = block("data");
const texts = block("texts");
export const chinese = document.documentElement.lang.startsWith("zh");

/** Return a text of the page with its %(name)s filled in; a missing one shows its key, one of a thing may have its own. */
export function say(key, values = {}) {
  const text = (values.n === 1 ? texts[`${key}.one`] : null) ?? texts[key] ?? key;
  return text.replace(/%\((\w+)\)s/g, (_, name) => values[name] ?? "").replaceAll("%%", "%");
}

/** Return the Chinese or the English name of something, whichever the reader reads. */
export function named(thing) {
  const [first, second] = chinese ? [thing.name_zh, thing.name_en] : [thing.name_en, thing.name_zh];
  return first || second;
}

/** Return things one after the other as the reader's language lists them; names may hold commas of their own. */
export function listed(things) {
  if (chinese) return things.join("、");
  return things.join(things.some((thing) => String(thing).includes(",")) ? "; " : ", ");
}

/** Make an element; null children are left out, a property given as null is not set. */
export function h(tag, properties = {}, ...children) {
  const element = tag.startsWith("svg:")
    ? document.createElementNS("http://www.w3.org/2000/svg", tag.slice(4))
    : document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...shown(children));
  return element;
}

function shown(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

/** Replace what is in a container; the focus stays on the element with the same data-focus. */
export function fill(container, ...children) {
  const held = container.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
  container.replaceChildren(...shown(children));
  if (held) container.querySelector(`[data-focus="${CSS.escape(held)}"]`)?.focus();
}

export const ZONE = "Asia/Shanghai";
const clockFormat = new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, hour: "2-digit", minute: "2-digit" });

/** Return hours and minutes of an instant on the hall's clock. */
export function clockTime(iso) {
  return clockFormat.format(new Date(iso));
}

/** Return local minutes of the day as hours and minutes: 540 is 09:00. */
export function dayTime(minutes) {
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}

// The hall's clock: what the server said last, going on at the demo's speed.
const speed = Number(document.querySelector("[data-clock]")?.dataset.speed ?? 1);
let saidAt = performance.now();
let said = Date.now();

/** Take the server's clock from an answer. */
export function heardClock(iso) {
  said = Date.parse(iso);
  saidAt = performance.now();
}

/** Return the present instant by the hall's clock, in milliseconds since the epoch. */
export function hallNow() {
  return said + (performance.now() - saidAt) * speed;
}

/** Return whole minutes since an instant, never less than none. */
export function minutesSince(iso) {
  return Math.max(0, Math.floor((hallNow() - Date.parse(iso)) / 60_000));
}

/** Return a short span: 0:45, 12:03, 1:02:09. */
export function span(iso) {
  const seconds = Math.max(0, Math.floor((hallNow() - Date.parse(iso)) / 1000));
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const tail = `${String(minutes).padStart(hours ? 2 : 1, "0")}:${String(rest).padStart(2, "0")}`;
  return hours ? `${hours}:${tail}` : tail;
}

/** Return how a wait range of the API is told, as in displays/rules/wording.py. */
export function waitText(wait, people) {
  if (!wait) return chinese ? "暂不清楚" : "not known";
  if (people === 0 && wait.p50 < 2.5) return toldText(0, 0);
  const [low, high] = wait.told ? [wait.told[0], Math.max(wait.told[1], wait.told[0] + 5)] : [0, Infinity];
  const words = toldText(low, high);
  if (people !== 0) return words;
  const within = !low && wait.told; // nobody is ahead: what is waited for is a free window
  return chinese ? `${words}${within ? "" : "后"}有窗口空出` : `window free ${within ? "" : "in "}${words}`;
}

const LONG_WAIT_MINUTES = 90; // as in queueing/rules/waits.py; longer waits are told without a figure

/** Return how a range is told whose ends are minutes on 5; one up to nothing is no wait. */
export function toldText(low, high) {
  if (high === 0) return chinese ? "无需等候" : "no wait";
  if (high > LONG_WAIT_MINUTES) return chinese ? "超过 1 小时 30 分钟" : "over 1 h 30 min";
  if (!low) return chinese ? `约 ${high} 分钟内` : `within about ${high} min`;
  return chinese ? `约 ${low}–${high} 分钟` : `about ${low}–${high} min`;
}

const COLOURS = 8; // that can be told apart; the queues behind share the last, as in displays/rules/queue_colours.py

/** Return the number of a queue's colour, as the screens of its hall show it. */
export function queueColour(queue) {
  return Math.min(queue.place + 1, COLOURS);
}

/** Return the badge of a queue: its letter on its colour. */
export function queueBadge(queue) {
  return h("span", { class: `queue-badge queue-badge--${queueColour(queue)}`, title: named(queue) }, queue.prefix);
}
