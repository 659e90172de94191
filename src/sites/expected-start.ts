/**
 * When a vehicle that waits will probably get current. An estimate for people: no decision and no
 * guarantee rests on it, and where nothing is known there is none. Pure.
 */
import { type BoundBy, type Conductor, type EvseId, memoized } from '../../solver/index.js';
import { channelCount, channelVoltageV } from '../control/charge-rate.js';
import type { SiteState } from '../control/state.js';
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

const CHANNEL_OF: Readonly<Partial<Record<Conductor, 0 | 1 | 2>>> = {
  L1: 0,
  L2: 1,
  L3: 2,
  AB: 0,
  BC: 1,
  CA: 2,
};

/**
 * Site time, ms, per EVSE whose vehicle waits. With a plan: its first step of at least the minimum.
 * Else when the first of those that charge at the same conductor is done, in the order of the queue, or
 * when it is called in its turn, the longest off first, and whoever makes room for it has settled.
 */
export function expectedStarts(
  state: SiteState,
  all: readonly EvseStanding[],
  nowMs: number,
): ReadonlyMap<EvseId, number> {
  const found = new Map<EvseId, number>();
  const queues = new Map<string, Waiting[]>();
  for (const standing of all) {
    const { evse, session } = standing;
    const { decision } = standing.state;
    if (session?.phase !== 'active' || decision === undefined || decision.limitA > 0) continue;
    const { boundBy } = decision;
    if (boundBy.kind !== 'admission' && boundBy.kind !== 'target') continue;
    if (plannedTarget(state.plan, session, nowMs) !== undefined) {
      const plannedMs = plannedStartMs(state, standing, session, nowMs);
      if (plannedMs !== undefined) found.set(evse.id, plannedMs);
    } else if (boundBy.kind === 'admission') {
      const queue = queues.get(boundBy.circuitId) ?? [];
      queues.set(boundBy.circuitId, [...queue, { standing, session, boundBy }]);
    }
  }
  for (const [circuitId, queue] of queues) {
    const slots = slotsBelow(state, all, circuitId, nowMs);
    queue.sort((a, b) => a.boundBy.queuePlace - b.boundBy.queuePlace);
    const turns = turnsOf(state.site, queue, nowMs);
    for (const waiting of inOrder(queue, slots, turns)) {
      const startMs = takeSlot(state, waiting, { slots, turnMs: turns.get(waiting) ?? 0, nowMs });
      if (startMs !== undefined) found.set(waiting.standing.evse.id, startMs);
    }
  }
  return found;
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

/** When the allocator will call each, the longest off first: one of k in every offMax / k, see `callNext`. */
function turnsOf(
  { settings }: Site,
  queue: readonly Waiting[],
  nowMs: number,
): ReadonlyMap<Waiting, number> {
  const offMaxMs = settings.allocator.offMaxSec * 1000;
  const turns = new Map(queue.map((it) => [it, offSince(it) + offMaxMs]));
  const inTurn = queue
    .filter(({ boundBy }) => boundBy.spareSec === undefined)
    .toSorted((a, b) => offSince(a) - offSince(b));
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

/** What a vehicle leaves that is done goes by place in the queue, what is taken from one by turn. */
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
): number | undefined {
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
  if (taken === undefined) return undefined;
  const powerW = evse.currentMaxA * channelCount(evse) * channelVoltageV(site);
  taken.heldUntilMs = startMs + onMinSec * 1000;
  taken.doneAtMs = doneMs(session, powerW, startMs);
  return startMs;
}
