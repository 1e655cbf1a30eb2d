// The ticket's page without the server: how it stood, under its time; never a call as if it were now.

import { lastOf } from "./last.js";

const EVERY_MS = 5000;
const ANSWER_MS = 4000;
const token = location.pathname.split("/")[2]; // also of a form that got no answer
const address = `/t/${token}`;

function fill(own) {
  const put = (element) => {
    element.textContent = element.dataset.text.replace(/\{(\w+)\}/g, (_, name) => own[name] ?? "");
    element.hidden = false;
  };
  put(document.getElementById("since"));
  for (const element of document.querySelectorAll(`[data-status="${own.status}"]`)) put(element);
  document.getElementById("label").textContent = own.label;
  document.getElementById("service").textContent = own.service;
  for (const [name, value] of own.figures) {
    const pair = document.createElement("div");
    pair.append(document.createElement("dt"), document.createElement("dd"));
    pair.firstChild.textContent = name;
    pair.lastChild.textContent = value;
    document.getElementById("figures").append(pair);
  }
  document.getElementById("last").hidden = false;
}

async function askAgain() {
  try {
    const answer = await fetch(`${address}/now`, { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) });
    if (answer.status < 500) location.replace(address);
  } catch {
    // Still away.
  }
}

const own = lastOf(token);
if (own) fill(own);
else document.getElementById("unknown").hidden = false;
document.getElementById("again").href = address;
if (address !== "/t/away") setInterval(askAgain, EVERY_MS); // itself it is no ticket
