/** What an EVSE can be told, as numbers to choose from. */
import type { PilotSet } from '../solver/index.js';

/** Rounding of steps such as 0.1 A, which binary fractions do not hold exactly. */
const STEP_TOLERANCE = 1e-6;

/** The largest value that can be told at or below `limitA`; 0 when the smallest is above it. */
export function pilotAtMost(pilots: PilotSet, limitA: number): number {
  if (pilots.kind === 'set') {
    return pilots.valuesA.findLast((valueA) => valueA <= limitA + STEP_TOLERANCE) ?? 0;
  }
  const { minA, stepA } = pilots;
  if (limitA < minA - STEP_TOLERANCE) return 0;
  return continuousA(minA, stepA, Math.floor((limitA - minA) / stepA + STEP_TOLERANCE));
}

/** The values strictly between the two, ascending, A. */
export function pilotsBetween(pilots: PilotSet, aboveA: number, belowA: number): number[] {
  if (pilots.kind === 'set') {
    return pilots.valuesA.filter((valueA) => valueA > aboveA && valueA < belowA);
  }
  const values: number[] = [];
  const { minA, stepA } = pilots;
  for (let index = 0; ; index += 1) {
    const valueA = continuousA(minA, stepA, index);
    if (valueA >= belowA - STEP_TOLERANCE) return values;
    if (valueA > aboveA + STEP_TOLERANCE) values.push(valueA);
  }
}

function continuousA(minA: number, stepA: number, index: number): number {
  return Math.round((minA + index * stepA) * 1e6) / 1e6;
}
