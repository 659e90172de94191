/** Payloads of OCPP 1.6 for charging profiles, written and read. */
import type { Violation } from '../../solver/index.js';
import type { ChargingProfile, CompositeSchedule, RateUnit } from '../charging-profile.js';
import type { CompositeQuery, ProfileClear } from '../command.js';
import { placeOfId } from '../profile-id.js';
import { checkClear } from '../rules/check-profile.js';
import { periodsOf, unreadable, type CompositeContext } from './composite-answer.js';
import { fieldsOf, present } from './fields.js';
import { startOf } from './start.js';
import { PURPOSE_16, UNITS } from './words.js';

const INT_MAX = 2 ** 31 - 1;

export interface SetChargingProfile16 {
  readonly connectorId: number;
  readonly csChargingProfiles: {
    readonly chargingProfileId: number;
    readonly transactionId?: number;
    readonly stackLevel: number;
    readonly chargingProfilePurpose: 'ChargePointMaxProfile' | 'TxDefaultProfile' | 'TxProfile';
    readonly chargingProfileKind: 'Absolute' | 'Relative';
    readonly chargingSchedule: {
      readonly startSchedule?: string;
      readonly chargingRateUnit: RateUnit;
      readonly chargingSchedulePeriod: readonly {
        readonly startPeriod: number;
        readonly limit: number;
        readonly numberPhases?: number;
      }[];
    };
  };
}

/** Writes SetChargingProfile.req; a violation where the transactionId is no 1.6 integer. */
export function setChargingProfile(profile: ChargingProfile): SetChargingProfile16 | Violation[] {
  const transactionId =
    profile.transactionId === undefined ? undefined : integerId(profile.transactionId);
  if (Number.isNaN(transactionId)) {
    return [
      {
        rule: 'transaction-id-form',
        field: '/transactionId',
        message: `${profile.transactionId} is no 32-bit integer`,
      },
    ];
  }
  return {
    connectorId: profile.evseNumber,
    csChargingProfiles: {
      chargingProfileId: profile.id,
      ...(transactionId === undefined ? {} : { transactionId }),
      stackLevel: profile.stackLevel,
      chargingProfilePurpose: PURPOSE_16[profile.purpose],
      chargingProfileKind: profile.kind === 'relative' ? 'Relative' : 'Absolute',
      chargingSchedule: {
        ...startOf(profile),
        chargingRateUnit: profile.unit,
        chargingSchedulePeriod: profile.periods.map(({ startSec, limit, numberPhases }) => ({
          startPeriod: startSec,
          limit,
          ...(numberPhases === undefined ? {} : { numberPhases }),
        })),
      },
    },
  };
}

export interface ClearChargingProfile16 {
  readonly id?: number;
  readonly connectorId?: number;
  readonly chargingProfilePurpose?: 'ChargePointMaxProfile' | 'TxDefaultProfile' | 'TxProfile';
  readonly stackLevel?: number;
}

/**
 * Writes ClearChargingProfile.req; an empty one would clear everything and is a violation. Beside an id of ours
 * stands where that is, which the standard ignores (errata 3.26): libocpp before November 2024 takes an id that
 * it does not hold for no criterion at all, and clears everything, F0 and the leases of other connectors
 * included (libocpp #872).
 */
export function clearChargingProfile(clear: ProfileClear): ClearChargingProfile16 | Violation[] {
  const violations = checkClear(clear, 'ocpp1.6');
  if (violations.length > 0) return violations;
  const place = clear.profileId === undefined ? clear.criteria : placeOfId(clear.profileId);
  const purpose = place?.purpose;
  return present({
    id: clear.profileId,
    connectorId: place?.evseNumber,
    chargingProfilePurpose: purpose === undefined ? undefined : PURPOSE_16[purpose],
    stackLevel: clear.criteria?.stackLevel,
  });
}

export interface GetCompositeSchedule16 {
  readonly connectorId: number;
  readonly duration: number;
  readonly chargingRateUnit?: RateUnit;
}

export function getCompositeSchedule(query: CompositeQuery): GetCompositeSchedule16 {
  return {
    connectorId: query.evseNumber,
    duration: query.durationSec,
    ...(query.unit === undefined ? {} : { chargingRateUnit: query.unit }),
  };
}

/**
 * Reads GetCompositeSchedule.conf. Stations leave out scheduleStart (then startSchedule, else the
 * instant of the answer counts) and duration (then what was asked), and write fractional starts.
 *
 * @returns violations when the station refused, or when a limit cannot be told (-1 for "no limit")
 */
export function readCompositeSchedule(
  payload: unknown,
  context: CompositeContext,
): CompositeSchedule | Violation[] {
  const violations: Violation[] = [];
  const fields = fieldsOf(payload, violations);
  const status = fields.required('status', fields.text('status'));
  const schedule = fields.object('chargingSchedule');
  if (status !== 'Accepted' || !schedule) {
    return [...violations, unreadable('/chargingSchedule', `status ${status}, no schedule`)];
  }
  const unit = schedule.required('chargingRateUnit', schedule.word('chargingRateUnit', UNITS));
  const periods = periodsOf(schedule, violations, (period) => period.number('limit'));
  const startAtMs = fields.instant('scheduleStart') ?? schedule.instant('startSchedule');
  const evseNumber = fields.number('connectorId') ?? context.evseNumber;
  const durationSec = schedule.number('duration') ?? context.durationSec;
  if (violations.length > 0 || unit === undefined) return violations;
  return { evseNumber, startAtMs: startAtMs ?? context.answeredAtMs, durationSec, unit, periods };
}

/** NaN when the text is no 32-bit integer. */
function integerId(text: string): number {
  const id = /^-?\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  return Math.abs(id) <= INT_MAX ? id : Number.NaN;
}
