/**
 * Reads a charging profile as any version writes it (SetChargingProfile, ReportChargingProfiles).
 */
import type { Violation } from '../../solver/index.js';
import type {
  InstalledPeriod,
  InstalledProfile,
  InstalledSchedule,
  PhaseValue,
  ProfileVersion,
} from '../installed-profile.js';
import { fieldsOf, present, type Fields } from './fields.js';
import { KINDS, OPERATION_MODES, PURPOSES, RECURRENCIES, UNITS } from './words.js';

/**
 * Reads `csChargingProfiles` (1.6) or `chargingProfile` (2.x) installed on an EVSE (0: the
 * station). Nothing is filled in: what is absent stays absent, for the rules to judge.
 */
export function readProfile(
  version: ProfileVersion,
  evseNumber: number,
  payload: unknown,
): InstalledProfile | Violation[] {
  const violations: Violation[] = [];
  const fields = fieldsOf(payload, violations);
  const idName = version === 'ocpp1.6' ? 'chargingProfileId' : 'id';
  const id = fields.required(idName, fields.number(idName));
  const stackLevel = fields.required('stackLevel', fields.number('stackLevel'));
  const purpose = required(fields, 'chargingProfilePurpose', PURPOSES);
  const kind = required(fields, 'chargingProfileKind', KINDS);
  const schedules = schedulesOf(fields, version).flatMap(
    (schedule) => readSchedule(schedule) ?? [],
  );
  const optional = present({
    recurrency: fields.word('recurrencyKind', RECURRENCIES),
    validFromMs: fields.instant('validFrom'),
    validToMs: fields.instant('validTo'),
    transactionId: readTransactionId(fields, version),
    maxOfflineSec: fields.number('maxOfflineDuration'),
    invalidAfterOffline: fields.flag('invalidAfterOfflineDuration'),
    dynUpdateIntervalSec: fields.number('dynUpdateInterval'),
    dynUpdateAtMs: fields.instant('dynUpdateTime'),
  });
  if (
    violations.length > 0 ||
    id === undefined ||
    stackLevel === undefined ||
    purpose === undefined ||
    kind === undefined
  ) {
    return violations;
  }
  return { id, evseNumber, stackLevel, purpose, kind, schedules, ...optional };
}

/** One object in 1.6, a list in 2.x. */
function schedulesOf(fields: Fields, version: ProfileVersion): readonly Fields[] {
  const name = 'chargingSchedule';
  if (version !== 'ocpp1.6') return fields.required(name, fields.list(name)) ?? [];
  const only = fields.required(name, fields.object(name));
  return only ? [only] : [];
}

/** An integer in 1.6, kept as text. */
function readTransactionId(fields: Fields, version: ProfileVersion): string | undefined {
  if (version !== 'ocpp1.6') return fields.text('transactionId');
  const number = fields.number('transactionId');
  return number === undefined ? undefined : String(number);
}

function readSchedule(fields: Fields): InstalledSchedule | undefined {
  const unit = required(fields, 'chargingRateUnit', UNITS);
  const name = 'chargingSchedulePeriod';
  const periods = (fields.required(name, fields.list(name)) ?? []).flatMap(
    (period) => readPeriod(period) ?? [],
  );
  const useLocalTime = fields.flag('useLocalTime');
  const atSoc = fields.object('limitAtSoC');
  const socPercent = atSoc?.number('soc');
  const socLimit = atSoc?.number('limit');
  const optional = present({
    id: fields.number('id'),
    startAtMs:
      useLocalTime === true ? fields.wallTime('startSchedule') : fields.instant('startSchedule'),
    durationSec: fields.number('duration'),
    minChargingRate: fields.number('minChargingRate'),
    useLocalTime,
    randomizedDelaySec: fields.number('randomizedDelay'),
    limitAtSoc:
      socPercent === undefined || socLimit === undefined
        ? undefined
        : { socPercent, limit: socLimit },
  });
  return unit === undefined ? undefined : { unit, periods, ...optional };
}

function readPeriod(fields: Fields): InstalledPeriod | undefined {
  const startSec = fields.required('startPeriod', fields.number('startPeriod'));
  const optional = present({
    limit: readPhases(fields, 'limit'),
    dischargeLimit: readPhases(fields, 'dischargeLimit'),
    setpoint: readPhases(fields, 'setpoint'),
    setpointReactive: readPhases(fields, 'setpointReactive'),
    numberPhases: fields.number('numberPhases'),
    phaseToUse: fields.number('phaseToUse'),
    operationMode: fields.word('operationMode', OPERATION_MODES),
    evseSleep: fields.flag('evseSleep'),
    v2xBaselineW: fields.number('v2xBaseline'),
    v2xFreqWattPointCount: fields.list('v2xFreqWattCurve')?.length,
  });
  return startSec === undefined ? undefined : { startSec, ...optional };
}

function readPhases(fields: Fields, name: string): PhaseValue | undefined {
  const phases = present({
    l1: fields.number(name),
    l2: fields.number(`${name}_L2`),
    l3: fields.number(`${name}_L3`),
  });
  return Object.keys(phases).length > 0 ? phases : undefined;
}

function required<T>(
  fields: Fields,
  name: string,
  words: Readonly<Record<string, T>>,
): T | undefined {
  return fields.required(name, fields.word(name, words));
}
