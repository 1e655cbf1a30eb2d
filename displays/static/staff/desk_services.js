// The clerk's dialog of what was really done: services of the hall found by name or pinyin, all by keyboard.

import { NoAnswer, Problem, read } from "./api.js";
import { data, h, listed, named, say } from "./page.js";

const MOST = 8;
const SHOWN = 8;
const ASK_AFTER_MS = 150;

const dialog = document.getElementById("services-dialog");
const search = document.getElementById("services-search");
const list = document.getElementById("services-found");
const said = document.getElementById("services-said");
const offer = new Map(data.offer.map((own) => [own.code, own]));

let chosen = []; // codes, in the order in which they were added
let found = [];
let marked = 0;
let finish = () => {};
let timer = 0;

/** Ask what was done for a ticket, then call `send("services" or "finish", codes)`. */
export function askWhatWasDone(ticket, send) {
  dialog.querySelector("[data-services-label]").textContent = ticket.label;
  dialog.querySelector("[data-services-asked]").textContent = listed(ticket.services.map(named));
  for (const own of [...ticket.services, ...ticket.delivered]) if (!offer.has(own.code)) offer.set(own.code, own);
  chosen = (ticket.delivered.length ? ticket.delivered : ticket.services).map((own) => own.code);
  finish = send;
  search.value = "";
  said.textContent = "";
  show([]);
  drawChosen();
  dialog.showModal();
  search.focus();
}

function drawChosen() {
  document.getElementById("services-done").replaceChildren(...chosen.map((code) => {
    const name = named(offer.get(code));
    return h("li", {}, h("span", {}, name), h("button", {
      class: "button button--quiet", type: "button", "aria-label": say("services.take_off", { name }),
      onclick: () => { take(code); search.focus(); },
    }, "\u00d7"));
  }));
  for (const button of dialog.querySelectorAll("[data-services]")) button.setAttribute("aria-disabled", String(!chosen.length));
}

function take(code) {
  chosen = chosen.filter((own) => own !== code);
  said.textContent = chosen.length ? "" : say("services.one");
  drawChosen();
}

function add(code) {
  if (chosen.length >= MOST) { said.textContent = say("services.enough", { n: MOST }); return; }
  chosen = [...chosen, code];
  search.value = "";
  said.textContent = "";
  show([]);
  drawChosen();
}

function show(codes) {
  found = codes.filter((code) => !chosen.includes(code)).slice(0, SHOWN);
  marked = Math.min(marked, Math.max(0, found.length - 1));
  list.replaceChildren(...found.map((code, place) => h("li", {
    role: "option", id: `services-option-${place}`, "aria-selected": String(place === marked), class: "staff-found__one",
    onclick: () => { add(code); search.focus(); },
  }, named(offer.get(code)))));
  search.setAttribute("aria-expanded", String(found.length > 0));
  if (found.length) search.setAttribute("aria-activedescendant", `services-option-${marked}`);
  else search.removeAttribute("aria-activedescendant");
}

const plain = (text) => text.toLowerCase().replaceAll(/\s/g, "");

/** Find at once by what is written; pinyin and typing errors come with the server's answer. */
function look() {
  const wanted = search.value;
  marked = 0;
  clearTimeout(timer);
  said.textContent = "";
  if (!plain(wanted)) { show([]); return; }
  const written = [...offer.values()].filter((own) => plain(`${own.name_zh} ${own.name_en} ${own.code}`).includes(plain(wanted)));
  show(written.map((own) => own.code));
  timer = setTimeout(() => ask(wanted), ASK_AFTER_MS);
}

async function ask(wanted) {
  let answer;
  try {
    answer = await read(`/api/v1/services?q=${encodeURIComponent(wanted)}`);
  } catch (error) {
    if (error instanceof Problem || error instanceof NoAnswer) return;
    throw error;
  }
  if (search.value !== wanted) return;
  const here = new Set(data.offer.map((own) => own.code));
  const best = answer.services.map((own) => own.code).filter((code) => here.has(code));
  // What is marked stays marked: an answer that comes late changes nothing under the finger.
  const kept = found[marked];
  const codes = [...new Set([...found, ...best])];
  show(codes);
  if (kept !== undefined) mark(found.indexOf(kept));
  said.textContent = found.length ? "" : say("services.none");
}

function mark(place) {
  if (!found.length) return;
  marked = (place + found.length) % found.length;
  [...list.children].forEach((own, at) => own.setAttribute("aria-selected", String(at === marked)));
  search.setAttribute("aria-activedescendant", `services-option-${marked}`);
}

function send(name) {
  if (!chosen.length) { said.textContent = say("services.one"); return; }
  dialog.close();
  finish(name, chosen);
}

const KEYS = {
  ArrowDown: () => mark(marked + 1),
  ArrowUp: () => mark(marked - 1),
  Enter: () => {
    if (found.length) add(found[marked]);
    else if (plain(search.value)) said.textContent = say("services.none");
    else send("services");
  },
};

search.addEventListener("keydown", (event) => {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Backspace" && !search.value && chosen.length && !event.repeat) take(chosen.at(-1));
  if (!KEYS[event.key] || (event.key === "Enter" && event.repeat)) return;
  event.preventDefault();
  KEYS[event.key]();
});
search.addEventListener("input", look);
dialog.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.ctrlKey || event.repeat) return;
  event.preventDefault();
  send("finish");
});
for (const button of dialog.querySelectorAll("[data-services]")) button.addEventListener("click", () => send(button.dataset.services));
dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
