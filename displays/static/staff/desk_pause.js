// The clerk's dialog of why the window pauses: one key more, and the key of the pause itself is a break.

const dialog = document.getElementById("pause-dialog");
const kinds = [...dialog.querySelectorAll("[data-pause]")];

let pause = () => {};

/** Ask why the window pauses, then call `send(kind)`. */
export function askWhyPause(send) {
  pause = send;
  dialog.showModal();
}

for (const button of kinds) {
  button.addEventListener("click", () => { dialog.close(); pause(button.dataset.pause); });
}
dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
dialog.addEventListener("keydown", (event) => {
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  const chosen = kinds.find((button) => button.dataset.key === event.key.toUpperCase());
  if (chosen) { event.preventDefault(); chosen.click(); }
});
