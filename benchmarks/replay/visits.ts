/** Sessions of a file as visits to the EVSEs of a site, in order of arrival. */
import type { PlannedSession } from '../../simulator/ipc.js';
import type { ReplaySite } from './site.js';

export interface Visit {
  readonly sessionId: string;
  readonly evseIndex: number;
  readonly arrivalAtMs: number;
  readonly departureAtMs: number;
  /** What the battery takes in until it is full. */
  readonly energyWh: number;
  /** The most that the vehicle draws, whatever the pilot allows. */
  readonly maxA: number;
  /** What the driver said; absent: nothing. */
  readonly claim?: NeedClaim;
}

export interface NeedClaim {
  readonly energyWh: number;
  readonly departureAtMs: number;
}

export interface Visits {
  readonly visits: readonly Visit[];
  /** At stations that the network does not have. */
  readonly leftOut: number;
  /** Ended where the next vehicle at the same EVSE arrives. */
  readonly cutShort: number;
}

export function visitsOf(sessions: readonly PlannedSession[], site: ReplaySite): Visits {
  const placeOf = new Map<string, number>(site.evses.map(({ id }, index) => [id, index]));
  const nextAtMs = new Map<number, number>();
  const visits: Visit[] = [];
  let leftOut = 0;
  let cutShort = 0;
  for (const session of sessions.toReversed()) {
    const evseIndex = placeOf.get(session.stationId);
    if (evseIndex === undefined) {
      leftOut += 1;
      continue;
    }
    const nextMs = nextAtMs.get(evseIndex) ?? Infinity;
    if (session.departureAtMs > nextMs) cutShort += 1;
    const departureAtMs = Math.min(session.departureAtMs, nextMs);
    nextAtMs.set(evseIndex, session.arrivalAtMs);
    if (departureAtMs > session.arrivalAtMs)
      visits.push(visitOf(session, site, evseIndex, departureAtMs));
  }
  return { visits: visits.reverse(), leftOut, cutShort };
}

function visitOf(
  session: PlannedSession,
  { evses, voltageV }: ReplaySite,
  evseIndex: number,
  departureAtMs: number,
): Visit {
  const { claimedEnergyWh, claimedDepartureAtMs } = session;
  const isClaimed = claimedEnergyWh !== undefined && claimedDepartureAtMs !== undefined;
  const evseMaxA = evses[evseIndex]?.currentMaxA ?? 0;
  return {
    sessionId: session.sessionId,
    evseIndex,
    arrivalAtMs: session.arrivalAtMs,
    departureAtMs,
    energyWh: session.energyWh,
    maxA: Math.min(evseMaxA, (session.maxPowerW ?? Infinity) / voltageV, session.maxA ?? Infinity),
    ...(isClaimed
      ? { claim: { energyWh: claimedEnergyWh, departureAtMs: claimedDepartureAtMs } }
      : {}),
  };
}

/** Visits that are connected through times at which somebody is there. */
export function busyPeriods(visits: readonly Visit[]): readonly (readonly Visit[])[] {
  const periods: Visit[][] = [];
  let endMs = -Infinity;
  for (const visit of visits) {
    if (visit.arrivalAtMs >= endMs) periods.push([]);
    periods.at(-1)?.push(visit);
    endMs = Math.max(endMs, visit.departureAtMs);
  }
  return periods;
}
