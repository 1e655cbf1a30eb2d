// Opening the way in a map app says "I am going there" too: the card's own form is sent beside the link.

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-way]");
  const form = link?.closest(".hall")?.querySelector(".hall__going");
  if (!form || form.dataset.said) return;
  form.dataset.said = "yes";
  fetch(form.action, { method: "POST", body: new FormData(form), keepalive: true, redirect: "manual" }).catch(() => null);
});
