/** Rich literals for the store: every optional field appears at least once, present and absent. */
import {
  amps,
  circuitId,
  evseId,
  seconds,
  sessionId,
  signalId,
  type SiteId,
  siteId,
  stationId,
  volts,
  watts,
} from '../../solver/index.js';
import type {
  EvseState,
  PendingCommand,
  SiteEvent,
  StationState,
} from '../../src/control/state.js';
import type { Session } from '../../src/sessions/session.js';
import type { Signal } from '../../src/signals/signal.js';
import type { Site } from '../../src/sites/site.js';
import type { CycleWrite } from '../../src/store/ports.js';

export const NOW_MS = Date.UTC(2026, 4, 20, 10, 0, 0, 123);
export const TENANT = 'tenant-1';

const ROOT = circuitId('root');

export function siteOf(id: string): Site {
  return {
    id: siteId(id),
    tenantId: TENANT,
    name: `Site ${id} with "quotes" and ünïcode`,
    timeZone: 'Europe/Berlin',
    supply: 'wye',
    voltageLineToNeutralV: volts(230),
    voltageLineToLineV: volts(400),
    importLimitW: watts(43_470.5),
    circuits: [
      {
        id: ROOT,
        name: 'grid',
        limits: [
          { kind: 'wye', limitA: [amps(63), amps(63), amps(63)], source: { kind: 'rating' } },
        ],
        baseLoadMaxA: [amps(10), amps(10.5), amps(0)],
      },
    ],
    stations: [{ id: stationId(`${id}-st1`), offlineTested: true }],
    evses: [],
    settings: {
      allocator: {
        laxityAssumedSec: seconds(14_400),
        laxityStepSec: seconds(600),
        onMinSec: seconds(300),
        offMinSec: seconds(300),
        offMaxSec: seconds(1800),
      },
      fallbackIdleA: amps(6),
      fallbackSessionA: amps(6),
      leaseSec: 900,
      leaseMeteredSec: 300,
      settleSec: 5,
      skewSec: 30,
      raiseHoldSec: 30,
      changesPerHourMax: 12,
      sampleIntervalSec: 60,
      acceptAnyToken: false,
    },
    version: 1,
  };
}

export function stationOf(id: string, extra: Partial<StationState> = {}): StationState {
  return {
    id: stationId(id),
    stage: 'ready',
    capability: { units: ['A', 'W'], stackLevelMax: 9, periodsMax: 24, stepA: 0.1 },
    stackLevel: 3,
    stageSinceMs: NOW_MS - 1000,
    attempts: 0,
    ...extra,
  };
}

export function evseOf(id: string, extra: Partial<EvseState> = {}): EvseState {
  return {
    id: evseId(id),
    ledger: {
      evseId: evseId(id),
      currentMaxA: amps(32),
      offlineTested: true,
      distrusted: false,
      fallbackIdleA: amps(0),
      leaseShown: true,
      commands: [
        {
          seq: 7,
          grantA: amps(16.3),
          boundaryAtMs: NOW_MS + 900_000,
          tailA: amps(0),
          state: 'accepted',
        },
        {
          seq: 6,
          grantA: amps(20),
          boundaryAtMs: NOW_MS + 100_000,
          tailA: amps(6),
          state: 'superseded',
          countsUntilMs: NOW_MS + 5000,
        },
      ],
    },
    contact: { step: 'done', attempts: 0, notBeforeMs: 0, level: 0 },
    fallbackProvisional: false,
    reassert: false,
    sinceMs: NOW_MS - 60_000,
    changesAtMs: [NOW_MS - 50_000, NOW_MS - 20_000],
    ...extra,
  };
}

export function sessionOf(id: string, extra: Partial<Session> = {}): Session {
  return {
    id: sessionId(id),
    evseId: evseId('st1:1'),
    stationId: stationId('st1'),
    phase: 'active',
    pluggedInAtMs: NOW_MS - 3_600_000,
    vehicle: { satisfied: false },
    ...extra,
  };
}

/** A session with every field, readings of one phase among them. */
export function fullSession(id: string): Session {
  return sessionOf(id, {
    transactionId: '4711',
    idToken: 'DEADBEEF',
    startedAtMs: NOW_MS - 3_500_000,
    meterStartWh: 0,
    meterLastWh: 12_345.678901234,
    meterLastAtMs: NOW_MS - 10_001,
    stopReason: 'Local',
    claim: {
      departureAtMs: NOW_MS + 7_200_000,
      energyWh: 20_000.25,
      setAtMs: NOW_MS - 3_000_000,
      actor: 'driver',
    },
    vehicle: { currentMaxA: 15.7, belowSinceMs: NOW_MS - 30_000, satisfied: true },
    drawnA: [15.7, 0, 0],
    powerW: 3611,
    socFraction: 0.625,
    sampledAtMs: NOW_MS - 10_000,
  });
}

export function signalOf(site: SiteId, id: string, extra: Partial<Signal> = {}): Signal {
  return {
    id: signalId(id),
    siteId: site,
    tenantId: TENANT,
    type: 'import-limit',
    scope: 'total-import',
    issuer: 'dso',
    sequence: 42,
    series: [
      { atMs: NOW_MS, value: 20_000 },
      { atMs: NOW_MS + 60_000, value: 0 },
    ],
    endsAtMs: NOW_MS + 3_600_000,
    receivedAtMs: NOW_MS - 500,
    ...extra,
  };
}

export function pendingOf(seq: number, extra: Partial<PendingCommand> = {}): PendingCommand {
  return {
    seq,
    epoch: 1,
    stationId: stationId('st1'),
    purpose: 'grant',
    command: {
      kind: 'set-charging-profile',
      profile: {
        id: seq,
        stackLevel: 3,
        purpose: 'tx',
        evseNumber: 1,
        transactionId: '4711',
        startAtMs: NOW_MS,
        unit: 'A',
        periods: [
          { startSec: 0, limit: 16.3 },
          { startSec: 900, limit: 0, numberPhases: 3 },
        ],
      },
    },
    priority: 'cut',
    createdAtMs: NOW_MS,
    expiresAtMs: NOW_MS + 30_000,
    ...extra,
  };
}

export function cycleOf(site: Site, extra: Partial<CycleWrite> = {}): CycleWrite {
  return {
    siteId: site.id,
    tenantId: site.tenantId,
    epoch: 1,
    nextSeq: 1,
    inboxSeq: 0,
    stations: [],
    evses: [],
    sessions: [],
    signals: [],
    buildingLoad: [],
    planned: [],
    answered: [],
    decisions: [],
    ...extra,
  };
}

export function startedEvent(station: string, transactionId: string): SiteEvent {
  return {
    type: 'transaction.started',
    stationId: stationId(station),
    receivedAtMs: NOW_MS,
    evseNumber: 2,
    transactionId,
    idToken: 'DEADBEEF',
    meterStartWh: 1000,
    atMs: NOW_MS - 100,
    offline: false,
  };
}

export function statusEvent(station: string, evseNumber: number): SiteEvent {
  return {
    type: 'evse.status',
    stationId: stationId(station),
    receivedAtMs: NOW_MS,
    evseNumber,
    status: 'charging',
    atMs: NOW_MS,
  };
}
