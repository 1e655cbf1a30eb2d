// Chime, then the hall's languages: one call after another, never on top of each other, and never in the way of text.

const MUCH_TO_SAY = 3; // with more calls waiting, English is left out first
const USUAL = { languages: ["zh", "en"], one: "一" };
const FETCH_TIMEOUT_MS = 3000;
const AGAIN_WITHIN_MS = 30000; // said again later, a call would send people to a window that has gone on

export class Voice {
  /** `hall` is the hall's code; `spoken` says whether the server can speak. */
  constructor({ hall, spoken, onState }) {
    this.hall = hall;
    this.spoken = spoken;
    this.onState = onState;
    this.hallSays = USUAL; // what the hall has set; it comes with each board
    this.context = new AudioContext();
    this.queue = [];
    this.again = []; // spoken once; each is repeated once when nobody waits to be called first
    this.speaking = false;
    this.clipsFail = false; // the last call's voice did not come; the next one says whether it does again
    this.played = 0;
    this.context.onstatechange = () => this.onState(this);
    onState(this);
  }

  /**
   * What can be heard of this screen: "voice", the "chime" alone as the server cannot speak, the chime alone as
   * its voice does not come ("failing"), or nothing ("silent").
   */
  get sound() {
    if (this.silenced) return "silent";
    if (!this.spoken) return "chime";
    return this.clipsFail ? "failing" : "voice";
  }

  get silenced() {
    return this.context.state !== "running";
  }

  async enable() {
    await this.context.resume();
    this.onState(this);
  }

  /** Announce a call once more than nobody: silenced, it is not kept for later. */
  announce(call) {
    if (this.silenced) return;
    this.again = this.again.filter((said) => said.call.number !== call.number);
    this.queue.push(call);
    if (!this.speaking) this.run();
  }

  async run() {
    this.speaking = true;
    for (;;) {
      const call = this.queue.shift();
      if (call) {
        if (await this.say(call)) this.again.push({ call, at: performance.now() });
        continue;
      }
      const said = this.again.shift();
      if (!said) break;
      if (performance.now() - said.at < AGAIN_WITHIN_MS) await this.say(said.call);
    }
    this.speaking = false;
  }

  /** Chime and speak; return whether anything was spoken: a chime alone is not repeated, it names nobody. */
  async say(call) {
    const languages = this.queue.length > MUCH_TO_SAY ? ["zh"] : this.hallSays.languages;
    const clips = this.spoken ? languages.map((language) => this.clip(call, language)) : [];
    await this.chime();
    let spoken = false;
    for (const clip of clips) {
      const sound = await clip;
      if (!sound) continue;
      spoken = true;
      await this.play(sound);
    }
    this.played += 1;
    const failed = clips.length > 0 && !spoken;
    if (failed !== this.clipsFail) {
      this.clipsFail = failed;
      this.onState(this);
    }
    return spoken;
  }

  async clip(call, language) {
    const address = `/lobby/${this.hall}/speech/${language}/${encodeURIComponent(call.number)}/${encodeURIComponent(call.window)}.wav?one=${encodeURIComponent(this.hallSays.one)}`;
    try {
      const answer = await fetch(address, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
      return answer.ok ? await this.context.decodeAudioData(await answer.arrayBuffer()) : null;
    } catch {
      return null; // the chime and the large number have to do
    }
  }

  play(sound) {
    return new Promise((done) => {
      const source = new AudioBufferSourceNode(this.context, { buffer: sound });
      source.connect(this.context.destination);
      source.onended = done;
      source.start();
    });
  }

  /** Two falling tones, about 1.2 s. */
  chime() {
    const start = this.context.currentTime + 0.02;
    const tones = [[659.25, 0, 0.7], [523.25, 0.45, 0.8]];
    return Promise.all(tones.map(([frequency, after, lasts]) => new Promise((done) => {
      const tone = new OscillatorNode(this.context, { type: "sine", frequency });
      const loudness = new GainNode(this.context, { gain: 0 });
      loudness.gain.setValueAtTime(0, start + after);
      loudness.gain.linearRampToValueAtTime(0.5, start + after + 0.015);
      loudness.gain.exponentialRampToValueAtTime(0.001, start + after + lasts);
      tone.connect(loudness).connect(this.context.destination);
      tone.onended = done;
      tone.start(start + after);
      tone.stop(start + after + lasts);
    })));
  }
}
