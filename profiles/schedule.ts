/** Schedules: the piecewise-constant limits of one EVSE over time. */
import { amps, type Amps } from '../solver/index.js';
import type { Violation } from '../solver/index.js';

/** From `fromMs` (epoch ms) until the next step. Without `limitA` nothing limits the EVSE. */
export interface ScheduleStep {
  readonly fromMs: number;
  readonly limitA?: Amps;
}

/**
 * Steps in strictly ascending order, equal neighbours merged. Before the first step nothing limits
 * the EVSE; the last step has no end.
 */
export type Schedule = readonly ScheduleStep[];

/**
 * The most by which one schedule is above (raise) and below (cut) another, A. Infinite against no
 * limit.
 */
export interface ScheduleChange {
  readonly raiseMaxA: number;
  readonly cutMaxA: number;
}

/** Limits that differ by less are equal: far below the 0.1 A that OCPP can express. */
export const SAME_LIMIT_A = 1e-7;

/** Orders nothing and repairs nothing: instants out of order or negative limits are violations. */
export function buildSchedule(steps: readonly ScheduleStep[]): Schedule | Violation[] {
  const violations: Violation[] = [];
  steps.forEach((step, index) => {
    const before = steps[index - 1];
    if (!Number.isFinite(step.fromMs) || (before && step.fromMs <= before.fromMs)) {
      violations.push({
        rule: 'schedule-steps-ascend',
        field: `/${index}/fromMs`,
        message: `${step.fromMs} ms does not follow ${before?.fromMs ?? 'nothing'}`,
      });
    }
    if (step.limitA !== undefined && !(step.limitA >= 0 && Number.isFinite(step.limitA))) {
      violations.push({
        rule: 'schedule-limit-not-negative',
        field: `/${index}/limitA`,
        message: `${step.limitA} A is not a limit`,
      });
    }
  });
  return violations.length > 0 ? violations : joinEqual(steps);
}

/** The limit in force at an instant, A; undefined when nothing limits. */
export function limitAt(schedule: Schedule, atMs: number): Amps | undefined {
  return schedule.findLast((step) => step.fromMs <= atMs)?.limitA;
}

/** The lower of the two at every instant. */
export function mergeSchedules(a: Schedule, b: Schedule): Schedule {
  const steps = stepInstants(a, b).map((fromMs): ScheduleStep => {
    const limitA = lower(limitAt(a, fromMs), limitAt(b, fromMs));
    return limitA === undefined ? { fromMs } : { fromMs, limitA };
  });
  return joinEqual(steps);
}

/**
 * The lowest limit within each of `slotCount` slots of `slotSec` from `startAtMs`: a schedule on
 * the grid that is nowhere above the original. Undefined where a whole slot has no limit.
 */
export function resampleSchedule(
  schedule: Schedule,
  grid: { readonly startAtMs: number; readonly slotSec: number; readonly slotCount: number },
): readonly (Amps | undefined)[] {
  return Array.from({ length: grid.slotCount }, (_, slot) => {
    const fromMs = grid.startAtMs + slot * grid.slotSec * 1000;
    const toMs = fromMs + grid.slotSec * 1000;
    return schedule
      .filter((step) => step.fromMs > fromMs && step.fromMs < toMs)
      .reduce((lowest, step) => lower(lowest, step.limitA), limitAt(schedule, fromMs));
  });
}

/**
 * How `next` differs from `previous` at any instant from `fromMs` on. No limit counts as infinite.
 */
export function compareSchedules(
  previous: Schedule,
  next: Schedule,
  fromMs: number,
): ScheduleChange {
  let raiseMaxA = 0;
  let cutMaxA = 0;
  const later = stepInstants(previous, next).filter((atMs) => atMs > fromMs);
  for (const atMs of [fromMs, ...later]) {
    const beforeA = limitAt(previous, atMs) ?? Infinity;
    const afterA = limitAt(next, atMs) ?? Infinity;
    if (beforeA === afterA) continue;
    raiseMaxA = Math.max(raiseMaxA, afterA - beforeA);
    cutMaxA = Math.max(cutMaxA, beforeA - afterA);
  }
  return {
    raiseMaxA: raiseMaxA < SAME_LIMIT_A ? 0 : raiseMaxA,
    cutMaxA: cutMaxA < SAME_LIMIT_A ? 0 : cutMaxA,
  };
}

function joinEqual(steps: readonly ScheduleStep[]): Schedule {
  return steps.filter((step, index) => steps[index - 1]?.limitA !== step.limitA);
}

function stepInstants(...schedules: readonly Schedule[]): number[] {
  const instants = schedules.flatMap((schedule) => schedule.map((step) => step.fromMs));
  return [...new Set(instants)].sort((a, b) => a - b);
}

function lower(a: Amps | undefined, b: Amps | undefined): Amps | undefined {
  if (a === undefined) return b;
  if (b === undefined) return a;
  return amps(Math.min(a, b));
}
