/** Prices over a horizon, where they are known and where they are not. */
import { type PriceType, priceAt } from '../signals/prices.js';
import type { Signal } from '../signals/signal.js';

const DAY_MS = 24 * 3_600_000;
const DAYS_BACK = 7;

/**
 * The price at an instant, micro-units per kWh. Behind the end of what is known the same hour of the
 * latest day that is known stands for it. Undefined: no price is known at all.
 */
export function priceOutlook(
  signals: readonly Signal[],
  type: PriceType,
): (atMs: number) => number | undefined {
  const own = signals.filter((it) => it.type === type);
  const lastKnown = own
    .toSorted((a, b) => a.endsAtMs - b.endsAtMs)
    .at(-1)
    ?.series.at(-1)?.value;
  return (atMs) => {
    for (let days = 0; days <= DAYS_BACK; days += 1) {
      const found = priceAt(own, type, atMs - days * DAY_MS);
      if (found !== undefined) return found;
    }
    return lastKnown;
  };
}
