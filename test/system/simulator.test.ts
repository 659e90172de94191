import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import type {
  PlannedSession,
  SimulationResult,
  SimulatorMessage,
  StartMessage,
} from '../../simulator/ipc.js';
import type { SiteFile } from '../../simulator/site-file.js';
import { builtProgram } from '../support/built-program.js';
import { type ScriptedCpms, startScriptedCpms } from './scripted-cpms.js';

const SPEED = 60;
const PATIENCE_MS = 60_000;
const ORIGIN_SITE_MS = Date.UTC(2026, 0, 5, 8);
/** Six real seconds: long enough to be seen by a busy machine. */
const LEASE_SEC = 360;
/** By then all stations are connected and hold nothing but their idle profile. */
const ARRIVAL_SEC = 400;
const S1_LEAVES_SEC = 1000;
/** What a vehicle may take to follow a pilot, s. */
const FOLLOW_MAX_SEC = 11;

const SITE: SiteFile = {
  id: 'four',
  name: 'Four EVSEs',
  timeZone: 'Europe/Berlin',
  supply: 'wye',
  voltageLineToNeutralV: 230,
  voltageLineToLineV: 400,
  circuits: [
    {
      id: 'grid',
      name: 'Grid',
      limits: [{ kind: 'wye', limitA: [40, 40, 40] }],
      baseLoadMaxA: [2, 2, 2],
    },
    {
      id: 'small',
      name: 'Panel of 10 A',
      parentId: 'grid',
      limits: [{ kind: 'wye', limitA: [10, 10, 10] }],
      baseLoadMaxA: [0, 0, 0],
    },
  ],
  stations: ['S0', 'S1', 'S2', 'S3'].map((id, index) => ({
    id,
    evses: [
      {
        evseNumber: 1,
        circuitId: index === 0 ? 'small' : 'grid',
        channels: [true, true, true] as const,
        currentMaxA: 32,
        pilots: { kind: 'continuous', minA: 6, stepA: 1 } as const,
      },
    ],
  })),
};

const SESSIONS: readonly PlannedSession[] = SITE.stations.map(({ id }, index) => ({
  sessionId: `visit-${id}`,
  stationId: id,
  evseNumber: 1,
  arrivalAtMs: ORIGIN_SITE_MS + (ARRIVAL_SEC + index) * 1000,
  departureAtMs: ORIGIN_SITE_MS + (index === 1 ? S1_LEAVES_SEC * 1000 : 86_400_000),
  energyWh: 20_000,
  phases: 3,
}));

let child: ChildProcess | undefined;
let cpms: ScriptedCpms | undefined;

afterEach(async () => {
  child?.kill('SIGKILL');
  await cpms?.close();
  child = undefined;
  cpms = undefined;
});

/** A limit of 16 A with an end: from there on nothing, written into the profile itself. */
function leased(version: string, transactionId: string, unit: 'A' | 'W'): object {
  const startMs = ORIGIN_SITE_MS + (Date.now() - originRealMs) * SPEED;
  const chargingSchedule = {
    startSchedule: new Date(startMs).toISOString(),
    chargingRateUnit: unit,
    chargingSchedulePeriod: [
      { startPeriod: 0, limit: unit === 'A' ? 16 : 16 * 3 * 230 },
      { startPeriod: LEASE_SEC, limit: 0 },
    ],
  };
  const common = {
    stackLevel: 0,
    chargingProfilePurpose: 'TxProfile',
    chargingProfileKind: 'Absolute',
  };
  if (version === 'ocpp1.6') {
    const csChargingProfiles = {
      ...common,
      chargingProfileId: 1,
      transactionId: Number(transactionId),
      chargingSchedule,
    };
    return { connectorId: 1, csChargingProfiles };
  }
  const chargingProfile = {
    ...common,
    id: 1,
    transactionId,
    chargingSchedule: [{ id: 1, ...chargingSchedule }],
  };
  return { evseId: 1, chargingProfile };
}

const idle = (version: string, unit: 'A' | 'W'): object => {
  const schedule = {
    chargingRateUnit: unit,
    startSchedule: new Date(ORIGIN_SITE_MS).toISOString(),
    chargingSchedulePeriod: [{ startPeriod: 0, limit: 0 }],
  };
  const common = {
    stackLevel: 0,
    chargingProfilePurpose: 'TxDefaultProfile',
    chargingProfileKind: 'Absolute',
  };
  return version === 'ocpp1.6'
    ? {
        connectorId: 1,
        csChargingProfiles: { ...common, chargingProfileId: 2, chargingSchedule: schedule },
      }
    : {
        evseId: 1,
        chargingProfile: { ...common, id: 2, chargingSchedule: [{ id: 1, ...schedule }] },
      };
};

let originRealMs = 0;

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let waitedMs = 0; !holds(); waitedMs += 20) {
    if (waitedMs > PATIENCE_MS) throw new Error(`not reached: ${what}`);
    await sleep(20);
  }
}

/** Starts the virtual site as its launcher would. */
async function launch(started: ScriptedCpms): Promise<ChildProcess> {
  const process_ = fork(builtProgram('simulator/main.ts'), { execArgv: [] });
  child = process_;
  originRealMs = Date.now();
  const message: StartMessage = {
    type: 'start',
    ocppUrl: started.ocppUrl,
    apiUrl: started.apiUrl,
    apiKey: 'key',
    siteId: 'four',
    site: SITE,
    stations: SITE.stations.map(({ id }) => ({ stationId: id, secret: `secret of ${id}` })),
    clock: { originSiteMs: ORIGIN_SITE_MS, originRealMs, speed: SPEED },
    sessions: SESSIONS,
    servesFrom: 'boot',
    seed: 1,
    claims: true,
    buildingLoad: true,
  };
  process_.send(message);
  return process_;
}

async function resultOf(process_: ChildProcess): Promise<SimulationResult> {
  process_.send({ type: 'stop' });
  for (;;) {
    const [message] = (await once(process_, 'message')) as [SimulatorMessage];
    if (message.type === 'result') return message.result;
    if (message.type === 'failed') throw new Error(message.message);
  }
}

/** The latest reading of a station, whichever protocol brought it: [register Wh, L1 A]. */
function lastReading(started: ScriptedCpms, stationId: string): readonly [number, number] {
  const frame = started.frames.findLast(
    (f) => f.stationId === stationId && f.params['meterValue'] !== undefined,
  );
  const [value] = (frame?.params['meterValue'] ?? []) as readonly {
    readonly sampledValue: readonly { readonly value: string; readonly measurand: string }[];
  }[];
  const of = (measurand: string): number =>
    Number(value?.sampledValue.find((sample) => sample.measurand === measurand)?.value ?? -1);
  return [of('Energy.Active.Import.Register'), of('Current.Import')];
}

function transactionOf(started: ScriptedCpms, stationId: string): string | undefined {
  const { claims } = started;
  const isClaimed = claims.some(({ path }) => path === `/v1/sessions/session-${stationId}/claim`);
  if (!isClaimed) return undefined;
  const events = started.frames.filter((frame) => frame.stationId === stationId);
  const started201 = events.find((frame) => frame.params['eventType'] === 'Started');
  if (started201 !== undefined) {
    const info = started201.params['transactionInfo'] as { readonly transactionId: string };
    return info.transactionId;
  }
  const order = started.frames.filter((frame) => frame.action === 'StartTransaction');
  return String(order.findIndex((frame) => frame.stationId === stationId) + 1);
}

test('four stations boot, obey leased profiles and let them end without a message', async () => {
  cpms = await startScriptedCpms(new Map(SITE.stations.map(({ id }) => [id, `secret of ${id}`])));
  const running = cpms;
  const process_ = await launch(running);

  await until('all four are booted', () => running.stations.size === 4);
  expect([...running.stations.values()].map(({ version }) => version).sort()).toEqual([
    'ocpp1.6',
    'ocpp1.6',
    'ocpp2.0.1',
    'ocpp2.0.1',
  ]);
  await until('statuses', () =>
    SITE.stations.every(({ id }) =>
      running.frames.some((f) => f.stationId === id && f.action === 'StatusNotification'),
    ),
  );
  for (const station of running.stations.values()) {
    const unit = station.stationId === 'S3' ? 'W' : 'A';
    const answer = await station.call('SetChargingProfile', idle(station.version, unit));
    expect(answer['status']).toBe('Accepted');
  }

  await until('four transactions with claims', () =>
    SITE.stations.every(({ id }) => transactionOf(running, id) !== undefined),
  );
  const setAtMs = Date.now();
  /** A lease runs from the call, charging from when the station has it: site seconds between. */
  const lateSec = new Map<string, number>();
  for (const station of running.stations.values()) {
    const transactionId = transactionOf(running, station.stationId) ?? '';
    const isWattsOnly = station.stationId === 'S3';
    for (const unit of isWattsOnly ? (['A', 'W'] as const) : (['A'] as const)) {
      const calledMs = Date.now();
      const profile = leased(station.version, transactionId, unit);
      const { status } = await station.call('SetChargingProfile', profile);
      expect(status).toBe(isWattsOnly && unit === 'A' ? 'Rejected' : 'Accepted');
      lateSec.set(station.stationId, ((Date.now() - calledMs) / 1000) * SPEED);
    }
  }
  const other = await running.stations
    .get('S0')
    ?.call('SetChargingProfile', leased('ocpp1.6', '999', 'A'));
  expect(other?.['status'], 'a profile of an unknown transaction').toBe('Rejected');

  const composite = (await running.stations
    .get('S0')
    ?.call('GetCompositeSchedule', { connectorId: 1, duration: 600 })) as {
    readonly chargingSchedule: { readonly chargingSchedulePeriod: readonly { limit: number }[] };
  };
  expect(composite.chargingSchedule.chargingSchedulePeriod.map(({ limit }) => limit)).toEqual([
    16, 0,
  ]);

  const report = await running.stations
    .get('S1')
    ?.call('GetBaseReport', { requestId: 7, reportBase: 'FullInventory' });
  expect(report?.['status']).toBe('Accepted');
  const keys = (await running.stations.get('S0')?.call('GetConfiguration', {})) as {
    readonly configurationKey: readonly { readonly key: string; readonly value: string }[];
  };
  expect(keys.configurationKey).toContainEqual({
    key: 'MeterValueSampleInterval',
    readonly: false,
    value: '60',
  });
  const changed = await running.stations
    .get('S0')
    ?.call('ChangeConfiguration', { key: 'MeterValueSampleInterval', value: '10' });
  expect(changed?.['status']).toBe('Accepted');
  await until('the device model', () => running.frames.some((f) => f.action === 'NotifyReport'));

  await until('draws follow', () =>
    SITE.stations.every(({ id }) => lastReading(running, id)[1] === 16),
  );
  const framesSent = running.frames.length;
  await sleep(Math.max(0, setAtMs + ((LEASE_SEC + 90) / SPEED) * 1000 - Date.now()));
  expect(running.frames.length).toBeGreaterThan(framesSent);
  await until('draws end with the lease', () =>
    ['S0', 'S2', 'S3'].every((id) => lastReading(running, id)[1] === 0),
  );
  await until('the vehicle of S1 leaves', () =>
    running.frames.some((f) => f.stationId === 'S1' && f.params['eventType'] === 'Ended'),
  );

  const result = await resultOf(process_);
  const powerW = 16 * 3 * 230;
  for (const session of result.sessionResults) {
    const leaseWh = (powerW * LEASE_SEC) / 3600;
    const late = lateSec.get(session.evseId.split(':')[0] ?? '') ?? 0;
    const slackWh = (powerW * (FOLLOW_MAX_SEC + 5 + late)) / 3600;
    expect(Math.abs(session.deliveredWh - leaseWh), session.sessionId).toBeLessThan(slackWh);
  }
  const overA = 3 * (16 - 10);
  expect(result.overLimitAmpSeconds).toBeGreaterThan(
    overA * (LEASE_SEC - FOLLOW_MAX_SEC - 5 - (lateSec.get('S0') ?? 0)),
  );
  const referee = result.sessionResults.find(({ evseId }) => evseId === 'S0:1');
  const drewSec = ((referee?.deliveredWh ?? 0) / powerW) * 3600;
  const gridOverA = 3 * (4 * 16 + 2 - 40);
  expect(result.overLimitAmpSeconds).toBeLessThan((overA + gridOverA) * drewSec);
  expect(result.worstPhaseFraction).toBeGreaterThan(1.6 - 1e-9);
  expect(result.claimsMade).toBe(4);
  expect(result.requestedWh).toBe(80_000);
  expect(result.feasibleWh).toBeGreaterThan(0);
  expect(running.refused).toBe(0);
  expect(running.violations).toEqual([]);
  expect(running.meterSamples.length).toBeGreaterThan(3);
  const [claim] = running.claims;
  expect(claim?.body).toMatchObject({ energyWh: 20_000 });
  const seqNos = running.frames
    .filter((f) => f.stationId === 'S1' && f.action === 'TransactionEvent')
    .map((f) => f.params['seqNo']);
  expect(seqNos, 'no event is missing').toEqual(seqNos.map((_, index) => index));
});

test('a station that was offline reports the transaction that ended meanwhile', async () => {
  const secrets = new Map(SITE.stations.map(({ id }) => [id, `secret of ${id}`]));
  cpms = await startScriptedCpms(secrets);
  const first = cpms;
  const process_ = await launch(first);
  await until('a transaction of S1', () => transactionOf(first, 'S1') !== undefined);
  secrets.delete('S1');
  const { frames } = first;
  first.dropStation('S1');
  await until('S1 is refused', () => first.refused > 0);
  // Its vehicle leaves with no link.
  await sleep(Math.max(0, originRealMs + ((S1_LEAVES_SEC + 20) / SPEED) * 1000 - Date.now()));
  expect(frames.some((f) => f.params['eventType'] === 'Ended')).toBe(false);
  secrets.set('S1', 'secret of S1');
  await until('the end arrives late', () =>
    frames.some((f) => f.stationId === 'S1' && f.params['eventType'] === 'Ended'),
  );
  const ended = frames.find((f) => f.stationId === 'S1' && f.params['eventType'] === 'Ended');
  expect(ended?.params['offline']).toBe(true);
  expect(Date.parse(String(ended?.params['timestamp']))).toBe(
    ORIGIN_SITE_MS + S1_LEAVES_SEC * 1000,
  );
  const result = await resultOf(process_);
  expect(result.sessions).toBe(4);
});
