/** Two short tones, made on the spot: no file to load. Browsers let a page sound only after it was used once. */
let context: AudioContext | null = null;

function tone(at: number, frequency: number, length: number, gainMax: number) {
  if (!context) return;
  const oscillator = context.createOscillator();
  const gain = context.createGain();
  oscillator.type = "sine";
  oscillator.frequency.value = frequency;
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(gainMax, at + 0.012);
  gain.gain.exponentialRampToValueAtTime(0.0001, at + length);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(at);
  oscillator.stop(at + length + 0.05);
}

/** `offer` is the one that must not be missed. */
export function chime(kind: "offer" | "message") {
  try {
    context ??= new AudioContext();
    if (context.state === "suspended") void context.resume();
    const now = context.currentTime + 0.02;
    if (kind === "offer") {
      tone(now, 659, 0.28, 0.16);
      tone(now + 0.16, 880, 0.42, 0.16);
    } else tone(now, 740, 0.22, 0.08);
  } catch {
    // No sound device: the title and the notification say the same.
  }
}
