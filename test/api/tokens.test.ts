import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { at, pointers, SITE, startApi, TENANT, type TestApi } from './harness.js';

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const put = (idToken: string, body: unknown, headers = api.keys.write) =>
  api.call('PUT', `/v1/tokens/${encodeURIComponent(idToken)}`, { headers, body });
const importTokens = (tokens: unknown, headers = api.keys.write) =>
  api.call('PUT', '/v1/tokens', { headers, body: { tokens } });
const list = (query = '', headers = api.keys.read) =>
  api.call('GET', `/v1/tokens${query}`, { headers });

describe('PUT /v1/tokens/{idToken}', () => {
  test('keeps what a station is told about a token, for the tenant of the key alone', async () => {
    expect((await put('04A2B3C4', { status: 'Accepted' })).status).toBe(200);
    expect((await put('04a2b3c4', { status: 'Blocked' })).body).toMatchObject({
      status: 'Blocked',
      type: 'ISO14443',
      allowOffline: true,
      concurrent: 'refuse',
    });
    expect((await api.store.tokens.find(TENANT, '04A2B3C4'))?.status).toBe('Blocked');
    expect(await api.store.tokens.find('tenant-b', '04A2B3C4')).toBeUndefined();
  });

  test('takes group, expiry and policies, and gives them back', async () => {
    const body = {
      status: 'Accepted',
      type: 'KeyCode',
      label: 'Pool car 7',
      groupId: 'FLEET',
      expiresAt: at(86_400),
      allowOffline: false,
      concurrent: 'allow',
      siteIds: [SITE],
      language: 'nl',
    };
    const answer = await put('12345678', body);
    expect(answer.body).toEqual({ ...body, idToken: '12345678', idTokenEnd: '5678' });
  });

  test('names what is wrong', async () => {
    expect(pointers(await put('04A2B3C4', { status: 'Maybe' }))).toEqual(['/status']);
    const nowhere = await put('04A2B3C4', { status: 'Accepted', siteIds: [SITE, 'mars'] });
    expect(nowhere.status).toBe(422);
    expect(pointers(nowhere)).toEqual(['/siteIds/1']);
    const byHand = await put('04A2B3C4', { status: 'ConcurrentTx' });
    expect(pointers(byHand)).toEqual(['/status']);
  });

  test('refuses a reader, and a token that no station can send', async () => {
    expect((await put('04A2B3C4', { status: 'Accepted' }, api.keys.read)).status).toBe(403);
    expect((await put('x'.repeat(37), { status: 'Accepted' })).status).toBe(400);
  });
});

describe('PUT /v1/tokens', () => {
  test('takes 500 at once, and no more', async () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ idToken: `T${index}`, status: 'Accepted' }));
    expect((await importTokens(many(500))).body).toEqual({ stored: 500 });
    expect(pointers(await importTokens(many(501)))).toEqual(['/tokens']);
    expect((await list('?limit=500')).body.items).toHaveLength(500);
  });

  test('stores none where one is wrong, and says which', async () => {
    const twice = [
      { idToken: 'abc', status: 'Accepted' },
      { idToken: 'ABC', status: 'Blocked' },
    ];
    const answer = await importTokens(twice);
    expect(pointers(answer)).toEqual(['/tokens/1/idToken']);
    expect((await list()).body.items).toEqual([]);
  });
});

describe('GET /v1/tokens', () => {
  test('masks tokens but for admins, and filters', async () => {
    await put('04A2B3C4', { status: 'Accepted', label: 'Anna', groupId: 'HOME' });
    await put('1234', { status: 'Blocked', label: 'Ben' });
    const masked = await list();
    expect(masked.text).not.toContain('04A2B3C4');
    expect(masked.body.items.map((it: { idTokenEnd: string }) => it.idTokenEnd)).toEqual([
      'B3C4',
      '34',
    ]);
    expect((await list('', api.keys.admin)).text).toContain('04A2B3C4');
    expect((await list('?status=Blocked')).body.items).toMatchObject([{ label: 'Ben' }]);
    expect((await list('?groupId=HOME')).body.items).toMatchObject([{ label: 'Anna' }]);
    expect((await list('?label=An')).body.items).toHaveLength(1);
    expect((await list('?status=Maybe')).status).toBe(400);
    expect((await list('', api.keys.foreign)).body.items).toEqual([]);
  });

  test('goes on where the page before ended', async () => {
    for (const idToken of ['AAAA', 'BBBB', 'CCCC']) await put(idToken, { status: 'Accepted' });
    const first = await list('?limit=2');
    expect(first.body.items).toHaveLength(2);
    const second = await list(`?limit=2&after=${first.body.next}`);
    expect(second.body.items).toHaveLength(1);
    expect(second.body.next).toBeUndefined();
  });
});

describe('GET and DELETE /v1/tokens/{idToken}', () => {
  const call = (method: 'GET' | 'DELETE', idToken: string, headers = api.keys.write) =>
    api.call(method, `/v1/tokens/${idToken}`, { headers });

  test('find a token in any case, once', async () => {
    await put('04A2B3C4', { status: 'Accepted' });
    expect((await call('GET', '04a2b3c4')).body.idToken).toBe('04A2B3C4');
    expect((await call('DELETE', '04a2b3c4')).status).toBe(200);
    expect((await call('DELETE', '04a2b3c4')).status).toBe(404);
    expect((await call('GET', '04a2b3c4')).status).toBe(404);
  });

  test('are not for other tenants, and problems do not repeat the token', async () => {
    await put('04A2B3C4', { status: 'Accepted' });
    const foreign = await call('DELETE', '04A2B3C4', api.keys.foreign);
    expect(foreign.status).toBe(404);
    expect(foreign.body.detail).not.toContain('04A2B3C4');
    expect((await call('DELETE', '04A2B3C4', api.keys.read)).status).toBe(403);
    expect((await call('GET', '04A2B3C4')).status).toBe(200);
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
