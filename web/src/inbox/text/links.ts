/** Finds addresses, mails and phones in plain text, so that they can be clicked. */
export type Piece = { text: string; url?: string };

const FIND =
  /(https?:\/\/[^\s<>"«»]+)|(www\.[^\s<>"«»]+\.[^\s<>"«»]+)|([\w.+-]+@[\w-]+(?:\.[\w-]+)+)|(\+\d[\d\s()-]{8,18}\d)/giu;
/** Signs that end a sentence rather than an address. */
const TAIL = /[.,;:!?…'"»]+$/u;

export function findLinks(text: string): Piece[] {
  const pieces: Piece[] = [];
  let place = 0;
  for (const found of text.matchAll(FIND)) {
    let [shown] = found;
    shown = shown.replace(TAIL, "");
    // A closing bracket belongs to the address only when it was opened in it.
    if (shown.endsWith(")") && !shown.includes("(")) shown = shown.slice(0, -1);
    if (found.index > place) pieces.push({ text: text.slice(place, found.index) });
    const [, address, www, mail] = found;
    const url = address
      ? shown
      : www
        ? `https://${shown}`
        : mail
          ? `mailto:${shown}`
          : `tel:${shown.replace(/[^\d+]/g, "")}`;
    pieces.push({ text: shown, url });
    place = found.index + shown.length;
  }
  if (place < text.length) pieces.push({ text: text.slice(place) });
  return pieces;
}
