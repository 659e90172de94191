/** What the building takes as a plan counts it: the forecast, and at first what the allocator keeps for it. */
import type { CircuitId, PerChannel, SiteProblem } from '../../solver/index.js';
import { channelVoltageV } from '../control/charge-rate.js';
import { otherLoadA } from '../sites/other-load.js';
import { hasMeteredTier, measuredNow, rootOf } from '../sites/tiers.js';
import type { EvseStanding } from '../sites/snapshot.js';
import { policyReserve } from '../sites/untested-policy.js';
import type { PlanInput } from './plan-input.js';
import { powerOf } from './site-history.js';
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
  const root = rootOf(site.circuits);
  if (root === undefined) return loadAt;
  const isMetered = hasMeteredTier(state, nowMs);
  // What a meter shows of batteries that charge is planned anew.
  const chargedW = input.storage.reduce((w, { powerW }) => w + Math.max(0, powerW), 0);
  const otherA = otherLoadA(site.circuits, root, ({ baseLoadA }) => baseLoadA);
  const measuredW = powerOf(state.site, otherA);
  const keptW = isMetered ? Math.max(0, measuredW - chargedW) : measuredW;
  const netW = isMetered ? netNowW(input, root.id) : 0;
  // Surplus makes no room below a rating, and yet it is there to be used.
  const leastW = netW < 0 ? netW : keptW;
  const [x, y, z]: PerChannel<number> = rootOf(keptFree.circuits)?.keptA ?? [0, 0, 0];
  const keptFreeW = (x + y + z) * channelVoltageV(state.site);
  const untilMs = isMetered ? nowMs + FIRST_SLOT_MS : Number.POSITIVE_INFINITY;
  return (atMs) => keptFreeW + Math.max(loadAt(atMs), atMs < untilMs ? leastW + pvAt(atMs) : 0);
}

/** What a meter at the circuit shows without batteries, W: below 0 where more is generated than used. */
function netNowW({ state, nowMs, storage }: PlanInput, id: CircuitId): number {
  const currentA = measuredNow(state, id, nowMs);
  if (currentA === undefined) return 0;
  return storage.reduce((w, { powerW }) => w - powerW, powerOf(state.site, currentA));
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
