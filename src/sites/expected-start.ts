/**
 * When a vehicle that waits will probably get current. An estimate for people: no decision and no
 * guarantee rests on it, and where nothing is known there is none. Pure.
 */
import {
  type BoundBy,
  type Conductor,
  type EvseId,
  laxityOf,
  memoized,
} from '../../solver/index.js';
import { channelCount, channelVoltageV } from '../control/charge-rate.js';
import type { ControlState, SiteState } from '../control/state.js';
import { plannedTarget } from '../planning/site-plan.js';
import { remainingNeed, type Session } from '../sessions/session.js';
import { pathToRoot } from './check-circuits.js';
import type { Site } from './site.js';
import { type EvseStanding, pilotsOf } from './snapshot.js';

type Waits = Extract<BoundBy, { kind: 'admission' }>;

/** The place of a vehicle that charges, below the circuit at which others wait. */
interface Slot {
  readonly channels: readonly boolean[];
  /** It is left to its vehicle at least until then. */
  heldUntilMs: number;
  /** Its vehicle will have what it needs, or leave; Infinity: not known. */
  doneAtMs: number;
}

interface Waiting {
  readonly standing: EvseStanding;
  readonly session: Session;
  readonly boundBy: Waits;
}

interface Starting extends Waiting {
  /** Infinity: nobody can tell. */
  readonly startMs: number;
}

const CHANNEL_OF: Readonly<Partial<Record<Conductor, 0 | 1 | 2>>> = {
  L1: 0,
  L2: 1,
  L3: 2,
  AB: 0,
  BC: 1,
  CA: 2,
};

/** What is said of a vehicle that waits: nobody of a later place at its circuit starts before it. */
export interface Ahead {
  /** With its place; absent: what it waits for has no queue. */
  readonly boundBy?: Waits;
  /** Site time. */
  readonly startMs?: number;
}

/**
 * Per EVSE whose vehicle waits. With a plan: its first step of at least the minimum. Else when the first of
 * those that charge at the same conductor is done, the most urgent first, or when it is called in its turn,
 * the longest off first, and whoever makes room for it has settled. Places are in the order of starts.
 */
export function expectedStarts(
  state: SiteState,
  all: readonly EvseStanding[],
  nowMs: number,
): ReadonlyMap<EvseId, Ahead> {
  const found = new Map<EvseId, Ahead>();
  const queues = new Map<string, Queue>();
  for (const standing of all) {
    const { evse, session } = standing;
    const { decision } = standing.state;
    if (session?.phase !== 'active' || decision === undefined || decision.limitA > 0) continue;
    const boundBy = boundNow(state, evse.id, decision.boundBy);
    if (boundBy.kind !== 'admission' && boundBy.kind !== 'target') continue;
    const isPlanned = plannedTarget(state.plan, session, nowMs) !== undefined;
    const startMs = isPlanned ? plannedStartMs(state, standing, session, nowMs) : undefined;
    if (boundBy.kind === 'target') {
      if (startMs !== undefined) found.set(evse.id, { startMs });
      continue;
    }
    const queue = queues.get(boundBy.circuitId) ?? { planned: [], unplanned: [] };
    queues.set(boundBy.circuitId, queue);
    const waiting = { standing, session, boundBy };
    if (isPlanned) queue.planned.push({ ...waiting, startMs: startMs ?? Infinity });
    else queue.unplanned.push(waiting);
  }
  // One is called at a time, wherever it waits.
  const turns = turnsOf(
    state.site,
    [...queues.values()].flatMap((it) => it.unplanned),
    nowMs,
  );
  for (const [circuitId, { planned, unplanned }] of queues) {
    const slots = slotsBelow(state, all, circuitId, nowMs);
    const starts = [...planned, ...startsOf(state, unplanned, { slots, turns, nowMs })];
    starts.sort(
      (a, b) => compare(a.startMs, b.startMs) || a.boundBy.queuePlace - b.boundBy.queuePlace,
    );
    for (const [before, { standing, boundBy, startMs }] of starts.entries()) {
      found.set(standing.evse.id, {
        boundBy: { ...boundBy, queuePlace: before + 1 },
        ...(startMs === Infinity ? {} : { startMs }),
      });
    }
  }
  return found;
}

interface Queue {
  readonly planned: Starting[];
  readonly unplanned: Waiting[];
}

interface SlotsAhead {
  readonly slots: readonly Slot[];
  /** When each is called, if it is. */
  readonly turns: ReadonlyMap<Waiting, number>;
  readonly nowMs: number;
}

/** A decision is kept while its place and its time to spare change; goals have those of now. */
function boundNow({ control }: SiteState, evseId: EvseId, decided: BoundBy): BoundBy {
  if (decided.kind !== 'admission') return decided;
  const goal = boundById(control.goals).get(evseId);
  return goal?.kind === 'admission' ? goal : decided;
}

const boundById = memoized(
  (goals: ControlState['goals']): ReadonlyMap<EvseId, BoundBy> =>
    new Map(goals.map(({ evseId, boundBy }) => [evseId, boundBy])),
);

/** Of those that no plan starts; Infinity: nobody can tell. */
function startsOf(
  state: SiteState,
  queue: readonly Waiting[],
  { slots, turns, nowMs }: SlotsAhead,
): readonly Starting[] {
  const starts: Starting[] = [];
  for (const waiting of inOrder(byUrgency(state.site, queue, nowMs), slots, turns)) {
    const startMs = takeSlot(state, waiting, {
      slots,
      turnMs: turns.get(waiting) ?? Infinity,
      nowMs,
    });
    starts.push({ ...waiting, startMs });
  }
  return starts;
}

/** Infinite ones are equal. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}

/** The plan's next step that its vehicle can use. */
function plannedStartMs(
  { plan, ...view }: SiteState,
  standing: EvseStanding,
  session: Session,
  nowMs: number,
): number | undefined {
  const pilots = pilotsOf(view, standing);
  const minA = pilots.kind === 'set' ? (pilots.valuesA[0] ?? 0) : pilots.minA;
  const own = plan?.sessions.find((it) => it.sessionId === session.id);
  return own?.steps.find((it) => it.fromMs > nowMs && it.targetA >= minA)?.fromMs;
}

function slotsBelow(
  state: SiteState,
  all: readonly EvseStanding[],
  circuitId: string,
  nowMs: number,
): readonly Slot[] {
  const onMinMs = state.site.settings.allocator.onMinSec * 1000;
  return all.flatMap(({ evse, session, state: { decision, sinceMs } }) => {
    if (session?.phase !== 'active' || session.vehicle.satisfied) return [];
    if (decision === undefined || decision.limitA <= 0) return [];
    if (!circuitsAbove(state.site).get(evse.circuitId)?.has(circuitId)) return [];
    const nominalW = decision.limitA * channelCount(evse) * channelVoltageV(state.site);
    const powerW = Math.min(nominalW, session.powerW ?? 0) || nominalW;
    const doneAtMs = doneMs(session, powerW, nowMs);
    return [{ channels: evse.channels, heldUntilMs: sinceMs + onMinMs, doneAtMs }];
  });
}

/** Of every circuit: itself and those above it. */
const circuitsAbove = memoized(
  (site: Site): ReadonlyMap<string, ReadonlySet<string>> =>
    new Map(
      site.circuits.map(
        ({ id }) => [id, new Set(pathToRoot(site, id).map((it) => it.id))] as const,
      ),
    ),
);

/** Infinity without a claim, or where its departure has passed: it may charge for ever. */
function doneMs(session: Session, powerW: number, fromMs: number): number {
  const need = remainingNeed(session);
  if (need === undefined || need.departureAtMs <= fromMs) return Infinity;
  return Math.min(need.departureAtMs, fromMs + (need.energyWh / powerW) * 3_600_000);
}

function offSince({ standing: { state }, session }: Waiting): number {
  return Math.max(state.sinceMs, session.pluggedInAtMs);
}

/** As the allocator admits: who starves before all, then by laxity, at last who can wait. */
function byUrgency(site: Site, queue: readonly Waiting[], nowMs: number): readonly Waiting[] {
  const { allocator } = site.settings;
  const keyed = queue.map((it) => {
    const isStarving = !isBehindTurns(it) && nowMs - offSince(it) >= allocator.offMaxSec * 1000;
    const rank = isStarving ? 0 : isBehindTurns(it) ? 2 : it.boundBy.spareSec === undefined ? 1 : 3;
    return { it, rank, first: isStarving ? offSince(it) : laxityNowSec(site, it, nowMs) };
  });
  keyed.sort(
    (a, b) =>
      a.rank - b.rank ||
      a.first - b.first ||
      a.it.session.pluggedInAtMs - b.it.session.pluggedInAtMs ||
      (a.it.standing.evse.id < b.it.standing.evse.id ? -1 : 1),
  );
  return keyed.map(({ it }) => it);
}

function laxityNowSec(site: Site, { standing: { evse }, session }: Waiting, nowMs: number): number {
  const need = remainingNeed(session);
  if (need === undefined || need.departureAtMs <= nowMs) {
    return site.settings.allocator.laxityAssumedSec;
  }
  const { channels = evse.channels, currentMaxA = evse.currentMaxA } = session.vehicle;
  const loaded = evse.channels.filter((isLoaded, at) => isLoaded && channels[at]).length;
  const takesA = Math.min(currentMaxA, evse.currentMaxA);
  return laxityOf(need, nowMs, takesA * loaded * channelVoltageV(site));
}

/** Paused, it does not charge again by itself: it is never called. */
function isBehindTurns({ standing: { state }, session, boundBy }: Waiting): boolean {
  return boundBy.resumes === false && state.sinceMs > session.pluggedInAtMs;
}

/** When the allocator will call each, the longest off first: one of k in every offMax / k, see `callNext`. */
function turnsOf(
  { settings }: Site,
  queue: readonly Waiting[],
  nowMs: number,
): ReadonlyMap<Waiting, number> {
  const offMaxMs = settings.allocator.offMaxSec * 1000;
  const called = queue.filter((it) => !isBehindTurns(it));
  const turns = new Map(called.map((it) => [it, offSince(it) + offMaxMs]));
  const inTurn = called
    .filter(({ boundBy }) => boundBy.spareSec === undefined)
    .toSorted((a, b) => offSince(a) - offSince(b) || a.boundBy.queuePlace - b.boundBy.queuePlace);
  const offMs = inTurn.map(offSince);
  for (const [rank, waiting] of inTurn.entries()) {
    const dueMs = offMs
      .slice(rank)
      .map((it, behind) => it + (offMaxMs * (inTurn.length - behind)) / inTurn.length);
    const turnMs = Math.min(...dueMs);
    turns.set(waiting, turnMs);
    // Whoever makes room for it waits in its place from then on.
    offMs.push(Math.max(turnMs, nowMs));
  }
  return turns;
}

/** What a vehicle leaves that is done goes by urgency, what is taken from one by turn. */
function* inOrder(
  queue: readonly Waiting[],
  slots: readonly Slot[],
  turns: ReadonlyMap<Waiting, number>,
): Generator<Waiting> {
  const left = [...queue];
  const turnOf = (it: Waiting): number => turns.get(it) ?? Infinity;
  while (left.length > 0) {
    const doneAtMs = Math.min(...slots.map((it) => it.doneAtMs));
    const turnMs = Math.min(...left.map(turnOf));
    const at = doneAtMs <= turnMs ? 0 : left.findIndex((it) => turnOf(it) === turnMs);
    yield* left.splice(Math.max(0, at), 1);
  }
}

/** The earliest that the vehicle can have a slot of its conductor, which is taken then. */
function takeSlot(
  { site }: SiteState,
  waiting: Waiting,
  {
    slots,
    turnMs,
    nowMs,
  }: { readonly slots: readonly Slot[]; readonly turnMs: number; readonly nowMs: number },
): number {
  const { allocator, settleSec } = site.settings;
  const { onMinSec, offMinSec } = allocator;
  const { evse, state } = waiting.standing;
  const { session, boundBy } = waiting;
  const wasOn = state.sinceMs > session.pluggedInAtMs;
  const readyMs = Math.max(nowMs, wasOn ? offSince(waiting) + offMinSec * 1000 : 0);
  const channel = CHANNEL_OF[boundBy.conductor];
  let startMs = Infinity;
  let taken: Slot | undefined;
  for (const slot of slots) {
    if (channel !== undefined && slot.channels[channel] !== true) continue;
    const turnsMs = Math.max(slot.heldUntilMs, turnMs) + settleSec * 1000;
    const freeMs = Math.min(slot.doneAtMs, turnsMs);
    if (Math.max(readyMs, freeMs) >= startMs) continue;
    startMs = Math.max(readyMs, freeMs);
    taken = slot;
  }
  if (taken === undefined) return Infinity;
  const powerW = evse.currentMaxA * channelCount(evse) * channelVoltageV(site);
  taken.heldUntilMs = startMs + onMinSec * 1000;
  taken.doneAtMs = doneMs(session, powerW, startMs);
  return startMs;
}
