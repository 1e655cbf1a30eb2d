// The clerk's dialog that sends a ticket to another queue, with how many wait there and how long.

import { NoAnswer, Problem, read } from "./api.js";
import { data, h, named, queueBadge, say, waitText } from "./page.js";

const dialog = document.getElementById("transfer-dialog");

/** Ask where a ticket is to go, then call `send(queue)`. */
export function askWhere(ticket, send) {
  dialog.querySelector("[data-transfer-label]").textContent = ticket.label;
  const others = data.queues.filter((queue) => queue.id !== ticket.queue_id);
  document.getElementById("transfer-queues").replaceChildren(...others.map((queue, place) => h(
    "li", {},
    h("button", {
      class: "button button--block staff-queue-choice", type: "button", "data-digit": place < 9 ? place + 1 : null,
      onclick: () => { dialog.close(); send(queue); },
    }, queueBadge(queue), h("span", { class: "staff-queue-choice__name" }, named(queue),
      h("span", { class: "soft small", "data-waits": queue.id })), place < 9 ? h("kbd", { "aria-hidden": "true" }, place + 1) : null),
  )));
  dialog.showModal();
  tellWaits();
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
  const choice = dialog.querySelector(`[data-digit="${CSS.escape(event.key)}"]`);
  if (choice) { event.preventDefault(); choice.click(); }
});
