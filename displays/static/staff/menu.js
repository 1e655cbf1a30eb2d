// On a telephone a staff page's many links are folded under one key; css/staff.css folds them.

const key = document.getElementById("staff-menu");

function unfold(open) {
  key.setAttribute("aria-expanded", String(open));
}

if (key) {
  key.addEventListener("click", () => unfold(key.getAttribute("aria-expanded") !== "true"));
  key.closest("header").addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || key.getAttribute("aria-expanded") !== "true") return;
    unfold(false);
    key.focus();
  });
}
