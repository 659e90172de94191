/** A tariff as the service is told it: the prices of the days ahead, once a day. */
import type { SiteEvent, SiteState } from '../../../src/control/state.js';
import { priceSignal } from '../../../src/signals/prices.js';
import type { SitePrices } from '../plan-problem.js';

/** Tariffs of the replay are in one currency, whatever its name is. */
export const CURRENCY = 'USD';

const DAY_MS = 24 * 3_600_000;
/** Plans look 36 hours ahead at the most. */
const LEFT_MIN_MS = 2 * DAY_MS;
const TOLD_MS = 3 * DAY_MS;
const MICROS = 1_000_000;

/** Nothing where there are no prices, and while enough of them is known. */
export function priceTold(
  { site, signals }: SiteState,
  prices: SitePrices | undefined,
  nowMs: number,
): readonly SiteEvent[] {
  if (prices === undefined) return [];
  const known = [...signals.values()].find(({ type }) => type === 'price');
  if (known !== undefined && known.endsAtMs - nowMs >= LEFT_MIN_MS) return [];
  const endsAtMs = nowMs + TOLD_MS;
  const series = [nowMs, ...prices.edgesMs(nowMs, endsAtMs)].map((atMs) => ({
    atMs,
    value: Math.round(prices.perKwhAt(atMs) * MICROS),
  }));
  const when = { nowMs, afterSequence: known?.sequence ?? 0 };
  const signal = priceSignal(site, 'price', { currency: CURRENCY, series, endsAtMs }, when);
  return [{ type: 'signal.received', signal }];
}
