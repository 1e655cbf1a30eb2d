// What the hall says, kept up to date beside the page: each notice begins and ends by its own times.

import { standing } from "./kiosk/standing.js";
import { LiveHall } from "./live.js";

const TICK_MS = 1000;

const list = document.getElementById("notices");
const speed = Number(list.dataset.speed);
const chinese = document.documentElement.lang.startsWith("zh");
const live = new LiveHall({ hall: list.dataset.hall, onFrame: show });
setInterval(show, TICK_MS);

function show() {
  if (!live.board) return;
  const up = standing(live.board.notices, live.now(speed).getTime());
  const texts = up.map((own) => (chinese ? own.text_zh : own.text_en || own.text_zh));
  if (texts.join("\n") === [...list.children].map((row) => row.textContent).join("\n")) return;
  list.hidden = texts.length === 0;
  list.replaceChildren(...texts.map((text) => {
    const row = document.createElement("li");
    row.className = "notice notice--warn hall-notice";
    row.textContent = text;
    return row;
  }));
}
