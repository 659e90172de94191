/** From planned power to what a vehicle can be told: whole pilots, and nothing below its minimum. */
import { type Amps, type PilotSet, pilotAtLeast, pilotAtMost } from '../../solver/index.js';
import { HANDOVER_MS } from './plan-times.js';
import type { TargetStep } from './site-plan.js';
import type { Slot } from './slots.js';

/** Sums of currents of the solver are this far from exact, A. */
const TOLERANCE_A = 0.01;

/**
 * The current of each slot as a pilot; what rounding takes away or adds is made good in the slots after
 * it. Below half of the minimum a slot pauses, above it gets the minimum: in the mean of the slots the
 * vehicle has what was planned.
 *
 * @param currentA of each slot, from the first one on
 * @param from the least current at which the vehicle charges, and the most that it takes
 */
export function roundSteps(
  slots: readonly Slot[],
  currentA: readonly number[],
  from: { readonly pilots: PilotSet; readonly minA: Amps; readonly maxA: number },
): readonly TargetStep[] {
  const leastA = pilotAtLeast(from.pilots, from.minA) ?? from.minA;
  const steps: TargetStep[] = [];
  let owedAms = 0;
  for (const [index, wantedA] of currentA.entries()) {
    const slot = slots[index];
    if (slot === undefined) break;
    const lengthMs = slot.endMs - slot.startMs;
    const dueA = Math.min(from.maxA, wantedA + owedAms / lengthMs);
    const targetA = dueA < leastA / 2 ? 0 : roundedA(dueA, leastA, from.pilots);
    owedAms += (wantedA - targetA) * lengthMs;
    if (steps.at(-1)?.targetA !== targetA) steps.push({ fromMs: slot.startMs, targetA });
  }
  return steps;
}

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

function roundedA(dueA: number, leastA: number, pilots: PilotSet): number {
  return Math.max(leastA, pilotAtMost(pilots, dueA + TOLERANCE_A));
}
