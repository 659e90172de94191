/** How strictly a station is read, the version that it is pinned to, and the frames of 2.1. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { OcppVersion } from '../../src/ocpp/messages.js';
import {
  basic,
  connectRaw,
  connectStation,
  type Harness,
  NOW_MS,
  row,
  SECRET,
  startHarness,
  upgradeStatus,
  waitFor,
} from './gateway-harness.js';

const NOW = '2026-03-01T12:00:00.000Z';
let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

/** Changes what is known of CP1 before it connects. */
function know(change: { schemaMode?: 'strict' | 'lenient'; pinnedVersion?: OcppVersion }): void {
  const known = harness.memory.stations.get('CP1');
  if (known === undefined) throw new Error('CP1 is provisioned');
  harness.memory.stations.set('CP1', { ...known, ...change });
}

type Raw = Awaited<ReturnType<typeof connectRaw>>;

async function ask(raw: Raw, frame: unknown): Promise<readonly unknown[]> {
  const count = raw.received.length;
  raw.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  await waitFor(() => raw.received.length > count, 'an answer');
  return JSON.parse(raw.received[count] ?? '') as unknown[];
}

describe('a strict station', () => {
  test('is refused what a lenient one is forgiven', async () => {
    const slip = { connectorId: '1', status: 'available', errorCode: 'NoError' };
    const lenient = await connectRaw(harness, 'CP2');
    expect((await ask(lenient, [2, 'a', 'StatusNotification', slip]))[0]).toBe(3);
    know({ schemaMode: 'strict' });
    const strict = await connectRaw(harness, 'CP1');
    const refused = await ask(strict, [2, 'a', 'StatusNotification', slip]);
    expect(refused.slice(0, 3)).toEqual([4, 'a', 'TypeConstraintViolation']);
    const right = { connectorId: 1, status: 'Available', errorCode: 'NoError' };
    expect(await ask(strict, [2, 'b', 'StatusNotification', right])).toEqual([3, 'b', {}]);
    expect(harness.eventsOf('evse.status')).toHaveLength(2);
    for (const { socket } of [lenient, strict]) socket.terminate();
  });
});

describe('a pinned station', () => {
  const offering = (protocol: string) =>
    upgradeStatus(harness, {
      path: '/ocpp/CP1',
      authorization: basic('CP1', SECRET),
      protocol,
    });

  test('speaks its version, wherever that stands in its list', async () => {
    know({ pinnedVersion: 'ocpp1.6' });
    expect(await offering('ocpp2.0.1, ocpp1.6')).toBe(101);
    expect(await harness.until('station.connected')).toMatchObject({ version: 'ocpp1.6' });
  });

  test('is refused when it does not offer that version', async () => {
    know({ pinnedVersion: 'ocpp1.6' });
    expect(await offering('ocpp2.0.1')).toBe(400);
  });
});

describe('OCPP 2.1 framing', () => {
  test('a SEND is validated, kept and never answered', async () => {
    const raw = await connectRaw(harness, 'CP1', 'ocpp2.1');
    const stream = { id: 7, pending: 2, basetime: NOW, data: [{ t: 0, v: '21.5' }] };
    raw.socket.send(JSON.stringify([6, 's1', 'NotifyPeriodicEventStream', stream]));
    raw.socket.send(JSON.stringify([6, 's2', 'NotifyPeriodicEventStream', { id: 7 }]));
    raw.socket.send(JSON.stringify([6, 's3', 'Heartbeat', {}]));
    expect((await ask(raw, [2, 'h', 'Heartbeat', {}])).slice(0, 2)).toEqual([3, 'h']);
    expect(raw.received).toHaveLength(1);
    expect(harness.memory.records).toMatchObject([
      { kind: 'monitor-event', summary: 'Event stream 7: 1 value, 2 more wait', data: stream },
    ]);
    expect(harness.gateway.stats().counters).toMatchObject({ sendsTaken: 1, sendsIgnored: 2 });
    const called = await ask(raw, [2, 'c', 'NotifyPeriodicEventStream', stream]);
    expect(called.slice(0, 3)).toEqual([4, 'c', 'NotSupported']);
    raw.socket.terminate();
  });

  test('a CALLRESULTERROR is kept with the answer that it refuses', async () => {
    const raw = await connectRaw(harness, 'CP1', 'ocpp2.1');
    await ask(raw, [2, 'boot-1', 'Heartbeat', {}]);
    raw.socket.send('[5,"boot-1","FormatViolation","currentTime is odd",{"at":"currentTime"}]');
    raw.socket.send('[5,"unknown","InternalError","",{}]');
    await waitFor(() => harness.memory.records.length === 2, 'two records');
    expect(harness.memory.records).toMatchObject([
      {
        kind: 'other',
        severity: 'warning',
        summary:
          'Station could not use our answer to Heartbeat (boot-1): FormatViolation, currentTime is odd',
        data: { messageId: 'boot-1', action: 'Heartbeat', details: { at: 'currentTime' } },
      },
      { summary: 'Station could not use our answer to message unknown: InternalError' },
    ]);
    raw.socket.terminate();
  });

  test.each<[OcppVersion, boolean]>([
    ['ocpp2.1', true],
    ['ocpp2.0.1', false],
  ])('%s hears of an answer that breaks its schema: %s', async (version, isTold) => {
    const raw = await connectRaw(harness, 'CP1', version);
    const call = { kind: 'call', action: 'GetLocalListVersion', payload: {} } as const;
    harness.gateway.dispatch([row(call)]);
    await waitFor(() => raw.received.length === 1, 'our call');
    const [, messageId] = JSON.parse(raw.received[0] ?? '') as [number, string];
    raw.socket.send(JSON.stringify([3, messageId, { versionNumber: 'many' }]));
    expect(await harness.until('command.answered')).toMatchObject({
      outcome: { status: 'error', detail: expect.stringContaining('TypeConstraintViolation') },
    });
    await ask(raw, [2, 'h', 'Heartbeat', {}]);
    const told = raw.received
      .map((text) => JSON.parse(text) as unknown[])
      .filter(([type]) => type === 5);
    expect(told.map(([, id, code]) => [id, code])).toEqual(
      isTold ? [[messageId, 'TypeConstraintViolation']] : [],
    );
    raw.socket.terminate();
  });
});

test('a call repeated while it is worked on is answered once', async () => {
  const raw = await connectRaw(harness);
  const boot = { chargePointVendor: 'V', chargePointModel: 'M' };
  for (let count = 0; count < 3; count += 1) {
    raw.socket.send(JSON.stringify([2, 'same', 'BootNotification', boot]));
  }
  await ask(raw, [2, 'last', 'Heartbeat', {}]);
  await waitFor(() => raw.received.some((text) => text.includes('"last"')), 'the last answer');
  expect(raw.received.filter((text) => text.includes('"same"'))).toHaveLength(1);
  expect(harness.eventsOf('station.booted')).toHaveLength(1);
  expect(harness.gateway.stats().counters['repeatedCalls']).toBe(2);
  raw.socket.terminate();
});

test('GetCompositeSchedule with a start between seconds is read', async () => {
  await connectStation(harness, {
    version: 'ocpp1.6',
    strict: 'lax',
    replies: {
      GetCompositeSchedule: () => ({
        status: 'accepted',
        connectorId: '1',
        scheduleStart: '2026-03-01 12:00:00',
        chargingSchedule: {
          duration: null,
          chargingRateUnit: 'a',
          chargingSchedulePeriod: [
            { startPeriod: 0, limit: 16 },
            { startPeriod: 29.6, limit: '8.0' },
          ],
        },
      }),
    },
  });
  harness.gateway.dispatch([
    row({ kind: 'get-composite-schedule', evseNumber: 1, durationSec: 60, unit: 'A' }),
  ]);
  expect(await harness.until('command.answered')).toMatchObject({
    outcome: {
      status: 'accepted',
      schedule: { startAtMs: NOW_MS, periods: [{ limit: 16 }, { startSec: 30, limit: 8 }] },
    },
  });
});
