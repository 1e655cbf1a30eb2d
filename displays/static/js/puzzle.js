// Solves the puzzle of a burst in this browser, then sends the form on; nobody else is asked.
// SHA-256 is written out here: a browser offers its own only where the page came over TLS.

const K = new Uint32Array(64);
const FIRST = new Uint32Array(8);
{
  const root = (n, power) => { const r = n ** power; return ((r - Math.floor(r)) * 2 ** 32) >>> 0; };
  let found = 0;
  for (let n = 2; found < 64; n += 1) {
    let prime = true;
    for (let d = 2; d * d <= n; d += 1) if (n % d === 0) prime = false;
    if (!prime) continue;
    if (found < 8) FIRST[found] = root(n, 1 / 2);
    K[found] = root(n, 1 / 3);
    found += 1;
  }
}
const W = new Uint32Array(64);

function block(state, words) {
  W.set(words);
  for (let i = 16; i < 64; i += 1) {
    const a = W[i - 15], b = W[i - 2];
    W[i] = W[i - 16] + W[i - 7]
      + (((a >>> 7) | (a << 25)) ^ ((a >>> 18) | (a << 14)) ^ (a >>> 3))
      + (((b >>> 17) | (b << 15)) ^ ((b >>> 19) | (b << 13)) ^ (b >>> 10));
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i += 1) {
    const one = (h + (((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7)))
      + ((e & f) ^ (~e & g)) + K[i] + W[i]) | 0;
    const two = ((((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10)))
      + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((value, i) => { state[i] += value; });
}

/** Return SHA-256 of ASCII text in hexadecimal. */
export function sha256(text) {
  const words = new Uint32Array((((text.length + 8) >> 6) + 1) * 16);
  for (let i = 0; i < text.length; i += 1) words[i >> 2] |= text.charCodeAt(i) << (24 - (i & 3) * 8);
  words[text.length >> 2] |= 0x80 << (24 - (text.length & 3) * 8);
  words[words.length - 1] = text.length * 8;
  const state = FIRST.slice();
  for (let at = 0; at < words.length; at += 16) block(state, words.subarray(at, at + 16));
  return [...state].map((word) => word.toString(16).padStart(8, "0")).join("");
}

const AT_ONCE = 2000; // some tens of milliseconds on an old telephone: the page stays alive between them

/** Return the number that solves the puzzle; null where there is none. */
export async function solve({ salt, challenge, maxnumber }) {
  for (let number = 0; number <= maxnumber; number += 1) {
    if (sha256(salt + number) === challenge) return number;
    if (number % AT_ONCE === 0) await new Promise((done) => { setTimeout(done); });
  }
  return null;
}

const form = document.getElementById("puzzle");
if (form) {
  const puzzle = JSON.parse(form.dataset.puzzle);
  const number = await solve(puzzle);
  if (number !== null) {
    const { algorithm, challenge, salt, signature } = puzzle;
    form.elements.puzzle.value = btoa(JSON.stringify({ algorithm, challenge, number, salt, signature }));
    form.submit();
  }
}
