import { afterEach, beforeEach, expect, test } from 'vitest';
import { at, pointers, startApi, type TestApi } from './harness.js';

const PATH = '/v1/sites/depot/what-if';

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const ask = (body: object, headers = api.keys.read) => api.call('POST', PATH, { body, headers });
const HOUR = 3600;
const fleet = (change: object = {}) => ({
  count: 10,
  circuitId: 'north',
  arrivalAt: at(HOUR),
  departureAt: at(5 * HOUR),
  energyWh: 20_000,
  powerMaxW: 11_000,
  ...change,
});
const prices = (perKwh: readonly [string, string]) => ({
  currency: 'EUR',
  importPrices: [
    { at: at(0), pricePerKwh: perKwh[0] },
    { at: at(3 * HOUR), pricePerKwh: perKwh[1] },
  ],
  endsAt: at(24 * HOUR),
});

test('more vehicles: what is served, what stays unmet, what it costs, how high the peak is', async () => {
  const { status, body } = await ask({ vehicles: [fleet()], prices: prices(['0.5', '0.1']) });
  expect(status).toBe(200);
  expect(body.asItIs).toMatchObject({ vehicles: 0, wantedWh: 0, unmetWh: 0 });
  // Four hours at 50 A x 3 x 230 V carry 138 kWh of the 200.
  expect(body.asAsked).toMatchObject({ vehicles: 10, wantedWh: 200_000, currency: 'EUR' });
  expect(body.asAsked.servedWh).toBeGreaterThan(137_000);
  expect(body.asAsked.servedWh).toBeLessThan(138_100);
  expect(body.asAsked.unmetWh).toBe(200_000 - body.asAsked.servedWh);
  expect(body.asAsked.peakW).toBeGreaterThan(34_500);
  expect(body.asItIs.boundBy).toEqual([]);
  expect(body.asAsked.boundBy).toEqual([
    { circuitId: 'north', by: 'circuit', durationSec: expect.closeTo(4 * HOUR, -2) },
  ]);
});

test('a stronger feeder serves them all, and the cheap hours are used first', async () => {
  const ratings = [
    { circuitId: 'north', factor: 3 },
    { circuitId: 'grid', factor: 3 },
  ];
  const dear = await ask({ vehicles: [fleet()], prices: prices(['0.5', '0.5']), ratings });
  const cheap = await ask({ vehicles: [fleet()], prices: prices(['0.5', '0.1']), ratings });
  expect(dear.body.asAsked).toMatchObject({ vehiclesServed: 10, unmetWh: 0 });
  const building = Number(cheap.body.asItIs.cost ?? 0);
  expect(building).toBe(0);
  expect(Number(cheap.body.asAsked.cost)).toBeLessThan(Number(dear.body.asAsked.cost) - 75);
});

test('a lower limit of the owner shows in peak and unmet energy', async () => {
  const low = await ask({ vehicles: [fleet({ circuitId: 'south' })], importLimitW: 20_000 });
  expect(low.body.asAsked.peakW).toBeLessThanOrEqual(20_010);
  expect(low.body.asAsked.unmetWh).toBeGreaterThan(115_000);
  expect(low.body.asAsked).not.toHaveProperty('cost');
});

test('a demand charge spreads what a flat price leaves together', async () => {
  const vehicles = [fleet({ count: 1, departureAt: at(11 * HOUR) })];
  const flat = await ask({ vehicles });
  const charged = await ask({ vehicles, demandCharge: { currency: 'EUR', pricePerKw: '10' } });
  expect(charged.body.asAsked.peakW).toBeLessThan(flat.body.asAsked.peakW - 5000);
  expect(charged.body.asAsked.unmetWh).toBeLessThan(200);
  expect(charged.body.asItIs).not.toHaveProperty('demandCost');
  const { peakW, demandCost } = charged.body.asAsked;
  expect(Number(demandCost)).toBeCloseTo((10 * peakW) / 1000, 3);
});

test('nothing is changed by a question', async () => {
  await ask({ vehicles: [fleet()], importLimitW: 1000, prices: prices(['0.5', '0.1']) });
  expect(api.engine.submitted).toEqual([]);
  expect(api.store.rows.audit).toEqual([]);
});

test.each([
  [{ ratings: [{ circuitId: 'attic', factor: 2 }] }, '/ratings/0/circuitId'],
  [{ vehicles: [fleet({ circuitId: 'attic' })] }, '/vehicles/0/circuitId'],
  [{ vehicles: [fleet({ arrivalAt: at(-1) })] }, '/vehicles/0/arrivalAt'],
  [{ vehicles: [fleet({ departureAt: at(HOUR) })] }, '/vehicles/0/departureAt'],
  [{ vehicles: [fleet({ count: 500 }), fleet({ count: 500 }), fleet()] }, '/vehicles'],
  [{ importLimitW: -1 }, '/importLimitW'],
  [{ withoutSessions: ['nobody'] }, '/withoutSessions/0'],
])('names what is wrong: %j', async (body, pointer) => {
  const answer = await ask(body);
  expect(answer.status).toBe(422);
  expect(pointers(answer)).toContain(pointer);
});
