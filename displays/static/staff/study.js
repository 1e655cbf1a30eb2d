// What the pages of studies share: a question is sent, its answer waited for, the latest one shown again.

import { NoAnswer, Problem, read, send } from "./api.js";
import { ruleNames } from "./figures.js";
import { data, h, say } from "./page.js";

const LOOK_EVERY_MS = 700;
const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

export const byId = (id) => document.getElementById(id);
export function tell(text, kind = "") {
  byId("message").textContent = text;
  byId("message").className = `staff-message ${kind}`;
  if (text) byId("message").scrollIntoView({ block: "nearest" }); // the key may stand far down a long answer
}

/** Do something that the server may refuse; a refusal is shown in its own words. */
export async function attempt(work) {
  byId("problem").hidden = true;
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Problem || error instanceof NoAnswer)) throw error;
    const lines = error instanceof Problem ? [error.document.title, error.document.help ?? ""] : [say("unsure"), ""];
    tell("");
    byId("problem").hidden = false;
    byId("problem").replaceChildren(h("p", {}, h("strong", {}, lines[0]), " ", lines[1]));
    byId("problem").scrollIntoView({ block: "nearest" });
  }
}

/** One kind of study on a page: `asks` and `reads` are paths, `draw(study)` fills the element `place`. */
export class StudyPage {
  /** `asked(question)` gives the form's values by field, so that the form says what the answer is about. */
  constructor({ asks, reads, place, draw, asked }) {
    Object.assign(this, { asks, reads, place, draw, asked });
    this.round = 0;
    this.study = null;
  }

  async ask(question) {
    await attempt(async () => this.follow(await send("POST", this.asks, question)));
  }

  /** Show the hall's latest study of this kind, if there is one. */
  async latest() {
    await attempt(async () => {
      const { studies } = await read(this.asks);
      const last = studies.find((own) => own.status !== "dropped");
      if (last) {
        const study = await read(`${this.reads}/${last.id}`);
        this.fillForm(study.question);
        await this.follow(study);
      }
    });
  }

  fillForm(question) {
    for (const [id, value] of Object.entries(this.asked(question))) {
      const field = byId(id);
      if (field && (!field.options || [...field.options].some((own) => own.value === String(value)))) field.value = value;
    }
  }

  async follow(study) {
    this.round += 1;
    const mine = this.round;
    let now = study;
    while (now.status === "computing") {
      this.drawProgress(now);
      await pause(LOOK_EVERY_MS);
      if (mine !== this.round) return;
      now = await this.look(study.id, now);
    }
    this.show(now);
  }

  /** Read a study again; while the server does not answer it is still being computed. */
  async look(id, before) {
    try {
      return await read(`${this.reads}/${id}`);
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      return before;
    }
  }

  show(study) {
    this.study = study;
    this.place.hidden = false;
    this.place.replaceChildren(...(study.answer ? this.draw(study) : [failure(study)]).flat().filter(Boolean));
  }

  drawProgress(study) {
    this.place.hidden = false;
    const bar = this.place.querySelector(":scope > .plan-computing progress");
    if (bar && study.progress) bar.value = study.progress; // drawn anew, it would be read out each time
    if (bar) return;
    this.place.replaceChildren(h("div", { class: "card plan-computing" }, h("p", {}, say("computing")),
      h("progress", { class: "staff-progress", max: "1", value: study.progress || null, "aria-label": say("computing") })));
  }
}

function failure(study) {
  const rules = ruleNames(study.conflicts).map((name) => h("li", {}, name));
  return h("div", { class: "notice notice--warn" }, h("p", {}, say(study.reason ? `reason.${study.reason}` : "failed")), rules.length ? h("ul", {}, rules) : null);
}

/** Hand a plan over to the grid as its draft, and go there. */
export function intoDraft(day, version, entries) {
  sessionStorage.setItem(`jinban_plan_handed_${data.hall}_${day}`, JSON.stringify({ version, entries }));
  location.assign(`/staff/halls/${data.hall}/plan?day=${day}`);
}
