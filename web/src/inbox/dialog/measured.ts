/** Sizes of pictures that the server did not tell, found out when they were first seen. Kept as long as the page. */
type Size = { width: number; height: number };

/** More pictures than anybody looks at in a day. */
const KEPT_MAX = 2_000;
const sizes = new Map<number, Size>();

export const measured = (fileId: number): Size | undefined => sizes.get(fileId);

export function keepSize(fileId: number, { width, height }: Size) {
  if (width <= 0 || height <= 0) return;
  sizes.set(fileId, { width, height });
  const [oldest] = sizes.keys();
  if (sizes.size > KEPT_MAX && oldest !== undefined) sizes.delete(oldest);
}
