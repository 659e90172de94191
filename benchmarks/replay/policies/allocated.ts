/** Policies that are the production allocator: equal shares, smoothed least laxity, and with a plan. */
import { planNow, type PlanNow, type PlannerSettings } from '../plan.js';
import type { Policy, PolicySettings } from '../policy.js';
import { allocated } from './allocator.js';
import { batteryThatFits } from './battery.js';

/** Max-min in amperes: nobody's need is known. */
export function equalPolicy(settings: PolicySettings): Policy {
  return { decide: (view) => ({ pilotsA: allocated({ ...settings, isNeedKnown: false }, view) }) };
}

export function laxityPolicy(settings: PolicySettings): Policy {
  return { decide: (view) => ({ pilotsA: allocated(settings, view) }) };
}

/** The plan's targets, made into pilots by the allocator; no ledger. */
export function plannerPolicy(settings: PolicySettings, planner: PlannerSettings): Policy {
  let targets = new Map<string, number>();
  let capW: number | undefined;
  let batteryW = 0;
  return {
    decide: (view) => {
      if (view.isPlanDue) {
        const now = planNow(planner, view);
        targets = new Map(view.guests.map((it, at) => [it.sessionId, now.targetsA[at] as number]));
        capW = now.capW;
        batteryW = now.batteryW;
      }
      const targetsA = view.guests.map((it) => targets.get(it.sessionId) ?? 0);
      const held = { targetsA, batteryW };
      const plan: PlanNow = capW === undefined ? held : { ...held, capW };
      const pilotsA = allocated(settings, view, plan);
      return { pilotsA, batteryW: batteryThatFits(settings.site, view, pilotsA, batteryW) };
    },
    asked: 'battery',
  };
}
