// A queue dragged from the palette onto cells. Whoever cannot drag presses it instead: the same happens.

const FAR_PX = 6; // less is a press with an unsteady hand

/** Call `onDrop(queue id, [row, column])` for each queue that is dragged from the palette onto the grid. */
export function dragsQueues(palette, grid, onDrop) {
  let drag = null;
  const end = () => {
    drag?.shadow?.remove();
    drag = null;
  };
  palette.addEventListener("pointerdown", (event) => {
    const button = event.target.closest("[data-queue]");
    if (button && event.button === 0 && event.pointerType !== "touch") drag = { button, x: event.clientX, y: event.clientY, shadow: null };
  });
  document.addEventListener("pointermove", (event) => {
    if (!drag) return;
    if (!drag.shadow && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < FAR_PX) return;
    if (!drag.shadow) {
      drag.shadow = drag.button.querySelector(".queue-badge").cloneNode(true);
      drag.shadow.classList.add("plan-dragged");
      document.body.append(drag.shadow);
    }
    // By the style object, not an attribute: the pages' policy allows no inline styles.
    drag.shadow.style.left = `${event.clientX}px`;
    drag.shadow.style.top = `${event.clientY}px`;
    event.preventDefault();
  });
  document.addEventListener("pointerup", (event) => {
    const place = drag?.shadow ? grid.placeAt(event.clientX, event.clientY) : null;
    const queue = drag?.button.dataset.queue;
    end();
    if (place) onDrop(queue, place);
  });
  document.addEventListener("pointercancel", end);
}
