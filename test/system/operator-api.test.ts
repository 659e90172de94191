/** Everything that a CPMS may send, asked for over HTTP and answered by stations on real sockets. */
import type { RPCClient } from 'ocpp-rpc';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { siteId } from '../../solver/index.js';
import { CSMS_REQUESTS } from '../../src/ocpp/csms-requests.js';
import type { OcppVersion } from '../../src/ocpp/messages.js';
import { smallSite } from '../control/small-site.js';
import { payloadsOf } from '../support/generate-payload.js';
import { type RunningService, runService } from '../support/running-service.js';
import { waitFor } from './gateway-harness.js';

const SITE = siteId('site');
const VERSIONS = ['ocpp1.6', 'ocpp2.0.1', 'ocpp2.1'] as const;
const ID = { 'ocpp1.6': 'S1', 'ocpp2.0.1': 'S2', 'ocpp2.1': 'S3' } as const;
const OWNED = [
  'AFRRSignal',
  'ClearChargingProfile',
  'SetChargingProfile',
  'SetDERControl',
  'UpdateDynamicSchedule',
  'UsePriorityCharging',
];
const STARTS = ['RemoteStartTransaction', 'RequestStartTransaction'];

interface Seen {
  readonly id: string;
  readonly action: string;
  readonly params: unknown;
}

let service: RunningService;
const seen: Seen[] = [];
const clients: RPCClient[] = [];

beforeAll(async () => {
  service = await runService(
    smallSite({ stations: 4, limitA: 200, settings: { acceptAnyToken: true } }),
  );
  for (const version of VERSIONS) clients.push(await connect(version));
  await waitFor(
    () => service.engine.stations(SITE).filter((it) => it.stage !== 'offline').length === 3,
    'three links',
  );
});
afterAll(async () => {
  await Promise.all(clients.map((it) => it.close({ code: 1000, reason: 'done' } as never)));
  await service.close();
});

/** Answers everything with the least that its schema asks for. */
function connect(version: OcppVersion): Promise<RPCClient> {
  const payloads = payloadsOf(version);
  const id = ID[version];
  return service.connect({
    id,
    version,
    strict: 'strict',
    reply(action, params) {
      seen.push({ id, action, params });
      return payloads(action, 'conf', 'minimal');
    },
  });
}

const pathOf = (version: OcppVersion, rest: string): string =>
  `/v1/charging-stations/${ID[version]}/${rest}`;
const command = (version: OcppVersion, action: string, payload: object, headers = {}) =>
  service.call('POST', pathOf(version, 'commands'), { action, payload }, headers);

describe.each(VERSIONS)('%s', (version) => {
  const payloads = payloadsOf(version);

  test.each(['minimal', 'maximal'] as const)(
    'every request with a %s payload reaches the station, and its answer the caller',
    async (extent) => {
      for (const action of CSMS_REQUESTS[version]) {
        const payload = payloads(action, 'req', extent);
        const answer = await command(version, action, payload);
        const what = `${action}: ${JSON.stringify(answer.body)}`;
        const hasProfile = STARTS.includes(action) && extent === 'maximal';
        if (OWNED.includes(action) || hasProfile) {
          expect([answer.status, answer.body.type], what).toEqual([
            409,
            '/problems/command-refused',
          ]);
          continue;
        }
        expect([answer.status, answer.body.action], what).toEqual([200, action]);
        expect(answer.body.response, what).toEqual(payloads(action, 'conf', 'minimal'));
        expect(seen).toContainEqual({ id: ID[version], action, params: payload });
      }
    },
  );

  test('a payload that breaks its schema is never sent, and the field is named', async () => {
    const known = seen.length;
    const wrong = await command(version, 'ReserveNow', { evseId: 'one', idTag: 7 });
    expect(wrong.status).toBe(422);
    expect(wrong.body.type).toBe('/problems/payload-invalid');
    const pointers = wrong.body.errors.map((it: { pointer: string }) => it.pointer);
    expect(pointers).toContain(version === 'ocpp1.6' ? '/payload/idTag' : '/payload/idToken');
    const unknown = await command(version, 'BootNotification', {});
    expect(unknown.body.errors).toMatchObject([{ pointer: '/action' }]);
    expect(seen.slice(known).map((it) => it.action)).not.toContain('ReserveNow');
  });
});

test('a dry run says what would be, and sends nothing', async () => {
  const known = seen.length;
  const ask = (action: string, payload: object) =>
    service.call('POST', `${pathOf('ocpp1.6', 'commands')}?dryRun=true`, { action, payload });
  const harmless = await ask('ClearCache', {});
  expect(harmless.body).toEqual({ status: 'dry-run', action: 'ClearCache', allowed: true });
  expect((await ask('Reset', { type: 'Hard' })).body).toMatchObject({
    allowed: true,
    consequence: expect.any(String),
  });
  expect((await ask('ClearChargingProfile', {})).body).toMatchObject({ allowed: false });
  expect((await ask('Reset', {})).status).toBe(422);
  expect(seen.slice(known).filter((it) => it.action === 'Reset')).toEqual([]);
});

test('who does not want to wait is told where to look', async () => {
  const answer = await command('ocpp2.1', 'ClearCache', {}, { prefer: 'respond-async' });
  expect(answer.status).toBe(202);
  expect(answer.headers.get('location')).toBe(answer.body.url);
  const read = () => service.call('GET', answer.body.url);
  expect((await read()).status).toBe(200);
  await expect.poll(async () => (await read()).body.status, { timeout: 20_000 }).toBe('accepted');
  expect((await read()).body).toMatchObject({ action: 'ClearCache', payload: {} });
});

test('what was asked is listed by pages, newest first, without secrets', async () => {
  const payload = { key: 'AuthorizationKey', value: 'not-for-everyone' };
  expect((await command('ocpp1.6', 'ChangeConfiguration', payload)).status).toBe(200);
  const first = await service.call('GET', `${pathOf('ocpp1.6', 'commands')}?limit=2`);
  expect(first.body.items).toHaveLength(2);
  expect(first.body.items[0]).toMatchObject({ action: 'ChangeConfiguration', status: 'accepted' });
  expect(JSON.stringify(first.body)).not.toContain('not-for-everyone');
  const { next } = first.body;
  const second = await service.call(
    'GET',
    `${pathOf('ocpp1.6', 'commands')}?limit=2&after=${encodeURIComponent(next)}`,
  );
  expect(second.body.items[0].commandId).not.toBe(first.body.items[1].commandId);
});

test('a station that has never come is offline, and an unknown one is not there', async () => {
  const never = await service.call('POST', '/v1/charging-stations/S4/commands', {
    action: 'ClearCache',
    payload: {},
  });
  expect([never.status, never.body.type]).toEqual([409, '/problems/station-offline']);
  const unknown = await service.call('POST', '/v1/charging-stations/S9/clear-cache');
  expect(unknown.status).toBe(404);
});
