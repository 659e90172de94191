import { afterEach, beforeEach, expect, test } from 'vitest';
import { at, pointers, SITE, startApi, type TestApi } from './harness.js';

const PATH = '/v1/sites/depot/storage/b1';
const BATTERY = {
  id: 'b1',
  circuitId: 'grid',
  capacityWh: 50_000,
  chargeMaxW: 20_000,
  dischargeMaxW: 20_000,
  efficiencyFraction: 0.9,
  reserveFraction: 0.2,
};

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
  const headers = api.keys.admin;
  await api.call('POST', '/v1/sites/depot/storage', { body: BATTERY, headers });
});
afterEach(() => api.close());

const report = (change: object = {}, path = PATH) =>
  api.call('POST', `${path}/telemetry`, {
    body: { at: at(0), energyWh: 20_000, powerW: -500, ...change },
    headers: api.keys.write,
  });

test('the newest report of a battery counts', async () => {
  expect((await report()).status).toBe(202);
  expect((await report({ at: at(-60), energyWh: 1 })).status).toBe(202);
  expect(await api.store.storage.reports(SITE)).toMatchObject([
    { storageId: 'b1', energyWh: 20_000, powerW: -500 },
  ]);
});

test.each([
  [{ energyWh: 50_001 }, '/energyWh'],
  [{ energyWh: -1 }, '/energyWh'],
  [{ at: at(61) }, '/at'],
  [{ powerW: 1e9 }, '/powerW'],
])('names what is wrong in a report: %j', async (change, pointer) => {
  const answer = await report(change);
  expect(answer.status).toBe(422);
  expect(pointers(answer)).toEqual([pointer]);
});

test('a battery that the site does not have is not there', async () => {
  expect((await report({}, '/v1/sites/depot/storage/b2')).status).toBe(404);
});

test('its link has a secret that is shown once, and leaves an audit row; it can be taken away', async () => {
  const put = (url: string) =>
    api.call('PUT', `${PATH}/link`, { body: { url }, headers: api.keys.admin });
  const made = await put('https://battery.example/set-point');
  expect(made.status).toBe(200);
  expect(made.body.secret).toMatch(/^whsec_/);
  const [link] = await api.store.storage.links(SITE);
  expect(link).toMatchObject({ storageId: 'b1', url: 'https://battery.example/set-point' });
  expect(api.store.rows.audit.at(-1)).toMatchObject({
    action: 'storage-link.set',
    after: { url: 'https://battery.example/set-point' },
  });
  expect((await put('https://again.example')).body.secret).not.toBe(made.body.secret);
  expect(pointers(await put('ftp://battery.example'))).toEqual(['/url']);
  const away = () => api.call('DELETE', `${PATH}/link`, { headers: api.keys.admin });
  expect((await away()).status).toBe(204);
  expect((await away()).status).toBe(404);
});
