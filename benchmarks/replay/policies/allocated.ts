/** Policies that are the production allocator: equal shares, smoothed least laxity, and with a plan. */
import { planNow, type PlanNow, type PlannerSettings } from '../plan.js';
import type { Policy, PolicySettings } from '../policy.js';
import { allocated } from './allocator.js';

/** Max-min in amperes: nobody's need is known. */
export function equalPolicy(settings: PolicySettings): Policy {
  return { decide: (view) => ({ pilotsA: allocated({ ...settings, isNeedKnown: false }, view) }) };
}

export function laxityPolicy(settings: PolicySettings): Policy {
  return { decide: (view) => ({ pilotsA: allocated(settings, view) }) };
}

/** The plan's targets, made into pilots by the allocator; no ledger. */
export function plannerPolicy(settings: PolicySettings, planner: PlannerSettings): Policy {
  let plan = new Map<string, number>();
  let capW: number | undefined;
  return {
    decide: (view) => {
      if (view.isPlanDue) {
        const now = planNow(planner, view);
        plan = new Map(view.guests.map((it, at) => [it.sessionId, now.targetsA[at] as number]));
        capW = now.capW;
      }
      const targetsA = view.guests.map((it) => plan.get(it.sessionId) ?? 0);
      const held: PlanNow = capW === undefined ? { targetsA } : { targetsA, capW };
      return { pilotsA: allocated(settings, view, held) };
    },
  };
}
