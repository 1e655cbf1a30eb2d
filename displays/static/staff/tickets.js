// The help desk's page: finding a service by its words, printing the ticket. Without scripts the list is whole.

const find = document.getElementById("find");
if (find) {
  const found = document.getElementById("found");
  document.getElementById("find-field").hidden = false;
  find.addEventListener("input", () => {
    const words = find.value.trim().toLowerCase().split(/\s+/);
    let any = false;
    for (const queue of document.querySelectorAll("[data-queue]")) {
      let here = false;
      for (const item of queue.querySelectorAll("[data-words]")) {
        const fits = words.every((word) => item.dataset.words.toLowerCase().includes(word));
        item.hidden = !fits;
        here ||= fits;
      }
      queue.hidden = !here;
      any ||= here;
    }
    found.textContent = any ? "" : found.dataset.none;
  });
  // Enter in the search would press the first service of the page, seen or not.
  find.addEventListener("keydown", (event) => { if (event.key === "Enter" && !event.isComposing) event.preventDefault(); });
}

const print = document.getElementById("print");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}
