/** Waiting for a state. Time itself is only waited for where a limit ends. */

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms).unref());

/** Asks until the answer is there. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
  patience_ms = 15_000,
): Promise<T> {
  const end = performance.now() + patience_ms;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > end) throw new Error(`waited ${patience_ms} ms in vain until ${what}`);
    await pause(20);
  }
}
