/** Charging profiles as the three versions write them, and composite schedules as they are answered. */
import type {
  ChargingProfile,
  CompositeSchedule,
  SchedulePeriod,
} from '../../profiles/charging-profile.js';
import type { Call } from './call-line.js';
import { formatInstant, parseInstant } from './instants.js';
import type { OcppVersion, StationCommand } from './messages.js';

type ClearCommand = Extract<StationCommand, { kind: 'clear-charging-profile' }>;
type CompositeCommand = Extract<StationCommand, { kind: 'get-composite-schedule' }>;

const PURPOSES_16 = {
  'station-max': 'ChargePointMaxProfile',
  'tx-default': 'TxDefaultProfile',
  tx: 'TxProfile',
} as const;
const PURPOSES_2 = { ...PURPOSES_16, 'station-max': 'ChargingStationMaxProfile' } as const;

export function setProfileCall(version: OcppVersion, profile: ChargingProfile): Call {
  const { evseNumber } = profile;
  const payload =
    version === 'ocpp1.6'
      ? { connectorId: evseNumber, csChargingProfiles: profile16(profile) }
      : { evseId: evseNumber, chargingProfile: profile2(profile) };
  return { action: 'SetChargingProfile', payload };
}

function profile16(profile: ChargingProfile): object {
  const { id, stackLevel, purpose, transactionId } = profile;
  return {
    chargingProfileId: id,
    ...(transactionId !== undefined && { transactionId: Number(transactionId) }),
    stackLevel,
    chargingProfilePurpose: PURPOSES_16[purpose],
    chargingProfileKind: 'Absolute',
    chargingSchedule: schedule(profile),
  };
}

function profile2(profile: ChargingProfile): object {
  const { id, stackLevel, purpose, transactionId } = profile;
  return {
    id,
    stackLevel,
    chargingProfilePurpose: PURPOSES_2[purpose],
    chargingProfileKind: 'Absolute',
    ...(transactionId !== undefined && { transactionId }),
    chargingSchedule: [{ id, ...schedule(profile) }],
  };
}

function schedule({ startAtMs, unit, periods }: ChargingProfile): object {
  return {
    startSchedule: formatInstant(startAtMs),
    chargingRateUnit: unit,
    chargingSchedulePeriod: periods.map(({ startSec, limit, numberPhases }) => ({
      startPeriod: startSec,
      limit,
      ...(numberPhases !== undefined && { numberPhases }),
    })),
  };
}

export function clearProfileCall(version: OcppVersion, command: ClearCommand): Call {
  const payload = version === 'ocpp1.6' ? clear16(command) : clear2(command);
  return { action: 'ClearChargingProfile', payload };
}

function clear16({ profileId, criteria = {} }: ClearCommand): object {
  const { evseNumber, purpose, stackLevel } = criteria;
  return {
    ...(profileId !== undefined && { id: profileId }),
    ...(evseNumber !== undefined && { connectorId: evseNumber }),
    ...(purpose !== undefined && { chargingProfilePurpose: PURPOSES_16[purpose] }),
    ...(stackLevel !== undefined && { stackLevel }),
  };
}

function clear2({ profileId, criteria }: ClearCommand): object {
  if (criteria === undefined)
    return profileId === undefined ? {} : { chargingProfileId: profileId };
  const { evseNumber, purpose, stackLevel } = criteria;
  return {
    chargingProfileCriteria: {
      ...(evseNumber !== undefined && { evseId: evseNumber }),
      ...(purpose !== undefined && { chargingProfilePurpose: PURPOSES_2[purpose] }),
      ...(stackLevel !== undefined && { stackLevel }),
    },
  };
}

export function compositeCall(version: OcppVersion, command: CompositeCommand): Call {
  const { evseNumber, durationSec, unit } = command;
  const place = version === 'ocpp1.6' ? { connectorId: evseNumber } : { evseId: evseNumber };
  return {
    action: 'GetCompositeSchedule',
    payload: {
      ...place,
      duration: durationSec,
      ...(unit !== undefined && { chargingRateUnit: unit }),
    },
  };
}

interface WireComposite {
  readonly scheduleStart?: string;
  readonly chargingSchedule?: WireSchedule;
  readonly schedule?: WireSchedule;
}

interface WireSchedule {
  readonly scheduleStart?: string;
  readonly startSchedule?: string;
  readonly duration?: number;
  readonly chargingRateUnit: CompositeSchedule['unit'];
  readonly chargingSchedulePeriod: readonly {
    readonly startPeriod: number;
    readonly limit?: number;
    readonly numberPhases?: number;
  }[];
}

/** Undefined when the station has nothing to tell; 'unreadable' when an essential is missing. */
export function readCompositeAnswer(
  version: OcppVersion,
  evseNumber: number,
  answer: unknown,
): CompositeSchedule | undefined | 'unreadable' {
  const composite = answer as WireComposite;
  const wire = version === 'ocpp1.6' ? composite.chargingSchedule : composite.schedule;
  if (wire === undefined) return undefined;
  const start = wire.scheduleStart ?? composite.scheduleStart ?? wire.startSchedule;
  const startAtMs = parseInstant(start);
  if (startAtMs === undefined || wire.duration === undefined) return 'unreadable';
  const periods: SchedulePeriod[] = [];
  for (const { startPeriod, limit, numberPhases } of wire.chargingSchedulePeriod) {
    if (limit === undefined) return 'unreadable';
    periods.push({
      startSec: startPeriod,
      limit,
      ...(numberPhases !== undefined && { numberPhases }),
    });
  }
  const { duration: durationSec, chargingRateUnit: unit } = wire;
  return { evseNumber, startAtMs, durationSec, unit, periods };
}
