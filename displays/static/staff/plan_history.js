// The history of window plans: versions, what differs between two, an old one restored; links for calendars.

import { read, send } from "./api.js";
import { marks, narrow, table } from "./figures.js";
import { spoken } from "./hall_time.js";
import { data, dayTime, h, listed, say } from "./page.js";
import { attempt, byId, tell } from "./study.js";
import { dayNames } from "./weekdays.js";

const path = `/api/v1/halls/${encodeURIComponent(data.hall)}/plan`;
const wanted = new URLSearchParams(location.search);
const [opens, closes] = [data.blocks[0].from, data.blocks.at(-1).to];

let versions = [];
let pair = { before: Number(wanted.get("before")) || 0, after: Number(wanted.get("after")) || 0 };

// --- versions ----------------------------------------------------------------------------------------------

async function load() {
  versions = (await read(`${path}/versions`)).versions;
  const known = new Set(versions.map((own) => own.version));
  if (!known.has(pair.before) || !known.has(pair.after)) pair = latestPair();
  draw();
  await compare();
}

/** Return the newest plan that somebody made and the one of the same days before it. */
function latestPair() {
  const after = versions.find((own) => own.source !== "kept") ?? versions[0];
  const before = versions.find((own) => own.version < after?.version && own.weekday === after.weekday) ?? versions[1];
  return { before: before?.version ?? 0, after: after?.version ?? 0 };
}

function draw() {
  const heads = ["no", "when", "by", "source", "holds", "compare"].map((key) => [say(key), ""]);
  byId("versions").replaceChildren(table(data.may_change ? [...heads, ["", ""]] : heads, versions.map(row), { class: "table table--stack plan-versions" }, say("versions")));
}

function row(own) {
  return h("tr", { class: own.holds_on.length ? "plan-versions__now" : null },
    h("th", { scope: "row", class: "figure" }, own.version),
    h("td", {}, when(own)), h("td", { class: "nowrap" }, own.by || "—"), h("td", {}, say(`source.${own.source}`)),
    h("td", { class: "nowrap" }, holds(own)),
    h("td", { class: "nowrap" }, pick("before", own.version), " ", pick("after", own.version)),
    data.may_change ? h("td", {}, restorable(own) ? h("button", { class: "button button--small", type: "button", onclick: () => askRestore(own) }, say("restore")) : null) : null);
}

const restorable = (own) => own.applied_at && !own.holds_on.length;

function when(own) {
  if (own.applied_at) return spoken(own.applied_at);
  return own.ended ? say(`ended.${own.ended}`) : say("waits_for", { time: spoken(own.applies_at) });
}

function holds(own) {
  if (!own.holds_on.length) return h("span", { class: "soft" }, own.applied_at ? say("nowhere") : own.weekday === null ? "" : say("only", { days: dayNames([own.weekday]) }));
  return h("span", { class: "tag tag--good" }, dayNames(own.holds_on));
}

function pick(side, version) {
  return h("label", { class: "plan-pick" },
    h("input", { type: "radio", name: side, value: version, checked: pair[side] === version, onchange: () => { pair[side] = version; attempt(compare); } }),
    h("span", {}, say(side === "before" ? "older" : "newer")), h("span", { class: "visually-hidden" }, ` ${version}`));
}

async function compare() {
  if (!pair.before || !pair.after) {
    byId("changes").replaceChildren(h("p", {}, say("only_one")));
    return;
  }
  const found = await read(`${path}/differences/${pair.before}/${pair.after}`);
  const changes = found.changes
    .map((own) => ({ ...own, from: Math.max(own.from_minute, opens), to: Math.min(own.to_minute, closes) }))
    .filter((own) => own.from < own.to);
  if (!changes.length) {
    byId("changes").replaceChildren(h("p", {}, say("same", { a: pair.before, b: pair.after })));
    return;
  }
  const heads = [say("window"), say("times"), say("was", { n: pair.before }), say("was", { n: pair.after })].map((text) => [text, ""]);
  byId("changes").replaceChildren(h("p", { class: "small soft" }, say("differences_n", { n: changes.length })), table(heads, changes.map((own) => h("tr", {},
    h("th", { scope: "row", class: "figure" }, own.window),
    h("td", { class: "nowrap" }, `${dayTime(own.from)}–${dayTime(own.to)}`),
    h("td", { class: "nowrap" }, served(own.before)), h("td", { class: "nowrap" }, served(own.after)))), narrow, say("differs")));
}

function served(cell) {
  const listed = (role) => cell.filter(({ helping }) => helping === role).map(({ queue }) => queue);
  return marks({ primary: listed(false), helping: listed(true) });
}

function askRestore(own) {
  const day = own.weekday ?? data.weekday;
  const now = versions.find((other) => other.holds_on.includes(day));
  const ask = h("div", { class: "notice" }, h("p", {}, say("restore_ask", { n: own.version, now: now.version, days: dayNames(now.holds_on) })),
    h("div", { class: "row" },
      h("button", { class: "button button--primary", type: "button", onclick: () => attempt(() => restore(own, now, day)) }, say("yes")),
      h("button", { class: "button", type: "button", onclick: () => ask.remove() }, say("no_keep"))));
  byId("message").after(ask);
  ask.querySelector("button").focus();
  restoring?.remove();
  restoring = ask;
}
let restoring = null;

async function restore(own, now, day) {
  restoring?.remove();
  tell(say("restoring"), "staff-message--working");
  const plan = await send("POST", `${path}/versions/${own.version}/restore`, { base_version: now.version, weekday: day });
  pair = { before: now.version, after: plan.version };
  await load();
  tell(say("restored", { old: own.version, n: plan.version }), "staff-message--done");
}

// --- links -------------------------------------------------------------------------------------------------

async function loadFeeds() {
  const { feeds } = await read(`${path}/feeds`);
  byId("feeds").replaceChildren(...(feeds.length ? feeds.map((own) => h("li", { class: "row row--apart" },
    h("span", {}, own.window ? say("window_n", { label: own.window }) : say("all_windows"), " ", h("span", { class: "small soft" }, say("made", { time: spoken(own.made_at) }))),
    data.may_change ? h("button", { class: "button button--small", type: "button", onclick: () => attempt(() => withdraw(own)) }, say("withdraw")) : null))
    : [h("li", { class: "small soft" }, say("no_feeds"))]));
}

async function makeFeed() {
  const made = await send("POST", `${path}/feeds`, { window_id: byId("feed-window").value || null });
  const link = new URL(made.path, location.href).href;
  const field = h("input", { class: "input", readonly: true, value: link, "aria-label": say("feed_made"), onfocus: (event) => event.target.select() });
  const copy = async () => {
    field.select();
    // Pages without https have no clipboard; the link stays selected for the keys.
    await navigator.clipboard?.writeText(link).then(() => tell(say("copied"), "staff-message--done"), () => {});
  };
  byId("new-feed").replaceChildren(h("p", { class: "small" }, say("feed_made")), h("div", { class: "row plan-link" }, field, h("button", { class: "button", type: "button", onclick: copy }, say("copy"))));
  field.focus();
  await loadFeeds();
}

async function withdraw(own) {
  await send("DELETE", `${path}/feeds/${own.id}`);
  tell(say("withdrawn"), "staff-message--done");
  await loadFeeds();
}

byId("feed-form")?.addEventListener("submit", (event) => { event.preventDefault(); attempt(makeFeed); });
attempt(load);
attempt(loadFeeds);
