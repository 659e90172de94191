import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { siteId } from '../../solver/index.js';
import { NOW_MS } from './doubles.js';
import { at, pointers, SITE, startApi, type TestApi } from './harness.js';

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
  api.store.rows.pending.push({
    identity: 'NEW-1',
    firstSeenAtMs: NOW_MS - 60_000,
    lastSeenAtMs: NOW_MS - 1000,
    attempts: 7,
    remoteAddress: '192.0.2.7',
    subprotocols: 'ocpp1.6',
    userAgent: 'acme/1',
  });
});
afterEach(() => api.close());

const accept = (body: unknown, identity = 'NEW-1', headers = api.keys.admin) =>
  api.call('POST', `/v1/pending-stations/${encodeURIComponent(identity)}/accept`, {
    headers,
    body,
  });
const evses = [{ evseNumber: 1, circuitId: 'north', currentMaxA: 32 }];

describe('the inbox', () => {
  test('shows who tried, to those who may provision stations', async () => {
    const answer = await api.call('GET', '/v1/pending-stations', { headers: api.keys.admin });
    expect(answer.body.items).toEqual([
      {
        identity: 'NEW-1',
        attempts: 7,
        remoteAddress: '192.0.2.7',
        subprotocols: 'ocpp1.6',
        userAgent: 'acme/1',
        firstSeenAt: at(-60),
        lastSeenAt: at(-1),
      },
    ]);
    const headers = api.keys.write;
    expect((await api.call('GET', '/v1/pending-stations', { headers })).status).toBe(403);
  });

  test('dismisses one, once', async () => {
    const dismiss = () =>
      api.call('DELETE', '/v1/pending-stations/NEW-1', { headers: api.keys.admin });
    expect((await dismiss()).status).toBe(204);
    expect((await dismiss()).status).toBe(404);
    expect(api.store.rows.pending).toEqual([]);
  });
});

describe('accept', () => {
  test('makes it a station of the site with its EVSEs, and shows the secret once', async () => {
    const answer = await accept({ siteId: 'depot', evses });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ stationId: 'NEW-1', siteId: 'depot' });
    const site = api.engine.state(SITE)?.site;
    expect(site?.version).toBe(2);
    expect(site?.stations.at(-1)).toEqual({ id: 'NEW-1', offlineTested: false });
    expect(site?.evses.at(-1)).toMatchObject({
      id: 'NEW-1:1',
      circuitId: 'north',
      currentMaxA: 32,
    });
    const mac = api.credentials.macOf(answer.body.secret);
    expect(api.store.rows.credentials.get('NEW-1')).toEqual({
      siteId: siteId('depot'),
      secretMac: mac,
      schemaMode: 'lenient',
    });
    expect(api.store.rows.pending).toEqual([]);
    expect(api.store.rows.audit.at(-1)).toMatchObject({
      action: 'station.accepted',
      target: 'station:NEW-1',
    });
  });

  test('refuses a circuit that the site has not, and changes nothing', async () => {
    const answer = await accept({
      siteId: 'depot',
      evses: [{ evseNumber: 1, circuitId: 'attic', currentMaxA: 32 }],
    });
    expect(answer.status).toBe(422);
    expect(pointers(answer)[0]).toMatch(/^\/evses\/0/);
    expect(api.engine.submitted).toEqual([]);
    expect(api.store.rows.pending).toHaveLength(1);
  });

  test('refuses who is not waiting, who is known, and whose name cannot be an id', async () => {
    expect((await accept({ siteId: 'depot', evses }, 'NEW-2')).status).toBe(404);
    expect((await accept({ siteId: 'elsewhere', evses })).status).toBe(404);
    const [pending] = api.store.rows.pending;
    if (pending === undefined) throw new Error('none');
    api.store.rows.pending.push({ ...pending, identity: 'CP01' }, { ...pending, identity: 'a b' });
    expect((await accept({ siteId: 'depot', evses }, 'CP01')).status).toBe(409);
    expect((await accept({ siteId: 'depot', evses }, 'a b')).status).toBe(409);
    expect((await accept({ siteId: 'depot', evses }, 'NEW-1', api.keys.write)).status).toBe(403);
    expect((await accept({ siteId: 'depot', evses }, 'NEW-1', api.keys.foreign)).status).toBe(404);
    expect(api.engine.submitted).toEqual([]);
  });
});

describe('POST /v1/charging-stations/{stationId}/secret', () => {
  const rotate = (id = 'CP01', headers = api.keys.admin) =>
    api.call('POST', `/v1/charging-stations/${id}/secret`, { headers });

  test('keeps the secret that the station has until it has used the new one', async () => {
    const secretMac = api.credentials.macOf('the first');
    api.store.rows.credentials.set('CP01', { siteId: SITE, secretMac, schemaMode: 'lenient' });
    const first = await rotate();
    const second = await rotate();
    expect(first.status).toBe(201);
    expect(api.store.rows.credentials.get('CP01')).toMatchObject({
      secretMac: api.credentials.macOf(second.body.secret),
      previousMac: secretMac,
    });
    expect(api.store.rows.audit.at(-1)).toMatchObject({ action: 'station.secret-rotated' });
    expect(JSON.stringify(api.store.rows.audit)).not.toContain(second.body.secret);
  });

  test('is for stations that have one, and for those who may', async () => {
    expect((await rotate('CP02')).status).toBe(409);
    expect((await rotate('CP99')).status).toBe(404);
    expect((await rotate('CP01', api.keys.write)).status).toBe(403);
    expect((await rotate('CP01', api.keys.foreign)).status).toBe(404);
  });
});
