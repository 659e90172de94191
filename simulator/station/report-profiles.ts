/** A 2.x station tells which charging profiles it holds (K09), one message for each EVSE. */
import { type Call, iso } from './dialect.js';
import type { Profile, Purpose } from './profile.js';

const PURPOSE: Readonly<Record<Purpose, string>> = {
  'station-max': 'ChargingStationMaxProfile',
  'tx-default': 'TxDefaultProfile',
  tx: 'TxProfile',
  'external-constraints': 'ChargingStationExternalConstraints',
  'priority-charging': 'PriorityCharging',
  'local-generation': 'LocalGeneration',
};
const KIND = {
  absolute: 'Absolute',
  recurring: 'Recurring',
  relative: 'Relative',
  dynamic: 'Dynamic',
} as const;
const DAY_SEC = 86_400;

export interface ProfileQuery {
  readonly requestId: number;
  readonly evseNumber?: number;
}

/** Empty where it holds none. */
export function profileReports(
  profiles: readonly Profile[],
  { requestId, evseNumber }: ProfileQuery,
): readonly Call[] {
  const asked = profiles.filter((it) => evseNumber === undefined || it.evseNumber === evseNumber);
  const places = [...new Set(asked.map((it) => it.evseNumber))];
  return places.map((evseId, index) => ({
    action: 'ReportChargingProfiles',
    payload: {
      requestId,
      chargingLimitSource: 'CSO',
      tbc: index < places.length - 1,
      evseId,
      chargingProfile: asked.filter((it) => it.evseNumber === evseId).map(wireProfile),
    },
  }));
}

function wireProfile(profile: Profile): object {
  const { startAtMs, durationSec, validFromMs, validToMs, transactionId, recurrenceSec } = profile;
  return {
    id: profile.id,
    stackLevel: profile.stackLevel,
    chargingProfilePurpose: PURPOSE[profile.purpose],
    chargingProfileKind: KIND[profile.kind],
    ...(recurrenceSec === undefined
      ? {}
      : { recurrencyKind: recurrenceSec === DAY_SEC ? 'Daily' : 'Weekly' }),
    ...(validFromMs === undefined ? {} : { validFrom: iso(validFromMs) }),
    ...(validToMs === undefined ? {} : { validTo: iso(validToMs) }),
    ...(transactionId === undefined ? {} : { transactionId }),
    chargingSchedule: [
      {
        id: profile.id,
        chargingRateUnit: profile.unit,
        ...(startAtMs === undefined ? {} : { startSchedule: iso(startAtMs) }),
        ...(durationSec === undefined ? {} : { duration: durationSec }),
        chargingSchedulePeriod: profile.periods.map(
          ({ startSec, limit, numberPhases, phaseToUse }) => ({
            startPeriod: startSec,
            limit: typeof limit === 'number' ? limit : Math.max(...limit),
            ...(numberPhases === undefined ? {} : { numberPhases }),
            ...(phaseToUse === undefined ? {} : { phaseToUse }),
          }),
        ),
      },
    ],
  };
}
