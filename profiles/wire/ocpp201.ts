/** Payloads of OCPP 2.0.1 for charging profiles, written and read. */
import type { Violation } from '../../solver/index.js';
import type { ChargingProfile, CompositeSchedule, RateUnit } from '../charging-profile.js';
import type { CompositeQuery, ProfileClear } from '../command.js';
import { checkClear } from '../rules/check-profile.js';
import { periodsOf, unreadable, type CompositeContext } from './composite-answer.js';
import { fieldsOf, present, type Fields } from './fields.js';
import { startOf } from './start.js';
import { PURPOSE_2, UNITS } from './words.js';

type Purpose2 = 'ChargingStationMaxProfile' | 'TxDefaultProfile' | 'TxProfile';

export interface SetChargingProfile2 {
  readonly evseId: number;
  readonly chargingProfile: {
    readonly id: number;
    readonly stackLevel: number;
    readonly chargingProfilePurpose: Purpose2;
    readonly chargingProfileKind: 'Absolute' | 'Relative';
    readonly transactionId?: string;
    readonly chargingSchedule: readonly [
      {
        readonly id: number;
        readonly startSchedule?: string;
        readonly chargingRateUnit: RateUnit;
        readonly chargingSchedulePeriod: readonly {
          readonly startPeriod: number;
          readonly limit: number;
          readonly numberPhases?: number;
          readonly phaseToUse?: number;
        }[];
      },
    ];
  };
}

/** Writes SetChargingProfileRequest; a violation where the transactionId is too long. */
export function setChargingProfile(profile: ChargingProfile): SetChargingProfile2 | Violation[] {
  const { transactionId } = profile;
  if (transactionId !== undefined && (transactionId.length < 1 || transactionId.length > 36)) {
    return [
      {
        rule: 'transaction-id-form',
        field: '/transactionId',
        message: `${transactionId.length} of 1..36 characters`,
      },
    ];
  }
  return {
    evseId: profile.evseNumber,
    chargingProfile: {
      id: profile.id,
      stackLevel: profile.stackLevel,
      chargingProfilePurpose: PURPOSE_2[profile.purpose],
      chargingProfileKind: profile.kind === 'relative' ? 'Relative' : 'Absolute',
      ...(transactionId === undefined ? {} : { transactionId }),
      chargingSchedule: [
        {
          id: profile.id,
          ...startOf(profile),
          chargingRateUnit: profile.unit,
          chargingSchedulePeriod: profile.periods.map(
            ({ startSec, limit, numberPhases, phaseToUse }) => ({
              startPeriod: startSec,
              limit,
              ...(numberPhases === undefined ? {} : { numberPhases }),
              ...(phaseToUse === undefined ? {} : { phaseToUse }),
            }),
          ),
        },
      ],
    },
  };
}

export interface ClearChargingProfile2 {
  readonly chargingProfileId?: number;
  readonly chargingProfileCriteria?: {
    readonly evseId?: number;
    readonly chargingProfilePurpose?: Purpose2;
    readonly stackLevel?: number;
  };
}

/** Writes ClearChargingProfileRequest; an empty one would clear everything and is a violation. */
export function clearChargingProfile(clear: ProfileClear): ClearChargingProfile2 | Violation[] {
  const violations = checkClear(clear, 'ocpp2.0.1');
  if (violations.length > 0) return violations;
  if (clear.profileId !== undefined) return { chargingProfileId: clear.profileId };
  const purpose = clear.criteria?.purpose;
  return {
    chargingProfileCriteria: present({
      evseId: clear.criteria?.evseNumber,
      chargingProfilePurpose: purpose === undefined ? undefined : PURPOSE_2[purpose],
      stackLevel: clear.criteria?.stackLevel,
    }),
  };
}

export interface GetCompositeSchedule2 {
  readonly evseId: number;
  readonly duration: number;
  readonly chargingRateUnit?: RateUnit;
}

export function getCompositeSchedule(query: CompositeQuery): GetCompositeSchedule2 {
  return {
    evseId: query.evseNumber,
    duration: query.durationSec,
    ...(query.unit === undefined ? {} : { chargingRateUnit: query.unit }),
  };
}

/**
 * Reads GetCompositeScheduleResponse. Where a 2.1 station gives limits per phase, the schedule
 * tells the most careful reading for us: the highest of the phases in A, their sum in W.
 *
 * @returns violations when the station refused, or when a limit cannot be told
 */
export function readCompositeSchedule(
  payload: unknown,
  context: CompositeContext,
): CompositeSchedule | Violation[] {
  const violations: Violation[] = [];
  const fields = fieldsOf(payload, violations);
  const status = fields.required('status', fields.text('status'));
  const schedule = fields.object('schedule');
  if (status !== 'Accepted' || !schedule) {
    return [...violations, unreadable('/schedule', `status ${status}, no schedule`)];
  }
  const unit = schedule.required('chargingRateUnit', schedule.word('chargingRateUnit', UNITS));
  const periods = periodsOf(schedule, violations, (period) => limitOf(period, unit));
  const startAtMs = schedule.instant('scheduleStart') ?? context.answeredAtMs;
  const evseNumber = schedule.number('evseId') ?? context.evseNumber;
  const durationSec = schedule.number('duration') ?? context.durationSec;
  if (violations.length > 0 || unit === undefined) return violations;
  return { evseNumber, startAtMs, durationSec, unit, periods };
}

/** A single negative phase makes the whole limit unreadable. */
function limitOf(period: Fields, unit: RateUnit | undefined): number | undefined {
  const limit = period.number('limit');
  if (limit === undefined || !(period.has('limit_L2') || period.has('limit_L3'))) return limit;
  const phases = [limit, period.number('limit_L2') ?? limit, period.number('limit_L3') ?? limit];
  if (phases.some((phase) => phase < 0)) return Math.min(...phases);
  return unit === 'W' ? phases.reduce((sum, phase) => sum + phase) : Math.max(...phases);
}
