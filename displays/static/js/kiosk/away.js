// The kiosk without its server: the same touches lead to a number on paper, and nobody loses their place.

import { serverNow, touch } from "./contact.js";
import { keptOf } from "./keep.js";
import { standing } from "./standing.js";

const COME_BACK_MS = 5000;

const template = document.getElementById("away");
let shown = null; // the page of the time without the server, once it is shown

/** Go on without the server; return false where this kiosk has not learned yet what it needs for that. */
export async function goOnAlone(home, answers) {
  const hall = decodeURIComponent(home.split("/").pop());
  try {
    const kept = await keptOf(hall);
    const [kit, contact] = [await kept.fact("kit"), await kept.fact("contact")];
    if (!kit || !contact) return false;
    const away = new Away(hall, kept, kit, contact);
    if (!(await away.canGo())) return false;
    // The next person begins in the machine's own print size; who is just choosing keeps theirs.
    if (shown) document.documentElement.classList.remove("large-text");
    shown ??= show(home, hall, answers);
    away.begin();
    return true;
  } catch {
    return false; // a browser that keeps nothing
  }
}

/** Return whether the first page of the time without the server is on the screen. */
export const atAwayStart = () => shown !== null && !step("queues").hidden;

function show(home, hall, answers) {
  const page = template.content.firstElementChild.cloneNode(true);
  document.getElementById("main").replaceChildren(page);
  document.body.classList.add("kiosk--away");
  const again = setInterval(async () => {
    if (!(await answers()) || !(await touch(hall))) return;
    // Whoever is in the middle of it goes on; their number is handed in with the next round.
    if (step("services").hidden && step("confirm").hidden && step("slip").hidden) {
      clearInterval(again);
      location.replace(home);
    }
  }, COME_BACK_MS);
  return page;
}

const part = (selector) => shown.querySelector(selector);
const step = (name) => part(`[data-step="${name}"]`);

function both(into, own) {
  into.querySelector("[lang|=zh]").textContent = own.name_zh;
  into.querySelector("[lang=en]").textContent = own.name_en;
}

class Away {
  constructor(hall, kept, kit, contact) {
    Object.assign(this, { hall, kept, kit, contact });
    this.now = serverNow(contact);
    this.day = new Intl.DateTimeFormat("sv-SE", { timeZone: kit.timezone }).format(this.now); // as 2026-11-18
  }

  get span() {
    return this.kit.spans.find((span) => this.now < Date.parse(span.closes_at));
  }

  get open() {
    return Boolean(this.span) && this.now >= Date.parse(this.span.opens_at);
  }

  /** Whether there is something to say: a number to give, or when the hall opens. */
  async canGo() {
    return this.open ? (await this.kept.numbersLeft(this.day)) > 0 : Boolean(this.span);
  }

  begin() {
    for (const hall of shown.querySelectorAll("[data-hall]")) both(hall, this.kit);
    this.tellNotices();
    part("[data-large]").onclick = () => document.documentElement.classList.toggle("large-text");
    for (const back of shown.querySelectorAll("[data-back]")) back.onclick = () => this.show(back.dataset.back);
    if (!this.open) {
      const opens = part("[data-opens]");
      for (const place of opens.querySelectorAll("time")) place.textContent = this.clock(this.span.opens_at, place.lang);
      this.show("closed");
      return;
    }
    // A queue keeps the colour of its place in the hall, also beside one that is left out.
    const queues = this.kit.queues.map((queue, place) => ({ ...queue, place }));
    this.fill("queues", queues.filter((queue) => queue.services.length), (queue) => this.chooseQueue(queue));
    this.show("queues");
  }

  /** What the hall said before the link was lost; each still begins and ends by its own times. */
  tellNotices() {
    const list = part("[data-notices]");
    const row = part("[data-notice-row]").content.firstElementChild;
    const texts = standing(this.kit.notices ?? [], this.now); // a kit from before this release has none
    list.hidden = texts.length === 0;
    list.replaceChildren(...texts.map((own) => {
      const line = row.cloneNode(true);
      both(line, { name_zh: own.text_zh, name_en: own.text_en });
      return line;
    }));
  }

  show(name) {
    for (const each of shown.querySelectorAll("[data-step]")) each.hidden = each.dataset.step !== name;
    part("[data-notice]").hidden = name === "slip"; // which says it itself, and needs the room
    scrollTo(0, 0);
    step(name).querySelector("h1").focus();
  }

  fill(name, items, choose) {
    step(name).querySelector("[data-list]").replaceChildren(...items.map((own) => {
      const row = template.content.querySelector("[data-tile]").content.firstElementChild.cloneNode(true);
      both(row, own);
      const badge = row.querySelector(".queue-badge");
      if (own.prefix) {
        badge.textContent = own.prefix;
        badge.classList.add(`queue-badge--${Math.min(own.place + 1, 8)}`);
      } else {
        badge.remove();
      }
      row.querySelector("button").onclick = () => choose(own);
      return row;
    }));
  }

  chooseQueue(queue) {
    this.queue = queue;
    both(step("services").querySelector("h1"), queue);
    this.fill("services", queue.services, (service) => this.chooseService(service));
    this.show("services");
  }

  chooseService(service) {
    both(step("confirm").querySelector("h1"), service);
    this.bring(step("confirm"), service);
    for (const button of step("confirm").querySelectorAll("[data-priority]")) {
      button.disabled = false;
      button.onclick = () => this.take(service, button.dataset.priority === "true");
    }
    this.show("confirm");
  }

  bring(into, service) {
    const list = into.querySelector("[data-bring]");
    list.hidden = service.bring_zh.length === 0;
    list.querySelector("[lang|=zh] b").textContent = service.bring_zh.join("、");
    list.querySelector("[lang=en] b").textContent = service.bring_en.join(", ");
  }

  async take(service, priority) {
    for (const button of step("confirm").querySelectorAll("[data-priority]")) button.disabled = true; // once
    const printed = serverNow(this.contact);
    const slip = await this.kept.takeNumber(this.day, {
      service: service.code, priority,
      printed_at: new Date(printed).toISOString(), heard_at: new Date(this.contact.server).toISOString(),
    }).catch(() => null); // a full disk: what cannot be kept is not printed
    if (slip) this.hand(slip, service);
    else this.show("used-up");
  }

  /** Show the slip and print it: without the server there is no code to scan, so paper is all there is. */
  hand(slip, service) {
    const paper = step("slip");
    paper.querySelector(".paper__number").textContent = `${this.kit.letter}${String(slip.number).padStart(3, "0")}`;
    both(paper.querySelector(".paper__service"), service);
    both(paper.querySelector("[data-queue]"), { ...this.queue, name_zh: `${this.queue.prefix} ${this.queue.name_zh}` });
    for (const mark of paper.querySelectorAll("[data-if-priority]")) mark.hidden = !slip.priority;
    paper.querySelector("[data-printed]").textContent = this.moment(slip.printed_at);
    this.bring(paper, service);
    paper.querySelector("[data-print]").onclick = () => print();
    this.show("slip");
    print();
  }

  clock(instant, language) {
    const format = { timeZone: this.kit.timezone, month: "numeric", day: "numeric", weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    return new Intl.DateTimeFormat(language === "en" ? "en-GB" : "zh-CN", format).format(Date.parse(instant));
  }

  moment(instant) {
    const format = { timeZone: this.kit.timezone, dateStyle: "short", timeStyle: "medium" };
    return new Intl.DateTimeFormat("sv-SE", format).format(Date.parse(instant)); // 2026-11-18 09:40:05
  }
}
