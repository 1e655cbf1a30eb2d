// How many places each slot should offer: the trade-off of offers, the proposed one slot by slot, a decision.

import { send } from "./api.js";
import { dayName, minutes, number, one, percent, queueHead, ranged, signed, stacked, table } from "./figures.js";
import { chinese, data, dayTime, h, listed, say } from "./page.js";
import { attempt, byId, StudyPage, tell } from "./study.js";

const code = encodeURIComponent(data.hall);
const page = new StudyPage({ asks: `/api/v1/halls/${code}/appointment-places`, reads: "/api/v1/appointment-places", place: byId("answer"), draw, asked });
const prefixes = new Map(data.queues.map((queue) => [queue.id, queue.prefix]));
const weekday = new Intl.DateTimeFormat(chinese ? "zh-CN" : "en-GB", { weekday: "short", timeZone: "UTC" });
const dayNames = (days) => listed(days.map((day) => weekday.format(new Date(Date.UTC(2024, 0, 1 + day)))));

function asked({ for_day: day, willing }) {
  return { "for-day": day, willing: Math.round(100 * willing) };
}

function draw(study) {
  const found = study.answer;
  return [
    h("section", { class: "card" }, headline(study, found), tradeOff(study, found), decided(study)),
    h("section", { class: "card" }, h("h2", {}, say("slots_title")), h("p", { class: "small soft" }, say("slots_note")), slots(study, found)),
    h("p", { class: "small soft" }, say("footing", {
      history: found.history.days_used, show: percent(study.question.show), willing: percent(study.question.willing),
      seen: study.question.show_seen ? say("seen", { n: study.question.show_seen }) : say("not_seen"),
      kept: percent(study.question.walk_in_share), over: percent(study.question.overbooking),
    })),
  ];
}

function headline(study, found) {
  const gain = found.proposed.difference;
  const text = say(found.worth_it ? "proposed" : "no_gain", {
    day: dayName(study.question.for_day), from: found.present.places, to: found.proposed.places, low: signed(gain.low), high: signed(gain.high),
  });
  return [h("h2", {}, say("title")), h("p", { class: found.worth_it ? "staff-headline" : "notice" }, text)];
}

function tradeOff(study, found) {
  const holds = study.decisions.at(-1)?.offer;
  const offers = [["present", found.present], ...found.offers.map((own) => [own.name, own]), ["proposed", found.proposed]];
  const heads = [[say("offer"), ""], [say("places"), "number"], [say("booked"), "number"], [say("booked_wait"), "number"], [say("walk_in_wait"), "number"], [say("everybody"), "number"], [say("difference"), "number"], [say("idle"), "number"], [say("overtime"), "number"], ["", ""]];
  return table(heads, offers.map(([name, own]) => h("tr", { class: name === "proposed" ? "plan-versions__now" : null },
    h("th", { scope: "row" }, offerName(name), holds === name ? h("span", { class: "tag tag--good" }, say("holds")) : null),
    number(own.places), number(Math.round(own.booked)),
    number(own.booked ? ranged(own.booked_wait, minutes, one) : "—"), number(ranged(own.walk_in_wait, minutes, one)), number(ranged(own.everybody, minutes, one)),
    number(name === "present" ? "—" : ranged(own.difference, signed)),
    number(percent(own.idle_share)), number(minutes(own.overtime.value)),
    h("td", {}, data.may_change && name !== "present" ? h("button", { class: `button button--small${name === "proposed" ? " button--primary" : ""}`, type: "button", onclick: () => choose(study, name) }, say("choose")) : null))), stacked);
}

const offerName = (name) => (name.startsWith("share-") ? say("share", { n: name.slice(6) }) : say(`offer.${name}`));

function decided(study) {
  const last = study.decisions.at(-1);
  const chosen = last ? last.offer !== "derived" : study.question.decided; // by an earlier answer, or by nobody
  const back = data.may_change && chosen ? h("button", { class: "button button--small", type: "button", onclick: () => choose(study, "derived") }, say("back_to_shares")) : null;
  return h("div", { class: "row row--apart" }, h("p", { class: "small" }, last
    ? say("decided", { offer: offerName(last.offer), days: dayNames(last.weekdays), by: last.by }) : say(chosen ? "decided_before" : "undecided")), back);
}

function choose(study, offer) {
  return attempt(async () => {
    const answer = await send("POST", `/api/v1/appointment-places/${study.id}/decide`, { offer });
    page.show(answer.study);
    tell(say("done", { offer: offerName(offer), days: dayNames(answer.weekdays) }), "staff-message--done");
  });
}

/** One row a queue, one column a slot: places now and as proposed, the darker the more. */
function slots(study, found) {
  const { starts, now } = study.question;
  const most = Math.max(1, ...Object.values(found.proposed_places).flat());
  return h("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": say("slots_title") }, h("table", { class: "table plan-slots" },
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, say("queue")), starts.map((start) => h("th", { scope: "col" }, dayTime(start))), h("th", { scope: "col" }, say("day_total")))),
    h("tbody", {}, Object.entries(found.proposed_places).map(([queue, row]) => h("tr", {},
      h("th", { scope: "row" }, queueHead(prefixes.get(queue) ?? "")),
      row.map((count, slot) => {
        const before = now[queue][slot];
        return h("td", { class: `plan-slots__${Math.ceil((4 * count) / most)}` }, h("strong", {}, count), count !== before ? h("span", { class: "staff-n" }, before) : null);
      }),
      number(`${sum(now[queue])} → ${sum(row)}`))))));
}

const sum = (row) => row.reduce((total, own) => total + own, 0);

byId("ask")?.addEventListener("submit", (event) => {
  event.preventDefault();
  page.ask({ for_day: byId("for-day").value, willing: Number(byId("willing").value) / 100 });
});
page.latest();
