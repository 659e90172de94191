/** What the building takes as a plan counts it: the forecast, and at first what the allocator keeps for it. */
import type { PerChannel, SiteProblem } from '../../solver/index.js';
import { channelVoltageV } from '../control/charge-rate.js';
import { otherLoadA } from '../sites/other-load.js';
import { hasMeteredTier } from '../sites/tiers.js';
import type { EvseStanding } from '../sites/snapshot.js';
import { policyReserve } from '../sites/untested-policy.js';
import { rootOf } from './capacity.js';
import type { PlanInput } from './plan-input.js';
import { FIRST_SLOT_MS } from './slots.js';

/**
 * The load at an instant, W. Within the first slot it is at least what the allocator keeps for it now:
 * a target above what is left then could not be followed. Where no meter tells, that is so for ever.
 *
 * @param site the problem of the allocator now
 * @param keptFree what `keptForFailures` made of it
 */
export function loadAhead(
  input: PlanInput,
  site: SiteProblem,
  keptFree: SiteProblem,
): PlanInput['loadAt'] {
  const { state, nowMs, loadAt, pvAt } = input;
  const root = rootOf(site);
  if (root === undefined) return loadAt;
  const voltageV = channelVoltageV(state.site);
  const sum = ([a, b, c]: PerChannel<number>): number => (a + b + c) * voltageV;
  const keptW = sum(otherLoadA(site.circuits, root, ({ baseLoadA }) => baseLoadA));
  const failuresW = sum(rootOf(keptFree)?.baseLoadA ?? root.baseLoadA) - sum(root.baseLoadA);
  const untilMs = hasMeteredTier(state, nowMs) ? nowMs + FIRST_SLOT_MS : Number.POSITIVE_INFINITY;
  return (atMs) => failuresW + Math.max(loadAt(atMs), atMs < untilMs ? keptW + pvAt(atMs) : 0);
}

/** R0: what an owner's policy keeps free now, should untested stations fail, is load to a plan. */
export function keptForFailures(
  { state, nowMs }: PlanInput,
  all: readonly EvseStanding[],
  site: SiteProblem,
): SiteProblem {
  const { circuits } = site;
  const reserve = policyReserve(state, all, { circuits, nowMs });
  return reserve === undefined ? site : { ...site, circuits: reserve.on(circuits, nowMs) };
}
