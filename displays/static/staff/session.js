// A page that nobody touches signs its person out, after asking.

const IDLE_MS = 15 * 60_000;
const WARNED_MS = 60_000;
const SHARED = "jinban_staff_active_at"; // one person, several tabs: work in one keeps all alive

const dialog = document.getElementById("idle-dialog");
const leave = document.querySelector("[data-sign-out]");

function touched() {
  if (!dialog.open) localStorage.setItem(SHARED, String(Date.now()));
}

function stay() {
  dialog.close();
  touched();
}

function check() {
  const idle = Date.now() - Number(localStorage.getItem(SHARED));
  if (idle > IDLE_MS) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: "idle", value: "1" });
    leave.append(field);
    leave.requestSubmit();
  } else if (idle > IDLE_MS - WARNED_MS) {
    if (!dialog.open) dialog.showModal();
  } else if (dialog.open) {
    dialog.close();
  }
}

for (const kind of ["keydown", "pointerdown", "wheel"]) {
  document.addEventListener(kind, touched, { passive: true, capture: true });
}
document.getElementById("idle-stay").addEventListener("click", stay);
dialog.addEventListener("cancel", stay);
touched();
setInterval(check, 5000);
