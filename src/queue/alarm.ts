/** One timer for many due times: it rings at the earliest that it was told since it last rang. */

/** The longest delay that `setTimeout` keeps, ms; a longer one would fire at once. */
const TIMER_MAX_MS = 2 ** 31 - 1;

export interface Alarm {
  /** Rings at that instant or before it, never after; whoever hears it tells what is left. */
  atLatest(atMs: number, nowMs: number): void;
  clear(): void;
}

export function createAlarm(ring: () => void): Alarm {
  let timer: NodeJS.Timeout | undefined;
  let ringsAtMs = Infinity;
  const clear = (): void => {
    clearTimeout(timer);
    ringsAtMs = Infinity;
  };
  return {
    atLatest(atMs, nowMs) {
      if (atMs >= ringsAtMs) return;
      clear();
      const delayMs = Math.min(TIMER_MAX_MS, Math.max(0, Math.ceil(atMs - nowMs)));
      ringsAtMs = nowMs + delayMs;
      timer = setTimeout(() => {
        ringsAtMs = Infinity;
        ring();
      }, delayMs);
    },
    clear,
  };
}
