/** Prices of energy over time: what somebody tells, what holds at an instant, and in which currency. */
import { type SiteId, signalId } from '../../solver/index.js';
import type { Signal, SignalPoint } from './signal.js';

export type PriceType = 'price' | 'export-price';

/** Who sends the prices that come by our own API. A webhook of an issuer of this name is the same. */
export const PRICES_ISSUER = 'prices';
/** What is over stays this long, to be read back. */
const KEPT_MS = 24 * 3_600_000;

/** A series as somebody told it: ascending, each value until the next point or the end. */
export interface ToldPrices {
  readonly currency: string;
  readonly series: readonly SignalPoint[];
  readonly endsAtMs: number;
}

/**
 * The known series with the told one in its place: from its first point to its end the told values
 * hold, before and after it the known ones. Another currency replaces everything.
 */
export function withPrices(
  known: Pick<Signal, 'series' | 'endsAtMs' | 'currency'> | undefined,
  told: ToldPrices,
  nowMs: number,
): ToldPrices {
  const fromMs = told.series[0]?.atMs ?? told.endsAtMs;
  if (known === undefined || known.endsAtMs <= nowMs || known.currency !== told.currency) {
    return told;
  }
  const before = known.series.filter(({ atMs }) => atMs < fromMs);
  const firstKept = before.findLastIndex(({ atMs }) => atMs <= nowMs - KEPT_MS);
  const after = known.series.filter(({ atMs }) => atMs > told.endsAtMs);
  const resumed = known.series.findLast(({ atMs }) => atMs <= told.endsAtMs);
  const goesOn = known.endsAtMs > told.endsAtMs && resumed !== undefined;
  return {
    currency: told.currency,
    series: [
      ...before.slice(Math.max(0, firstKept)),
      ...told.series,
      ...(goesOn ? [{ atMs: told.endsAtMs, value: resumed.value }, ...after] : []),
    ],
    endsAtMs: Math.max(known.endsAtMs, told.endsAtMs),
  };
}

/** As a signal of the site. `afterSequence`: the highest that the site has seen of its type. */
export function priceSignal(
  site: { readonly id: SiteId; readonly tenantId: string },
  type: PriceType,
  told: ToldPrices,
  when: { readonly nowMs: number; readonly afterSequence: number },
): Signal {
  const sequence = Math.max(when.nowMs, when.afterSequence + 1);
  return {
    id: signalId(`${PRICES_ISSUER}/${type}`),
    siteId: site.id,
    tenantId: site.tenantId,
    type,
    scope: 'total-import',
    issuer: PRICES_ISSUER,
    sequence,
    receivedAtMs: when.nowMs,
    ...told,
  };
}

/** The price at an instant, micro-units per kWh: of the issuer heard last whose series covers it. */
export function priceAt(
  signals: Iterable<Signal>,
  type: PriceType,
  atMs: number,
): number | undefined {
  let found: { readonly value: number; readonly receivedAtMs: number } | undefined;
  for (const { type: kind, series, endsAtMs, receivedAtMs } of signals) {
    if (kind !== type || atMs >= endsAtMs) continue;
    const value = series.findLast((point) => point.atMs <= atMs)?.value;
    if (value === undefined || receivedAtMs < (found?.receivedAtMs ?? 0)) continue;
    found = { value, receivedAtMs };
  }
  return found?.value;
}

/** Instants within a window at which a price changes, ascending. */
export function priceEdgesMs(
  signals: Iterable<Signal>,
  window: { readonly fromMs: number; readonly toMs: number },
): readonly number[] {
  const edges = new Set<number>();
  for (const { type, series, endsAtMs } of signals) {
    if (type !== 'price' && type !== 'export-price') continue;
    for (const atMs of [...series.map((point) => point.atMs), endsAtMs]) {
      if (atMs > window.fromMs && atMs < window.toMs) edges.add(atMs);
    }
  }
  return [...edges].sort((a, b) => a - b);
}

/** Of the prices heard last; undefined where nobody named one. */
export function currencyOf(signals: Iterable<Signal>): string | undefined {
  const named = [...signals].filter((it) => it.type === 'price' && it.currency !== undefined);
  return named.toSorted((a, b) => a.receivedAtMs - b.receivedAtMs).at(-1)?.currency;
}
