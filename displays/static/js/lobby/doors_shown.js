// Where the screen says that the hall is not open: large while no call stands there, else beside the hall's name.

import { doorsSaid } from "./doors.js";

const words = document.getElementById("doors-words").content;
const small = document.getElementById("doors");
const large = document.getElementById("doors-large");
const formats = new Map();

/** Show what `board` says of the doors at `now`, a Date on the server's clock; nothing without a board. */
export function showDoors(board, { now, zone, callsShown }) {
  const said = board && doorsSaid(board, now.getTime());
  const place = callsShown > 0 ? small : large;
  for (const own of [small, large]) own.hidden = !said || own !== place;
  const { classList } = document.body;
  classList.toggle("lobby--closed", Boolean(said));
  classList.toggle("lobby--shut", Boolean(said) && place === large);
  classList.toggle("lobby--off", said?.title === "off");
  const key = JSON.stringify(said);
  if (!said || place.dataset.said === key) return; // a reader is told once, not four times a second
  place.dataset.said = key;
  place.replaceChildren(...rows(said, zone));
}

function rows({ title, waits, opensAt, opensToday }, zone) {
  const chosen = [...words.children].filter((row) => (row.dataset.of ? [title, waits].includes(row.dataset.of) : opensAt));
  return chosen.map((row) => {
    const made = row.cloneNode(true);
    const [chinese, english] = made.querySelectorAll("time");
    if (chinese) chinese.textContent = timeOf(opensAt, "zh-CN", zone, opensToday);
    if (english) english.textContent = timeOf(opensAt, "en-GB", zone, opensToday);
    return made;
  });
}

function timeOf(instant, language, zone, opensToday) {
  const key = `${language} ${opensToday}`;
  const day = opensToday ? {} : { month: "long", day: "numeric", weekday: "long" };
  if (!formats.has(key)) {
    formats.set(key, new Intl.DateTimeFormat(language, {
      timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...day,
    }));
  }
  return formats.get(key).format(instant);
}
