import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startApi, TENANT, type TestApi } from './harness.js';

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

describe('PUT /v1/tokens/{idToken}', () => {
  const put = (idToken: string, body: unknown, headers = api.keys.write) =>
    api.call('PUT', `/v1/tokens/${encodeURIComponent(idToken)}`, { headers, body });

  test('keeps what a station is told about a token, for the tenant of the key alone', async () => {
    expect((await put('04A2B3C4', { status: 'Accepted' })).status).toBe(200);
    expect((await put('04A2B3C4', { status: 'Blocked' })).body).toEqual({ status: 'Blocked' });
    expect(await api.store.tokens.status(TENANT, '04A2B3C4')).toBe('Blocked');
    expect(await api.store.tokens.status('tenant-b', '04A2B3C4')).toBeUndefined();
  });

  test('names the allowed values', async () => {
    const answer = await put('04A2B3C4', { status: 'Maybe' });
    expect(answer.status).toBe(422);
    expect(answer.body.errors[0].pointer).toBe('/status');
  });

  test('refuses a reader, and a token that no station can send', async () => {
    expect((await put('04A2B3C4', { status: 'Accepted' }, api.keys.read)).status).toBe(403);
    expect((await put('x'.repeat(37), { status: 'Accepted' })).status).toBe(400);
  });
});

describe('PATCH /v1/charging-stations/{id}', () => {
  const patch = (id: string, body: unknown, headers = api.keys.admin) =>
    api.call('PATCH', `/v1/charging-stations/${id}`, { headers, body });

  test('records that a station passed the offline tests, as an edit of its site', async () => {
    const { items } = (await api.call('GET', '/v1/charging-stations', { headers: api.keys.read }))
      .body;
    const { id, siteId, offlineTested } = items[0];
    const before = await api.call('GET', `/v1/sites/${siteId}`, { headers: api.keys.read });
    const unseen = await patch(id, { offlineTested: !offlineTested });
    expect(unseen.status).toBe(428);
    const shown = await api.call('GET', `/v1/charging-stations/${id}`, { headers: api.keys.read });
    const ifMatch = { ...api.keys.admin, 'if-match': String(shown.headers['etag']) };
    const answer = await patch(id, { offlineTested: !offlineTested }, ifMatch);
    const again = await patch(id, { offlineTested }, ifMatch);
    expect(again.status).toBe(412);
    expect(answer.status).toBe(200);
    expect(answer.body.offlineTested).toBe(!offlineTested);
    const after = await api.call('GET', `/v1/sites/${siteId}`, { headers: api.keys.read });
    expect(after.body.version).toBe(before.body.version + 1);
    expect(api.store.rows.audit.at(-1)?.action).toBe('station.offline-test-recorded');
  });

  test('is 404 for a station of nobody, and needs the admin scope', async () => {
    expect((await patch('nobody', { offlineTested: true })).status).toBe(404);
    expect((await patch('nobody', { offlineTested: true }, api.keys.write)).status).toBe(403);
  });
});
