/** Requests that no careful client sends: what is refused before anything is done. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SCOPES } from '../../src/api/auth/principal.js';
import { keyHeader } from './doubles.js';
import { at, pointers, SITE, startApi, TENANT, type TestApi } from './harness.js';

let api: TestApi;
beforeAll(async () => {
  api = await startApi({ rateLimitPerMinute: 100_000 });
});
afterAll(() => api.close());

describe('limits of an address', () => {
  let limited: TestApi;
  beforeAll(async () => {
    limited = await startApi({ rateLimitPerMinute: 40 });
  });
  afterAll(() => limited.close());

  test('count who guesses keys, and come before the question for a key', async () => {
    const authorization = `Bearer bb_000000000000_${'A'.repeat(32)}`;
    const statuses: number[] = [];
    for (let n = 0; n < 42; n += 1) {
      statuses.push((await limited.call('GET', '/v1/me', { headers: { authorization } })).status);
    }
    expect(statuses.filter((it) => it === 401)).toHaveLength(40);
    expect(statuses.slice(40)).toEqual([429, 429]);
    expect((await limited.call('GET', '/v1/nothing')).status).toBe(429);
    expect((await limited.call('GET', '/livez')).status).toBe(200);
  });

  test('are one for all addresses that one subscriber holds', async () => {
    const from = async (remoteAddress: string): Promise<number> =>
      (await limited.app.inject({ method: 'GET', url: '/v1/me', remoteAddress })).statusCode;
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

/** Operations of the document, each with the scopes that it names. */
function operations() {
  return Object.entries(api.document.paths).flatMap(([template, methods]) =>
    Object.entries(methods).map(([method, { security }]) => ({
      method: method.toUpperCase(),
      template,
      scopes: security[0]?.['key'] ?? security[0]?.['session'] ?? [],
      open: security.length === 0,
    })),
  );
}

describe('scopes', () => {
  test('each operation opens to those that the document names, and to no other', async () => {
    const implied = { admin: ['read', 'write', 'admin'], write: ['read', 'write'] } as const;
    for (const scope of SCOPES) {
      const headers = await keyHeader(api.store, TENANT, scope);
      const has: readonly string[] = scope in implied ? implied[scope as 'admin'] : [scope];
      for (const { method, template, scopes, open } of operations()) {
        if (open || scopes.length === 0) continue;
        const url = template.replaceAll(/\{\w+\}/g, '1');
        if (url.endsWith('/stream')) continue;
        const answer = await api.app.inject({ method: method as 'GET', url, headers });
        const isRefused = answer.statusCode === 403;
        const isMeant = !scopes.some((it) => has.includes(it));
        expect(isRefused, `${scope} ${method} ${template}`).toBe(isMeant);
      }
    }
  });

  test('of one area open its own writes', () => {
    const writes = (scope: string): string[] =>
      operations().flatMap(({ method, template, scopes }) =>
        scopes.includes(scope) ? [`${method} ${template.split('/').slice(2).join('/')}`] : [],
      );
    expect(writes('meters:write')).toEqual(['POST sites/{siteId}/meter-samples']);
    expect(writes('stations:write').sort()).toEqual([
      'POST charging-stations',
      'POST sites/{siteId}/stations',
      'PUT charging-stations/{stationId}/message-log',
    ]);
    const commands = writes('commands:write');
    expect(commands).toContain('POST charging-stations/{stationId}/commands');
    expect(commands).toContain('POST charging-stations/{stationId}/reset');
    expect(commands.some((it) => /local-list|secret|sites|tokens/.test(it))).toBe(false);
  });

  test.each([
    ['UpdateFirmware', 'admin'],
    ['InstallCertificate', 'admin'],
    ['SetNetworkProfile', 'admin'],
    ['GetLog', 'write'],
    ['SendLocalList', 'write'],
  ] as const)('a command is no way around: %s needs %s', async (action, needed) => {
    const ask = async (scope: 'admin' | 'write' | 'commands:write') =>
      (
        await api.call('POST', '/v1/charging-stations/CP01/commands', {
          headers: await keyHeader(api.store, TENANT, scope),
          body: { action, payload: {} },
        })
      ).status;
    expect(await ask('commands:write')).toBe(403);
    if (needed === 'admin') expect(await ask('write')).toBe(403);
    expect(await ask(needed)).not.toBe(403);
  });
});
