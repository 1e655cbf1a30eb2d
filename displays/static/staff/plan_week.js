// A week of plans: asked, shown day by day with its effect, accepted one by one or all.

import { send } from "./api.js";
import { dayName, minutes, number, one, queueHead, ranged, ruleNames, signed, stacked, table } from "./figures.js";
import { data, h, listed, say } from "./page.js";
import { attempt, byId, intoDraft, StudyPage, tell } from "./study.js";

const code = encodeURIComponent(data.hall);
const page = new StudyPage({ asks: `/api/v1/halls/${code}/week-plans`, reads: "/api/v1/week-plans", place: byId("answer"), draw, asked: (question) => ({ "first-day": question.for_day }) });

function draw(study) {
  const days = study.answer.days;
  const done = new Set(study.decisions.flatMap((own) => own.days));
  const open = days.filter((own) => own.entries.length && !done.has(own.day));
  const hours = (key) => days.reduce((total, own) => total + (own.trial ? own.trial[key].window_hours : 0), 0);
  return [
    h("section", { class: "card" },
      h("div", { class: "row row--apart" }, h("h2", {}, say("title", { n: days.filter((own) => own.entries.length).length, days: days.length })),
        data.may_change && open.length ? h("button", { class: "button button--primary", type: "button", onclick: () => accept(study, open) }, say("accept_all", { n: open.length })) : null),
      table([[say("day"), ""], [say("plan"), ""], [say("tickets"), "number"], [say("mean"), "number"], [say("difference"), "number"], [say("hours"), "number"], ["", ""]],
        days.map((own) => row(study, own, done)), stacked),
      h("p", { class: "small soft" }, say("hours_total", { now: one(hours("now")), then: one(hours("draft")) }))),
    ...days.filter((own) => own.trial).map(queues),
    h("p", { class: "small soft" }, say("footing", { history: study.answer.history.days_used })),
  ];
}

function row(study, own, done) {
  const trial = own.trial;
  const head = h("th", { scope: "row", class: "nowrap" }, dayName(own.day));
  if (!trial) return h("tr", {}, head, h("td", { colspan: 6, class: "soft" }, say(`reason.${own.reason}`), own.conflicts.length ? ` ${listed(ruleNames(own.conflicts))}` : ""));
  return h("tr", {}, head, h("td", {}, h("span", { class: `tag ${own.kind === "own" ? "tag--good" : ""}` }, say(`kind.${own.kind}`))),
    number(Math.round(trial.tickets)), number(`${one(trial.now.mean.value)} → `, h("strong", {}, minutes(trial.draft.mean.value))),
    number(ranged(trial.difference, signed)), number(`${one(trial.now.window_hours)} → ${one(trial.draft.window_hours)}`),
    h("td", { class: "nowrap" }, done.has(own.day) ? h("span", { class: "tag tag--good" }, say("accepted")) : data.may_change ? [
      h("button", { class: "button button--small", type: "button", onclick: () => accept(study, [own]) }, say("accept")), " ",
      h("button", { class: "button button--small", type: "button", onclick: () => intoDraft(own.day, own.base_version, own.entries) }, say("look")),
    ] : null));
}

function queues(own) {
  const changed = own.trial.queues.filter((queue) => queue.verdict !== "same");
  return h("details", { class: "card plan-effect__day" }, h("summary", {}, `${dayName(own.day)} · ${say("who")}`), changed.length
    ? table([[say("queue"), ""], [say("tickets"), "number"], [say("mean"), "number"], [say("difference"), "number"]], changed.map((queue) => h("tr", {},
      h("th", { scope: "row" }, queueHead(queue.prefix)), number(Math.round(queue.tickets)), number(`${one(queue.now_mean)} → ${one(queue.draft_mean)}`), number(ranged(queue.difference, signed)))), stacked)
    : h("p", { class: "small" }, say("nobody")));
}

function accept(study, days) {
  return attempt(async () => {
    const answer = await send("POST", `/api/v1/week-plans/${study.id}/accept`, { days: days.map((own) => own.day) });
    page.show(answer);
    tell(say("done", { days: listed(days.map((own) => dayName(own.day))) }), "staff-message--done");
  });
}

byId("ask")?.addEventListener("submit", (event) => {
  event.preventDefault();
  page.ask({ first_day: byId("first-day").value });
});
page.latest();
