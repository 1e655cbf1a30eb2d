// The filter of the API page; without scripts everything is simply there.

const filter = document.getElementById("api-filter");
const entries = [...document.querySelectorAll(".api-operation")];
const count = document.getElementById("api-count");

function show() {
  const words = filter.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const entry of entries) {
    entry.hidden = !words.every((word) => entry.dataset.text.includes(word));
    found += entry.hidden ? 0 : 1;
  }
  for (const tag of document.querySelectorAll(".api-tag")) {
    tag.hidden = !tag.querySelector(".api-operation:not([hidden])");
  }
  count.textContent = `${found} / ${entries.length}`;
}

function openTarget() {
  const target = document.getElementById(location.hash.slice(1));
  if (target instanceof HTMLDetailsElement) target.open = true;
}

filter.closest("[hidden]").hidden = false;
filter.addEventListener("input", show);
addEventListener("hashchange", openTarget);
openTarget();
show();
