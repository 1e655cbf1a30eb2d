// Suggestions while one types; without scripts the form answers the same question.

const TYPING_PAUSE_MS = 150;
const SHOWN = 8;

const form = document.querySelector("[data-suggest]");
const input = form.querySelector("input");
const list = document.createElement("ul");
list.className = "suggestions";
list.hidden = true;
form.append(list);
let pause;
let asking;

async function suggest() {
  const query = input.value.trim();
  asking?.abort();
  if (!query) {
    list.hidden = true;
    return;
  }
  asking = new AbortController();
  try {
    const answer = await fetch(`${form.dataset.suggest}?q=${encodeURIComponent(query)}`, { signal: asking.signal });
    if (answer.ok) show((await answer.json()).services.slice(0, SHOWN));
  } catch {
    // A newer question, or no connection: the button still works.
  }
}

function show(services) {
  list.replaceChildren(...services.map((service) => {
    const link = document.createElement("a");
    link.href = `/services/${encodeURIComponent(service.code)}`;
    link.textContent = form.dataset.language === "zh" ? service.name_zh : service.name_en;
    const row = document.createElement("li");
    row.append(link);
    return row;
  }));
  if (services.length === 0 && form.dataset.ask) offerQuestions();
  list.hidden = list.children.length === 0;
  document.getElementById("suggest-status").textContent = services.length === 0 ? form.dataset.ask ?? "" : String(services.length);
}

function offerQuestions() {
  const link = document.createElement("a");
  link.href = "/questions";
  link.textContent = form.dataset.ask;
  const row = document.createElement("li");
  row.append(link);
  list.append(row);
}

function move(step) {
  clearTimeout(pause); // who goes into the list chooses from what stands there: no answer takes it from under them
  asking?.abort();
  const stops = [input, ...list.querySelectorAll("a")];
  const next = stops[(stops.indexOf(document.activeElement) + step + stops.length) % stops.length];
  next.focus();
}

input.addEventListener("input", () => {
  clearTimeout(pause);
  pause = setTimeout(suggest, TYPING_PAUSE_MS);
});
form.addEventListener("keydown", (event) => {
  if (event.key === "Escape") list.hidden = true;
  if (list.hidden || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
  event.preventDefault();
  move(event.key === "ArrowDown" ? 1 : -1);
});
document.addEventListener("click", (event) => {
  if (!form.contains(event.target)) list.hidden = true;
});
