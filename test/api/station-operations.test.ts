/** Operations in the terms of each version, and every way to answer the caller. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { OcppVersion } from '../../src/ocpp/messages.js';
import { stationState } from './doubles.js';
import { pointers, SITE, startApi, TENANT, type TestApi } from './harness.js';

const ID = { 'ocpp1.6': 'CP01', 'ocpp2.0.1': 'CP02', 'ocpp2.1': 'CP03' } as const;
const V16 = 'ocpp1.6';
const V201 = 'ocpp2.0.1';
const V21 = 'ocpp2.1';
const LONG = 'T'.repeat(200);
const TOKENS = [
  ['T', 'Accepted'],
  [LONG, 'Accepted'],
  ['LOST', 'Blocked'],
] as const;

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
  const states = Object.entries(ID).map(([version, id]) =>
    stationState(id, version as OcppVersion),
  );
  api.engine.stationStates.set(SITE, states);
  const known = { type: 'Central', allowOffline: true, concurrent: 'refuse' } as const;
  const tokens = TOKENS.map(([idToken, status]) => ({ ...known, idToken, status }));
  await api.store.tokens.put(TENANT, tokens, 'ada');
});
afterAll(() => api.close());
beforeEach(() => {
  api.engine.asked.length = 0;
  api.engine.report = { status: 'accepted', response: { status: 'Accepted' } };
  api.engine.verdict = { status: 'allowed' };
});

const ask = (version: OcppVersion, path: string, body?: object, method = 'POST') =>
  api.call(method, `/v1/charging-stations/${ID[version]}/${path}`, {
    headers: api.keys.write,
    ...(body === undefined ? {} : { body }),
  });

const shown = { id: 7, priority: 'normal', format: 'UTF8', content: 'Hi' } as const;

describe('in the terms of the version', () => {
  test.each([
    [V16, 'reset', { type: 'soft' }, 'Reset', { type: 'Soft' }],
    [V201, 'reset', { type: 'on-idle' }, 'Reset', { type: 'OnIdle' }],
    [
      V201,
      'reset',
      { type: 'immediate', evseNumber: 1 },
      'Reset',
      { type: 'Immediate', evseId: 1 },
    ],
    [V21, 'reset', { type: 'immediate-and-resume' }, 'Reset', { type: 'ImmediateAndResume' }],
    [V16, 'unlock', { evseNumber: 1 }, 'UnlockConnector', { connectorId: 1 }],
    [V21, 'unlock', { evseNumber: 1 }, 'UnlockConnector', { evseId: 1, connectorId: 1 }],
    [
      V16,
      'availability',
      { status: 'inoperative' },
      'ChangeAvailability',
      { connectorId: 0, type: 'Inoperative' },
    ],
    [
      V201,
      'availability',
      { status: 'operative', evseNumber: 1, connectorNumber: 2 },
      'ChangeAvailability',
      { operationalStatus: 'Operative', evse: { id: 1, connectorId: 2 } },
    ],
    [
      V16,
      'trigger',
      { message: 'MeterValues', evseNumber: 1 },
      'TriggerMessage',
      { requestedMessage: 'MeterValues', connectorId: 1 },
    ],
    [
      V16,
      'trigger',
      { message: 'LogStatusNotification' },
      'ExtendedTriggerMessage',
      { requestedMessage: 'LogStatusNotification' },
    ],
    [
      V21,
      'trigger',
      { message: 'CustomTrigger', customTrigger: 'x' },
      'TriggerMessage',
      { requestedMessage: 'CustomTrigger', customTrigger: 'x' },
    ],
    [V16, 'clear-cache', undefined, 'ClearCache', {}],
    [
      V201,
      'display-messages',
      { ...shown, state: 'idle', language: 'de' },
      'SetDisplayMessage',
      {
        message: {
          id: 7,
          priority: 'NormalCycle',
          state: 'Idle',
          message: { format: 'UTF8', content: 'Hi', language: 'de' },
        },
      },
    ],
    [
      V201,
      'display-messages/refresh',
      undefined,
      'GetDisplayMessages',
      { requestId: expect.any(Number) },
    ],
    [
      V21,
      'customer-information',
      { report: true, clear: false, idToken: 'T' },
      'CustomerInformation',
      {
        requestId: expect.any(Number),
        report: true,
        clear: false,
        idToken: { idToken: 'T', type: 'Central' },
      },
    ],
  ] as const)('%s %s %j', async (version, path, body, action, payload) => {
    const answer = await ask(version, path, body);
    expect([answer.status, answer.body.status], JSON.stringify(answer.body)).toEqual([
      200,
      'accepted',
    ]);
    expect(api.engine.asked[0]?.command).toEqual({ kind: 'call', action, payload });
    expect(api.store.rows.audit.at(-1)).toMatchObject({
      action: 'station.command-asked',
      target: `station:${ID[version]}`,
      after: { action },
    });
  });

  test('a display message is removed by its number', async () => {
    expect((await ask(V201, 'display-messages/7', undefined, 'DELETE')).status).toBe(200);
    const payload = { id: 7 };
    const command = { kind: 'call', action: 'ClearDisplayMessage', payload };
    expect(api.engine.asked[0]?.command).toEqual(command);
  });

  test.each([
    [V16, 'remote-start', { evseNumber: 1, idToken: 'T' }, 'remote-start'],
    [V21, 'remote-start', { evseNumber: 1, idToken: LONG }, 'remote-start'],
    [V16, 'remote-stop', { transactionId: '7' }, 'remote-stop'],
    [V201, 'remote-stop', { transactionId: 'abc' }, 'remote-stop'],
  ] as const)('%s %s', async (version, path, body, kind) => {
    expect((await ask(version, path, body)).status).toBe(200);
    expect(api.engine.asked[0]?.command).toEqual({ kind, ...body });
    expect(JSON.stringify(api.store.rows.audit.at(-1))).not.toContain('TTTTT');
  });
});

describe('what is wrong is named', () => {
  test.each([
    [V16, 'reset', { type: 'on-idle' }, '/type'],
    [V201, 'reset', { type: 'soft' }, '/type'],
    [V16, 'reset', { type: 'soft', evseNumber: 1 }, '/evseNumber'],
    [V16, 'reset', {}, '/type'],
    [V16, 'unlock', { evseNumber: 2 }, '/evseNumber'],
    [V16, 'unlock', { evseNumber: 1, connectorNumber: 1 }, '/connectorNumber'],
    [V201, 'availability', { status: 'operative', connectorNumber: 1 }, '/evseNumber'],
    [V16, 'trigger', { message: 'TransactionEvent' }, '/message'],
    [V201, 'trigger', { message: 'CustomTrigger' }, '/message'],
    [V201, 'trigger', { message: 'Heartbeat', customTrigger: 'x' }, '/customTrigger'],
    [V16, 'remote-start', { evseNumber: 2, idToken: 'T' }, '/evseNumber'],
    [V16, 'remote-start', { evseNumber: 0, idToken: 'T' }, '/evseNumber'],
    [V16, 'remote-start', { evseNumber: 1, idToken: 'x'.repeat(21) }, '/idToken'],
    [V16, 'remote-stop', { transactionId: 'abc' }, '/transactionId'],
    [V21, 'customer-information', { report: false, clear: false, idToken: 'T' }, '/report'],
    [V21, 'customer-information', { report: true, clear: false }, '/customerIdentifier'],
    [V21, 'display-messages', { ...shown, priority: 'high' }, '/priority'],
  ] as const)('%s %s %j: %s', async (version, path, body, pointer) => {
    const answer = await ask(version, path, body);
    expect([answer.status, pointers(answer)]).toEqual([422, [pointer]]);
    expect(api.engine.asked).toEqual([]);
  });

  test.each([
    ['display-messages', shown],
    ['display-messages/refresh', undefined],
    ['customer-information', { report: true, clear: false, idToken: 'T' }],
  ] as const)('1.6 has no %s', async (path, body) => {
    const answer = await ask(V16, path, body);
    expect([answer.status, answer.body.type]).toEqual([409, '/problems/command-refused']);
  });

  test('a key that only reads asks for nothing, a foreign one finds nothing', async () => {
    const path = '/v1/charging-stations/CP01/clear-cache';
    expect((await api.call('POST', path, { headers: api.keys.read })).status).toBe(403);
    expect((await api.call('POST', path, { headers: api.keys.foreign })).status).toBe(404);
    const raw = { headers: api.keys.read, body: { action: 'ClearCache', payload: {} } };
    expect((await api.call('POST', '/v1/charging-stations/CP01/commands', raw)).status).toBe(403);
  });
});

test.each([
  [V16, 'remote-start', { evseNumber: 1, idToken: 'LOST' }, 'Blocked'],
  [V201, 'remote-start', { evseNumber: 1, idToken: 'lost' }, 'Blocked'],
  [V21, 'remote-start', { evseNumber: 1, idToken: 'NOBODY' }, 'Unknown'],
  [V16, 'commands', { action: 'RemoteStartTransaction', payload: { idTag: 'LOST' } }, 'Blocked'],
  [
    V201,
    'commands',
    {
      action: 'RequestStartTransaction',
      payload: { remoteStartId: 1, idToken: { idToken: 'LOST', type: 'Central' } },
    },
    'Blocked',
  ],
] as const)('%s %s %j: nobody is asked to start for a token that is %4$s', async (...row) => {
  const [version, path, body, status] = row;
  const answer = await ask(version, path, body);
  expect([answer.status, answer.body.type]).toEqual([409, '/problems/command-refused']);
  expect(answer.body.detail).toContain(status);
  const dry = await ask(version, `${path}?dryRun=true`, body);
  expect(dry.body).toMatchObject({ status: 'dry-run', allowed: false });
  expect(api.engine.asked).toEqual([]);
});

describe('how it ended', () => {
  test.each([
    [{ status: 'offline', detail: 'gone' }, 409, 'station-offline'],
    [{ status: 'refused-by-engine', detail: 'no' }, 409, 'command-refused'],
    [{ status: 'call-error', detail: 'InternalError: x' }, 502, 'station-call-error'],
    [{ status: 'not-supported', detail: 'NotSupported: x' }, 502, 'station-call-error'],
    [{ status: 'timeout' }, 504, 'station-timeout'],
    [{ status: 'closed' }, 504, 'station-timeout'],
  ] as const)('%j', async (report, status, problem) => {
    api.engine.report = report;
    const answer = await ask(V16, 'clear-cache');
    expect([answer.status, answer.body.type]).toEqual([status, `/problems/${problem}`]);
  });

  test('a well-formed no is an answer', async () => {
    const response = { status: 'Rejected' };
    api.engine.report = { status: 'refused-by-station', detail: 'Rejected', response };
    const answer = await ask(V16, 'clear-cache');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      status: 'refused-by-station',
      detail: 'Rejected',
      response,
    });
  });

  test('a dry run asks the engine and nobody else', async () => {
    api.engine.verdict = { status: 'refused', detail: 'the rating' };
    const answer = await ask(V16, 'reset?dryRun=true', { type: 'hard' });
    expect(answer.body).toEqual({
      status: 'dry-run',
      action: 'Reset',
      allowed: false,
      detail: 'the rating',
    });
    expect(api.engine.asked).toEqual([]);
  });

  test('a store that is away is 503, and nothing is asked', async () => {
    api.store.down = true;
    const answer = await ask(V16, 'clear-cache');
    api.store.down = false;
    expect(answer.status).toBe(503);
    expect(api.engine.asked).toEqual([]);
  });
});

test('a command whose storing was not confirmed may have left: 504, which a retry does not repeat', async () => {
  const { order } = api.engine;
  try {
    api.engine.order = async () => {
      throw new Error('Connection terminated unexpectedly');
    };
    const answer = await ask(V16, 'clear-cache');
    expect([answer.status, answer.body.type]).toEqual([504, '/problems/station-timeout']);
    expect(answer.body.detail).toMatch(/list of commands/);
  } finally {
    api.engine.order = order;
  }
});
