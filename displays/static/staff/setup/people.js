// Clerks, what they can do, and their way in.

import { clockTime, fill, h, named, queueBadge, say } from "../page.js";
import { chosen } from "./lines.js";
import { input, may, save, saveButton, spokenName, state, tickCells, under } from "./parts.js";

const skilled = (clerk, queue) => clerk.skills.length === 0 || clerk.skills.includes(queue.id);

/** Draw the clerks against the queues that they can serve. */
export function drawClerks(place) {
  const queues = state.setup.queues.map((queue, at) => ({ ...queue, place: at }));
  const heads = queues.map((queue) => h("th", { scope: "col" }, h("span", { class: "setup-head" }, queueBadge(queue), h("span", { class: "small" }, named(queue)))));
  fill(place, h("div", { class: "table-scroll", role: "region", tabindex: 0, "aria-label": say("clerks_list") }, h("table", { class: "table setup-matrix" },
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, say("clerk")), heads, h("th", { scope: "col" }, say("account")), h("td"), h("td"))),
    h("tbody", {}, state.setup.clerks.length ? state.setup.clerks.map((clerk) => clerkRow(clerk, queues))
      : h("tr", {}, h("td", { colspan: queues.length + 4, class: "soft" }, say("no_clerks")))))), may ? newClerk() : null);
}

function clerkRow(clerk, queues) {
  const row = h("tr", { class: clerk.disabled ? "setup-off" : null });
  const name = input("text", say("clerk_name", { name: clerk.username }), clerk.name, { maxlength: 60, class: "input setup-name" });
  const ticks = queues.map((queue) => h("label", { class: "setup-tick" }, h("input", {
    type: "checkbox", "data-kept": `${clerk.id} ${queue.id}`, disabled: !may, checked: skilled(clerk, queue), "aria-label": `${spokenName(clerk)}: ${queue.prefix} ${named(queue)}`,
  })));
  const account = h("select", { class: "select setup-select", "data-kept": `${clerk.id} account`, disabled: !may, "aria-label": `${spokenName(clerk)}: ${say("account")}` },
    h("option", { value: "" }, say("works")), h("option", { value: "off", selected: clerk.disabled }, say("closed_account")));
  const button = saveButton(row, () => {
    const picked = chosen(ticks, queues);
    const skills = picked.length === queues.length ? [] : picked;
    if (!picked.length) { ticks[0].querySelector("input").setCustomValidity(say("one_skill")); ticks[0].querySelector("input").reportValidity(); return; }
    save("PUT", `/setup/clerks/${clerk.id}`, { name: name.value, skills, disabled: account.value === "off", base: clerk.base }, { from: row });
  });
  row.addEventListener("input", () => ticks[0].querySelector("input").setCustomValidity(""));
  const link = may && !clerk.disabled ? h("button", { class: "button button--quiet", type: "button", "aria-label": `${spokenName(clerk)}: ${say("link")}`, onclick: () => askLink(clerk) }, say("link")) : null;
  row.append(h("th", { scope: "row" }, name, h("span", { class: "small soft setup-user" }, clerk.username)), ...tickCells(ticks, queues), under("account", account), h("td", {}, button), h("td", {}, link));
  return row;
}

async function askLink(clerk) {
  const link = await save("POST", `/setup/clerks/${clerk.id}/sign-in-link`, undefined, { keep: null, done: "link_made" });
  if (!link) return;
  const dialog = document.getElementById("link-dialog");
  document.getElementById("link-text").textContent = say("link_for", { name: clerk.name, time: clockTime(link.expires_at) });
  document.getElementById("link-value").value = location.origin + link.path;
  document.getElementById("link-close").onclick = () => { document.getElementById("link-value").value = ""; dialog.close(); };
  dialog.showModal();
  document.getElementById("link-value").select();
}

function newClerk() {
  const username = h("input", { class: "input", id: "new-username", required: true, minlength: 3, maxlength: 40, pattern: "[A-Za-z0-9][A-Za-z0-9._\\-]{2,39}", autocomplete: "off", "aria-describedby": "new-username-hint" });
  const name = h("input", { class: "input", id: "new-clerk-name", required: true, maxlength: 60, autocomplete: "off" });
  const form = h("form", { class: "setup-form" },
    h("div", { class: "field setup-field" }, h("label", { for: "new-username" }, say("username")), h("span", { class: "hint", id: "new-username-hint" }, say("username_hint")), username),
    h("div", { class: "field setup-field" }, h("label", { for: "new-clerk-name" }, say("shown_name")), name),
    h("button", { class: "button button--primary" }, say("add_clerk")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    save("POST", "/setup/clerks", { username: username.value, name: name.value }, { done: "clerk_added", from: form });
  });
  return h("details", { class: "setup-more" }, h("summary", {}, say("new_clerk")), form);
}
