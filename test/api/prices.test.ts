import { afterEach, beforeEach, expect, test } from 'vitest';
import { at, pointers, startApi, type TestApi } from './harness.js';

const PATH = '/v1/sites/depot/prices';

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const told = (change: object = {}) => ({
  currency: 'EUR',
  importPrices: [
    { at: at(0), pricePerKwh: '0.31' },
    { at: at(3600), pricePerKwh: '0.1234' },
  ],
  endsAt: at(7200),
  ...change,
});
const put = (body: object, headers = api.keys.write) => api.call('PUT', PATH, { body, headers });
const csv = (text: string, query = '?currency=EUR') =>
  api.call('POST', `${PATH}/day-ahead${query}`, {
    raw: text,
    headers: { ...api.keys.write, 'content-type': 'text/csv' },
  });

test('prices become a signal of the site, are shown, and leave an audit row', async () => {
  expect((await api.call('GET', PATH, { headers: api.keys.read })).body).toEqual({});
  const answer = await put(told({ exportPrices: [{ at: at(0), pricePerKwh: '-0.01' }] }));
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({
    currency: 'EUR',
    importPrices: { series: told().importPrices, endsAt: at(7200) },
    exportPrices: { series: [{ at: at(0), pricePerKwh: '-0.01' }], endsAt: at(7200) },
  });
  const signals = api.engine.submitted.flatMap(({ event }) =>
    event.type === 'signal.received' ? [event.signal] : [],
  );
  expect(signals).toMatchObject([
    { type: 'price', currency: 'EUR', series: [{ value: 310_000 }, { value: 123_400 }] },
    { type: 'export-price', series: [{ value: -10_000 }] },
  ]);
  expect(api.store.rows.audit).toMatchObject([
    { action: 'import-prices.set', after: { count: 2, leastMicrosPerKwh: 123_400 } },
    { action: 'export-prices.set' },
  ]);
});

test('prices and a demand charge are in one currency: what is told second is refused', async () => {
  const settings = '/v1/sites/depot/settings';
  const patch = (currency: string) =>
    api.call('PATCH', settings, {
      headers: { ...api.keys.admin, 'if-match': '*' },
      body: { demandCharge: { currency, pricePerKw: '8.50' } },
    });
  expect((await put(told())).status).toBe(200);
  const refused = await patch('USD');
  expect(refused.status).toBe(422);
  expect(pointers(refused)).toEqual(['/demandCharge/currency']);
  expect(JSON.stringify(refused.body)).toMatch(/in USD and the prices are in EUR/);
  expect((await patch('EUR')).status).toBe(200);
  const other = await put(told({ currency: 'USD' }));
  expect(pointers(other)).toEqual(['/currency']);
  expect(JSON.stringify(other.body)).toMatch(/in EUR and the prices are in USD/);
});

test('two changes that the engine has not folded in yet build on each other', async () => {
  api.engine.foldingPaused = true;
  await put(told());
  const later = [{ at: at(7200), pricePerKwh: '0.5' }];
  const { body } = await put(told({ importPrices: later, endsAt: at(9000) }));
  expect(body.importPrices.series).toHaveLength(3);
  const sequences = api.engine.submitted.map(({ event }) =>
    event.type === 'signal.received' ? event.signal.sequence : 0,
  );
  expect(sequences[1]).toBeGreaterThan(sequences[0] ?? 0);
});

test.each([
  [{ currency: 'euro' }, '/currency'],
  [{ importPrices: [] }, '/importPrices'],
  [{ importPrices: [{ at: at(0), pricePerKwh: '1000' }] }, '/importPrices/0/pricePerKwh'],
  [{ importPrices: [{ at: at(0), pricePerKwh: 0.3 }] }, '/importPrices/0/pricePerKwh'],
  [
    {
      importPrices: [
        { at: at(5), pricePerKwh: '1' },
        { at: at(5), pricePerKwh: '1' },
      ],
    },
    '/importPrices/1/at',
  ],
  [{ exportPrices: [{ at: at(7200), pricePerKwh: '1' }] }, '/exportPrices/0/at'],
  [{ importPrices: [{ at: at(-900), pricePerKwh: '1' }], endsAt: at(-1) }, '/endsAt'],
])('names the field and its range: %j', async (change, pointer) => {
  const answer = await put(told(change));
  expect(answer.status).toBe(422);
  expect(pointers(answer)).toEqual([pointer]);
  expect(api.engine.submitted).toEqual([]);
});

test('a day-ahead file is the same; what is wrong in it is named by line', async () => {
  const good = await csv(`start,import per MWh\n${at(0)},80\n${at(3600)},95.5\n`);
  expect(good.status).toBe(200);
  expect(good.body.importPrices).toEqual({
    series: [
      { at: at(0), pricePerKwh: '0.08' },
      { at: at(3600), pricePerKwh: '0.0955' },
    ],
    endsAt: at(7200),
  });
  const bad = await csv(`start,import per MWh\n${at(0)},80\n${at(3600)},much\n`);
  expect(bad.status).toBe(422);
  expect(pointers(bad)).toEqual(['/3/import']);
  expect((await csv('start', '?currency=e')).status).toBe(400);
  expect((await csv('')).status).toBe(422);
});

test('only who may write tells prices, and only of an own site', async () => {
  expect((await put(told(), api.keys.read)).status).toBe(403);
  expect((await put(told(), api.keys.foreign)).status).toBe(404);
});
