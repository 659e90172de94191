/** What the answers to GetCompositeSchedule have in common over the versions. */
import type { Violation } from '../../solver/index.js';
import type { SchedulePeriod } from '../charging-profile.js';
import type { Fields } from './fields.js';

/** What was asked and when it was answered: stands in for what a station leaves out. */
export interface CompositeContext {
  readonly evseNumber: number;
  readonly durationSec: number;
  readonly answeredAtMs: number;
}

/** Of a schedule each of whose periods says that nothing limits the EVSE. */
export const UNLIMITED_RULE = 'composite-unlimited';
const READABLE_RULE = 'composite-readable';

/** A schedule that starts later than this leaves its first moment open, s. */
const FIRST_START_MAX_SEC = 1;

/**
 * Reads chargingSchedulePeriod. Periods out of order, a missing first period and limits that are
 * absent or negative (some stations write -1 for "no limit") are violations: what is not understood
 * must never earn credit.
 */
export function periodsOf(
  schedule: Fields,
  violations: Violation[],
  limitOf: (period: Fields) => number | undefined,
): SchedulePeriod[] {
  const name = 'chargingSchedulePeriod';
  const list = schedule.required(name, schedule.list(name)) ?? [];
  const limits = list.map(limitOf);
  const periods = list.flatMap((period, index): SchedulePeriod[] => {
    const field = `/${name}/${index}`;
    const startSec = period.required('startPeriod', period.number('startPeriod'));
    const limit = limits[index];
    if (limit === undefined || limit < 0) {
      const rule = limits.every((it) => it !== undefined && it < 0)
        ? UNLIMITED_RULE
        : READABLE_RULE;
      const message = `${limit ?? 'absent'} is not a limit`;
      violations.push({ rule, field: `${field}/limit`, message });
    }
    if (startSec === undefined || limit === undefined) return [];
    const numberPhases = period.number('numberPhases');
    const phaseToUse = period.number('phaseToUse');
    return [
      {
        startSec,
        limit,
        ...(numberPhases === undefined ? {} : { numberPhases }),
        ...(phaseToUse === undefined ? {} : { phaseToUse }),
      },
    ];
  });
  const ascending = periods.every((period, index) => {
    const before = periods[index - 1];
    return before === undefined
      ? Math.abs(period.startSec) < FIRST_START_MAX_SEC
      : period.startSec > before.startSec;
  });
  if (periods.length === 0 || !ascending) {
    violations.push(unreadable(`/${name}`, 'periods do not ascend from 0'));
  }
  return periods;
}

export function unreadable(field: string, message: string): Violation {
  return { rule: READABLE_RULE, field, message };
}
