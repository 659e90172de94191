/** Requests that no careful client sends: what is refused before anything is done. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { at, pointers, SITE, startApi, type TestApi } from './harness.js';

let api: TestApi;
beforeEach(async () => {
  api = await startApi({ rateLimitPerMinute: 40 });
});
afterEach(() => api.close());

describe('limits of an address', () => {
  test('count who guesses keys, and come before the question for a key', async () => {
    const authorization = `Bearer bb_000000000000_${'A'.repeat(32)}`;
    const statuses: number[] = [];
    for (let n = 0; n < 42; n += 1) {
      statuses.push((await api.call('GET', '/v1/me', { headers: { authorization } })).status);
    }
    expect(statuses.filter((it) => it === 401)).toHaveLength(40);
    expect(statuses.slice(40)).toEqual([429, 429]);
    expect((await api.call('GET', '/v1/nothing')).status).toBe(429);
    expect((await api.call('GET', '/livez')).status).toBe(200);
  });

  test('are one for all addresses that one subscriber holds', async () => {
    const from = async (remoteAddress: string): Promise<number> =>
      (await api.app.inject({ method: 'GET', url: '/v1/me', remoteAddress })).statusCode;
    for (let n = 0; n < 40; n += 1) expect(await from(`2001:db8:1:2::${n}`)).toBe(401);
    expect(await from('2001:db8:1:2:ffff::1')).toBe(429);
    expect(await from('2001:db8:1:3::1')).toBe(401);
  });
});

describe('bodies', () => {
  const create = (raw: string, more: object = {}) =>
    api.call('POST', '/v1/api-keys', { raw, headers: { ...api.keys.admin, ...more } });

  test.each([100, 30_000])(
    'that nest %i levels are refused, with a retry key too',
    async (depth) => {
      const deep = `${'['.repeat(depth)}${']'.repeat(depth)}`;
      for (const more of [{}, { 'idempotency-key': 'deep' }]) {
        const answer = await create(`{"name":"x","scopes":${deep}}`, more);
        expect([answer.status, answer.body.type]).toEqual([400, '/problems/bad-request']);
        expect(pointers(answer)[0]).toMatch(/^\/scopes\/0/);
      }
    },
  );

  test.each([
    ['{"name":"a\\u0000b","scopes":["read"]}', '/name'],
    ['{"name":"\\ud800","scopes":["read"]}', '/name'],
    ['{"name":"x","scopes":["read"],"a\\u0000":1}', ''],
  ])('%s holds what cannot be stored', async (raw, pointer) => {
    const answer = await create(raw);
    expect([answer.status, pointers(answer)]).toEqual([400, [pointer]]);
  });

  test('may hold any other text', async () => {
    const answer = await create('{"name":"\\ud83d\\udd0c \\u202e é","scopes":["read"]}');
    expect([answer.status, answer.body.apiKey.name]).toEqual([201, '\u{1f50c} \u202e é']);
  });
});

test.each(['dryRun=true', 'dryRun=false', 'dry-run=1', 'dryrun'])(
  'a write without a dry run refuses ?%s rather than being done',
  async (query) => {
    const path = `/v1/sites/${SITE}/meter-samples?${query}`;
    const samples = [{ circuitId: 'grid', at: at(0), currentA: [1, 1, 1] }];
    const answer = await api.call('POST', path, { body: { samples }, headers: api.keys.write });
    expect([answer.status, pointers(answer)]).toEqual([400, [query.split('=', 1)[0]]]);
  },
);
