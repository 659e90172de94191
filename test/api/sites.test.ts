import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { siteId } from '../../solver/index.js';
import { pictureAt } from '../browser/moving-site.js';
import { NOW_MS } from './doubles.js';
import { pointers, startApi, TENANT, type TestApi } from './harness.js';
import { siteFile } from './site-file.js';

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

/** A second site, whose stations do not clash with the first one's. */
function otherFile() {
  const file = siteFile('annex');
  const name = (id: string): string => id.replace('CP', 'AX');
  return {
    ...file,
    stations: file.stations.map((station) => ({ ...station, id: name(station.id) })),
    evses: file.evses.map((evse) => ({ ...evse, stationId: name(evse.stationId) })),
  };
}

const create = (body: unknown, headers = api.keys.admin) =>
  api.call('POST', '/v1/sites', { headers, body });

describe('POST /v1/sites', () => {
  test('creates a site at version 1 with documented defaults, audited', async () => {
    const answer = await create(otherFile());
    expect(answer.status).toBe(201);
    expect(answer.headers['location']).toBe('/v1/sites/annex');
    expect(answer.headers['etag']).toBe('"1"');
    expect(answer.body.settings).toMatchObject({ leaseSec: 900, fallbackIdleA: 0 });
    expect(answer.body.evses[0]).toMatchObject({ id: 'AX01:1', channels: [true, true, true] });
    expect(answer.body.tenantId).toBeUndefined();
    expect(api.engine.sites().find((site) => site.id === 'annex')?.tenantId).toBe(TENANT);
    expect(api.store.rows.audit.at(-1)).toMatchObject({
      action: 'site.created',
      actor: 'key:tenant-a-admin',
    });
  });

  test('R0 takes how many untested stations may fail, and refuses what is no count', async () => {
    const path = '/v1/sites/depot/settings';
    const headers = { ...api.keys.admin, 'if-match': '*' };
    const set = await api.call('PATCH', path, { headers, body: { untestedFailures: 2 } });
    expect([set.status, set.body.untestedFailures]).toEqual([200, 2]);
    const wrong = await api.call('PATCH', path, { headers, body: { untestedFailures: 1.5 } });
    expect(wrong.status).toBe(422);
    const none = await api.call('PATCH', path, { headers, body: { untestedFailures: null } });
    expect([none.status, none.body.untestedFailures]).toEqual([200, null]);
  });

  test('keeps settings that the file names', async () => {
    const settings = { leaseSec: 600, allocator: { offMinSec: 60 } };
    const answer = await create({ ...otherFile(), settings });
    expect(answer.body.settings).toMatchObject({ leaseSec: 600, settleSec: 12 });
    expect(answer.body.settings.allocator).toMatchObject({ offMinSec: 60, onMinSec: 300 });
  });

  test('reads back what it was given: the answer creates the same site again', async () => {
    const { body } = await create(otherFile());
    const again = await startApi();
    const answer = await again.call('POST', '/v1/sites', { headers: again.keys.admin, body });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual(body);
    await again.close();
  });

  test.each([
    ['/name', { name: undefined }],
    ['/name', { name: '' }],
    ['/id', { id: 'a b' }],
    ['/supply', { supply: 'star' }],
    ['/voltageLineToNeutralV', { voltageLineToNeutralV: 0 }],
    ['/importLimitW', { importLimitW: -1 }],
    ['/importLimitW', { importLimitW: '5 kW' }],
    ['/importLimitW', { importLimitW: 10_000_001 }],
    ['/circuits', { circuits: [] }],
    [
      '/circuits/0/limits/0/limitA/1',
      { circuits: [{ ...siteFile().circuits[0], limits: [{ kind: 'wye', limitA: [1, -1, 1] }] }] },
    ],
    [
      '/circuits/0/limits/0',
      { circuits: [{ ...siteFile().circuits[0], limits: [{ kind: 'fuse' }] }] },
    ],
    ['/settings/leaseSec', { settings: { leaseSec: 1 } }],
    ['/tenantId', { tenantId: 'tenant-b' }],
    ['/colour', { colour: 'red' }],
  ])('names %s and what is allowed there', async (pointer, change) => {
    const answer = await create({ ...otherFile(), ...change });
    expect(answer.status).toBe(422);
    expect(pointers(answer)).toContain(pointer);
    expect(answer.body.detail.length).toBeGreaterThan(10);
  });

  test('names the range of a number', async () => {
    const answer = await create({ ...otherFile(), importLimitW: -1 });
    expect(answer.body.errors[0].detail).toBe('must be a number from 0 to 10000000');
  });

  test('names the rule that a well-formed file breaks', async () => {
    const answer = await create({ ...otherFile(), settings: { fallbackIdleA: 16 } });
    expect(answer.status).toBe(422);
    expect(answer.body.errors[0]).toMatchObject({
      rule: 'fallback-does-not-fit',
      pointer: '/circuits/0/limits/0',
    });
    expect(answer.body.errors[0].detail).toContain('limit 100 A');
    expect(api.engine.sites()).toHaveLength(1);
  });

  test('refuses a taken id, and a station of another site', async () => {
    expect((await create(siteFile('depot'))).status).toBe(409);
    expect((await create(siteFile('annex'))).status).toBe(409);
    expect((await create(otherFile(), api.keys.write)).status).toBe(403);
  });
});

describe('PATCH /v1/sites/{id}', () => {
  const patch = (
    from: number | null,
    to: unknown,
    { ifMatch = '"1"', query = '' }: { ifMatch?: string; query?: string } = {},
  ) =>
    api.call('PATCH', `/v1/sites/depot${query}`, {
      headers: { ...api.keys.write, ...(ifMatch === '' ? {} : { 'if-match': ifMatch }) },
      body: { importLimitW: { from, to } },
    });
  const current = () => api.call('GET', '/v1/sites/depot', { headers: api.keys.read });

  test('changes the limit, raises the version, tells the engine and writes the audit', async () => {
    const answer = await patch(null, 40_000);
    expect(answer.status).toBe(200);
    expect(answer.headers['etag']).toBe('"2"');
    expect(answer.body.site).toMatchObject({ importLimitW: 40_000, version: 2 });
    const event = api.engine.submitted[0]?.event;
    expect(event).toMatchObject({ type: 'site.edited', actor: 'key:tenant-a-write' });
    expect(api.store.rows.audit.at(-1)).toMatchObject({
      action: 'site.import-limit-changed',
      before: { importLimitW: null },
      after: { importLimitW: 40_000 },
    });
    expect((await current()).headers['etag']).toBe('"2"');
  });

  test('takes 0 as a limit and null as none', async () => {
    expect((await patch(null, 0)).body.site.importLimitW).toBe(0);
    const answer = await patch(0, null, { ifMatch: '"2"' });
    expect(answer.status).toBe(200);
    expect(answer.body.site.importLimitW).toBeUndefined();
  });

  test('asks for If-Match, and for the right one', async () => {
    expect((await patch(null, 1000, { ifMatch: '' })).status).toBe(428);
    expect((await patch(null, 1000, { ifMatch: '"7"' })).status).toBe(412);
    expect(api.engine.submitted).toEqual([]);
  });

  test('is a conflict when `from` is not the present value, and says what is', async () => {
    await patch(null, 40_000);
    const answer = await patch(null, 30_000, { ifMatch: '"2"' });
    expect(answer.status).toBe(409);
    expect(answer.body.errors[0]).toEqual({
      pointer: '/importLimitW/from',
      detail: 'must be 40000',
    });
  });

  test.each([[-1], [10_000_001], ['40 kW'], [undefined]])('refuses %s as a limit', async (to) => {
    const answer = await patch(null, to);
    expect(answer.status).toBe(422);
    expect(pointers(answer)).toEqual(['/importLimitW/to']);
    expect(answer.body.errors[0].detail).toContain('a number from 0 to 10000000 or null');
  });

  test('a dry run shows who would be cut and changes nothing', async () => {
    const [site] = api.engine.sites();
    if (site !== undefined) api.engine.publish(pictureAt(site, NOW_MS, 20));
    const { status, body } = await patch(null, 20_000, { query: '?dryRun=true' });
    expect(status).toBe(200);
    expect(body.dryRun).toBe(true);
    expect(body.effect).toMatchObject({ fromW: null, toW: 20_000 });
    expect(body.effect.ceilingOverW).toBeCloseTo(body.effect.ceilingW - 20_000, 6);
    expect(body.effect.cutW).toBeCloseTo(body.effect.powerW - 20_000, 6);
    expect(body.effect.evsesCut.map((each: { evseId: string }) => each.evseId)).toContain('CP08:1');
    expect(body.site.version).toBe(1);
    expect(api.engine.submitted).toEqual([]);
    expect(api.store.rows.audit).toEqual([]);
  });

  test('of two edits of the same version one wins, even before the engine has folded it in', async () => {
    api.engine.foldingPaused = true;
    const [first, second] = await Promise.all([patch(null, 40_000), patch(null, 30_000)]);
    expect([first.status, second.status].sort()).toEqual([200, 412]);
    expect(api.engine.submitted).toHaveLength(1);
    expect((await current()).body.version).toBe(2);
    expect(api.engine.state(siteId('depot'))?.site.version).toBe(1);
  });

  test('is 503 where another process runs the site, and says so where that began meanwhile', async () => {
    api.engine.elsewhere.add(siteId('depot'));
    const refused = await patch(null, 40_000);
    expect(refused.status).toBe(503);
    expect(refused.body.detail).toBe('another process runs site depot now; nothing was changed');
    expect(api.engine.submitted).toEqual([]);
    api.engine.elsewhere.clear();
    api.engine.foldingPaused = true;
    const { submit } = api.engine;
    api.engine.submit = async (id, event) => {
      await submit(id, event);
      api.engine.elsewhere.add(id);
    };
    const unknown = await patch(null, 40_000);
    expect(unknown.status).toBe(503);
    expect(unknown.body.detail).toContain('read there whether it was changed');
  });

  test('changes nothing without its audit row', async () => {
    api.store.audit.append = async () => {
      throw new Error('connection lost');
    };
    expect((await patch(null, 40_000)).status).toBe(503);
    expect(api.engine.submitted).toEqual([]);
  });

  test('is 503 and no version when the database is away', async () => {
    const submit = api.engine.submit;
    api.engine.submit = async () => {
      throw new Error('connection lost');
    };
    expect((await patch(null, 40_000)).status).toBe(503);
    api.engine.submit = submit;
    expect((await patch(null, 40_000)).status).toBe(200);
  });
});
