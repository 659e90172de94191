/** What people ask of stations: engine, PostgreSQL and gateway, and stations on real sockets. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { RPCClient } from 'ocpp-rpc';
import { siteId, stationId } from '../../solver/index.js';
import type { CommandAsk } from '../../src/api/ports.js';
import { smallSite } from '../control/small-site.js';
import {
  type RunningService,
  runService,
  type StationOptions,
} from '../support/running-service.js';
import { waitFor } from './gateway-harness.js';

const SITE = siteId('site');
const S1 = stationId('S1');
const TENANT = 'main';
const CALL_TIMEOUT_MS = 1500;

let service: RunningService;
const clients: RPCClient[] = [];

beforeAll(async () => {
  service = await runService(smallSite({ stations: 2 }), { callTimeoutMs: CALL_TIMEOUT_MS });
});
afterAll(() => service.close());
afterEach(async () => {
  await Promise.all(
    clients.splice(0).map((it) => it.close({ code: 1000, reason: 'done' } as never)),
  );
  await waitFor(
    () => service.engine.stations(SITE).every((it) => it.stage === 'offline'),
    'all offline',
  );
});

/** A station whose answers to what the engine itself asks are those of a simple one. */
async function connect(reply: StationOptions['reply']): Promise<void> {
  clients.push(await service.connect({ id: 'S1', version: 'ocpp1.6', reply }));
  await waitFor(
    () => service.engine.stations(SITE).some((it) => it.id === S1 && it.stage !== 'offline'),
    'a link',
  );
}

const ask = (action: string, payload: object): CommandAsk => ({
  stationId: S1,
  command: { kind: 'call', action, payload },
  actor: 'ada',
});
const find = (commandId: string) =>
  service.store.commands.find({ tenantId: TENANT, stationId: S1, commandId });

test('the answer of the station reaches who asked, and its row keeps both', async () => {
  await connect(() => ({ status: 'Accepted' }));
  const { commandId, report } = await service.engine.order(SITE, ask('ClearCache', {}));
  expect(await report).toEqual({ status: 'accepted', response: { status: 'Accepted' } });
  expect(await find(commandId)).toMatchObject({
    commandId,
    stationId: 'S1',
    actor: 'ada',
    command: { kind: 'call', action: 'ClearCache', payload: {} },
    outcome: { status: 'accepted', response: { status: 'Accepted' } },
  });
});

test('each way to fail has its name', async () => {
  await connect((action) => {
    if (action === 'ClearCache') return { status: 'Rejected' };
    if (action === 'GetLocalListVersion') return { listVersion: 'seven' };
    return undefined;
  });
  const command = (action: string, payload: object) =>
    service.engine.command(SITE, ask(action, payload));
  expect(await command('ClearCache', {})).toEqual({
    status: 'refused-by-station',
    detail: 'Rejected',
    response: { status: 'Rejected' },
  });
  expect(await command('GetLocalListVersion', {})).toMatchObject({ status: 'call-error' });
  expect(await command('UnlockConnector', { connectorId: 1 })).toEqual({ status: 'timeout' });
  const waiting = command('UnlockConnector', { connectorId: 1 });
  await clients[0]?.close({ code: 1001, reason: 'gone', force: true } as never);
  expect(['closed', 'offline']).toContain((await waiting).status);
  expect(await command('ClearCache', {})).toMatchObject({ status: 'offline' });
});

test('an offline station is told at once, and leaves a row', async () => {
  const { commandId, report } = await service.engine.order(SITE, ask('ClearCache', {}));
  expect(await report).toMatchObject({ status: 'offline' });
  expect(await find(commandId)).toMatchObject({ outcome: { status: 'not-sent' } });
});

test('secrets go to the station and into no row', async () => {
  const seen: unknown[] = [];
  await connect((action, params) => {
    if (action === 'ChangeConfiguration') seen.push(params);
    return { status: 'Accepted' };
  });
  const secret = 'correct-horse-battery';
  const payload = { key: 'AuthorizationKey', value: secret };
  const { commandId, report } = await service.engine.order(
    SITE,
    ask('ChangeConfiguration', payload),
  );
  expect((await report).status).toBe('accepted');
  expect(seen).toContainEqual(payload);
  const stored = await find(commandId);
  expect(stored?.command).toMatchObject({ payload: { key: 'AuthorizationKey', value: '***' } });
  const inbox = await service.store.inbox.read(SITE, 0, 10_000);
  const event = inbox.find(({ event: it }) => 'commandId' in it && it.commandId === commandId);
  expect(event?.event).toMatchObject({ command: { payload } });
});

test('more than a few that wait for one station are refused, and leave their rows', async () => {
  await connect((action) => (action === 'UnlockConnector' ? undefined : { status: 'Accepted' }));
  const tickets = await Promise.all(
    Array.from({ length: 20 }, () =>
      service.engine.order(SITE, ask('UnlockConnector', { connectorId: 1 })),
    ),
  );
  const [last] = tickets.slice(-1);
  expect(await last?.report).toMatchObject({ status: 'refused-by-engine' });
  await clients[0]?.close({ code: 1001, reason: 'gone', force: true } as never);
  const ends = await Promise.all(tickets.map((it) => it.report));
  expect(ends.filter((it) => it.status === 'refused-by-engine').length).toBe(4);
  const page = await service.store.commands.list({ tenantId: TENANT, stationId: S1, limit: 7 });
  expect(page.items).toHaveLength(7);
  const next = await service.store.commands.list({
    tenantId: TENANT,
    stationId: S1,
    limit: 7,
    ...(page.next === undefined ? {} : { after: page.next }),
  });
  const ids = [...page.items, ...next.items].map((it) => it.commandId);
  expect(new Set(ids).size).toBe(14);
});
