/**
 * What a building is expected to use and its PV to give: as somebody told it by a signal, else as the
 * site's own history has it. The one forecast of plans and of the API. Pure.
 */
import type { Site } from '../sites/site.js';
import { orderAt } from '../sites/tiers.js';
import type { Signal } from '../signals/signal.js';
import { forecast } from './forecast.js';
import type { SiteHistory } from './site-history.js';

export interface SiteForecast {
  /** Before PV, W. */
  readonly loadAt: (atMs: number) => number;
  readonly pvAt: (atMs: number) => number;
  /** False: there is nothing to go by but what is measured now. */
  readonly isLoadKnown: (atMs: number) => boolean;
  readonly isPvKnown: (atMs: number) => boolean;
}

/** @param netNowW stands for a building that has no history yet, W */
export function siteForecast(
  site: Pick<Site, 'timeZone'>,
  signals: Iterable<Signal>,
  from: { readonly history: SiteHistory; readonly nowMs: number; readonly netNowW: number },
): SiteForecast {
  const { history, nowMs, netNowW } = from;
  const netW = forecast(history.load, site.timeZone, nowMs) ?? (() => netNowW);
  const sunW = forecast(history.pv, site.timeZone, nowMs) ?? (() => 0);
  const newest = [...signals].toSorted((a, b) => b.receivedAtMs - a.receivedAtMs);
  const told = (type: Signal['type'], atMs: number): number | undefined =>
    newest
      .filter((it) => it.type === type)
      .map((it) => orderAt(it, atMs))
      .find((it) => it !== undefined);
  // Where no meter sees PV apart, a net load below zero is what it gives.
  const givenW = (atMs: number): number => Math.max(0, sunW(atMs), -netW(atMs));
  return {
    loadAt: (atMs) => told('load-forecast', atMs) ?? Math.max(0, netW(atMs) + givenW(atMs)),
    pvAt: (atMs) => told('pv-forecast', atMs) ?? givenW(atMs),
    isLoadKnown: (atMs) => history.load.length > 0 || told('load-forecast', atMs) !== undefined,
    isPvKnown: (atMs) =>
      history.pv.length > 0 || told('pv-forecast', atMs) !== undefined || givenW(atMs) > 0,
  };
}
