// From a reviewed draft to a plan that holds, at once or from a time on; and the plan that waits for its time.

import { NoAnswer, Problem, send } from "./api.js";
import { instantOf, offeredTime, spoken } from "./hall_time.js";
import { data, dayTime, h, say } from "./page.js";
import { servesMarks, servesWords } from "./plan_grid.js";
import { differences, entriesOf } from "./plan_model.js";

const { queues, windows, blocks } = data;
const path = `/api/v1/halls/${encodeURIComponent(data.hall)}/plan`;
const byId = (id) => document.getElementById(id);
const dialog = byId("review-dialog");

/** Return a refusal, or that no answer came, in the words for a notice. */
export function words(error) {
  const lines = error instanceof Problem ? [error.document.title, error.document.help ?? ""] : [say("unsure"), ""];
  return h("p", {}, h("strong", {}, lines[0]), " ", lines[1]);
}

export class Publishing {
  /**
   * `drafted()` gives {held, draft, version, broken, effect}: the cells that hold and the drafted ones, the
   * number of the plan, and what is to be read before publishing; `onPublished(answer)`, `onRebase()`,
   * `onProblem(error)` and `tell(text, kind)` are the page's.
   */
  constructor(page) {
    Object.assign(this, page);
    this.working = false;
  }

  listen() {
    byId("publish").addEventListener("click", () => this.publish());
    byId("review").addEventListener("click", () => this.review());
    byId("review-back").addEventListener("click", () => dialog.close());
    for (const choice of document.querySelectorAll("[name=when]")) choice.addEventListener("change", laterChosen);
    byId("applies-at").addEventListener("input", () => showInDialog(null));
    window.addEventListener("beforeunload", (event) => { if (this.working) event.preventDefault(); });
  }

  review() {
    const { held, draft, broken, effect } = this.drafted();
    byId("review-warnings").replaceChildren(...broken);
    byId("review-effect").replaceChildren(...effect);
    byId("differences").replaceChildren(differenceTable(differences(held, draft, windows)));
    byId("applies-at").value = offeredTime(data.day, blocks[0].from);
    byId("when-later").checked = data.day !== data.today;
    showInDialog(null);
    laterChosen();
    dialog.showModal();
    // The key that publishes stands under what it publishes: that is to be read first.
    byId("publish").focus({ preventScroll: true });
    dialog.scrollTop = 0;
  }

  async publish() {
    if (this.working) return;
    if (byId("when-later").checked && !byId("applies-at").reportValidity()) return;
    this.working = true;
    byId("publish").disabled = true;
    this.onProblem(null);
    showInDialog(null);
    this.tell(say("publishing"), "staff-message--working");
    try {
      await this.send();
    } catch (error) {
      if (!(error instanceof Problem || error instanceof NoAnswer)) throw error;
      this.tell("");
      if (error.code === "plan-changed-meanwhile") {
        dialog.close();
        await this.onRebase();
      } else showInDialog(error);
    } finally {
      this.working = false;
      byId("publish").disabled = false;
    }
  }

  async send() {
    const { draft, version } = this.drafted();
    const later = byId("when-later").checked;
    const answer = await send("PUT", path, {
      base_version: version, entries: entriesOf(draft, windows, blocks), for_day: data.day,
      only_weekday: document.querySelector("[name=scope]:checked").value === "weekday",
      ...(later ? { applies_at: instantOf(byId("applies-at").value) } : {}),
    }, (n) => this.tell(say("again", { n }), "staff-message--working"));
    dialog.close();
    if (answer.waits) {
      data.waiting = [{ version: answer.waits, applies_at: answer.applies_at }];
      this.tell(say("published_later", { n: answer.waits, time: spoken(answer.applies_at) }), "staff-message--done");
    } else {
      const overtaken = data.waiting.filter((own) => own.version !== answer.waiting);
      data.waiting = data.waiting.filter((own) => own.version === answer.waiting);
      const texts = [say("published", { n: answer.version }), ...overtaken.map(({ version: n }) => say("overtook", { n }))];
      this.tell(texts.join(" "), "staff-message--done");
    }
    this.onPublished(answer);
    this.drawWaiting();
  }

  drawWaiting() {
    const { version } = this.drafted();
    byId("waiting").replaceChildren(...data.waiting.map(({ version: n, applies_at }) => h("div", { class: "notice row row--apart" },
      h("p", {}, say("waiting", { n, time: spoken(applies_at) })),
      h("span", { class: "row" },
        h("a", { class: "button button--small", href: `/staff/halls/${data.hall}/plan/history?before=${version}&after=${n}` }, say("what_waits")),
        data.may_change ? h("button", { class: "button button--small", type: "button", onclick: () => this.callOff(n) }, say("call_off")) : null))));
  }

  async callOff(n) {
    this.onProblem(null);
    try {
      await send("DELETE", `${path}/waiting/${n}`);
      data.waiting = [];
      this.tell(say("called_off", { n }), "staff-message--done");
      this.drawWaiting();
    } catch (error) {
      if (!(error instanceof Problem || error instanceof NoAnswer)) throw error;
      this.onProblem(error);
    }
  }
}

/** Show a refusal where the key was pressed, so that the chosen time is still there to be changed. */
function showInDialog(error) {
  const place = byId("review-problem");
  place.hidden = error === null;
  place.replaceChildren(...(error === null ? [] : [words(error)]));
  if (error?.code === "time-has-passed") byId("applies-at").focus();
}

function differenceTable(rows) {
  const heads = ["window", "when", "was", "becomes"];
  const cell = (own) => h("td", {}, Object.keys(own).length ? h("span", { "aria-hidden": "true" }, servesMarks(own, queues)) : null, " ", h("span", { class: "small" }, servesWords(own, queues)));
  return h("table", { class: "table" },
    h("thead", {}, h("tr", {}, heads.map((key) => h("th", { scope: "col" }, say(key))))),
    h("tbody", {}, rows.map((row) => h("tr", {},
      h("th", { scope: "row", class: "figure" }, row.label),
      h("td", { class: "nowrap" }, `${dayTime(blocks[row.from].from)}–${dayTime(blocks[row.to].to)}`),
      cell(row.before), cell(row.after)))));
}

function laterChosen() {
  byId("applies-at").disabled = !byId("when-later").checked;
  showInDialog(null);
}
