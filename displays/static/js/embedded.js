// Inside another site's page: links that leave open a window of their own (maps refuse frames), and the page
// around is told how high this one is. Nothing else goes out, and nothing from there is listened to.

for (const link of document.links) {
  if (link.origin !== location.origin) {
    link.target = "_blank";
    link.rel = "noopener noreferrer";
  }
}

function tellHeight() {
  parent.postMessage({ jinban: "height", pixels: document.documentElement.scrollHeight }, "*");
}

if (parent !== window) {
  new ResizeObserver(tellHeight).observe(document.body);
  tellHeight();
}
