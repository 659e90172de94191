/** A small site whose vehicles charge, with prices, as a plan is made from it. */
import type { SiteId } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import type { SiteEvent } from '../../src/control/state.js';
import type { PlanInput } from '../../src/planning/plan-input.js';
import { priceSignal } from '../../src/signals/prices.js';
import type { Signal } from '../../src/signals/signal.js';
import { feed, openScript, type Script, wait } from '../control/ideal-station.js';
import { smallSite, START_MS } from '../control/small-site.js';
import { voiceOf } from '../control/station-events.js';

export const HOUR_MS = 3_600_000;

/** Stations S1, S2 ... each with one vehicle that charges since a minute or two. */
export function charging(options: Parameters<typeof smallSite>[0] = {}): Script {
  const site = smallSite(options);
  const script = openScript(initialState(site, 1, START_MS), START_MS);
  for (const { id } of site.stations) {
    const voice = voiceOf(id, script);
    feed(script, voice.connected(), voice.booted());
  }
  wait(script, 60_000);
  for (const { id } of site.stations) feed(script, voiceOf(id, script).started(`T${id}`));
  wait(script, 120_000);
  return script;
}

/** Each vehicle wants this much by then. */
export function claimAll(script: Script, energyWh: number, hours: number): void {
  const departureAtMs = script.nowMs + hours * HOUR_MS;
  const events = [...script.state.sessions.keys()].map(
    (sessionId): SiteEvent => ({
      type: 'claim.set',
      sessionId,
      claim: { departureAtMs, energyWh, setAtMs: script.nowMs, actor: 'driver' },
    }),
  );
  feed(script, ...events);
}

/** Prices in steps of an hour from now on, per kWh. */
export function tellPrices(script: Script, perKwh: readonly number[], type = 'price'): void {
  const series = perKwh.map((it, hour) => ({
    atMs: script.nowMs + hour * HOUR_MS,
    value: Math.round(it * 1_000_000),
  }));
  const told = { currency: 'EUR', series, endsAtMs: script.nowMs + perKwh.length * HOUR_MS };
  const { id, tenantId } = script.state.site;
  const when = { nowMs: script.nowMs, afterSequence: 0 };
  const signal = priceSignal({ id, tenantId }, type as 'price', told, when);
  feed(script, { type: 'signal.received', signal });
}

/** The grid operator orders at most this much import of the whole site, between two hours from now. */
export function order(
  script: Script,
  importLimitW: number,
  [from, to]: readonly [number, number],
): void {
  const signal: Signal = {
    id: 'dso/import-limit' as Signal['id'],
    siteId: script.state.site.id as SiteId,
    tenantId: 'main',
    type: 'import-limit',
    scope: 'total-import',
    issuer: 'dso',
    sequence: 1,
    series: [{ atMs: script.nowMs + from * HOUR_MS, value: importLimitW }],
    endsAtMs: script.nowMs + to * HOUR_MS,
    receivedAtMs: script.nowMs,
  };
  feed(script, { type: 'signal.received', signal });
}

export function inputOf(script: Script, change: Partial<PlanInput> = {}): PlanInput {
  return {
    state: script.state,
    nowMs: script.nowMs,
    loadAt: () => 0,
    pvAt: () => 0,
    habits: new Map(),
    peakSoFarW: 0,
    storage: [],
    ...change,
  };
}
