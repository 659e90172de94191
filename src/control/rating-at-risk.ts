/** Whether a station that forgets its limits could exceed a rating that no cut elsewhere can keep. */
import { carries, countedChannels, worstCaseAt } from '../../ledger/index.js';
import {
  type Circuit,
  type CircuitId,
  type PerChannel,
  type StationId,
} from '../../solver/index.js';
import { type EvseStanding, siteTiers, standings } from '../sites/snapshot.js';
import { policyReserve } from '../sites/untested-policy.js';
import type { SiteState } from './state.js';

export type RatingView = Pick<
  SiteState,
  'site' | 'stations' | 'evses' | 'sessions' | 'signals' | 'buildingLoad'
>;

/**
 * The first circuit from the root down whose rating would be exceeded if every vehicle plugged in at
 * the station drew its EVSE's maximum, everybody who can be reached were cut to the fallback, and the
 * rest drew their W; undefined where none would, or where the station may draw that much already.
 */
export function ratingAtRisk(
  view: RatingView,
  stationId: StationId,
  nowMs: number,
): CircuitId | undefined {
  const { settings } = view.site;
  const all = standings(view);
  const loads = all.map((standing) => {
    const { ledger } = standing.state;
    const worstA = worstCaseAt(ledger, nowMs, settings);
    const isPlugged = standing.session !== undefined && standing.session.phase !== 'ended';
    const isOwn = standing.evse.stationId === stationId;
    const mostA = Math.max(ledger.currentMaxA, worstA);
    const afterA = isOwn ? (isPlugged ? mostA : 0) : leastA(standing, worstA);
    // Its own samples end with it: nothing is known of its phases then.
    const at = { nowMs, atMs: nowMs };
    const { channels: wired } = standing.evse;
    const channels = isOwn ? wired : countedChannels(ledger, wired, at);
    return { standing, channels, afterA, rises: isOwn && isPlugged && ledger.currentMaxA > worstA };
  });
  if (!loads.some((it) => it.rises)) return undefined;
  const given = siteTiers(view, nowMs)[0]?.circuits ?? [];
  const kept = policyReserve(view, all, { circuits: given, nowMs });
  const circuits = kept?.on(given, nowMs) ?? given;
  const sums = sumsOf(circuits, loads);
  const over = circuits.find((circuit) => {
    const [x, y, z] = sums.get(circuit.id) ?? [0, 0, 0];
    return !carries(circuit, x, y, z, 'ratings');
  });
  return over?.id;
}

/** What it may still draw once it was cut. */
function leastA({ controllable, credited, state }: EvseStanding, worstA: number): number {
  return controllable && credited ? (state.ledger.fallbackIdleA ?? worstA) : worstA;
}

/** Parents come before their children. */
function sumsOf(
  circuits: readonly Circuit[],
  loads: readonly {
    readonly standing: EvseStanding;
    readonly channels: PerChannel<boolean>;
    readonly afterA: number;
  }[],
): ReadonlyMap<CircuitId, PerChannel<number>> {
  const sums = new Map<CircuitId, [number, number, number]>(
    circuits.map(({ id }) => [id, [0, 0, 0]]),
  );
  const parents = new Map(circuits.map(({ id, parentId }) => [id, parentId]));
  for (const { standing, channels, afterA } of loads) {
    const { circuitId } = standing.evse;
    for (let at: CircuitId | undefined = circuitId; at !== undefined; at = parents.get(at)) {
      const sum = sums.get(at);
      if (sum === undefined) break;
      channels.forEach((isUsed, channel) => {
        if (isUsed) sum[channel as 0 | 1 | 2] += afterA;
      });
    }
  }
  return sums;
}
