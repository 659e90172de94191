/** A site's state as the problem that the allocator solves. Pure, given the instant. */
import { countedChannels, inForce, isUnbounded, worstCaseAt } from '../../ledger/index.js';
import type { Tier } from '../../ledger/types.js';
import {
  type Amps,
  amps,
  type Circuit,
  type Claim,
  type Evse,
  type LimitSource,
  type Need,
  type PilotSet,
  type SiteProblem,
  wattHours,
} from '../../solver/index.js';
import { channelVoltageMaxV, grantMinA } from '../control/charge-rate.js';
import { switchedChannels } from '../control/phase-switch.js';
import { externalLimitOf } from '../control/external-limit.js';
import { creditNow } from '../control/initial-state.js';
import { creditMarginMs } from '../control/phase-watch.js';
import type { EvseState, SiteState, StationState } from '../control/state.js';
import { type PlannedTarget, plannedTarget } from '../planning/site-plan.js';
import { isNeedMet, isRefused, remainingNeed, type Session } from '../sessions/session.js';
import { isBeingWoken } from '../sessions/wake.js';
import { FAILSAFE_ID } from '../signals/grid-link.js';
import type { SiteEvse } from './site.js';
import { tiersOf } from './tiers.js';

/** Rounding of steps such as 0.1 A. */
const STEP_TOLERANCE = 1e-6;

export type StateView = Pick<
  SiteState,
  'site' | 'stations' | 'evses' | 'sessions' | 'signals' | 'buildingLoad' | 'plan'
>;

/** How an EVSE stands towards the engine at this instant. */
export interface EvseStanding {
  readonly evse: SiteEvse;
  readonly state: EvseState;
  readonly station: StationState;
  readonly session: Session | undefined;
  /** A TxProfile can be sent: linked, first contact done, transaction running. */
  readonly controllable: boolean;
  /** Its fallback and leases earn credit: read back, tested, trusted. */
  readonly credited: boolean;
}

/** Known drops within this time are obeyed already by the goals: cuts need their time. */
export const LOOKAHEAD_MS = 60_000;
const OFFER_AGAIN_MS = 3_600_000;

export function standings(view: StateView): readonly EvseStanding[] {
  const found: EvseStanding[] = [];
  for (const evse of view.site.evses) {
    const state = view.evses.get(evse.id);
    const station = view.stations.get(evse.stationId);
    if (state === undefined || station === undefined) continue;
    const session = state.sessionId === undefined ? undefined : view.sessions.get(state.sessionId);
    const linked = station.stage === 'ready' || station.stage === 'installing';
    const { ledger } = state;
    found.push({
      evse,
      state,
      station,
      session,
      controllable: linked && state.contact.step === 'done' && state.transactionId !== undefined,
      credited: !isUnbounded(ledger),
    });
  }
  return found;
}

/**
 * Its transaction is over, and its station answers: what its last lease still allows is taken back within
 * seconds.
 */
export function hasLeft({ state, station, credited }: EvseStanding): boolean {
  return credited && state.transactionId === undefined && station.stage === 'ready';
}

/** `aheadMs`: how far ahead known changes become tiers; absent: as far as the engine needs them. */
export function siteTiers(view: StateView, nowMs: number, aheadMs?: number): readonly Tier[] {
  const { leaseMeteredSec, skewSec } = view.site.settings;
  let { settleSec } = view.site.settings;
  for (const { ledger } of view.evses.values()) {
    if (ledger.settleSec !== undefined) settleSec = Math.max(settleSec, ledger.settleSec);
  }
  const input = {
    site: view.site,
    signals: [...view.signals.values()],
    buildingLoad: view.buildingLoad,
    voltageMaxV: channelVoltageMaxV(view.site),
    ...(aheadMs === undefined ? {} : { aheadMs }),
  };
  return tiersOf(input, nowMs, leaseMeteredSec + skewSec + settleSec);
}

/** The limits that goals must keep: those of now and those that are about to hold. */
function circuitsForGoals(tiers: readonly Tier[], nowMs: number): readonly Circuit[] {
  const [now, ...later] = tiers;
  const soon = later.filter((tier) => tier.fromMs <= nowMs + LOOKAHEAD_MS);
  if (now === undefined) return [];
  return soon.length === 0
    ? now.circuits
    : now.circuits.map((circuit) => mergeCircuit(circuit, soon));
}

/** The failsafe moves on with each heartbeat; leases end before it by themselves. */
function isObeyedAhead(source: LimitSource): boolean {
  return source.kind === 'signal' && source.signalId !== FAILSAFE_ID;
}

function mergeCircuit(circuit: Circuit, soon: readonly Tier[]): Circuit {
  const same = soon.flatMap((tier) => tier.circuits.filter((it) => it.id === circuit.id));
  const more = same.flatMap((it) => it.limits).filter((it) => isObeyedAhead(it.source));
  return more.length === 0 ? circuit : { ...circuit, limits: [...circuit.limits, ...more] };
}

/**
 * `reserve`: an EVSE that earns no credit counts at its W, whatever it is told (R7). `obeyed`: every
 * linked EVSE counts as doing what it is told, which no guarantee may rest on.
 */
export type CreditAssumed = 'reserve' | 'obeyed';

export function snapshot(
  view: StateView,
  all: readonly EvseStanding[],
  options: {
    readonly tiers: readonly Tier[];
    readonly nowMs: number;
    readonly assumed: CreditAssumed;
  },
): SiteProblem {
  const { nowMs, tiers, assumed } = options;
  const { site } = view;
  const withoutAtMs = creditsIgnoredAtMs(all, nowMs);
  const isCredited = withoutAtMs === undefined || withoutAtMs > nowMs;
  return {
    nowMs,
    supply: site.supply,
    voltageLineToNeutralV: site.voltageLineToNeutralV,
    voltageLineToLineV: site.voltageLineToLineV,
    circuits: circuitsForGoals(tiers, nowMs),
    evses: all.map((standing) => evseOf(view, standing, { nowMs, assumed, isCredited })),
    storage: [],
    pv: [],
    load: [],
    allocator: site.settings.allocator,
  };
}

/** What is refused for so long does not wait for settling or an answer. */
const REFUSED_MS = 60_000;

/**
 * Room that a credit for fewer phases makes is only for leases that end before the credit (R12), and
 * only a station that has shown a lease gets those (R6). One that never had the room to show any would
 * wait beside it for ever: from this instant on, until it has, goals do without credits. Undefined: none
 * waits so.
 */
export function creditsIgnoredAtMs(
  all: readonly EvseStanding[],
  nowMs: number,
): number | undefined {
  let atMs: number | undefined;
  for (const { state, controllable } of all) {
    const { ledger, decision } = state;
    if (!controllable || ledger.leaseShown || decision?.boundBy.kind !== 'ledger') continue;
    if (decision.goalA <= 0 || inForce(ledger, nowMs) > 0) continue;
    atMs = Math.min(atMs ?? Infinity, decision.atMs + REFUSED_MS);
  }
  return atMs;
}

interface SnapshotAt {
  readonly nowMs: number;
  readonly assumed: CreditAssumed;
  /** Credits for fewer phases count. */
  readonly isCredited: boolean;
}

function evseOf(view: StateView, standing: EvseStanding, at: SnapshotAt): Evse {
  const { nowMs, assumed, isCredited } = at;
  const { evse, state, controllable } = standing;
  const counts = standing.credited || assumed === 'obeyed';
  const claim = controllable && counts ? claimOf(view, standing, nowMs) : undefined;
  const marginMs = creditMarginMs(state, view.site.settings);
  const atMs = isCredited ? nowMs + marginMs : Number.POSITIVE_INFINITY;
  return {
    id: evse.id,
    circuitId: evse.circuitId,
    channels: switchedChannels(
      state,
      countedChannels(state.ledger, evse.channels, { nowMs, atMs }),
    ),
    currentMaxA: evse.currentMaxA,
    pilots: pilotsOf(view, standing),
    claim,
    reservedA:
      claim === undefined ? amps(worstCaseAt(state.ledger, nowMs, view.site.settings)) : amps(0),
  };
}

/**
 * What the EVSE can be told; a station that takes watts needs more for the same vehicle. Only values
 * that it can signal: it may round anything between up to the next one (R2).
 */
export function pilotsOf(view: StateView, { evse, station }: EvseStanding): PilotSet {
  const { pilots } = evse;
  const minA = pilotMinA(pilots);
  const grantMin = grantMinA(view.site, evse, station, minA);
  if (grantMin <= minA) return pilots;
  if (pilots.kind === 'set') {
    const enough = pilots.valuesA.filter((valueA) => valueA >= grantMin);
    return { kind: 'set', valuesA: enough.length > 0 ? enough : pilots.valuesA.slice(-1) };
  }
  const { stepA } = pilots;
  const steps = Math.ceil((grantMin - minA) / stepA - STEP_TOLERANCE);
  return { kind: 'continuous', minA: amps(minA + steps * stepA), stepA };
}

function claimOf(view: StateView, standing: EvseStanding, nowMs: number): Claim | undefined {
  const { evse, state, session } = standing;
  if (session === undefined || session.phase !== 'active' || isRefused(session)) return undefined;
  const pilots = pilotsOf(view, standing);
  const currentMinA = pilotMinA(pilots);
  const need = needOf(evse, session, nowMs);
  const external = externalLimitOf(view.site, evse, standing.station, nowMs);
  const planned = plannedTarget(view.plan, session, nowMs);
  const lastLimitA = amps(inForce(state.ledger, nowMs));
  const resumes = resumesAfterPause(standing);
  const isKept = resumes === false && lastLimitA > 0;
  return {
    sessionId: session.id,
    currentMinA,
    currentMaxA: vehicleMaxA(evse, session, pilots),
    usedChannels: evse.switchesPhases === true ? undefined : session.vehicle.channels,
    need,
    pluggedInAtMs: session.pluggedInAtMs,
    lastLimitA,
    // Before it was plugged in it was not this session that was off.
    sinceMs: Math.max(state.sinceMs, session.pluggedInAtMs),
    priority: 1,
    satisfied:
      session.vehicle.satisfied &&
      !mayWantAgain(state, session, nowMs) &&
      !isBeingWoken(session.vehicle, nowMs),
    resumes,
    ...targetOf(external?.limitA, isKept ? atLeast(planned, currentMinA) : planned),
  };
}

/** False where this vehicle or its kind of station was seen not to; undefined: nobody knows. */
export function resumesAfterPause({
  session,
  station,
}: Pick<EvseStanding, 'session' | 'station'>): false | undefined {
  // Whether the card is of this kind costs more to find out.
  const isShown = station.card?.resumes === false && creditNow(station) !== undefined;
  return isShown || session?.vehicle.resumes === false ? false : undefined;
}

/** No price is worth a vehicle that does not charge again. */
function atLeast(planned: PlannedTarget | undefined, leastA: Amps): PlannedTarget | undefined {
  return planned === undefined || planned.targetA >= leastA
    ? planned
    : { ...planned, targetA: leastA };
}

/** What others limit an EVSE to is its maximum, whatever is planned; a plan says who comes first. */
function targetOf(
  externalA: number | undefined,
  planned: PlannedTarget | undefined,
): Pick<Claim, 'targetA' | 'targetIsMax'> {
  if (externalA === undefined) return { targetA: planned?.targetA };
  const isPlanned = planned?.targetIsMax === true && planned.targetA < externalA;
  return { targetA: isPlanned ? planned.targetA : amps(externalA), targetIsMax: true };
}

/**
 * A vehicle that stopped taking current before it had what it needs is offered some again after an
 * hour without: batteries pause to warm up, and a paused pilot cannot show that they are ready.
 */
function mayWantAgain(state: EvseState, session: Session, nowMs: number): boolean {
  if (isNeedMet(session)) return false;
  return inForce(state.ledger, nowMs) === 0 && nowMs - state.sinceMs >= OFFER_AGAIN_MS;
}

/** A claim whose departure has passed says nothing any more. */
function needOf({ dc }: SiteEvse, session: Session, nowMs: number): Need | undefined {
  const need = remainingNeed(session);
  if (need === undefined || need.departureAtMs <= nowMs) return undefined;
  return {
    energyWh: wattHours(need.energyWh / (dc?.efficiencyMin ?? 1)),
    departureAtMs: need.departureAtMs,
  };
}

/** The smallest pilot that gives the vehicle all that it is known to take. */
function vehicleMaxA(evse: SiteEvse, session: Session, pilots: PilotSet): Amps {
  const learntA = session.vehicle.currentMaxA;
  if (learntA === undefined) return evse.currentMaxA;
  const wantedA = Math.max(learntA, pilotMinA(pilots));
  const enoughA =
    pilots.kind === 'set' ? pilots.valuesA.find((valueA) => valueA >= wantedA) : wantedA;
  return amps(Math.min(enoughA ?? evse.currentMaxA, evse.currentMaxA));
}

function pilotMinA(pilots: PilotSet): Amps {
  if (pilots.kind === 'continuous') return pilots.minA;
  const [first] = pilots.valuesA;
  return first ?? amps(0);
}
