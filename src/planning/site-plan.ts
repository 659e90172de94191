/**
 * A plan of a site as the engine reads it: what each session should get and when. Advice, never a
 * guarantee: the ledger does not know of it, and without it the allocator decides alone.
 */
import { type Amps, amps, type EvseId, memoized, type SessionId } from '../../solver/index.js';
import type { Session } from '../sessions/session.js';
import { HANDOVER_MS, PLAN_EVERY_MS } from './plan-times.js';

/**
 * Who said what a vehicle needs: a person or the vehicle, or what its token did before. `assumed`: nobody,
 * and where peaks cost something a common need stands for it.
 */
export type NeedSource = 'claim' | 'history' | 'assumed';

export interface TargetStep {
  readonly fromMs: number;
  /** A on each conductor of the EVSE; 0 pauses. */
  readonly targetA: number;
}

export interface SessionPlan {
  readonly sessionId: SessionId;
  readonly evseId: EvseId;
  readonly need: {
    readonly source: NeedSource;
    /** Still wanted when the plan was made. */
    readonly energyWh: number;
    readonly departureAtMs: number;
  };
  /** Ascending; each holds until the next, the last until the plan ends. */
  readonly steps: readonly TargetStep[];
  /** More than the target would cost more, and is not needed. */
  readonly targetIsMax: boolean;
  readonly plannedWh: number;
  /** When all that is planned for it is delivered; absent: nothing is. */
  readonly finishedAtMs?: number | undefined;
  /** Of what it takes from now on; absent: no prices are known. */
  readonly costMicros?: number | undefined;
}

/** What a battery is to do: positive charges it. */
export interface StoragePlan {
  readonly storageId: string;
  readonly steps: readonly { readonly fromMs: number; readonly powerW: number }[];
}

/** What the goals stay within from `fromMs` on where peaks cost something, or energy not always the same. */
export interface DemandCapStep {
  readonly fromMs: number;
  /** All vehicles together, W. Absent: no peak costs anything. */
  readonly vehiclesW?: number | undefined;
  /**
   * What they draw in the plan, without a demand charge only those that it has a target for: more now would
   * cost more than later. Absent: all energy costs the same.
   */
  readonly plannedW?: number | undefined;
  /** What else the plan counted on; more of it leaves less to vehicles, W. */
  readonly otherW: number;
}

export interface SitePlan {
  /** The site time of what it was made from. */
  readonly madeAtMs: number;
  /** Without effect from then on. */
  readonly staleAtMs: number;
  readonly engine: 'structured' | 'highs' | 'javascript-lp-solver';
  readonly currency?: string | undefined;
  /** Of the site's import over the horizon, what the building uses included. */
  readonly costMicros?: number | undefined;
  readonly horizonEndsAtMs: number;
  readonly peakW: number;
  /** Ascending; each holds until the next. Absent or empty: nothing is held back for money. */
  readonly demandCap?: readonly DemandCapStep[];
  readonly sessions: readonly SessionPlan[];
  readonly storage: readonly StoragePlan[];
}

export interface PlannedTarget {
  readonly targetA: Amps;
  readonly targetIsMax: boolean;
}

/** A plan that knows who came, or what was said, is made within seconds. */
const NEXT_PLAN_MS = 30_000;
/** Two clocks that run down to the same instant do so within this time. */
const SAME_MS = 5000;

type Planned = Pick<Session, 'id' | 'claim' | 'pluggedInAtMs' | 'startedAtMs'>;

/**
 * What the plan gives a session now; undefined: it says nothing of it. Who came since it was made
 * takes what the others leave until the next one, which gets seconds to come: nobody is cut for it
 * now and raised again then.
 */
export function plannedTarget(
  plan: SitePlan | undefined,
  session: Planned,
  nowMs: number,
): PlannedTarget | undefined {
  if (plan === undefined || nowMs >= plan.staleAtMs) return undefined;
  const newsAtMs = newsOf(session);
  if (newsAtMs > plan.madeAtMs && nowMs >= newsAtMs + NEXT_PLAN_MS) return undefined;
  const own = bySession(plan).get(session.id);
  if (own === undefined) {
    return newsAtMs > plan.madeAtMs ? { targetA: amps(0), targetIsMax: false } : undefined;
  }
  const step = own.steps.findLast(({ fromMs }) => fromMs <= nowMs);
  if (step === undefined) return undefined;
  return { targetA: amps(step.targetA), targetIsMax: own.targetIsMax };
}

/** When it last became known that there is something to plan for it. */
const newsOf = ({ claim, pluggedInAtMs, startedAtMs = pluggedInAtMs }: Planned): number =>
  Math.max(startedAtMs, claim?.setAtMs ?? 0);

const bySession = memoized(
  ({ sessions }: SitePlan): ReadonlyMap<SessionId, SessionPlan> =>
    new Map(sessions.map((it) => [it.sessionId, it])),
);

/**
 * While the next plan is due: until when it has its time to come. What merely is old waits for it, or
 * everybody would be told two things within seconds.
 */
export function nextPlanByMs(plan: SitePlan | undefined, nowMs: number): number | undefined {
  if (plan === undefined || nowMs >= plan.staleAtMs) return undefined;
  const byMs = plan.madeAtMs + PLAN_EVERY_MS + HANDOVER_MS;
  return nowMs >= plan.madeAtMs + PLAN_EVERY_MS - SAME_MS && nowMs < byMs ? byMs : undefined;
}

/** The next instant at which the plan says something else, or ends. */
export function planEdgeMs(
  plan: SitePlan | undefined,
  sessions: Iterable<Planned>,
  nowMs: number,
): number | undefined {
  if (plan === undefined || nowMs >= plan.staleAtMs) return undefined;
  let nextMs = plan.staleAtMs;
  for (const { steps } of plan.sessions) {
    for (const { fromMs } of steps) if (fromMs > nowMs && fromMs < nextMs) nextMs = fromMs;
  }
  for (const { fromMs } of plan.demandCap ?? []) {
    if (fromMs > nowMs && fromMs < nextMs) nextMs = fromMs;
  }
  for (const session of sessions) {
    const newsAtMs = newsOf(session);
    const atMs = newsAtMs + NEXT_PLAN_MS;
    if (newsAtMs > plan.madeAtMs && atMs > nowMs && atMs < nextMs) nextMs = atMs;
  }
  return nextMs;
}

/** An older plan than the one that is there, or one that is over, is not taken. */
export function newerPlan(
  known: SitePlan | undefined,
  made: SitePlan | undefined,
  nowMs: number,
): SitePlan | undefined {
  if (made === undefined) return undefined;
  const isLate = made.staleAtMs <= nowMs || made.madeAtMs < (known?.madeAtMs ?? 0);
  return isLate ? known : made;
}
