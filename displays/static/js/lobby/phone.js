// The code with which people here take a number with their own phone. One that nobody could use any more
// is not shown: without the server the place stays empty.

const AGAIN_MS = 20000; // also how soon the screen follows the hall's switch
const SOON_MS = 3000;
const TIMEOUT_MS = 4000;
const place = document.getElementById("phone");

/** Show the hall's present code for as long as it holds. */
export function showPhoneCode({ hall }) {
  const address = `/api/v1/halls/${encodeURIComponent(hall)}/phone-code`;
  const until = (from, to) => Date.parse(to) - Date.parse(from);
  let holdsUntil = 0;
  document.getElementById("phone-host").textContent = `${location.host}/here`;

  async function renew() {
    let next = AGAIN_MS;
    try {
      const answer = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (answer.status >= 500) throw new Error(answer.statusText);
      // A refusal says that this screen is none of the hall's any more: asking soon would help nobody.
      const shown = answer.ok ? await answer.json() : { on: false };
      holdsUntil = shown.on ? performance.now() + until(shown.at, shown.holds_until) : 0;
      if (shown.on) {
        draw(hall, shown.code);
        next = Math.min(AGAIN_MS, until(shown.at, shown.changes_at) + 300);
      }
    } catch {
      next = SOON_MS; // the code on the screen still holds for a while
    }
    place.hidden = performance.now() >= holdsUntil;
    setTimeout(renew, next);
  }
  renew();
}

function draw(hall, code) {
  const digits = document.getElementById("phone-code");
  if (digits.textContent === code) return;
  digits.textContent = code;
  document.getElementById("phone-qr").src = `/lobby/${encodeURIComponent(hall)}/phone.svg?${code.replace(" ", "")}`;
}
