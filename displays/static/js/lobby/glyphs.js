// A system without Chinese fonts draws the same empty box for every character, and nobody tells.

const SIZE = 32;

function pixels(character) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.font = `${SIZE * 0.8}px ${getComputedStyle(document.body).fontFamily}`;
  pen.textBaseline = "top";
  pen.fillText(character, 2, 2);
  return pen.getImageData(0, 0, SIZE, SIZE).data.join();
}

/** Return whether Chinese characters come out as boxes: different ones look alike. */
export function glyphsAreMissing() {
  return pixels("政") === pixels("务");
}
