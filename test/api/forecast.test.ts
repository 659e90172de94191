import { afterEach, beforeEach, expect, test } from 'vitest';
import { NOW_MS } from './doubles.js';
import { at, pointers, SITE, startApi, type TestApi } from './harness.js';

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const PATH = '/v1/sites/depot/forecast';
const sample = (change: object = {}) => ({
  circuitId: 'grid',
  at: at(-900),
  currentA: [10, 10, 10],
  ...change,
});
const post = (samples: readonly object[]) =>
  api.call('POST', '/v1/sites/depot/meter-samples', { body: { samples }, headers: api.keys.write });

test('a site that has measured nothing has empty forecasts', async () => {
  const { status, body } = await api.call('GET', PATH, { headers: api.keys.read });
  expect(status).toBe(200);
  expect(body).toEqual({ load: { series: [], errors: [] }, pv: { series: [], errors: [] } });
});

test('samples are kept, and foretell quarter hours from now on', async () => {
  expect((await post([sample()])).status).toBe(202);
  expect(api.store.rows.power).toMatchObject([
    { siteId: SITE, kind: 'load', circuitId: 'grid', atMs: NOW_MS - 900_000, powerW: 6900 },
  ]);
  const { body } = await api.call('GET', `${PATH}?horizonSec=3600`, { headers: api.keys.read });
  expect(body.load.series).toHaveLength(4);
  expect(body.load.series[0].powerW).toBe(6900);
  expect(body.load.historyFrom).toBe(at(-900));
});

test('a generation meter foretells PV and is no load to the engine; another id is refused', async () => {
  const meter = { id: 'roof', circuitId: 'grid', kind: 'generation' };
  const added = await api.call('POST', '/v1/sites/depot/meters', {
    body: meter,
    headers: api.keys.admin,
  });
  expect(added.status).toBe(201);
  api.engine.submitted.length = 0;
  expect((await post([sample({ meterId: 'roof' })])).status).toBe(202);
  expect(api.engine.submitted).toEqual([]);
  expect(api.store.rows.power).toMatchObject([{ kind: 'pv', powerW: 6900 }]);
  const refused = await post([sample({ meterId: 'cellar' })]);
  expect(pointers(refused)).toEqual(['/samples/0/meterId']);
});
