import { expect, test } from 'vitest';
import { siteId } from '../../solver/index.js';
import { microsOf, moneyText } from '../../src/signals/money.js';
import {
  currencyOf,
  priceAt,
  priceEdgesMs,
  priceSignal,
  type ToldPrices,
  withPrices,
} from '../../src/signals/prices.js';

const HOUR_MS = 3_600_000;
const SITE = { id: siteId('s'), tenantId: 'main' };

const told = (fromHour: number, values: readonly number[], currency = 'EUR'): ToldPrices => ({
  currency,
  series: values.map((value, index) => ({ atMs: (fromHour + index) * HOUR_MS, value })),
  endsAtMs: (fromHour + values.length) * HOUR_MS,
});

const signalOf = (prices: ToldPrices, nowMs = 0) =>
  priceSignal(SITE, 'price', prices, { nowMs, afterSequence: 0 });

test('what is told takes the place of what was known in its time, and nowhere else', () => {
  const known = told(0, [1, 2, 3, 4]);
  const merged = withPrices(known, told(1, [20, 30]), 0);
  expect([0, 1, 2, 3].map((hour) => priceAt([signalOf(merged)], 'price', hour * HOUR_MS))).toEqual([
    1, 20, 30, 4,
  ]);
  expect(merged.endsAtMs).toBe(4 * HOUR_MS);
});

test('tomorrow is appended to today, and what was over for a day is forgotten', () => {
  const merged = withPrices(told(0, [1, 2, 3]), told(3, [4]), 26.5 * HOUR_MS);
  expect(merged.series).toEqual([{ atMs: 3 * HOUR_MS, value: 4 }]);
  const kept = withPrices(told(0, [1, 2, 30]), told(30, [4]), 2.5 * HOUR_MS);
  expect(kept.series.map((it) => it.value)).toEqual([1, 2, 30, 4]);
});

test('another currency, or an end that has passed, keeps nothing of before', () => {
  expect(withPrices(told(0, [1, 2]), told(1, [5], 'SEK'), 0)).toEqual(told(1, [5], 'SEK'));
  expect(withPrices(told(0, [1]), told(5, [7]), HOUR_MS)).toEqual(told(5, [7]));
});

test('the price at an instant is that of the issuer heard last whose series covers it', () => {
  const early = { ...signalOf(told(0, [1, 1]), 10), issuer: 'a' };
  const late = { ...signalOf(told(1, [9], 'NOK'), 20), issuer: 'b' };
  expect(priceAt([early, late], 'price', 0)).toBe(1);
  expect(priceAt([late, early], 'price', HOUR_MS)).toBe(9);
  expect(priceAt([early, late], 'price', 2 * HOUR_MS)).toBeUndefined();
  expect(priceAt([early, late], 'export-price', 0)).toBeUndefined();
  expect(currencyOf([late, early])).toBe('NOK');
  expect(priceEdgesMs([early, late], { fromMs: 0, toMs: 2 * HOUR_MS })).toEqual([HOUR_MS]);
});

test('a sequence is above what the site has seen, whatever the clock says', () => {
  const signal = priceSignal(SITE, 'price', told(0, [1]), { nowMs: 5, afterSequence: 8 });
  expect(signal.sequence).toBe(9);
});

test('money is exact in both directions', () => {
  for (const [text, micros] of [
    ['0.2134', 213_400],
    ['-0.000001', -1],
    ['12', 12_000_000],
    ['0', 0],
    ['999.999999', 999_999_999],
  ] as const) {
    expect(microsOf(text)).toBe(micros);
    expect(moneyText(micros)).toBe(text);
  }
});
