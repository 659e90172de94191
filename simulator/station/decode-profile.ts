/** Charging profiles and filters off the wire, both versions. Schemas were checked by the CPMS. */
import type { ClearFilter } from './profile-store.js';
import type { Period, Profile, Purpose, RateUnit } from './profile.js';

interface WireSchedule {
  readonly startSchedule?: string;
  readonly duration?: number;
  readonly chargingRateUnit: RateUnit;
  readonly chargingSchedulePeriod: readonly {
    readonly startPeriod: number;
    readonly limit: number;
    readonly numberPhases?: number;
    readonly phaseToUse?: number;
  }[];
}

interface WireCommon {
  readonly stackLevel: number;
  readonly chargingProfilePurpose: string;
  readonly chargingProfileKind: string;
  readonly recurrencyKind?: string;
  readonly validFrom?: string;
  readonly validTo?: string;
  readonly transactionId?: number | string;
  /** 2.1. */
  readonly maxOfflineDuration?: number;
  readonly invalidAfterOfflineDuration?: boolean;
}

export interface WireProfile16 extends WireCommon {
  readonly chargingProfileId: number;
  readonly chargingSchedule: WireSchedule;
}

export interface WireProfile201 extends WireCommon {
  readonly id: number;
  readonly chargingSchedule: readonly WireSchedule[];
}

const PURPOSES: Readonly<Record<string, Purpose>> = {
  ChargePointMaxProfile: 'station-max',
  ChargingStationMaxProfile: 'station-max',
  TxDefaultProfile: 'tx-default',
  TxProfile: 'tx',
};

const RECURRENCE_SEC: Readonly<Record<string, number>> = { Daily: 86_400, Weekly: 604_800 };

/** Undefined for a purpose that a CPMS may not set (K01.FR.22). */
export function profileFrom16(
  wire: WireProfile16,
  evseNumber: number,
  receivedAtMs: number,
): Profile | undefined {
  return build(wire, wire.chargingProfileId, wire.chargingSchedule, { evseNumber, receivedAtMs });
}

/** This station takes one schedule per profile: undefined for more, or for a foreign purpose. */
export function profileFrom201(
  wire: WireProfile201,
  evseNumber: number,
  receivedAtMs: number,
): Profile | undefined {
  const [schedule, ...more] = wire.chargingSchedule;
  if (schedule === undefined || more.length > 0) return undefined;
  return build(wire, wire.id, schedule, { evseNumber, receivedAtMs });
}

function build(
  wire: WireCommon,
  id: number,
  schedule: WireSchedule,
  at: { readonly evseNumber: number; readonly receivedAtMs: number },
): Profile | undefined {
  const purpose = PURPOSES[wire.chargingProfilePurpose];
  if (purpose === undefined) return undefined;
  const recurrenceSec =
    wire.chargingProfileKind === 'Recurring'
      ? RECURRENCE_SEC[wire.recurrencyKind ?? 'Daily']
      : undefined;
  const kind = wire.chargingProfileKind === 'Relative' ? 'relative' : 'absolute';
  return {
    id,
    evseNumber: at.evseNumber,
    purpose,
    stackLevel: wire.stackLevel,
    kind: recurrenceSec === undefined ? kind : 'recurring',
    ...optional('recurrenceSec', recurrenceSec),
    ...optional('startAtMs', instantMs(schedule.startSchedule)),
    ...optional('durationSec', schedule.duration),
    ...optional('validFromMs', instantMs(wire.validFrom)),
    ...optional('validToMs', instantMs(wire.validTo)),
    ...optional(
      'transactionId',
      wire.transactionId === undefined ? undefined : String(wire.transactionId),
    ),
    unit: schedule.chargingRateUnit,
    periods: schedule.chargingSchedulePeriod.map(periodFrom),
    receivedAtMs: at.receivedAtMs,
    ...optional('offline', offlineOf(wire)),
  };
}

function offlineOf(wire: WireCommon): Profile['offline'] {
  const { maxOfflineDuration, invalidAfterOfflineDuration: endsForGood = false } = wire;
  return maxOfflineDuration === undefined
    ? undefined
    : { validSec: maxOfflineDuration, endsForGood };
}

function periodFrom(wire: WireSchedule['chargingSchedulePeriod'][number]): Period {
  return {
    startSec: wire.startPeriod,
    limit: wire.limit,
    ...optional('numberPhases', wire.numberPhases),
    ...optional('phaseToUse', wire.phaseToUse),
  };
}

/**
 * Undefined when the filter names a purpose that this station cannot hold: nothing matches then.
 */
export function clearFilterFrom(wire: {
  readonly id?: number | undefined;
  readonly evseNumber?: number | undefined;
  readonly purpose?: string | undefined;
  readonly stackLevel?: number | undefined;
}): ClearFilter | undefined {
  const purpose = wire.purpose === undefined ? undefined : PURPOSES[wire.purpose];
  if (wire.purpose !== undefined && purpose === undefined) return undefined;
  return {
    ...optional('id', wire.id),
    ...optional('evseNumber', wire.evseNumber),
    ...optional('purpose', purpose),
    ...optional('stackLevel', wire.stackLevel),
  };
}

const instantMs = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Date.parse(text);

/** A field that is left out when it has no value. */
function optional<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { readonly [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [K in Key]: Value });
}
