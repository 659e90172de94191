import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { amps, circuitId, evseId, stationId } from '../../solver/index.js';
import type { StationState } from '../../src/control/state.js';
import { NOW_MS } from './doubles.js';
import { at, pointers, SITE, startApi, type TestApi } from './harness.js';

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
  api.engine.stationStates.set(SITE, [state('CP01', 'ready'), state('CP02', 'offline')]);
});
afterEach(() => api.close());

function state(id: string, stage: StationState['stage']): StationState {
  return {
    id: stationId(id),
    stage,
    version: 'ocpp1.6',
    vendor: 'Acme',
    model: 'X1',
    connectedAtMs: NOW_MS - 5000,
    capability: { units: ['A'], stackLevelMax: 8, periodsMax: 24, stepA: 1 },
    stackLevel: 1,
    stageSinceMs: NOW_MS - 4000,
    attempts: 0,
  };
}

describe('GET /v1/charging-stations', () => {
  test("lists the site's stations, also those never seen", async () => {
    const answer = await api.call('GET', '/v1/charging-stations?siteId=depot', {
      headers: api.keys.read,
    });
    expect(answer.body.items).toHaveLength(10);
    expect(answer.body.items[0]).toMatchObject({
      id: 'CP01',
      stage: 'ready',
      vendor: 'Acme',
      evseIds: ['CP01:1'],
      connectedAt: at(-5),
    });
    expect(answer.body.items[9]).toMatchObject({ id: 'CP10', stage: 'offline' });
  });

  test('of an unknown site is 404', async () => {
    const headers = api.keys.read;
    expect((await api.call('GET', '/v1/charging-stations?siteId=x', { headers })).status).toBe(404);
  });
});

describe('POST /v1/charging-stations', () => {
  const provision = (body: unknown, headers = api.keys.admin) =>
    api.call('POST', '/v1/charging-stations', { headers, body });

  test('shows the secret once and stores its MAC only', async () => {
    const answer = await provision({ siteId: 'depot', stationId: 'CP01' });
    expect(answer.status).toBe(201);
    const { secret } = answer.body;
    expect(Buffer.from(secret, 'base64url').length).toBeGreaterThanOrEqual(20);
    const stored = api.store.rows.credentials.get('CP01');
    expect(stored?.secretMac).toEqual(api.credentials.macOf(secret));
    expect(JSON.stringify(api.store.rows.audit)).not.toContain(secret);
    const second = await provision({ siteId: 'depot', stationId: 'CP01' });
    expect(second.body.secret).not.toBe(secret);
  });

  test('names what is wrong', async () => {
    const unlisted = await provision({ siteId: 'depot', stationId: 'CP99' });
    expect([unlisted.status, pointers(unlisted)]).toEqual([422, ['/stationId']]);
    expect(pointers(await provision({ siteId: 'depot', stationId: 'a b' }))).toEqual([
      '/stationId',
    ]);
    expect(pointers(await provision({ stationId: 'CP01' }))).toEqual(['/siteId']);
    const good = { siteId: 'depot', stationId: 'CP01' };
    expect((await provision({ ...good, siteId: 'x' })).status).toBe(404);
    expect((await provision(good, api.keys.foreign)).status).toBe(404);
    expect((await provision(good, api.keys.read)).status).toBe(403);
  });
});

describe('POST /v1/charging-stations/{id}/ping', () => {
  const pingOf = (id: string, headers = api.keys.write) =>
    api.call('POST', `/v1/charging-stations/${id}/ping`, { headers });

  test('asks for a heartbeat and writes the audit', async () => {
    expect((await pingOf('CP01')).status).toBe(202);
    expect(api.engine.asked[0]).toMatchObject({
      stationId: 'CP01',
      command: { kind: 'trigger-message', message: 'heartbeat' },
    });
    expect(api.store.rows.audit.at(-1)).toMatchObject({ target: 'station:CP01' });
  });

  test("asks nobody who is offline, unknown or not the caller's", async () => {
    expect((await pingOf('CP02')).status).toBe(409);
    expect((await pingOf('CP99')).status).toBe(404);
    expect((await pingOf('CP01', api.keys.foreign)).status).toBe(404);
    expect((await pingOf('CP01', api.keys.read)).status).toBe(403);
  });
});

describe('POST /v1/sites/{id}/meter-samples', () => {
  const post = (samples: unknown) =>
    api.call('POST', '/v1/sites/depot/meter-samples', {
      headers: api.keys.write,
      body: { samples },
    });
  const good = { circuitId: 'grid', at: at(-1), currentA: [12.5, -3, 0] };

  test('hands each sample on in order', async () => {
    const answer = await post([good, { ...good, at: at(0) }]);
    expect([answer.status, answer.body]).toEqual([202, { accepted: 2 }]);
    expect(api.engine.submitted.map(({ event }) => event)).toEqual([
      {
        type: 'building.sampled',
        circuitId: 'grid',
        reading: { atMs: NOW_MS - 1000, currentA: [12.5, -3, 0] },
      },
      expect.objectContaining({ type: 'building.sampled' }),
    ]);
  });

  test.each([
    ['/samples/0/circuitId', { circuitId: 'attic' }],
    ['/samples/0/at', { at: at(61) }],
    ['/samples/0/at', { at: 'now' }],
    ['/samples/0/currentA', { currentA: [1, 2] }],
    ['/samples/0/currentA/1', { currentA: [1, null, 2] }],
    ['/samples/0/currentA/2', { currentA: [1, 2, 99_999] }],
  ])('names %s and takes nothing', async (pointer, change) => {
    const answer = await post([{ ...good, ...change }]);
    expect([answer.status, pointers(answer)]).toEqual([422, [pointer]]);
    expect(pointers(await post([]))).toEqual(['/samples']);
    expect(api.engine.submitted).toEqual([]);
  });
});

describe('GET /v1/evses/{id}/decisions', () => {
  test('pages through what was decided and why; the id is URL-encoded', async () => {
    for (const n of [1, 2, 3]) {
      api.store.rows.decisions.push({
        evseId: evseId('CP01:1'),
        atMs: NOW_MS - n * 1000,
        limitA: 6 + n,
        goalA: 16,
        boundBy: { kind: 'ledger', circuitId: circuitId('grid'), waitsFor: [evseId('CP02:1')] },
      });
    }
    const read = (query: string) =>
      api.call('GET', `/v1/evses/CP01%3A1/decisions?${query}`, { headers: api.keys.read });
    const first = await read('limit=2');
    expect(first.body.items).toHaveLength(2);
    expect(first.body.items[0]).toEqual({
      evseId: 'CP01:1',
      at: at(-1),
      limitA: amps(7),
      goalA: 16,
      boundBy: { kind: 'ledger', circuitId: 'grid', waitsFor: ['CP02:1'] },
    });
    const rest = await read(`limit=2&after=${first.body.next}`);
    expect(rest.body.items).toHaveLength(1);
    expect(rest.body.next).toBeUndefined();
  });

  test('of an unknown EVSE is 404, of an ill-formed id 400', async () => {
    const headers = api.keys.read;
    expect((await api.call('GET', '/v1/evses/CP01%3A9/decisions', { headers })).status).toBe(404);
    expect((await api.call('GET', '/v1/evses/CP01/decisions', { headers })).status).toBe(400);
  });
});

describe('PATCH /v1/charging-stations/{id}: how to speak with it', () => {
  const patch = async (body: unknown) => {
    const path = '/v1/charging-stations/CP01';
    const shown = await api.call('GET', path, { headers: api.keys.read });
    const ifMatch = String(shown.headers['etag']);
    return api.call('PATCH', path, { headers: { ...api.keys.admin, 'if-match': ifMatch }, body });
  };
  const provision = () =>
    api.call('POST', '/v1/charging-stations', {
      headers: api.keys.admin,
      body: { siteId: 'depot', stationId: 'CP01' },
    });

  test('sets and takes back schema mode and version, with an audit row each', async () => {
    await provision();
    const first = await api.call('GET', '/v1/charging-stations/CP01', { headers: api.keys.read });
    const before = String(first.headers['etag']);
    const pinned = await patch({ schemaMode: 'strict', pinnedVersion: 'ocpp1.6' });
    expect(pinned.body).toMatchObject({ schemaMode: 'strict', pinnedVersion: 'ocpp1.6' });
    expect(api.store.rows.audit.at(-1)).toMatchObject({
      action: 'station.protocol-set',
      target: 'station:CP01',
      before: { schemaMode: 'lenient' },
      after: { schemaMode: 'strict', pinnedVersion: 'ocpp1.6' },
    });
    const shown = await api.call('GET', '/v1/charging-stations/CP01', { headers: api.keys.admin });
    expect(pinned.headers['etag']).toBe(shown.headers['etag']);
    const stale = await api.call('PATCH', '/v1/charging-stations/CP01', {
      headers: { ...api.keys.admin, 'if-match': before },
      body: { schemaMode: 'lenient' },
    });
    expect(stale.status).toBe(412);
    const free = await patch({ pinnedVersion: null });
    expect(free.body).toMatchObject({ schemaMode: 'strict' });
    expect(free.body).not.toHaveProperty('pinnedVersion');
    const { items } = (await api.call('GET', '/v1/charging-stations', { headers: api.keys.read }))
      .body;
    expect(items[0]).toMatchObject({ id: 'CP01', schemaMode: 'strict' });
    expect(items[1]).not.toHaveProperty('schemaMode');
  });

  test.each([
    [{ schemaMode: 'loose' }, '/schemaMode'],
    [{ pinnedVersion: 'ocpp1.5' }, '/pinnedVersion'],
    [{}, ''],
  ])('%j is refused', async (body, pointer) => {
    await provision();
    const answer = await patch(body);
    expect(answer.status).toBe(422);
    expect(pointers(answer).some((it) => it.startsWith(pointer))).toBe(true);
  });

  test('a station without a secret cannot be told how to speak', async () => {
    const answer = await patch({ schemaMode: 'strict' });
    expect(pointers(answer)).toEqual(['/schemaMode']);
  });
});
