/**
 * After a long time without faults everybody who can be served is served, or there is a reason that
 * holds: nobody is kept at 0 for ever beside idle capacity (I7, the simple part).
 */
import { worstCaseAt } from '../../ledger/index.js';
import type { EvseState, SiteState } from '../../src/control/state.js';
import { pilotsOf, siteTiers, standings } from '../../src/sites/snapshot.js';
import type { SiteEvse } from '../../src/sites/site.js';
import { MANAGED_DEVICES } from '../../src/sites/tiers.js';
import { type Exposed, failuresOf, reserveOn } from './policy-reserve.js';
import { leastPilotA, type SimEvse } from './sim-evse.js';
import type { SimStation } from './sim-station.js';
import { nodesOf, worstExcessA } from './site-load.js';
import { standbySums } from './standby.js';

const PILOT_MIN_A = 6;
/** Idle capacity beside a waiting vehicle: a minimum and a little more. */
const IDLE_MARGIN_A = 0.5;

export function livenessProblems(
  state: SiteState,
  stations: readonly SimStation[],
  nowMs: number,
): readonly string[] {
  const problems: string[] = [];
  for (const station of stations) {
    for (const { evse } of station.evses) {
      const problem = problemOf(state, station, evse, nowMs);
      if (problem !== undefined) problems.push(`${evse.site.id} ${problem}`);
    }
  }
  return problems;
}

function problemOf(
  state: SiteState,
  station: SimStation,
  sim: SimEvse,
  nowMs: number,
): string | undefined {
  const { tx, spec } = sim;
  if (tx === undefined || spec.lie !== undefined || !station.connected()) return undefined;
  const own = state.evses.get(sim.site.id);
  const told = state.stations.get(spec.id);
  if (own === undefined || told === undefined) return 'is unknown';
  if (told.stage === 'offline') return 'is connected, but held for offline';
  if (own.transactionId !== tx.fingerprint) return 'runs a transaction that nobody knows';
  if (told.trouble !== undefined) return undefined;
  // Another system holds it back.
  if (station.book.isLimitedByOther(sim)) return undefined;
  if (own.contact.step !== 'done') return `is still in contact step ${own.contact.step}`;
  const limitA = own.decision?.limitA ?? 0;
  const reason = own.decision?.boundBy.kind;
  if (reason === undefined) return 'has no decision';
  if (isBeingTold(state, own)) return undefined;
  if (limitA >= PILOT_MIN_A && sim.pilotA < leastPilotA(spec)) {
    return `was given ${limitA} A (${reason}), the station offers ${sim.pilotA} A`;
  }
  // A hold ends by itself: after a refusal, a cut, or within the write budget.
  if (limitA > 0 || reason === 'satisfied' || reason === 'hold') return undefined;
  const idle = idleFor(state, sim.site, own, nowMs);
  return idle === undefined ? undefined : `is kept at 0 A (${reason}) beside ${idle}`;
}

/** It cannot have answered yet. */
function isBeingTold({ pending }: SiteState, { id }: EvseState): boolean {
  return [...pending.values()].some((it) => it.evseId === id && it.purpose === 'grant');
}

function leastA(state: SiteState, evse: SiteEvse): number | undefined {
  const standing = standings(state).find((it) => it.evse.id === evse.id);
  if (standing === undefined) return undefined;
  const pilots = pilotsOf(state, standing);
  return pilots.kind === 'set' ? (pilots.valuesA[0] ?? 0) : pilots.minA;
}

/** It waits for its turn as well, and for longer: what it waits for is not given to those behind it. */
function waitsBefore(state: SiteState, { id }: SiteEvse, own: EvseState): boolean {
  const other = state.evses.get(id);
  if (other === undefined || other.id === own.id) return false;
  const waits = [other, own].every((it) => it.decision?.boundBy.kind === 'admission');
  const isTie = other.sinceMs === own.sinceMs && other.id < own.id;
  return waits && (other.sinceMs < own.sinceMs || isTie) && fitsAlone(state, other);
}

/** It has its goal once it has held for long enough: nobody else could keep that room. */
function heldBackA(state: SiteState, { id }: SiteEvse, nowMs: number): number {
  const { boundBy, goalA = 0 } = state.evses.get(id)?.decision ?? {};
  return boundBy?.kind === 'hold' && boundBy.untilMs >= nowMs ? goalA : 0;
}

/** Beside what is reserved for EVSEs that nobody can limit now. */
function fitsAlone(state: SiteState, { id }: EvseState): boolean {
  const { circuits, evses, settings } = state.site;
  const nowMs = state.control.goalsAtMs ?? 0;
  return nodesOf(circuits, evses).every(({ circuit, below }) => {
    if (!below.some((index) => evses[index]?.id === id)) return true;
    const sums = standbySums(state.site, { circuit, below });
    for (const index of below) {
      const evse = evses[index];
      const other = evse === undefined ? undefined : state.evses.get(evse.id);
      if (evse === undefined || other === undefined) continue;
      const isReserved =
        other.transactionId === undefined || other.decision?.boundBy.kind === 'offline';
      const reservedA = isReserved ? worstCaseAt(other.ledger, nowMs, settings) : 0;
      const currentA = other.id === id ? (leastA(state, evse) ?? 0) : reservedA;
      for (const channel of [0, 1, 2] as const)
        if (evse.channels[channel]) sums[channel] += currentA;
    }
    return worstExcessA(circuit.limits, sums, circuit.baseLoadMaxA, 'all') <= 0;
  });
}

/** Where its minimum would fit on top of W of all others; undefined where it does not. */
function idleFor(
  state: SiteState,
  evse: SiteEvse,
  own: EvseState,
  nowMs: number,
): string | undefined {
  const { settings } = state.site;
  const ownA = worstCaseAt(own.ledger, nowMs, settings);
  const minA = leastA(state, evse);
  if (minA === undefined) return undefined;
  const circuits = siteTiers(state, nowMs).at(-1)?.circuits ?? [];
  const managed = circuits.find(({ id }) => id === MANAGED_DEVICES);
  const everybody = state.site.evses.map((_, index) => index);
  const nodes = [
    ...nodesOf(state.site.circuits, state.site.evses),
    ...(managed === undefined
      ? []
      : [{ circuit: { ...managed, baseLoadMaxA: managed.baseLoadA }, below: everybody }]),
  ];
  for (const { circuit, below } of nodes) {
    const place = state.site.evses.findIndex(({ id }) => id === evse.id);
    if (!below.includes(place)) continue;
    const sums = standbySums(state.site, { circuit, below });
    const exposed: Exposed[] = [];
    for (const index of below) {
      const other = state.site.evses[index];
      const ledger = other === undefined ? undefined : state.evses.get(other.id)?.ledger;
      if (other === undefined || ledger === undefined) continue;
      const worst = worstCaseAt(ledger, nowMs, settings);
      const waitsForA = waitsBefore(state, other, own) ? (leastA(state, other) ?? 0) : 0;
      const awaitedA = Math.max(waitsForA, heldBackA(state, other, nowMs));
      const currentA = other.id === evse.id ? Math.max(ownA, minA) : Math.max(worst, awaitedA);
      for (const channel of [0, 1, 2] as const) {
        if (other.channels[channel]) sums[channel] += currentA;
      }
      const { currentMaxA, countsAsTold = false } = ledger;
      const worstA = [currentA, currentA, currentA] as const;
      const { stationId, channels: wired } = other;
      exposed.push({ stationId, countsAsTold, wired, currentMaxA, worstA });
    }
    const kept = reserveOn(exposed, failuresOf(state));
    for (const channel of [0, 1, 2] as const) sums[channel] += kept[channel];
    const limits = circuits.find((it) => it.id === circuit.id)?.limits ?? circuit.limits;
    const excess = worstExcessA(limits, sums, circuit.baseLoadMaxA, 'all');
    if (excess > -IDLE_MARGIN_A) return undefined;
  }
  return `room for ${minA} A`;
}
