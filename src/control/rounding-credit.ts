/**
 * Equipment takes steps of an ampere or of eight: of equals some get more than their share, and always the
 * same ones. What each is owed is kept, so that the allocator gives the step to another in time. Vehicles
 * whose need is known or that are planned have no credit: what they lack makes them more urgent.
 */
import type { Claim, EvseLimit, SiteProblem } from '../../solver/index.js';
import type { ControlState } from './state.js';

/** More than this is forgotten, A s: 8 A for two hours. */
const CREDIT_MAX_AS = 57_600;
const EQUAL_A = 1e-6;

/** What rounding owes a session at the instant of the goals, and how that grows. */
export interface RoundingCredit {
  readonly sessionId: Claim['sessionId'];
  readonly creditAs: number;
  /** The share less the goal, A. */
  readonly owedA: number;
}

/** The problem with what everybody is owed now. */
export function withCredits(problem: SiteProblem, control: ControlState): SiteProblem {
  const { goalsAtMs = problem.nowMs, credits = [] } = control;
  const forSec = (problem.nowMs - goalsAtMs) / 1000;
  const bySession = new Map(credits.map((it) => [it.sessionId, it]));
  const evses = problem.evses.map((evse) => {
    const { claim } = evse;
    if (claim === undefined || !keepsCredit(claim)) return evse;
    const { creditAs = 0, owedA = 0 } = bySession.get(claim.sessionId) ?? {};
    const now = creditAs + owedA * forSec;
    const bounded = Math.max(-CREDIT_MAX_AS, Math.min(CREDIT_MAX_AS, now));
    return { ...evse, claim: { ...claim, creditAs: bounded } };
  });
  return { ...problem, evses };
}

function keepsCredit({ need, targetA, satisfied }: Claim): boolean {
  return need === undefined && targetA === undefined && !satisfied;
}

/** What is owed with these limits from here on; who is owed nothing is not named. */
export function creditsAfter(
  { evses }: SiteProblem,
  limits: readonly EvseLimit[],
): readonly RoundingCredit[] {
  const given = new Map(limits.map((it) => [it.evseId, it]));
  return evses.flatMap(({ id, claim }) => {
    const limit = given.get(id);
    if (claim?.creditAs === undefined || limit?.shareA === undefined) return [];
    const { sessionId, creditAs, currentMaxA } = claim;
    const differenceA = limit.shareA - Math.min(limit.limitA, currentMaxA);
    const owedA = Math.abs(differenceA) < EQUAL_A ? 0 : differenceA;
    return creditAs === 0 && owedA === 0 ? [] : [{ sessionId, creditAs, owedA }];
  });
}
