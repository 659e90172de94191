/** Arithmetic on what an EVSE can be told. 0 is always allowed and is not listed in a set. */
import type { PilotSet } from './problem.js';

/** Float slack, A: 5.9999999999 is 6. Far below the 0.1 A that a charging profile can express. */
const PILOT_TOLERANCE_A = 1e-9;

/** Steps are decimal numbers: 63 steps of 0.1 A are 6.3 A, not 6.300000000000001. */
const DECIMALS = 1e9;

/** The largest allowed value that is at most currentA; 0 when none is. */
export function pilotAtMost(pilots: PilotSet, currentA: number): number {
  if (pilots.kind === 'continuous') {
    const steps = Math.floor((currentA + PILOT_TOLERANCE_A) / pilots.stepA);
    return steps < stepsMin(pilots) ? 0 : stepped(steps, pilots.stepA);
  }
  let bestA = 0;
  for (const valueA of pilots.valuesA) {
    if (valueA > currentA + PILOT_TOLERANCE_A) break;
    bestA = valueA;
  }
  return bestA;
}

/** The smallest allowed value above 0 that is at least currentA; undefined when none is. */
export function pilotAtLeast(pilots: PilotSet, currentA: number): number | undefined {
  if (pilots.kind === 'continuous') {
    const steps = Math.ceil((currentA - PILOT_TOLERANCE_A) / pilots.stepA);
    return stepped(Math.max(steps, stepsMin(pilots)), pilots.stepA);
  }
  return pilots.valuesA.find((valueA) => valueA >= currentA - PILOT_TOLERANCE_A);
}

/** The smallest allowed value above currentA; undefined when none is. */
export function pilotAbove(pilots: PilotSet, currentA: number): number | undefined {
  if (pilots.kind === 'continuous') {
    const steps = Math.floor((currentA + PILOT_TOLERANCE_A) / pilots.stepA) + 1;
    return stepped(Math.max(steps, stepsMin(pilots)), pilots.stepA);
  }
  return pilots.valuesA.find((valueA) => valueA > currentA + PILOT_TOLERANCE_A);
}

/** True for 0 and for every allowed value. */
export function isPilot(pilots: PilotSet, currentA: number): boolean {
  return Math.abs(pilotAtMost(pilots, currentA) - currentA) <= PILOT_TOLERANCE_A;
}

function stepsMin(pilots: { readonly minA: number; readonly stepA: number }): number {
  return Math.max(1, Math.ceil((pilots.minA - PILOT_TOLERANCE_A) / pilots.stepA));
}

function stepped(steps: number, stepA: number): number {
  return Math.round(steps * stepA * DECIMALS) / DECIMALS;
}
