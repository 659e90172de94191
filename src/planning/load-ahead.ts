/** What the building takes as a plan counts it: the forecast, and at first what the allocator keeps for it. */
import type { SiteProblem } from '../../solver/index.js';
import { channelVoltageV } from '../control/charge-rate.js';
import { otherLoadA } from '../sites/other-load.js';
import { hasMeteredTier } from '../sites/tiers.js';
import { rootOf } from './capacity.js';
import type { PlanInput } from './plan-input.js';
import { FIRST_SLOT_MS } from './slots.js';

/**
 * The load at an instant, W. Within the first slot it is at least what the allocator keeps for it now:
 * a target above what is left then could not be followed. Where no meter tells, that is so for ever.
 *
 * @param site the problem of the allocator now
 */
export function loadAhead(input: PlanInput, site: SiteProblem): PlanInput['loadAt'] {
  const { state, nowMs, loadAt, pvAt } = input;
  const root = rootOf(site);
  if (root === undefined) return loadAt;
  const keptA = otherLoadA(site.circuits, root, ({ baseLoadA }) => baseLoadA);
  const keptW = keptA.reduce((sum, it) => sum + it, 0) * channelVoltageV(state.site);
  const untilMs = hasMeteredTier(state, nowMs) ? nowMs + FIRST_SLOT_MS : Number.POSITIVE_INFINITY;
  return (atMs) => Math.max(loadAt(atMs), atMs < untilMs ? keptW + pvAt(atMs) : 0);
}
