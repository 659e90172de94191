/** Makes one plan of a site from what is known now, and says when and for what the next one is due. */
import type { SiteState } from '../control/state.js';
import { buildPlan } from './build-problem.js';
import { gatherInput, type GatherStore, type KnownHabits } from './gather.js';
import type { PlanPool } from './pool.js';
import { PLAN_EVERY_MS } from './plan-times.js';
import { readPlan } from './read-plan.js';
import type { SitePlan } from './site-plan.js';

export interface PlanSources {
  readonly store: GatherStore;
  readonly solve: PlanPool['solve'];
}

/**
 * - `needless` a plan could save, avoid or divide nothing
 * - `unsolved` no plan passed its check
 */
export type PlanEnd =
  | { readonly status: 'needless' }
  | { readonly status: 'unsolved' | 'made'; readonly plan?: SitePlan; readonly nextAtMs: number };

/** `nextAtMs`: when its first slot is over, or the plan is old. */
export async function planSite(
  { store, solve }: PlanSources,
  state: SiteState,
  at: { readonly nowMs: number; readonly habits: KnownHabits },
): Promise<PlanEnd> {
  const { solver = 'auto' } = state.site.settings;
  if (solver === 'off' || !mayNeedPlan(state)) return { status: 'needless' };
  const built = buildPlan(await gatherInput(store, state, at));
  if (built === undefined) return { status: 'needless' };
  // An order or a price may end the first slot, and with it what this plan says of who charges.
  const endMs = built.slots[0]?.endMs ?? Number.POSITIVE_INFINITY;
  const nextAtMs = Math.min(endMs, at.nowMs + PLAN_EVERY_MS);
  const solved = await solve(built.problem, solver, built.fair);
  if (solved === undefined) return { status: 'unsolved', nextAtMs };
  return { status: 'made', plan: readPlan(built, solved.plan, solved.engine), nextAtMs };
}

/** Arrival, departure, claim, price, order, edit: what a change of asks for a new plan at once. */
export function causeOf({ site, signals, sessions }: SiteState): string {
  let cause = `${site.version}`;
  for (const { id, type, sequence } of signals.values()) {
    if (type !== 'heartbeat') cause += ` ${id}:${sequence}`;
  }
  for (const { id, phase, claim, vehicle, transactionId } of sessions.values()) {
    if (phase !== 'active') continue;
    cause += ` ${id}:${transactionId}:${claim?.setAtMs}:${vehicle.satisfied}`;
  }
  return cause;
}

/** Cheap, before anything is read: whether there may be something to save, to avoid or to divide. */
function mayNeedPlan({ site, signals, sessions }: SiteState): boolean {
  if (site.settings.demandCharge || (site.storage ?? []).length > 0) return true;
  let active = 0;
  for (const { phase } of sessions.values()) if (phase === 'active') active += 1;
  if (active > 1) return true;
  return [...signals.values()].some(({ type }) => type === 'price' || type === 'import-limit');
}
