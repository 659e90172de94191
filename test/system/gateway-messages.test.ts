import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { OcppVersion } from '../../src/ocpp/messages.js';
import {
  connectRaw,
  connectStation,
  type Harness,
  NOW_MS,
  sleep,
  startHarness,
  waitFor,
} from './gateway-harness.js';

const NOW = '2026-03-01T12:00:00.000Z';
let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const START = { connectorId: 1, idTag: 'TAG', meterStart: 1000, timestamp: NOW };
const fromCp1 = { stationId: 'CP1', receivedAtMs: NOW_MS };

/** Events but those of the connection. */
const told = () => harness.events.filter((event) => !event.type.startsWith('station.connected'));

describe('OCPP 1.6', () => {
  test('BootNotification is accepted with site time, after the connection was recorded', async () => {
    const client = await connectStation(harness);
    const answer = await client.call('BootNotification', {
      chargePointVendor: 'Acme',
      chargePointModel: 'Wall',
      chargeBoxSerialNumber: 'S1',
      firmwareVersion: '1.2',
    });
    expect(answer).toEqual({ status: 'Accepted', currentTime: NOW, interval: expect.any(Number) });
    expect(harness.events).toEqual([
      {
        ...fromCp1,
        type: 'station.connected',
        generation: NOW_MS,
        version: 'ocpp1.6',
        remoteAddress: '127.0.0.1',
      },
      {
        ...fromCp1,
        type: 'station.booted',
        vendor: 'Acme',
        model: 'Wall',
        serial: 'S1',
        firmware: '1.2',
      },
    ]);
  });

  test('StatusNotification of connector 0 is the station, an error code is passed on', async () => {
    const client = await connectStation(harness);
    await client.call('StatusNotification', {
      connectorId: 0,
      status: 'Available',
      errorCode: 'NoError',
    });
    await client.call('StatusNotification', {
      connectorId: 2,
      status: 'Faulted',
      errorCode: 'GroundFailure',
      timestamp: '2026-03-01T11:59:00+00:00',
    });
    expect(harness.eventsOf('evse.status')).toEqual([
      { ...fromCp1, type: 'evse.status', evseNumber: 0, status: 'available', atMs: NOW_MS },
      {
        ...fromCp1,
        type: 'evse.status',
        evseNumber: 2,
        status: 'faulted',
        errorCode: 'GroundFailure',
        atMs: NOW_MS - 60_000,
      },
    ]);
  });

  test('Authorize answers what the port says', async () => {
    const client = await connectStation(harness);
    expect(await client.call('Authorize', { idTag: 'TAG' })).toEqual({
      idTagInfo: { status: 'Accepted' },
    });
    expect(await client.call('Authorize', { idTag: 'BLOCKED' })).toEqual({
      idTagInfo: { status: 'Blocked' },
    });
  });

  test('a transaction from start over values to stop', async () => {
    const client = await connectStation(harness);
    expect(await client.call('StartTransaction', START)).toEqual({
      transactionId: 1,
      idTagInfo: { status: 'Accepted' },
    });
    await client.call('MeterValues', {
      connectorId: 1,
      transactionId: 1,
      meterValue: [
        {
          timestamp: NOW,
          sampledValue: [{ value: '7.2', measurand: 'Power.Active.Import', unit: 'kW' }],
        },
      ],
    });
    expect(
      await client.call('StopTransaction', {
        transactionId: 1,
        meterStop: 5000,
        timestamp: NOW,
        idTag: 'TAG',
        reason: 'EVDisconnected',
        transactionData: [{ timestamp: NOW, sampledValue: [{ value: '5000' }] }],
      }),
    ).toEqual({ idTagInfo: { status: 'Accepted' } });
    expect(told()).toEqual([
      {
        ...fromCp1,
        type: 'transaction.started',
        evseNumber: 1,
        transactionId: '1',
        idToken: 'TAG',
        authorization: { idToken: 'TAG', status: 'Accepted' },
        meterStartWh: 1000,
        atMs: NOW_MS,
        offline: false,
      },
      {
        ...fromCp1,
        type: 'meter.sampled',
        evseNumber: 1,
        transactionId: '1',
        samples: [{ atMs: NOW_MS, powerW: 7200 }],
      },
      {
        ...fromCp1,
        type: 'transaction.ended',
        evseNumber: 1,
        transactionId: '1',
        meterStopWh: 5000,
        reason: 'EVDisconnected',
        endedBy: { idToken: 'TAG', status: 'Accepted' },
        samples: [{ atMs: NOW_MS, energyWh: 5000 }],
        atMs: NOW_MS,
        offline: false,
      },
    ]);
  });

  test('a retried StartTransaction gets its transactionId again, over connections too', async () => {
    const first = await connectStation(harness);
    const answer = await first.call('StartTransaction', START);
    expect(await first.call('StartTransaction', START)).toEqual(answer);
    const second = await connectStation(harness);
    expect(await second.call('StartTransaction', START)).toEqual(answer);
    expect(await second.call('StartTransaction', { ...START, meterStart: 1001 })).not.toEqual(
      answer,
    );
  });

  test('a message older than five minutes is offline', async () => {
    const client = await connectStation(harness);
    await client.call('StartTransaction', { ...START, timestamp: '2026-03-01T11:54:59Z' });
    expect(harness.eventsOf('transaction.started')).toMatchObject([{ offline: true }]);
  });

  test.each([0, -1, 77])(
    'transaction id %s is answered and touches no transaction by its number',
    async (transactionId) => {
      const client = await connectStation(harness, { strict: 'lax' });
      const stop = { transactionId, meterStop: 1, timestamp: NOW };
      expect(await client.call('StopTransaction', stop)).toEqual({});
      const meterValue = [{ timestamp: NOW, sampledValue: [{ value: '1' }] }];
      await client.call('MeterValues', { connectorId: 1, transactionId, meterValue });
      const isUnnamed = transactionId <= 0;
      const ended = { type: 'transaction.ended', transactionId: '-1', meterStopWh: 1 };
      expect(told()).toMatchObject([
        ...(isUnnamed ? [ended] : []),
        { type: 'meter.sampled', evseNumber: 1, samples: [{ atMs: NOW_MS, energyWh: 1 }] },
      ]);
      expect(told().at(-1)).not.toHaveProperty('transactionId');
      expect(harness.memory.records.map((it) => it.summary)).toEqual(
        isUnnamed
          ? []
          : ['ended transaction 77, which this station never started; it stood at 1 Wh'],
      );
    },
  );

  test("another station's transaction is not believed", async () => {
    const owner = await connectStation(harness);
    await owner.call('StartTransaction', START);
    const thief = await connectStation(harness, { id: 'CP2' });
    const stop = { transactionId: 1, meterStop: 1, timestamp: NOW };
    expect(await thief.call('StopTransaction', stop)).toEqual({});
    expect(harness.eventsOf('transaction.ended')).toEqual([]);
  });

  test('messages that carry nothing for us are answered by the standard', async () => {
    const client = await connectStation(harness);
    expect(await client.call('DataTransfer', { vendorId: 'x' })).toEqual({
      status: 'UnknownVendorId',
    });
    expect(await client.call('FirmwareStatusNotification', { status: 'Installed' })).toEqual({});
    expect(await client.call('DiagnosticsStatusNotification', { status: 'Idle' })).toEqual({});
  });

  test.each([
    ['ReserveNow', {}, 'NotSupported'],
    ['Nonsense', {}, 'NotImplemented'],
    ['StartTransaction', { ...START, idTag: undefined }, 'OccurenceConstraintViolation'],
    ['StartTransaction', { ...START, idTag: 'x'.repeat(21) }, 'PropertyConstraintViolation'],
    ['StartTransaction', { ...START, meterStart: 'much' }, 'TypeConstraintViolation'],
    ['StartTransaction', [], 'TypeConstraintViolation'],
    ['StartTransaction', null, 'TypeConstraintViolation'],
    ['MeterValues', { connectorId: 1, meterValue: {} }, 'TypeConstraintViolation'],
  ])('%s with %j is answered %s', async (action, payload, code) => {
    const { socket, received } = await connectRaw(harness);
    socket.send(JSON.stringify([2, 'id', action, payload]));
    await waitFor(() => received.length > 0, 'an answer');
    expect(JSON.parse(received[0] ?? '')).toEqual([4, 'id', code, expect.any(String), {}]);
    socket.terminate();
  });

  test('slips of real stations do not cost a transaction', async () => {
    const { socket, received } = await connectRaw(harness);
    const start = {
      connectorId: '1',
      idTag: 'TAG',
      meterStart: 1000.4,
      timestamp: '2026-03-01T12:00:00',
      vendorExtra: { a: 1 },
    };
    socket.send(JSON.stringify([2, 'a', 'StartTransaction', start]));
    const values = {
      connectorId: 1,
      transactionId: '1',
      meterValue: [
        {
          timestamp: NOW,
          sampledValue: [
            { value: 16.1, measurand: 'Current.Import', phase: 'L1', unit: 'A', extra: true },
            { value: { no: 1 } },
            { value: '3', measurand: 'Vendor.Thing', unit: 'Hertz' },
          ],
        },
      ],
    };
    socket.send(JSON.stringify([2, 'b', 'MeterValues', values]));
    await waitFor(() => received.length === 2, 'two answers');
    expect(received.map((text) => JSON.parse(text)[0])).toEqual([3, 3]);
    expect(told()).toMatchObject([
      { type: 'transaction.started', evseNumber: 1, meterStartWh: 1000, atMs: NOW_MS },
      {
        type: 'meter.sampled',
        transactionId: '1',
        samples: [{ atMs: NOW_MS, currentA: [16.1, undefined, undefined] }],
      },
    ]);
    expect(harness.gateway.stats().counters['repairedPayloads']).toBe(2);
    socket.terminate();
  });

  test('control characters and half surrogates never reach the inbox', async () => {
    const { socket, received } = await connectRaw(harness);
    const payload = '{"chargePointVendor":"A\\u0000B\\nC","chargePointModel":"\\ud800x\\\\u0000"}';
    socket.send(`[2,"id","BootNotification",${payload}]`);
    await waitFor(() => received.length > 0, 'an answer');
    expect(harness.eventsOf('station.booted')).toMatchObject([
      { vendor: 'A B C', model: '\ufffdx\\u0000' },
    ]);
    socket.terminate();
  });
});

describe.each<OcppVersion>(['ocpp2.0.1', 'ocpp2.1'])('OCPP of %s', (version) => {
  const event = (eventType: string, more: object) => ({
    eventType,
    timestamp: NOW,
    triggerReason: 'Authorized',
    seqNo: 0,
    transactionInfo: { transactionId: 'T-1' },
    ...more,
  });

  test('BootNotification and Heartbeat', async () => {
    const client = await connectStation(harness, { version });
    const chargingStation = { vendorName: 'Acme', model: 'DC', serialNumber: '7' };
    expect(await client.call('BootNotification', { reason: 'PowerUp', chargingStation })).toEqual({
      status: 'Accepted',
      currentTime: NOW,
      interval: expect.any(Number),
    });
    expect(await client.call('Heartbeat', {})).toEqual({ currentTime: NOW });
    expect(told()).toEqual([
      {
        ...fromCp1,
        type: 'station.booted',
        vendor: 'Acme',
        model: 'DC',
        serial: '7',
        reason: 'PowerUp',
      },
    ]);
  });

  test('an EVSE is occupied while one of its connectors is', async () => {
    const client = await connectStation(harness, { version });
    for (const [connectorId, connectorStatus] of [
      [1, 'Occupied'],
      [2, 'Available'],
      [1, 'Available'],
    ]) {
      await client.call('StatusNotification', {
        timestamp: NOW,
        evseId: 1,
        connectorId,
        connectorStatus,
      });
    }
    expect(harness.eventsOf('evse.status').map(({ status }) => status)).toEqual([
      'occupied',
      'occupied',
      'available',
    ]);
  });

  test('a transaction from start over update to end', async () => {
    const client = await connectStation(harness, { version });
    const idToken = { idToken: 'TAG', type: 'ISO14443' };
    const sampled = (value: number, context: string) => [
      { timestamp: NOW, sampledValue: [{ value, context }] },
    ];
    const started = event('Started', {
      evse: { id: 2, connectorId: 1 },
      idToken,
      transactionInfo: { transactionId: 'T-1', chargingState: 'EVConnected' },
      meterValue: sampled(100, 'Transaction.Begin'),
    });
    expect(await client.call('TransactionEvent', started)).toEqual({
      idTokenInfo: { status: 'Accepted' },
    });
    const updated = event('Updated', {
      evse: { id: 2 },
      offline: true,
      transactionInfo: { transactionId: 'T-1', chargingState: 'Charging' },
      meterValue: sampled(150, 'Sample.Periodic'),
    });
    expect(await client.call('TransactionEvent', updated)).toEqual({});
    const ended = event('Ended', {
      transactionInfo: { transactionId: 'T-1', stoppedReason: 'EVDisconnected' },
      meterValue: sampled(200, 'Transaction.End'),
    });
    expect(await client.call('TransactionEvent', ended)).toEqual({});
    const common = { ...fromCp1, transactionId: 'T-1', seqNo: 0, atMs: NOW_MS };
    expect(told()).toEqual([
      {
        ...common,
        type: 'transaction.started',
        evseNumber: 2,
        idToken: 'TAG',
        authorization: { idToken: 'TAG', status: 'Accepted' },
        meterStartWh: 100,
        offline: false,
      },
      {
        ...common,
        type: 'transaction.updated',
        evseNumber: 2,
        chargingState: 'ev-connected',
        samples: [{ atMs: NOW_MS, energyWh: 100 }],
        offline: false,
      },
      {
        ...common,
        type: 'transaction.updated',
        evseNumber: 2,
        chargingState: 'charging',
        samples: [{ atMs: NOW_MS, energyWh: 150 }],
        offline: true,
        isStored: true,
      },
      {
        ...common,
        type: 'transaction.ended',
        meterStopWh: 200,
        reason: 'EVDisconnected',
        samples: [{ atMs: NOW_MS, energyWh: 200 }],
        offline: false,
      },
    ]);
  });

  test('Authorize, MeterValues and what carries nothing for us', async () => {
    const client = await connectStation(harness, { version });
    const idToken = { idToken: 'BLOCKED', type: 'ISO14443' };
    expect(await client.call('Authorize', { idToken })).toEqual({
      idTokenInfo: { status: 'Blocked' },
    });
    const button = { idToken: '', type: 'NoAuthorization' };
    expect(await client.call('Authorize', { idToken: button })).toEqual({
      idTokenInfo: { status: 'Accepted' },
    });
    const meterValue = [
      {
        timestamp: NOW,
        sampledValue: [
          {
            value: 7,
            measurand: 'Power.Active.Import',
            unitOfMeasure: { unit: 'W', multiplier: 3 },
          },
        ],
      },
    ];
    expect(await client.call('MeterValues', { evseId: 1, meterValue })).toEqual({});
    expect(
      await client.call('SecurityEventNotification', { type: 'FirmwareUpdated', timestamp: NOW }),
    ).toEqual({});
    expect(await client.call('DataTransfer', { vendorId: 'x' })).toEqual({
      status: 'UnknownVendorId',
    });
    expect(told()).toMatchObject([
      { type: 'meter.sampled', evseNumber: 1, samples: [{ powerW: 7000 }] },
    ]);
  });

  test('NotifyReport becomes variables by name', async () => {
    const client = await connectStation(harness, { version });
    const actual = (value: string) => [{ type: 'Target' }, { value }];
    await client.call('NotifyReport', {
      requestId: 1,
      generatedAt: NOW,
      seqNo: 0,
      reportData: [
        {
          component: { name: 'SmartChargingCtrlr' },
          variable: { name: 'Entries', instance: 'ChargingProfiles' },
          variableAttribute: actual('4'),
          variableCharacteristics: { dataType: 'integer', maxLimit: 8, supportsMonitoring: false },
        },
        {
          component: { name: 'EVSE', evse: { id: 1 } },
          variable: { name: 'Power' },
          variableAttribute: actual('22000'),
        },
      ],
    });
    expect(harness.eventsOf('station.variables')).toMatchObject([
      {
        variables: {
          'SmartChargingCtrlr.Entries[ChargingProfiles]': '4',
          'SmartChargingCtrlr.Entries[ChargingProfiles].maxLimit': '8',
          'EVSE@1.Power': '22000',
        },
      },
    ]);
  });

  test('missing fields are an OccurrenceConstraintViolation', async () => {
    const { socket, received } = await connectRaw(harness, 'CP1', version);
    socket.send(JSON.stringify([2, 'id', 'TransactionEvent', { eventType: 'Started' }]));
    await waitFor(() => received.length > 0, 'an answer');
    expect(JSON.parse(received[0] ?? '')).toEqual([
      4,
      'id',
      'OccurrenceConstraintViolation',
      expect.any(String),
      {},
    ]);
    socket.terminate();
  });
});

describe('while the inbox is unreachable', () => {
  test('transactions stay unanswered and are accepted when repeated', async () => {
    const { socket, received } = await connectRaw(harness);
    await harness.until('station.connected');
    harness.memory.isDown = true;
    socket.send(JSON.stringify([2, 'a', 'StartTransaction', START]));
    socket.send(JSON.stringify([2, 'b', 'Heartbeat', {}]));
    await waitFor(() => received.length > 0, 'heartbeat');
    expect(JSON.parse(received[0] ?? '')[1]).toBe('b');
    harness.memory.isDown = false;
    socket.send(JSON.stringify([2, 'c', 'StartTransaction', START]));
    await waitFor(() => received.length > 1, 'the repeated start');
    expect(JSON.parse(received[1] ?? '')).toMatchObject({ 0: 3, 1: 'c', 2: { transactionId: 1 } });
    expect(harness.eventsOf('transaction.started')).toHaveLength(1);
    expect(harness.gateway.stats().counters['unansweredCalls']).toBe(1);
    socket.terminate();
  });

  test('a boot is answered and recorded later, a status waits without an answer', async () => {
    const { socket, received } = await connectRaw(harness);
    await harness.until('station.connected');
    harness.memory.isDown = true;
    const boot = { chargePointVendor: 'V', chargePointModel: 'M' };
    const status = { connectorId: 1, status: 'Charging', errorCode: 'NoError' };
    socket.send(JSON.stringify([2, 'a', 'BootNotification', boot]));
    socket.send(JSON.stringify([2, 'b', 'StatusNotification', status]));
    await waitFor(() => received.length > 0, 'the boot');
    await sleep(50);
    expect(received.map((text) => JSON.parse(text)[1])).toEqual(['a']);
    harness.memory.isDown = false;
    await harness.until('evse.status');
    expect(harness.events.map((event) => event.type)).toEqual([
      'station.connected',
      'station.booted',
      'evse.status',
    ]);
    socket.terminate();
  });
});

test('the frame hook sees actions and no tokens', async () => {
  const seen: string[] = [];
  const watched = await startHarness({
    onFrame: ({ direction, action, stationId, redacted }) => {
      seen.push(`${stationId} ${direction} ${action ?? ''} ${JSON.stringify(redacted())}`);
    },
  });
  const client = await connectStation(watched);
  await client.call('Authorize', { idTag: 'VERY-SECRET' });
  expect(seen[0]).toContain('CP1 in Authorize');
  expect(seen[1]).toContain('CP1 out  [3,');
  expect(seen.join(' ')).not.toContain('VERY-SECRET');
  await watched.close();
});
