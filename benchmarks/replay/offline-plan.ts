/** One linear program over visits that are all known beforehand. */
import { type Highs, solveWithHighs } from '../../solver/backends/highs.js';
import type { PlanProblem } from '../../solver/index.js';
import { type Horizon, planProblem, type Wish } from './plan-problem.js';
import type { ReplaySite } from './site.js';
import type { Visit } from './visits.js';

export interface OfflinePlan {
  readonly problem: PlanProblem;
  readonly sessionW: readonly Float64Array[];
  readonly importW: Float64Array;
}

const MS_PER_HOUR = 3_600_000;
const UNMET_AT_ANY_PRICE = 1000;

export const reachableWh = ({ voltageV }: ReplaySite, it: Visit): number =>
  Math.min(it.energyWh, (it.maxA * voltageV * (it.departureAtMs - it.arrivalAtMs)) / MS_PER_HOUR);

/** The most energy, and with prices at the least cost. Visits that end at no edge lose what follows it. */
export function solveOffline(
  highs: Highs,
  site: ReplaySite,
  visits: readonly (Visit & { readonly windowMs?: readonly [number, number] })[],
  horizon: Horizon,
): OfflinePlan {
  const wishes = visits.map(
    (it, at): Wish => ({
      id: `${at}`,
      evseIndex: it.evseIndex,
      fromMs: it.windowMs?.[0] ?? it.arrivalAtMs,
      toMs: it.windowMs?.[1] ?? it.departureAtMs,
      energyWh: reachableWh(site, it),
      maxA: it.maxA,
      priority: horizon.prices === undefined ? 1 : UNMET_AT_ANY_PRICE,
      costPerKwh: (startsMs) => startsMs.map(() => 0),
    }),
  );
  const problem = planProblem(site, wishes, horizon);
  const { plan } = solveWithHighs(highs, problem, { mode: 'simplex', gapMax: 1e-6 });
  if (plan === undefined) throw new Error('the offline bound has no solution');
  return { problem, sessionW: plan.sessionW, importW: plan.importW };
}
