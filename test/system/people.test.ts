/** People, keys and conventions of the API over the real store. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inviteFirstOwner } from '../../src/api/auth/first-owner.js';
import { hashKey, newApiKey } from '../../src/platform/credentials.js';
import { smallSite } from '../control/small-site.js';
import { type Answer, type RunningService, runService } from '../support/running-service.js';

const PASSWORD = 'correct horse battery';

let service: RunningService;
let call: RunningService['call'];
beforeAll(async () => {
  service = await runService(smallSite({ stations: 3 }));
  ({ call } = service);
});
afterAll(() => service.close());

const keyed = (key: string) => ({ authorization: `Bearer ${key}` });

/** A browser: keeps its cookie, calls from our own page. */
function browser() {
  let cookie = '';
  return {
    cookie: () => cookie,
    async call(method: string, path: string, body?: unknown, more: object = {}): Promise<Answer> {
      const response = await fetch(`${service.apiUrl}${path}`, {
        method,
        headers: {
          origin: service.apiUrl,
          'x-busbar-csrf': '1',
          ...(cookie === '' ? {} : { cookie }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...more,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const [set] = response.headers.getSetCookie();
      if (set !== undefined) cookie = set.split(';', 1)[0] ?? '';
      const text = await response.text();
      const parsed: unknown = text === '' ? undefined : JSON.parse(text);
      return { status: response.status, headers: response.headers, body: parsed };
    },
  };
}

async function person(role: string, email: string, expiresAt?: string) {
  const added = await call('POST', '/v1/users', {
    email,
    name: role,
    role,
    ...(expiresAt === undefined ? {} : { expiresAt }),
  });
  expect(added.status, JSON.stringify(added.body)).toBe(201);
  const code = String(added.body.invitation.link).split('=')[1];
  const own = browser();
  const accepted = await own.call('POST', '/v1/invitations/accept', { code, password: PASSWORD });
  expect(accepted.status).toBe(200);
  return { own, id: String(added.body.user.id), code };
}

describe('people', () => {
  test('are invited by a link that works once, sign in, change the password and sign out', async () => {
    const { own, code } = await person('viewer', 'Vera@Example.com');
    const again = await browser().call('POST', '/v1/invitations/accept', {
      code,
      password: PASSWORD,
    });
    expect(again.status).toBe(404);
    expect((await own.call('GET', '/v1/me')).body).toMatchObject({
      email: 'vera@example.com',
      role: 'viewer',
      via: 'cookie',
    });
    const other = browser();
    const credentials = { email: 'VERA@example.com', password: PASSWORD };
    expect((await other.call('POST', '/v1/login', credentials)).status).toBe(200);
    const change = { current: PASSWORD, next: 'another long password' };
    expect((await own.call('PUT', '/v1/me/password', change)).status).toBe(204);
    expect((await own.call('GET', '/v1/me')).status).toBe(200);
    expect((await other.call('GET', '/v1/me')).status).toBe(401);
    expect((await other.call('POST', '/v1/login', credentials)).status).toBe(401);
    const used = own.cookie();
    expect((await own.call('POST', '/v1/logout')).status).toBe(204);
    expect((await own.call('GET', '/v1/me', undefined, { cookie: used })).status).toBe(401);
  });

  test('may do what their role says, from the next call on', async () => {
    const soon = new Date(Date.now() + 3_600_000).toISOString();
    const viewer = await person('viewer', 'v@example.com');
    const installer = await person('installer', 'i@example.com', soon);
    const manager = await person('manager', 'm@example.com');
    const provision = { siteId: 'site', stationId: 'S3' };
    const limit = { importLimitW: { from: null, to: 40_000 } };
    const limitOf = (own: ReturnType<typeof browser>) =>
      own.call('PATCH', '/v1/sites/site?dryRun=true', limit, { 'if-match': '*' });
    const secretOf = (own: ReturnType<typeof browser>) =>
      own.call('POST', '/v1/charging-stations', provision);
    expect((await secretOf(viewer.own)).status).toBe(403);
    expect((await secretOf(installer.own)).status).toBe(201);
    expect((await secretOf(manager.own)).status).toBe(201);
    expect((await limitOf(installer.own)).status).toBe(403);
    expect((await limitOf(manager.own)).status).toBe(200);
    expect((await manager.own.call('GET', '/v1/users')).status).toBe(403);

    const shown = await call('GET', `/v1/users/${manager.id}`);
    const path = `/v1/users/${manager.id}`;
    expect((await call('PATCH', path, { role: 'viewer' })).status).toBe(428);
    const ifMatch = { 'if-match': shown.headers.get('etag') ?? '' };
    expect((await call('PATCH', path, { role: 'viewer' }, ifMatch)).status).toBe(200);
    expect((await call('PATCH', path, { role: 'owner' }, ifMatch)).status).toBe(412);
    expect((await limitOf(manager.own)).status).toBe(403);

    const removed = await call('DELETE', `/v1/users/${viewer.id}`, undefined, { 'if-match': '*' });
    expect(removed.status).toBe(204);
    expect((await viewer.own.call('GET', '/v1/me')).status).toBe(401);
  });

  test('an installer is out when the time is over, an owner must be left', async () => {
    const late = await call('POST', '/v1/users', { email: 'x@y.z', name: 'x', role: 'installer' });
    expect([late.status, late.body.errors?.[0].pointer]).toEqual([422, '/expiresAt']);
    const owner = await person('owner', 'o@example.com');
    const path = `/v1/users/${owner.id}`;
    const demoted = await call('PATCH', path, { role: 'viewer' }, { 'if-match': '*' });
    expect(demoted.status).toBe(409);
    const second = await person('owner', 'p@example.com');
    const soon = new Date(Date.now() + 1500).toISOString();
    const patch = { role: 'installer', expiresAt: soon };
    expect((await call('PATCH', `/v1/users/${second.id}`, patch, { 'if-match': '*' })).status).toBe(
      200,
    );
    await expect
      .poll(async () => (await second.own.call('GET', '/v1/me')).status, { timeout: 20_000 })
      .toBe(401);
    const back = await second.own.call('POST', '/v1/login', {
      email: 'p@example.com',
      password: PASSWORD,
    });
    expect(back.status).toBe(401);
  });

  test('guesses are limited per account and address; who is elsewhere still gets in', async () => {
    await person('viewer', 'guessed@example.com');
    const guess = { email: 'guessed@example.com', password: 'wrong' };
    const statuses: number[] = [];
    for (let n = 0; n < 7; n += 1) {
      statuses.push((await browser().call('POST', '/v1/login', guess)).status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
    const nobody = { email: 'nobody@example.com', password: 'wrong' };
    expect((await browser().call('POST', '/v1/login', nobody)).status).toBe(401);
  });

  test('many guesses at the same time are no way around the limit; who is right pays nothing', async () => {
    await person('viewer', 'parallel@example.com');
    const right = { email: 'parallel@example.com', password: PASSWORD };
    for (let n = 0; n < 6; n += 1) {
      expect((await browser().call('POST', '/v1/login', right)).status).toBe(200);
    }
    const guesses = Array.from({ length: 20 }, () =>
      browser().call('POST', '/v1/login', { ...right, password: 'wrong' }),
    );
    const statuses = (await Promise.all(guesses)).map((it) => it.status);
    expect(statuses.filter((it) => it === 401)).toHaveLength(5);
    expect(statuses.filter((it) => it === 429)).toHaveLength(15);
  });

  test('leave a row in the audit when they sign out, here or everywhere', async () => {
    const { own, id } = await person('manager', 'leaving@example.com');
    expect((await own.call('DELETE', '/v1/me/sessions')).status).toBe(204);
    const credentials = { email: 'leaving@example.com', password: PASSWORD };
    expect((await own.call('POST', '/v1/login', credentials)).status).toBe(200);
    expect((await own.call('POST', '/v1/logout')).status).toBe(204);
    const { items } = (await call('GET', `/v1/audit?target=user%3A${id}`)).body;
    const actions = items.map((it: { action: string }) => it.action);
    expect(actions.filter((it: string) => it === 'user.signed-out')).toHaveLength(2);
    expect(actions).toContain('user.signed-in');
  });

  test('a page of another origin signs nobody in', async () => {
    const body = { email: 'o@example.com', password: PASSWORD };
    const from = (more: object) => browser().call('POST', '/v1/login', body, more);
    expect((await from({ origin: 'http://evil.example' })).status).toBe(403);
    expect((await from({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  });

  test('the first owner is invited only while there is nobody', async () => {
    const { store } = service;
    const owner = { tenantId: 'empty', email: 'First@Example.com', realNowMs: Date.now() };
    const path = (await inviteFirstOwner(store, owner)) ?? '';
    const code = path.split('=')[1];
    const own = browser();
    const password = PASSWORD;
    expect((await own.call('POST', '/v1/invitations/check', { code })).body.email).toBe(
      'first@example.com',
    );
    expect((await own.call('POST', '/v1/invitations/accept', { code, password })).status).toBe(200);
    expect((await own.call('GET', '/v1/me')).body).toMatchObject({
      tenantId: 'empty',
      scopes: ['admin'],
    });
    expect(await inviteFirstOwner(store, { ...owner, email: 'b@example.com' })).toBeUndefined();
  });
});

describe('API keys', () => {
  test('are shown once, used, listed by prefix, rotated and revoked', async () => {
    const made = await call('POST', '/v1/api-keys', {
      name: 'meter',
      scopes: ['read', 'meters:write'],
    });
    expect(made.status).toBe(201);
    const { key, apiKey } = made.body;
    const samples = (headers: object) =>
      call('POST', '/v1/sites/site/meter-samples', { samples: [] }, headers);
    expect((await samples(keyed(key))).status).not.toBe(403);
    const stop = await call('POST', '/v1/sessions/none/stop', undefined, keyed(key));
    expect(stop.status).toBe(403);
    await expect
      .poll(async () => (await call('GET', `/v1/api-keys/${apiKey.id}`)).body.usedAt, {
        timeout: 20_000,
      })
      .toBeDefined();
    expect(JSON.stringify((await call('GET', '/v1/api-keys')).body)).not.toContain(key);

    const rotated = await call('POST', `/v1/api-keys/${apiKey.id}/rotate`, { oldWorksForSec: 0 });
    expect(rotated.status).toBe(201);
    const [noted] = (await call('GET', '/v1/audit?action=api-key.rotated&limit=1')).body.items;
    expect(noted.before).toMatchObject({ id: apiKey.id, oldWorksForSec: 0 });
    expect((await call('GET', '/v1/me', undefined, keyed(key))).status).toBe(401);
    const next = keyed(rotated.body.key);
    expect((await call('GET', '/v1/me', undefined, next)).status).toBe(200);
    const path = `/v1/api-keys/${rotated.body.apiKey.id}`;
    expect((await call('DELETE', `${path}?dryRun=true`)).status).toBe(204);
    expect((await call('GET', '/v1/me', undefined, next)).status).toBe(200);
    expect((await call('DELETE', path)).status).toBe(204);
    expect((await call('GET', '/v1/me', undefined, next)).status).toBe(401);
  });

  test('end when their time is over', async () => {
    const { key, id, hash } = newApiKey();
    const row = { id, tenantId: 'main', hash, scopes: ['read'], name: 'over' };
    await service.store.keys.create({ ...row, expiresAtMs: Date.now() - 1 }, 'test');
    expect((await call('GET', '/v1/me', undefined, keyed(key))).status).toBe(401);
    expect(hashKey(key)).toEqual(hash);
  });
});

describe('conventions', () => {
  test('a retry with the same Idempotency-Key gets the first answer, secrets included', async () => {
    const body = { name: 'retried', scopes: ['read'] };
    const headers = { 'idempotency-key': 'a-key-of-mine' };
    const first = await call('POST', '/v1/api-keys', body, headers);
    const second = await call('POST', '/v1/api-keys', body, headers);
    expect(second.body).toEqual(first.body);
    expect(second.status).toBe(201);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect(second.headers.get('location')).toBe(first.headers.get('location'));
    const other = await call('POST', '/v1/api-keys', { ...body, name: 'other' }, headers);
    expect([other.status, other.body.type]).toEqual([422, '/problems/idempotency-key-reused']);
    const named = (await call('GET', '/v1/api-keys?limit=500')).body.items.filter(
      (it: { name: string }) => it.name === 'retried',
    );
    expect(named).toHaveLength(1);
  });

  test('of many at once with one key, one is done and the others are told or get its answer', async () => {
    const headers = { 'idempotency-key': 'all-at-once' };
    const body = { name: 'at once', scopes: ['read'] };
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => call('POST', '/v1/api-keys', body, headers)),
    );
    const keys = new Set(answers.filter((it) => it.status === 201).map((it) => it.body.key));
    expect(keys.size).toBe(1);
    expect(answers.every((it) => it.status === 201 || it.status === 409)).toBe(true);
  });

  test('what was refused does not use the key up', async () => {
    const headers = { 'idempotency-key': 'refused-first' };
    expect((await call('POST', '/v1/api-keys', { name: '' }, headers)).status).toBe(422);
    const body = { name: 'then right', scopes: ['read'] };
    expect((await call('POST', '/v1/api-keys', body, headers)).status).toBe(201);
  });

  test('pages have links that lead through all of a list, once each', async () => {
    for (let n = 0; n < 5; n += 1) {
      await call('POST', '/v1/api-keys', { name: `page ${n}`, scopes: ['read'] });
    }
    const whole = (await call('GET', '/v1/api-keys?limit=500')).body.items;
    const seen: string[] = [];
    let path: string | undefined = '/v1/api-keys?limit=2';
    while (path !== undefined) {
      const page: Answer = await call('GET', path);
      seen.push(...page.body.items.map((it: { id: string }) => it.id));
      path = page.headers.get('link')?.match(/^<([^>]+)>; rel="next"$/)?.[1];
    }
    expect(seen).toEqual(whole.map((it: { id: string }) => it.id));
    for (const after of ['nonsense', Buffer.from('[1e15,"x"]').toString('base64url')]) {
      expect((await call('GET', `/v1/api-keys?after=${after}`)).status).toBe(400);
    }
  });

  test('the audit has who, what and when, and no secret', async () => {
    const made = await call('POST', '/v1/api-keys', { name: 'audited', scopes: ['read'] });
    const page = await call('GET', '/v1/audit?action=api-key&limit=5');
    expect(page.body.items[0]).toMatchObject({ actor: expect.stringMatching(/^key:/) });
    const all = JSON.stringify((await call('GET', '/v1/audit?limit=500')).body);
    expect(all).not.toContain(made.body.key);
    expect(all).not.toContain(PASSWORD);
    const none = await call('GET', '/v1/audit?until=2000-01-01T00:00:00Z');
    expect(none.body.items).toEqual([]);
  });

  test('OPTIONS and other methods name what is allowed and admit no origin', async () => {
    const headers = { origin: 'http://evil.example', 'access-control-request-method': 'PUT' };
    const options = await call('OPTIONS', '/v1/sites/site', undefined, headers);
    expect([options.status, options.headers.get('allow')]).toEqual([
      204,
      'DELETE, GET, HEAD, OPTIONS, PATCH, PUT',
    ]);
    expect(options.headers.get('access-control-allow-origin')).toBeNull();
    expect((await call('POST', '/v1/sites/site', {})).status).toBe(405);
    expect((await call('HEAD', '/v1/sites')).status).toBe(200);
  });

  test('every answer has its limits and the request id of the caller or its trace', async () => {
    const own = await call('GET', '/v1/me', undefined, { 'x-request-id': 'order-4711' });
    expect(own.headers.get('x-request-id')).toBe('order-4711');
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    const traceparent = `00-${trace}-00f067aa0ba902b7-01`;
    const traced = await call('GET', '/v1/me', undefined, { traceparent });
    expect(traced.headers.get('x-request-id')).toBe(trace);
    expect(Number(traced.headers.get('ratelimit-remaining'))).toBeGreaterThan(0);
    expect(traced.headers.get('cache-control')).toBe('no-store');
  });
});
