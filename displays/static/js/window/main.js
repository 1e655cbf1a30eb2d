// The screen above one window: frames of its hall in, what stands at this window out.

import { LiveHall } from "../live.js";
import { glyphsAreMissing } from "../lobby/glyphs.js";
import { noticeAt } from "../lobby/notices.js";
import { LastShown, keepPage } from "../screens/last.js";
import { upgrade } from "../upgrade.js";
import { signOf } from "./sign.js";

const STALE_MS = 6000; // as on the lobby screen
const TICK_MS = 250;
const REPORT_MS = 60_000; // queueing/rules/screens.py says so too
const LONG_NOTICE = 30; // characters; longer ones are set smaller
const CROWDED = 4; // queues; more are set smaller

const body = document.body;
const { hall, window: label, pages, zone } = body.dataset;
const speed = Number(body.dataset.speed);
const element = (id) => document.getElementById(id);
const live = new LiveHall({ hall, onFrame: take, onOpen: report });
const timeOfDay = (second) => new Intl.DateTimeFormat("zh-CN", { timeZone: zone, hour: "2-digit", minute: "2-digit", second, hourCycle: "h23" });
const shortTime = timeOfDay(undefined);
const longTime = timeOfDay("2-digit");
const dayAndTime = new Intl.DateTimeFormat("zh-CN", {
  timeZone: zone, month: "long", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
});
const last = new LastShown(`jinban.last.${hall}.${label}`, zone);
let lastAt = null; // when that was right which an earlier life of this page showed, while it is all there is
let announced = ""; // which call pulsed: a board that is only read again makes nothing pulse
let begun = false;

function take(frame) {
  if (frame.pages !== pages) upgrade();
  if (live.board) {
    lastAt = null;
    last.keep({ board: live.board, told: {}, at: live.freshSince(speed), changed: Boolean(frame.board) });
  }
  if (!frame.board) return;
  const sign = show(frame.board);
  pulse(sign);
  begun = true;
  tick();
}

function show(board) {
  const sign = signOf(board, label);
  body.dataset.state = sign.state;
  [element("word-zh").textContent, element("word-en").textContent] = sign.words;
  const number = element("number");
  number.hidden = !sign.number;
  if (number.textContent !== (sign.number ?? "")) number.textContent = sign.number ?? "";
  const kind = element("kind");
  kind.hidden = !sign.kind;
  [element("kind-zh").textContent, element("kind-en").textContent] = sign.kind ?? ["", ""];
  showQueues(sign.queues);
  return sign;
}

/** Started again without the server: show what stood here last, dimmed under its date. */
function showLast() {
  const shown = last.read();
  if (!shown || live.board) return;
  lastAt = shown.at;
  if (shown.board) show(shown.board);
}

function pulse({ state, number, call }) {
  const key = state === "called" ? `${number} ${call?.times ?? 1}` : "";
  if (key === announced) return;
  announced = key;
  const shown = element("number");
  shown.classList.remove("sign__number--new");
  if (key && begun) {
    shown.getBoundingClientRect(); // so that a recall pulses again
    shown.classList.add("sign__number--new");
  }
}

function showQueues(queues) {
  const list = element("queues");
  const key = JSON.stringify(queues.map((queue) => [queue.prefix, queue.name_zh, queue.name_en]));
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.toggleAttribute("data-crowded", queues.length > CROWDED);
  list.replaceChildren(...queues.map((queue) => {
    const row = element("queue").content.firstElementChild.cloneNode(true);
    const badge = row.querySelector(".queue-badge");
    badge.textContent = queue.prefix;
    badge.classList.add(`queue-badge--${Math.min(queue.place + 1, 8)}`);
    row.querySelector(".sign__zh").textContent = queue.name_zh;
    row.querySelector(".sign__en").textContent = queue.name_en;
    return row;
  }));
}

function showNotice() {
  const shown = live.board ? noticeAt(live.board.notices, { now: live.now(speed).getTime(), ticks: performance.now() }) : undefined;
  element("notice").hidden = !shown;
  element("queues").hidden = Boolean(shown);
  if (!shown) return;
  element("notice").classList.toggle("sign__notice--long", shown.text_zh.length > LONG_NOTICE || shown.text_en.length > 2 * LONG_NOTICE);
  element("notice-zh").textContent = shown.text_zh;
  element("notice-en").textContent = shown.text_en;
}

function tick() {
  showNotice();
  element("clock").textContent = live.serverNow ? shortTime.format(live.now(speed)) : "--:--";
  const stale = lastAt !== null || Math.min(live.age(), performance.now()) >= STALE_MS;
  const since = live.freshSince(speed);
  body.classList.toggle("sign--stale", stale);
  element("stale").hidden = !stale;
  if (lastAt) element("stale-since").textContent = dayAndTime.format(lastAt);
  else if (stale && since && live.freshAt > -Infinity) element("stale-since").textContent = longTime.format(since);
}

/** Tell the server that this screen is there; it has no sound. */
function report() {
  live.tell({ sound: "none", drift_ms: live.drift() });
}

keepPage(`/window/${encodeURIComponent(hall)}/${encodeURIComponent(label)}`);
if ("kept" in document.documentElement.dataset) showLast();
element("glyphs").hidden = !glyphsAreMissing();
setInterval(tick, TICK_MS);
setInterval(report, REPORT_MS);
