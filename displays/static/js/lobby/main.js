// The lobby screen: frames in, large numbers, recent calls and queues out.

import { LiveHall } from "../live.js";
import { LastShown, keepPage } from "../screens/last.js";
import { upgrade } from "../upgrade.js";
import { Calls, placesFor } from "./calls.js";
import { showDoors } from "./doors_shown.js";
import { showPhoneCode } from "./phone.js";
import { glyphsAreMissing } from "./glyphs.js";
import { noticeAt } from "./notices.js";
import { Voice } from "./voice.js";

const STALE_MS = 6000; // two refetches of the hub may fail before
const TICK_MS = 250;
const LEAST_RECENT = 5; // whoever looked away still finds their call
const LONG_NOTICE = 36; // characters; longer ones are set smaller, so that they take two rows on any screen
const LONG_WAIT = 12; // characters; a wait that says what is waited for is set smaller, so that it stays whole
const USUAL_SHARE = 0.1; // what four calls at once have anyway
const CAP_HEIGHT = 0.7; // of the font's size: digits are that high
const CROWDED = 6; // queues; more rows than these are set smaller

const body = document.body;
const { hall, pages, zone, voice: voiceKind } = body.dataset;
const speed = Number(body.dataset.speed);
const element = (id) => document.getElementById(id);
const memoryKey = `jinban.announced.${hall}`;

const calls = new Calls(remembered());
const last = new LastShown(`jinban.last.${hall}`, zone);
const voice = new Voice({ hall, spoken: voiceKind === "server", onState: showSound });
const REPORT_MS = 60_000; // queueing/rules/screens.py says so too
const live = new LiveHall({ hall, onFrame: take, onOpen: report });
voice.onState = heardSound;
const timeOfDay = (seconds) => new Intl.DateTimeFormat("zh-CN", {
  timeZone: zone, hour: "2-digit", minute: "2-digit", second: seconds ? "2-digit" : undefined, hourCycle: "h23",
});
const MOST_SENT = 3; // windows, and numbers of each: the recent calls keep their room
const shortTime = timeOfDay(false);
const longTime = timeOfDay(true);
const dayAndTime = (language) => new Intl.DateTimeFormat(language, {
  timeZone: zone, month: "long", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
});
const [dayZh, dayEn] = [dayAndTime("zh-CN"), dayAndTime("en-GB")];
let lastAt = null; // when that was right which an earlier life of this page showed, while it is all there is

function remembered() {
  try {
    return JSON.parse(localStorage.getItem(memoryKey) ?? "[]");
  } catch {
    return [];
  }
}

function remember() {
  try {
    localStorage.setItem(memoryKey, JSON.stringify(calls.announced));
  } catch {
    // A screen without storage may repeat a call after a reload; it still never does while it runs.
  }
}

function take(frame) {
  if (frame.pages !== pages) upgrade();
  if (live.board) {
    lastAt = null;
    last.keep({ board: live.board, told: live.told, at: live.freshSince(speed), changed: Boolean(frame.board) });
  }
  if (!frame.board) return;
  const now = live.now(speed).getTime();
  const fresh = show(frame.board, frame.told, (call) => (now - Date.parse(call.at)) / speed);
  if (fresh.length > 0) {
    remember();
    for (const call of fresh) voice.announce(call);
  }
  tick();
}

/** Show a board; return the calls in it that were never announced and are young enough. */
function show(board, told, age) {
  const { announcing } = board;
  voice.hallSays = announcing;
  calls.places = placesFor(announcing.digit_share, { upright: innerWidth < innerHeight });
  body.classList.toggle("lobby--far", announcing.digit_share > USUAL_SHARE);
  body.style.setProperty("--least", String((announcing.digit_share * 100) / CAP_HEIGHT));
  const numberAt = new Map(board.windows.map((sign) => [sign.label, sign.number]));
  const fresh = calls.take(board.calls, { age, atWindow: (call) => numberAt.get(call.window) === call.number });
  showSent(board.windows);
  showQueues(board.queues, told);
  return fresh;
}

/** Started again without the server: show what stood here last, dimmed under its date; nothing is announced. */
function showLast() {
  const shown = last.read();
  if (!shown || live.board) return;
  lastAt = shown.at;
  if (shown.board) show(shown.board, shown.told, () => Infinity);
}

function filled(templateId, fields) {
  const row = element(templateId).content.firstElementChild.cloneNode(true);
  for (const [selector, text] of Object.entries(fields)) row.querySelector(selector).textContent = text;
  return row;
}

function showStage() {
  calls.tick(performance.now());
  const list = element("stage");
  const shown = new Map([...list.children].map((row) => [row.dataset.key, row]));
  const rows = [...calls.stage].reverse().map(({ call, quiet }) => {
    const key = `${call.number}@${call.at}`;
    return shown.get(key) ?? newCall(call, key, quiet);
  });
  list.dataset.count = String(rows.length);
  if (rows.length !== list.children.length || rows.some((row, place) => list.children[place] !== row)) {
    list.replaceChildren(...rows);
  }
  showRecent();
}

function newCall(call, key, quiet) {
  const row = filled("stage-row", { ".stage__number": call.number, ".stage__label": call.window });
  row.dataset.key = key;
  row.classList.toggle("stage__call--new", !quiet);
  return row;
}

function showRecent() {
  const list = element("recent");
  const panel = list.parentElement;
  const row = list.firstElementChild?.getBoundingClientRect().height || list.clientWidth;
  const padding = parseFloat(getComputedStyle(panel).paddingBottom);
  const room = panel.getBoundingClientRect().bottom - list.getBoundingClientRect().top - padding;
  const rows = calls.recent(Math.max(LEAST_RECENT, Math.floor(room / row)));
  list.replaceChildren(...rows.map((call) => filled("recent-row", {
    ".recent__number": call.number, ".recent__label": call.window, ".recent__en": `Window ${call.window}`,
  })));
}

/** Say which numbers wait for one window alone: their holders look for it, not for the next free one. */
function showSent(windows) {
  const place = element("sent");
  const meant = windows.filter((sign) => sign.meant_for.length > 0).slice(0, MOST_SENT);
  place.hidden = meant.length === 0;
  const [chinese, english] = [place.querySelector(".recent__sent-zh"), place.querySelector(".recent__sent-en")];
  chinese.textContent = meant.map((sign) => `${sign.meant_for.slice(0, MOST_SENT).join("、")} 请等候 ${sign.label} 号窗口叫号`).join("；");
  english.textContent = meant.map((sign) => `${sign.meant_for.slice(0, MOST_SENT).join(", ")} wait for window ${sign.label}`).join("; ");
}

function showQueues(queues, told) {
  const rows = queues.map((queue, place) => {
    const row = filled("queue-row", {
      ".queue-badge": queue.prefix, ".line__zh": queue.name_zh, ".line__en": queue.name_en,
      ".line__people b": String(queue.waiting), ".line__wait-zh": told[queue.queue_id].zh,
      ".line__wait-en": told[queue.queue_id].en,
      ".line__why-zh": told[queue.queue_id].why_zh, ".line__why-en": told[queue.queue_id].why_en,
    });
    row.querySelector(".line__wait").classList.toggle("line__wait--long", told[queue.queue_id].zh.length > LONG_WAIT);
    row.querySelector(".line__why").hidden = !told[queue.queue_id].why_zh;
    row.querySelector(".queue-badge").classList.add(`queue-badge--${Math.min(place + 1, 8)}`);
    return row;
  });
  const list = element("queues");
  list.toggleAttribute("data-crowded", rows.length > CROWDED);
  body.classList.toggle("lobby--crowded", rows.length > CROWDED);
  list.replaceChildren(...rows);
}

function showSound(state) {
  element("sound-off").hidden = state.sound !== "silent";
  element("voice-none").hidden = !["chime", "failing"].includes(state.sound);
}

function heardSound(state) {
  showSound(state);
  report();
}

/** Tell the server whether this screen can be heard and its clock is right: the desk knows before somebody complains. */
function report() {
  live.tell({ sound: voice.sound, drift_ms: live.drift() });
}

function showNotice() {
  const shown = live.board ? noticeAt(live.board.notices, { now: live.now(speed).getTime(), ticks: performance.now() }) : undefined;
  const line = element("notice");
  line.parentElement.classList.toggle("lobby__foot--noticed", shown !== undefined);
  line.hidden = !shown;
  element("missed-line").hidden = Boolean(shown);
  if (!shown) return;
  line.classList.toggle("lobby__notice--long", shown.text_zh.length > LONG_NOTICE);
  line.querySelector(".lobby__notice-zh").textContent = shown.text_zh;
  line.querySelector(".lobby__notice-en").textContent = shown.text_en;
}

function tick() {
  showStage();
  showNotice();
  element("clock").textContent = live.serverNow ? shortTime.format(live.now(speed)) : "--:--";
  const stale = lastAt !== null || Math.min(live.age(), performance.now()) >= STALE_MS;
  const since = live.freshSince(speed);
  body.classList.toggle("lobby--stale", stale);
  showDoors(stale ? null : live.board, { now: live.now(speed), zone, callsShown: calls.stage.length });
  element("stale").hidden = !stale;
  if (lastAt) showSince(dayZh.format(lastAt), dayEn.format(lastAt));
  else if (stale && since && live.freshAt > -Infinity) showSince(longTime.format(since), longTime.format(since));
}

function showSince(chinese, english) {
  element("stale-since").textContent = chinese;
  element("stale-since-en").textContent = english;
}

element("sound-off").addEventListener("click", () => voice.enable());
keepPage(`/lobby/${encodeURIComponent(hall)}`);
if ("kept" in document.documentElement.dataset) showLast();
if ("phones" in body.dataset) showPhoneCode({ hall });
element("glyphs").hidden = !glyphsAreMissing();
setInterval(tick, TICK_MS);
setInterval(report, REPORT_MS);
