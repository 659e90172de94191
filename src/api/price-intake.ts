/**
 * Prices that come by the API: put into the series known so far, and told to the engine as a signal
 * like any other. One change of a site after the other, each on what the one before has left.
 */
import type { Signal } from '../signals/signal.js';
import {
  type PriceType,
  priceSignal,
  PRICES_ISSUER,
  type ToldPrices,
  withPrices,
} from '../signals/prices.js';
import type { Site } from '../sites/site.js';
import type { Principal } from './auth/principal.js';
import type { ApiContext } from './context.js';
import { refuseOtherCurrency } from './currencies.js';
import { invalid } from './problem.js';
import { instant } from './render/instant.js';
import { write } from './write.js';

/** Points of one signal at most: see the webhook's schema. */
const SERIES_MAX = 2000;

export type PricesByType = Readonly<Partial<Record<PriceType, ToldPrices>>>;

export interface PriceIntake {
  /** What the site knows by the API, with what this process has just committed. */
  known(site: Site, type: PriceType): Signal | undefined;
  /** Throws `invalid` where a series would get too long. */
  take(site: Site, caller: Principal, told: PricesByType): Promise<void>;
}

export function priceIntake(api: ApiContext): PriceIntake {
  const running = new Map<string, Promise<unknown>>();
  /** The engine may not have folded it in yet. */
  const committed = new Map<string, Signal>();

  function known(site: Site, type: PriceType): Signal | undefined {
    const own = committed.get(`${site.id} ${type}`);
    const signals = [...(api.engine.state(site.id)?.signals.values() ?? [])];
    const folded = signals.find((it) => it.issuer === PRICES_ISSUER && it.type === type);
    return (own?.sequence ?? -1) > (folded?.sequence ?? -1) ? own : folded;
  }

  async function take(site: Site, { actor }: Principal, told: PricesByType): Promise<void> {
    const { tenantId, id: siteId } = site;
    const nowMs = api.clock.nowMs();
    const demandCharge = site.settings.demandCharge?.currency;
    refuseOtherCurrency({ demandCharge, prices: told.price?.currency }, '/currency');
    for (const type of ['price', 'export-price'] as const) {
      const series = told[type];
      if (series === undefined) continue;
      const before = known(site, type);
      const merged = withPrices(before, series, nowMs);
      if (merged.series.length > SERIES_MAX) {
        const detail = `with it ${merged.series.length} prices would be known; at most ${SERIES_MAX}`;
        throw invalid(type === 'price' ? '/importPrices' : '/exportPrices', detail);
      }
      const when = { nowMs, afterSequence: before?.sequence ?? 0 };
      const signal = priceSignal(site, type, merged, when);
      const target = `site:${siteId}`;
      const action = type === 'price' ? 'import-prices.set' : 'export-prices.set';
      const change = { tenantId, siteId, actor, action, target };
      await write(api, { ...change, after: toldInAudit(series) }, () =>
        api.engine.submit(siteId, { type: 'signal.received', signal }),
      );
      committed.set(`${siteId} ${type}`, signal);
    }
  }

  return {
    known,
    take(site, caller, told) {
      const before = running.get(site.id) ?? Promise.resolve();
      const mine = before.then(() => take(site, caller, told));
      running.set(
        site.id,
        mine.catch(() => undefined),
      );
      return mine;
    },
  };
}

function toldInAudit({ currency, series, endsAtMs }: ToldPrices): object {
  const values = series.map(({ value }) => value);
  return {
    currency,
    from: instant(series[0]?.atMs ?? endsAtMs),
    to: instant(endsAtMs),
    count: series.length,
    leastMicrosPerKwh: Math.min(...values),
    greatestMicrosPerKwh: Math.max(...values),
  };
}
