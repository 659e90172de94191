/** Sites and their parts edited while stations are connected: engine, PostgreSQL, gateway, sockets. */
import type { RPCClient } from 'ocpp-rpc';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { siteId } from '../../solver/index.js';
import { smallSite } from '../control/small-site.js';
import { type Answer, type RunningService, runService } from '../support/running-service.js';

const SITE = siteId('site');
const WITHIN = { timeout: 20_000 };

let service: RunningService;
let call: RunningService['call'];
const clients: RPCClient[] = [];

beforeAll(async () => {
  service = await runService(smallSite({ stations: 4, untested: ['S2'] }));
  ({ call } = service);
});
afterAll(async () => {
  await Promise.all(clients.map((it) => it.close({ code: 1000, reason: 'done' } as never)));
  await service.close();
});

/** Edits with the present ETag of what is edited. */
async function edit(method: string, path: string, body?: unknown, query = ''): Promise<Answer> {
  const shown = await call('GET', path);
  return call(method, `${path}${query}`, body, { 'if-match': shown.headers.get('etag') ?? '' });
}

async function connect(id: string): Promise<RPCClient> {
  const client = await service.connect({
    id,
    version: 'ocpp1.6',
    reply: (action) => {
      if (action === 'GetConfiguration') return { configurationKey: [], unknownKey: [] };
      if (action === 'GetCompositeSchedule') return { status: 'Rejected' };
      return { status: 'Accepted' };
    },
  });
  clients.push(client);
  await expect
    .poll(() => service.engine.stations(SITE).find((it) => it.id === id)?.stage, WITHIN)
    .not.toBe('offline');
  return client;
}

const circuit = (id: string, limitA: number) => ({
  id,
  parentId: 'grid',
  limits: [{ kind: 'wye', limitA: [limitA, limitA, limitA] }],
  baseLoadMaxA: [0, 0, 0],
});

test('circuits come, change and go; what is broken has a name and a pointer into the body', async () => {
  const all = '/v1/sites/site/circuits';
  const one = `${all}/row`;
  const astray = await call('POST', all, { ...circuit('row', 32), parentId: 'nowhere' });
  expect(astray.body.errors).toMatchObject([
    { pointer: '/parentId', rule: 'circuit-parent-unknown' },
  ]);
  expect((await call('POST', `${all}?dryRun=true`, circuit('row', 32))).status).toBe(200);
  expect((await call('GET', one)).status).toBe(404);
  expect((await call('POST', all, circuit('row', 32))).status).toBe(201);
  expect((await call('POST', all, circuit('row', 32))).status).toBe(409);
  expect((await call('PUT', one, circuit('row', 16))).status).toBe(428);
  expect((await edit('PUT', one, circuit('other', 16))).body.errors[0].pointer).toBe('/id');
  expect((await edit('PUT', one, circuit('row', 16))).status).toBe(200);
  const moved = await edit('PUT', '/v1/sites/site/evses/S4%3A1', {
    ...(await call('GET', '/v1/sites/site/evses/S4%3A1')).body,
    circuitId: 'row',
  });
  expect(moved.status).toBe(200);
  const used = await edit('DELETE', one);
  expect([used.status, used.body.errors[0].rule]).toEqual([422, 'evse-circuit-unknown']);
  await edit('PUT', '/v1/sites/site/evses/S4%3A1', { ...moved.body, circuitId: 'grid' });
  expect((await edit('DELETE', one)).status).toBe(204);
  const { body } = await call('GET', '/v1/sites/site');
  expect(body.notes).toMatchObject([
    { rule: 'children-exceed-limit', pointer: '/circuits/0/limits/0' },
  ]);
});

test('meters and batteries are kept, and it is said that nothing steers a battery yet', async () => {
  const meter = { id: 'main', circuitId: 'grid', kind: 'grid' };
  expect((await call('POST', '/v1/sites/site/meters', meter)).status).toBe(201);
  const second = await call('POST', '/v1/sites/site/meters', { ...meter, id: 'second' });
  expect(second.body.errors[0].rule).toBe('meter-grid-twice');
  const battery = {
    id: 'b1',
    circuitId: 'grid',
    capacityWh: 50_000,
    chargeMaxW: 20_000,
    dischargeMaxW: 20_000,
    efficiencyFraction: 0.9,
    reserveFraction: 0.2,
  };
  expect((await call('POST', '/v1/sites/site/storage', battery)).status).toBe(201);
  const { body } = await call('GET', '/v1/sites/site');
  expect(body.storage).toMatchObject([battery]);
  expect(body.notes.map((it: { rule: string }) => it.rule)).toContain(
    'storage-charge-not-declared',
  );
  expect((await edit('DELETE', '/v1/sites/site/storage/b1')).status).toBe(204);
  expect((await edit('DELETE', '/v1/sites/site/meters/main')).status).toBe(204);
});

test('a fallback sum over a rating is refused by name; a higher fallback needs room now', async () => {
  const path = '/v1/sites/site/settings';
  const over = await edit('PATCH', path, { fallbackIdleA: 16 });
  expect(over.body.errors[0]).toMatchObject({ rule: 'fallback-does-not-fit' });
  // Nothing was read back yet: each EVSE counts at its maximum, and there is no room.
  const full = await edit('PATCH', path, { fallbackIdleA: 6 });
  expect([full.status, full.body.type]).toEqual([409, '/problems/conflict']);
  const sampled = await edit('PATCH', path, { sampleIntervalSec: 30 });
  expect([sampled.status, sampled.body.sampleIntervalSec]).toEqual([200, 30]);
});

test('a station comes with its EVSEs, connects, and leaves only without power', async () => {
  const evse = { stationId: 'S9', evseNumber: 1, circuitId: 'grid', currentMaxA: 16 };
  const added = await call('POST', '/v1/sites/site/stations', { id: 'S9', evses: [evse] });
  expect([added.status, added.body.stage]).toEqual([201, 'offline']);
  const path = '/v1/charging-stations/S9';
  await expect
    .poll(() => service.engine.state(SITE)?.evses.has('S9:1' as never), WITHIN)
    .toBe(true);
  expect((await edit('DELETE', path, undefined, '?dryRun=true')).status).toBe(204);
  expect((await edit('DELETE', path)).status).toBe(204);
  expect((await call('GET', path)).status).toBe(404);

  await connect('S2');
  const two = '/v1/charging-stations/S2';
  await expect.poll(async () => (await edit('DELETE', two)).body?.detail, WITHIN).toMatch(/draw/);
  expect((await edit('DELETE', two, undefined, '?deEnergised=true')).status).toBe(204);
  await expect.poll(() => clients.at(-1)?.state, WITHIN).toBe(3);
  await expect(connect('S2')).rejects.toThrow();
  expect(service.engine.state(SITE)?.evses.has('S2:1' as never)).toBe(false);
  const rows = await service.store.engine.load(SITE);
  expect(rows?.evses.has('S2:1' as never)).toBe(false);
});

test('what has a running session is not removed, whatever is said of its power', async () => {
  const client = await connect('S1');
  await client.call('StartTransaction', {
    connectorId: 1,
    idTag: 'T1',
    meterStart: 0,
    timestamp: new Date().toISOString(),
  });
  const running = () => [...(service.engine.state(SITE)?.sessions.values() ?? [])];
  await expect.poll(() => running().some((it) => it.phase === 'active'), WITHIN).toBe(true);
  for (const path of ['/v1/charging-stations/S1', '/v1/sites/site']) {
    const answer = await edit('DELETE', path, undefined, '?deEnergised=true');
    expect([answer.status, answer.body.detail]).toEqual([409, expect.stringMatching(/running/)]);
  }
});

test('the whole file is replaced; a lower rating holds at once', async () => {
  const shown = (await call('GET', '/v1/sites/site')).body;
  const circuits = [{ ...shown.circuits[0], limits: [{ kind: 'wye', limitA: [20, 20, 20] }] }];
  const delta = await edit('PUT', '/v1/sites/site', { ...shown, circuits, supply: 'delta' });
  expect(delta.status).toBe(422);
  const put = await edit('PUT', '/v1/sites/site', { ...shown, circuits, name: 'Renamed' });
  expect([put.status, put.body.name, put.body.version]).toEqual([
    200,
    'Renamed',
    shown.version + 1,
  ]);
  const limit = async (): Promise<number> =>
    (await call('GET', '/v1/sites/site/live')).body.circuits[0].conductors[0].limit;
  await expect.poll(limit, WITHIN).toBe(20);
});

test('a site that is deleted is gone, its id stays taken, and its history is read by nobody else', async () => {
  const file = { ...smallSite({ stations: 1 }), id: 'second', notes: [] };
  const body = {
    ...file,
    tenantId: undefined,
    stations: [{ id: 'X1' }],
    evses: [{ stationId: 'X1', evseNumber: 1, circuitId: 'grid', currentMaxA: 32 }],
  };
  expect((await call('POST', '/v1/sites?dryRun=true', body)).status).toBe(200);
  expect((await call('GET', '/v1/sites/second')).status).toBe(404);
  expect((await call('POST', '/v1/sites', body)).status).toBe(201);
  expect((await edit('DELETE', '/v1/sites/second')).status).toBe(204);
  expect((await call('GET', '/v1/sites/second')).status).toBe(404);
  expect((await call('POST', '/v1/sites', body)).status).toBe(409);
  const { body: list } = await call('GET', '/v1/sites');
  expect(list.items.map((it: { id: string }) => it.id)).toEqual(['site']);
});
