import { signalId, siteId } from '../../solver/index.js';
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

test.each([
  [3000, 3900],
  [-3000, 9900],
])('a battery at %i W is no load of the building', async (powerW, keptW) => {
  const headers = api.keys.admin;
  const body = {
    id: 'b1',
    circuitId: 'grid',
    capacityWh: 20_000,
    chargeMaxW: 5000,
    dischargeMaxW: 5000,
    efficiencyFraction: 0.9,
    reserveFraction: 0.1,
  };
  expect((await api.call('POST', '/v1/sites/depot/storage', { body, headers })).status).toBe(201);
  const reported = await api.call('POST', '/v1/sites/depot/storage/b1/telemetry', {
    body: { at: at(-60), energyWh: 10_000, powerW },
    headers: api.keys.write,
  });
  expect(reported.status).toBe(202);
  // The last is too long before the report, the one below has no battery.
  const old = sample({ at: at(-1800) });
  await post([sample({ at: at(-30) }), sample({ at: at(-30), circuitId: 'north' }), old]);
  expect(api.store.rows.power.map((it) => it.powerW)).toEqual([keptW, 6900, 6900]);
});

test('what somebody tells stands for the own history, as plans have it', async () => {
  await post([sample()]);
  const tell = (type: 'load-forecast' | 'pv-forecast', value: number) =>
    api.engine.submit(siteId('depot'), {
      type: 'signal.received',
      signal: {
        id: signalId(`dso/${type}`),
        siteId: siteId('depot'),
        tenantId: 'tenant-a',
        type,
        scope: 'total-import',
        issuer: 'dso',
        sequence: 1,
        series: [{ atMs: NOW_MS, value }],
        endsAtMs: NOW_MS + 1_800_000,
        receivedAtMs: NOW_MS,
      },
    });
  await tell('load-forecast', 12_000);
  await tell('pv-forecast', 5000);
  const { body } = await api.call('GET', `${PATH}?horizonSec=3600`, { headers: api.keys.read });
  const watts = (of: string) => body[of].series.map((it: { powerW: number }) => it.powerW);
  expect(watts('load')).toEqual([12_000, 12_000, 6900, 6900]);
  // Nothing is known of PV behind the end of what was told.
  expect(watts('pv')).toEqual([5000, 5000]);
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
