/** From planned power to the current that a vehicle should have. */
import { HANDOVER_MS } from './plan-times.js';
import type { TargetStep } from './site-plan.js';
import type { Slot } from './slots.js';

/** Sums of currents of the solver are this far from exact, A. */
const TOLERANCE_A = 0.01;

/** So near to what is in force a target is not worth a profile: the next plan makes up for it. */
const STEADY_A = 2;

interface InForce {
  /** Its limit now, and the least current at which it charges. */
  readonly inForceA: number;
  readonly minA: number;
}

/**
 * The mean current of each slot, to a tenth of an ampere; the first one as it is where it is near. Only
 * the first slot says who charges at what current: between plans that serve the same, later slots are
 * means of them. It holds until the next plan has had its time to come.
 */
export function meanSteps(
  slots: readonly Slot[],
  currentA: readonly number[],
  from: InForce,
): readonly TargetStep[] {
  const steps: TargetStep[] = [];
  for (const [index, slot] of slots.entries()) {
    const fromMs =
      slot.startMs + (index === 1 ? Math.min(HANDOVER_MS, slot.endMs - slot.startMs - 1) : 0);
    const meanA = Math.round(10 * (currentA[index] ?? 0)) / 10;
    const targetA = index === 0 ? nowA(meanA, from) : meanA;
    if (steps.at(-1)?.targetA !== targetA) steps.push({ fromMs, targetA });
  }
  return steps;
}

function nowA(meanA: number, { inForceA, minA }: InForce): number {
  // It would not charge: others do, and its turn comes.
  if (meanA < minA - TOLERANCE_A) return 0;
  const isNear = Math.abs(meanA - inForceA) <= STEADY_A;
  return inForceA > 0 && isNear ? inForceA : meanA;
}
