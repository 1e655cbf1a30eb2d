// The hall's set-up: one section at a time, chosen by the address's fragment.

import { read } from "../api.js";
import { drawContact } from "./contact.js";
import { drawDays, drawHours } from "./hours.js";
import { drawQueues, drawWindows } from "./lines.js";
import { drawnBy, home, state } from "./parts.js";
import { drawClerks } from "./people.js";
import { drawShifts } from "./shifts.js";
import { drawKeeping } from "./unsaved.js";
import { drawTrail, drawValues, trailReadBy } from "./values.js";

const byId = (id) => document.getElementById(id);
const sections = [...document.querySelectorAll("[data-section]")];

function draw() {
  drawHours(byId("week"));
  drawDays(byId("days-list"));
  drawContact(byId("contact-form"));
  drawQueues(byId("queues-list"));
  drawWindows(byId("windows-list"));
  drawClerks(byId("clerks-list"));
  drawShifts(byId("shifts-list"), readTrail);
  drawValues(byId("values-list"));
  drawTrail(byId("trail-list"));
}

async function readTrail() {
  state.setup = await read(`${home}/setup`);
  drawKeeping(draw);
}

function show() {
  const wanted = sections.some((own) => own.id === location.hash.slice(1)) ? location.hash.slice(1) : sections[0].id;
  for (const own of sections) own.hidden = own.id !== wanted;
  for (const link of document.querySelectorAll("[data-shows]")) {
    if (link.dataset.shows === wanted) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

drawnBy((saved) => drawKeeping(draw, saved));
trailReadBy(readTrail);
addEventListener("hashchange", show);
draw();
show();
