/**
 * The oracle against composite schedules that other implementations compute, and against our own
 * cases.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  checkProfile,
  parseTimestamp,
  predictComposite,
  readProfile,
  type CompositeStationFacts,
  type InstalledProfile,
  type ProfileVersion,
  type RuleFacts,
} from '../../profiles/index.js';

interface Vector {
  readonly id: string;
  readonly ocppVersion: string;
  readonly station: {
    readonly numberOfEvses: number;
    readonly defaultLimitA: number;
    readonly defaultLimitW: number;
    readonly defaultNumberPhases: number;
    readonly supplyVoltage: number;
    readonly missingNumberPhasesTreatedAs: number | null;
    readonly offlineSince?: string;
    readonly onlineAgain?: string;
    readonly utcOffsets?: readonly { readonly from: string; readonly offsetSec: number }[];
  };
  readonly transactions: readonly {
    readonly evseId: number;
    readonly transactionId: string | number;
    readonly startedAt: string | null;
    readonly priorityActive?: boolean;
    readonly selectedScheduleId?: number;
    readonly socPercent?: number;
  }[];
  readonly profiles: readonly {
    readonly evseId?: number;
    readonly connectorId?: number;
    readonly addedAsPurpose?: string;
    readonly chargingProfile: Readonly<Record<string, unknown>>;
  }[];
  readonly request: {
    readonly evseId?: number;
    readonly connectorId?: number;
    readonly from: string;
    readonly to: string;
    readonly chargingRateUnit: 'A' | 'W';
    readonly simulateTransactionActive: boolean;
  };
  readonly expected: {
    readonly scheduleStart: string;
    readonly duration: number;
    readonly chargingRateUnit: string;
    readonly chargingSchedulePeriod: readonly Readonly<Record<string, number>>[];
  };
  readonly comparedFields: readonly string[];
}

const OUR_NAME: Readonly<Record<string, string>> = {
  startPeriod: 'startSec',
  limit_L2: 'limitL2',
  limit_L3: 'limitL3',
  setpoint_L2: 'setpointL2',
  setpoint_L3: 'setpointL3',
  dischargeLimit_L2: 'dischargeLimitL2',
  dischargeLimit_L3: 'dischargeLimitL3',
};

/** Vectors may hold what others set, and TxProfiles that came with a remote start. */
const NOT_JUDGED = new Set([
  'K01.FR.22 external-constraints-not-ours',
  'K01.FR.03 tx-profile-names-transaction',
]);

const SHARED = process.env.BUSBAR_SHARED ?? path.resolve(import.meta.dirname, '../../../shared');
const SHARED_VECTORS = path.join(SHARED, 'protocols/ocpp/composite-schedule-vectors');
const OWN_CASES = path.resolve(import.meta.dirname, '../cases/composite');

describe('vectors of other implementations', () => {
  const files = ['ocpp16.json', 'ocpp201.json', 'ocpp21.json'];
  const vectors = existsSync(SHARED_VECTORS) ? readVectors(SHARED_VECTORS, files) : [];
  if (vectors.length === 0) {
    console.log(
      `composite vectors: ${SHARED_VECTORS} is absent, only the project's own cases run ` +
        '(set BUSBAR_SHARED to the folder that holds protocols/)',
    );
  }
  test.each(vectors.map((vector) => [vector.id, vector] as const))('predicts %s', (_, vector) => {
    expectPrediction(vector);
  });
  test('all 27 + 40 + 11 vectors were read, or the folder is absent', () => {
    expect(existsSync(SHARED_VECTORS) ? 78 : 0).toBe(vectors.length);
  });
});

describe('our own cases', () => {
  const files = readdirSync(OWN_CASES)
    .filter((name) => name.endsWith('.json'))
    .sort();
  const cases = readVectors(OWN_CASES, files);
  test.each(cases.map((vector) => [vector.id, vector] as const))('%s', (_, vector) => {
    expectPrediction(vector);
  });
  test('there are at least 30 of them', () => {
    expect(cases.length).toBeGreaterThanOrEqual(30);
  });
});

function readVectors(folder: string, files: readonly string[]): Vector[] {
  return files.flatMap((name) => {
    const document = JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as {
      readonly vectors: readonly Vector[];
    };
    return document.vectors;
  });
}

function expectPrediction(vector: Vector): void {
  const { request, expected } = vector;
  const predicted = predictComposite(installedOf(vector), stationOf(vector), {
    evseNumber: request.evseId ?? request.connectorId ?? 0,
    fromMs: instant(request.from),
    toMs: instant(request.to),
    unit: request.chargingRateUnit,
  });
  const given = predicted.periods.map((period) => pick(period, vector.comparedFields, OUR_NAME));
  const wanted = expected.chargingSchedulePeriod.map((period) =>
    pick(period, vector.comparedFields, {}),
  );
  expect(given).toEqual(wanted);
  expect(predicted.startAtMs).toBe(instant(expected.scheduleStart));
  expect(predicted.durationSec).toBe(expected.duration);
  expect(predicted.unit).toBe(expected.chargingRateUnit);
}

/** What the station keeps of what it was sent: a profile that breaks a rule is not stored. */
function installedOf(vector: Vector): InstalledProfile[] {
  const version = versionOf(vector);
  const stored: InstalledProfile[] = [];
  for (const { evseId, connectorId, addedAsPurpose, chargingProfile } of vector.profiles) {
    const payload = addedAsPurpose
      ? { ...chargingProfile, chargingProfilePurpose: addedAsPurpose }
      : chargingProfile;
    const profile = readProfile(version, evseId ?? connectorId ?? 0, payload);
    if (!('id' in profile)) throw new Error(`${vector.id}: ${JSON.stringify(profile)}`);
    const broken = checkProfile(profile, ruleFactsOf(vector, profile));
    if (broken.every(({ rule }) => NOT_JUDGED.has(rule))) stored.push(profile);
  }
  return stored;
}

function ruleFactsOf(vector: Vector, profile: InstalledProfile): RuleFacts {
  return {
    version: versionOf(vector),
    smartChargingAvailable: true,
    units: ['A', 'W'],
    evseCount: vector.station.numberOfEvses,
    transactions: vector.transactions.map((transaction) => ({
      evseNumber: transaction.evseId,
      transactionId: String(transaction.transactionId),
    })),
    installed: [],
    stackLevelMax: profile.stackLevel,
    periodsMax: 1024,
    supplyPhaseCount: 3,
    phaseSwitching: true,
    features: ['use-local-time', 'limit-at-soc', 'dynamic-profiles'],
    additionalPurposes: ['priority-charging', 'local-generation'],
  };
}

function stationOf(vector: Vector): CompositeStationFacts {
  const { station, transactions, request } = vector;
  return {
    version: versionOf(vector),
    evseCount: station.numberOfEvses,
    transactions: transactions.map((transaction) => ({
      evseNumber: transaction.evseId,
      transactionId: String(transaction.transactionId),
      ...(transaction.startedAt === null ? {} : { startedAtMs: instant(transaction.startedAt) }),
      ...(transaction.priorityActive === undefined
        ? {}
        : { priorityActive: transaction.priorityActive }),
      ...(transaction.selectedScheduleId === undefined
        ? {}
        : { selectedScheduleId: transaction.selectedScheduleId }),
      ...(transaction.socPercent === undefined ? {} : { socPercent: transaction.socPercent }),
    })),
    assumeTransactions: request.simulateTransactionActive,
    defaultLimitA: station.defaultLimitA,
    defaultLimitW: station.defaultLimitW,
    defaultPhaseCount: station.defaultNumberPhases,
    voltageV: station.supplyVoltage,
    ...(station.missingNumberPhasesTreatedAs === null
      ? {}
      : { missingPhaseCount: station.missingNumberPhasesTreatedAs }),
    ...(station.offlineSince === undefined
      ? {}
      : { offlineSinceMs: instant(station.offlineSince) }),
    ...(station.onlineAgain === undefined ? {} : { onlineAgainAtMs: instant(station.onlineAgain) }),
    ...(station.utcOffsets === undefined
      ? {}
      : {
          utcOffsets: station.utcOffsets.map(({ from, offsetSec }) => ({
            fromMs: instant(from),
            offsetSec,
          })),
        }),
  };
}

function versionOf(vector: Vector): ProfileVersion {
  return `ocpp${vector.ocppVersion}` as ProfileVersion;
}

function instant(text: string): number {
  const atMs = parseTimestamp(text);
  if (atMs === undefined) throw new Error(`${text} is not a timestamp`);
  return atMs;
}

function pick(
  period: object,
  names: readonly string[],
  translation: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const record = new Map<string, unknown>(Object.entries(period));
  return Object.fromEntries(
    names
      .map((name) => [name, record.get(translation[name] ?? name)] as const)
      .filter(([, value]) => value !== undefined),
  );
}
