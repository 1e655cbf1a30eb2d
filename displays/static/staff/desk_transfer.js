// The clerk's dialog that sends a ticket to another queue, with how many wait there and how long, or to a window.

import { NoAnswer, Problem, read } from "./api.js";
import { data, h, named, queueBadge, say, waitText } from "./page.js";

const dialog = document.getElementById("transfer-dialog");
const windows = document.getElementById("transfer-windows");

// As they lie on the keyboard, without T, which opened this and may be pressed twice, and without those that
// name a queue here: B is a queue to whoever reads it.
const LETTERS = [..."QWERYUIOPASDFGHJKLZXCVBNM"].filter((own) => !data.queues.some((queue) => queue.prefix === own));

/** Ask where a ticket is to go, then call `send({ queue_id })` or `send({ window_id })`. */
export function askWhere(ticket, send) {
  dialog.querySelector("[data-transfer-label]").textContent = ticket.label;
  const others = data.queues.filter((queue) => queue.id !== ticket.queue_id);
  document.getElementById("transfer-queues").replaceChildren(...others.map((queue, place) => h(
    "li", {},
    h("button", {
      class: "button button--block staff-queue-choice", type: "button", "data-digit": place < 9 ? place + 1 : null,
      onclick: () => { dialog.close(); send({ queue_id: queue.id }); },
    }, queueBadge(queue), h("span", { class: "staff-queue-choice__name" }, named(queue),
      h("span", { class: "soft small", "data-waits": queue.id })), place < 9 ? h("kbd", { "aria-hidden": "true" }, place + 1) : null),
  )));
  windows.replaceChildren();
  dialog.querySelector("[data-windows]").hidden = true;
  dialog.showModal();
  tellWaits();
  tellWindows(ticket, send);
}

/** List the windows that are not closed, with who sits there; the queues do not wait for it. */
async function tellWindows(ticket, send) {
  let found;
  try {
    found = await read(`/api/v1/windows/${data.desk.window.id}/colleagues`);
  } catch (error) {
    if (error instanceof Problem || error instanceof NoAnswer) return;
    throw error;
  }
  if (!dialog.open || dialog.querySelector("[data-transfer-label]").textContent !== ticket.label) return;
  dialog.querySelector("[data-windows]").hidden = found.windows.length === 0;
  windows.replaceChildren(...found.windows.map((own, place) => windowChoice(own, LETTERS[place], send)));
}

function windowChoice(own, letter, send) {
  const facts = [own.status === "paused" ? say("status.paused") : "", own.serves.join(" "), own.meant_for ? say("meant_for", { n: own.meant_for }) : ""];
  return h("li", {}, h("button", {
    class: "button button--block staff-queue-choice", type: "button", "data-digit": letter ?? null,
    onclick: () => { dialog.close(); send({ window_id: own.id }); },
  }, h("span", { class: "staff-queue-choice__name" },
    `${say("window_named", { label: own.label })} ${own.clerk_name ?? ""}${own.id === data.desk.window.id ? ` (${say("here")})` : ""}`,
    h("span", { class: "soft small" }, facts.filter(Boolean).join(" · "))),
  letter ? h("kbd", { "aria-hidden": "true" }, letter) : null));
}

/** Say beside each queue who waits there; the choice does not wait for it. */
async function tellWaits() {
  let board;
  try {
    board = await read(`/api/v1/halls/${data.hall}/board`);
  } catch (error) {
    if (error instanceof Problem || error instanceof NoAnswer) return;
    throw error;
  }
  for (const queue of board.queues) {
    const place = dialog.querySelector(`[data-waits="${queue.queue_id}"]`);
    if (place) place.textContent = `${say("waiting_there", { n: queue.waiting })} · ${waitText(queue.wait, queue.waiting)}`;
  }
}

dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
dialog.addEventListener("keydown", (event) => {
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  const choice = dialog.querySelector(`[data-digit="${CSS.escape(event.key.toUpperCase())}"]`);
  if (choice) { event.preventDefault(); choice.click(); }
});
