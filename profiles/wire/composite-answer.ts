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
  const periods = list.flatMap((period, index): SchedulePeriod[] => {
    const field = `/${name}/${index}`;
    const startSec = period.required('startPeriod', period.number('startPeriod'));
    const limit = limitOf(period);
    if (limit === undefined) violations.push(unreadable(`${field}/limit`, 'absent is not a limit'));
    else if (limit < 0) violations.push(unlimited(`${field}/limit`, limit));
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

/** Of a schedule that says that nothing limits the EVSE. */
export const UNLIMITED_RULE = 'composite-unlimited';

function unlimited(field: string, limit: number): Violation {
  return { rule: UNLIMITED_RULE, field, message: `${limit} is no limit` };
}

export function unreadable(field: string, message: string): Violation {
  return { rule: 'composite-readable', field, message };
}
