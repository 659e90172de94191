/**
 * Site time runs faster than real time, calls to stations do not: a speed at which a call takes
 * longer than the settle time (what the guarantee allows a station to follow in) is refused.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from './api-client.js';
import { percentiles } from './percentiles.js';

/** One after the other, in the calm after first contact: a storm says little of what follows. */
const CALLS = 60;
const CALL_EVERY_MS = 15;
/** For the last answers to arrive. */
const ANSWERS_WAIT_MS = 300;
const READY_POLL_MS = 250;
/**
 * The p99 of so few calls is nearly their maximum, and one hiccup of a busy machine is enough to
 * spoil it. Slowness stays and hiccups pass: only what exceeds in every series is refused.
 */
const SERIES_MAX = 3;

export interface SpeedCheck {
  readonly isKept: boolean;
  /** The arithmetic, for people. */
  readonly line: string;
}

/** Resolves once first contact is over and enough calls were measured. */
export async function checkSpeed(
  api: ApiClient,
  { siteId, speed }: { readonly siteId: string; readonly speed: number },
): Promise<SpeedCheck> {
  const { settings } = await api.get<{ settings: { settleSec: number } }>(`/v1/sites/${siteId}`);
  const stationIds = await contactedStations(api, siteId);
  let bestMs = Number.POSITIVE_INFINITY;
  for (let series = 0; series < SERIES_MAX; series += 1) {
    bestMs = Math.min(bestMs, await measureSeries(api, stationIds));
    if (isWithin(bestMs, speed, settings.settleSec)) break;
  }
  return judge(bestMs, speed, settings.settleSec);
}

const isWithin = (p99Ms: number, speed: number, settleSec: number): boolean =>
  p99Ms * speed <= settleSec * 1000;

/** `p99Ms` is real time, the settle time is site time. */
export function judge(p99Ms: number, speed: number, settleSec: number): SpeedCheck {
  const siteSec = (p99Ms * speed) / 1000;
  const arithmetic = `round trip p99 ${p99Ms} ms x ${speed} = ${siteSec.toFixed(1)} s of the settle time ${settleSec} s`;
  if (isWithin(p99Ms, speed, settleSec)) return { isKept: true, line: arithmetic };
  const speedMax = Math.floor((settleSec * 10_000) / p99Ms) / 10;
  const line = `--speed: ${speed} is too fast for this machine now: ${arithmetic}; up to ${speedMax} would do`;
  return { isKept: false, line };
}

/** Ids of the stations, once first contact with all of them is over. */
export async function contactedStations(
  api: ApiClient,
  siteId: string,
): Promise<readonly string[]> {
  for (;;) {
    const { items } = await api.get<{ items: readonly { id: string; stage: string }[] }>(
      `/v1/charging-stations?siteId=${siteId}`,
    );
    if (items.every((it) => it.stage === 'ready' || it.stage === 'unusable')) {
      return items.map((it) => it.id);
    }
    await sleep(READY_POLL_MS);
  }
}

async function measureSeries(api: ApiClient, stationIds: readonly string[]): Promise<number> {
  for (let call = 0; call < CALLS; call += 1) {
    const stationId = stationIds[call % stationIds.length] ?? '';
    await api.post(`/v1/charging-stations/${encodeURIComponent(stationId)}/ping`, undefined);
    await sleep(CALL_EVERY_MS);
  }
  await sleep(ANSWERS_WAIT_MS);
  const { roundTripMs } = await api.get<{ roundTripMs: readonly number[] }>('/v1/figures');
  return percentiles(roundTripMs.slice(-CALLS)).p99 ?? Number.POSITIVE_INFINITY;
}
