import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bearerKey } from '../../src/api/auth/api-key.js';
import { hashKey, newApiKey } from '../../src/platform/credentials.js';
import { at, startApi, type TestApi } from './harness.js';
import { NOW_MS, testDeps } from './doubles.js';
import { browserSessions, SESSION_SEC } from '../../src/api/auth/browser-sessions.js';

const enter = {
  code: 'one-time',
  tenantId: 'tenant-a',
  scopes: ['write'],
  actor: 'owner@demo',
} as const;

let api: TestApi;
beforeEach(async () => {
  api = await startApi({ enter });
});
afterEach(() => api.close());

async function cookie(): Promise<string> {
  const answer = await api.call('GET', '/enter?code=one-time');
  return String(answer.headers['set-cookie']).split(';', 1)[0] ?? '';
}

describe('API keys', () => {
  test('have 192 random bits, are found by their hash and told from other tokens', () => {
    const { key } = newApiKey();
    expect(bearerKey(`Bearer ${key}`)).toBe(key);
    expect(bearerKey('Bearer something')).toBeUndefined();
    expect(bearerKey(`Basic ${key}`)).toBeUndefined();
    expect(hashKey(key)).toHaveLength(32);
    expect(newApiKey()).not.toBe(key);
  });

  test.each([undefined, 'Bearer bb_wrong', `Bearer ${newApiKey().key}`, 'Basic YTpi', 'Bearer'])(
    'refuses %s with 401 and says how to sign in',
    async (authorization) => {
      const headers = authorization === undefined ? {} : { authorization };
      const answer = await api.call('GET', '/v1/sites', { headers });
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toContain('Bearer');
      expect(answer.headers['content-type']).toContain('application/problem+json');
      expect(answer.body.type).toBe('/problems/unauthenticated');
      expect(answer.body.requestId).toBe(answer.headers['x-request-id']);
    },
  );

  test('read, write and admin open what they name and nothing above', async () => {
    const get = (path: string, headers: { authorization: string }) =>
      api.call('GET', path, { headers });
    expect((await get('/v1/sites', api.keys.read)).status).toBe(200);
    expect((await get('/v1/figures', api.keys.write)).status).toBe(403);
    expect((await get('/v1/figures', api.keys.admin)).status).toBe(200);
    const body = { samples: [{ circuitId: 'grid', at: at(0), currentA: [1, 1, 1] }] };
    const post = (headers: { authorization: string }) =>
      api.call('POST', '/v1/sites/depot/meter-samples', { headers, body });
    expect((await post(api.keys.read)).status).toBe(403);
    expect((await post(api.keys.write)).status).toBe(202);
  });

  test("another tenant's site, stations and EVSEs do not exist", async () => {
    const headers = api.keys.foreign;
    expect((await api.call('GET', '/v1/sites', { headers })).body.items).toEqual([]);
    for (const path of [
      '/v1/sites/depot',
      '/v1/sites/depot/live',
      '/v1/sites/depot/stream',
      '/v1/charging-stations?siteId=depot',
      '/v1/evses/CP01%3A1/decisions',
    ]) {
      expect((await api.call('GET', path, { headers })).status, path).toBe(404);
    }
  });
});

describe('the one-time link', () => {
  test('gives an HttpOnly SameSite=Strict cookie once and leads to the dashboard', async () => {
    const first = await api.call('GET', '/enter?code=one-time');
    expect(first.status).toBe(303);
    expect(api.store.rows.audit.at(-1)).toMatchObject({
      action: 'user.signed-in',
      actor: 'owner@demo',
    });
    expect(first.headers['location']).toBe('/');
    const set = String(first.headers['set-cookie']);
    for (const part of ['HttpOnly', 'SameSite=Strict', 'Path=/']) expect(set).toContain(part);
    const second = await api.call('GET', '/enter?code=one-time');
    expect(second.status).toBe(403);
    expect(second.headers['set-cookie']).toBeUndefined();
  });

  test('does not open with a wrong code, and a wrong code does not use it up', async () => {
    expect((await api.call('GET', '/enter?code=guess')).status).toBe(403);
    expect((await api.call('GET', '/enter?code=one-time')).status).toBe(303);
  });

  test('the cookie reads, and writes only from our own page', async () => {
    const headers = { cookie: await cookie(), host: 'localhost:8080' };
    expect((await api.call('GET', '/v1/sites', { headers })).status).toBe(200);
    const body = { samples: [{ circuitId: 'grid', at: at(0), currentA: [1, 1, 1] }] };
    const from = async (origin: object, csrf: object = { 'x-busbar-csrf': '1' }) =>
      (
        await api.call('POST', '/v1/sites/depot/meter-samples', {
          headers: { ...headers, ...origin, ...csrf },
          body,
        })
      ).status;
    expect(await from({ origin: 'http://localhost:8080' })).toBe(202);
    expect(await from({ origin: 'http://evil.example' })).toBe(403);
    expect(await from({ origin: 'null' })).toBe(403);
    expect(await from({})).toBe(403);
    expect(await from({ origin: 'http://localhost:8080' }, {})).toBe(403);
  });

  test('a made-up cookie is nobody', async () => {
    const headers = { cookie: 'busbar_session=AAAA' };
    expect((await api.call('GET', '/v1/sites', { headers })).status).toBe(401);
  });

  test('a browser session ends after its time, and sooner when nobody uses it', async () => {
    let nowMs = NOW_MS;
    const open = async (): Promise<(afterMs: number) => Promise<string | undefined>> => {
      const { store } = testDeps();
      nowMs = NOW_MS;
      const rows = store.browserSessions;
      const sessions = browserSessions({ rows, link: enter, realNowMs: () => nowMs });
      const token = (await sessions.enter('one-time')) ?? '';
      return async (afterMs) => {
        nowMs = NOW_MS + afterMs;
        return (await sessions.find(token))?.actor;
      };
    };
    const busy = await open();
    expect(await busy(60_000)).toBe('owner@demo');
    expect(await busy(SESSION_SEC * 1000)).toBeUndefined();
    const idle = await open();
    expect(await idle(2 * 3_600_000 - 1)).toBe('owner@demo');
    expect(await (await open())(2 * 3_600_000)).toBeUndefined();
  });

  test('a page of another origin reads nothing with the cookie, not even the stream', async () => {
    const headers = { cookie: await cookie(), host: 'localhost:8080' };
    for (const path of ['/v1/sites', '/v1/sites/depot/stream']) {
      for (const from of [{ origin: 'http://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
        const answer = await api.call('GET', path, { headers: { ...headers, ...from } });
        expect(answer.status, path).toBe(403);
      }
    }
  });
});
