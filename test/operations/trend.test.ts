import { describe, expect, test } from 'vitest';
import { stationId } from '../../solver/index.js';
import { predictedTrouble } from '../../src/operations/predict.js';
import { type Point, trendOf } from '../../src/operations/trend.js';
import type { DayFigures } from '../../src/store/operations/figure-ports.js';
import { randomFor } from '../../simulator/random.js';

const DAY_MS = 24 * 3_600_000;
const START_MS = Date.UTC(2026, 0, 1);
const days = (values: readonly number[]): Point[] =>
  values.map((value, day) => ({ atMs: START_MS + day * DAY_MS, value }));
const ramp = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('a trend', () => {
  test('of a straight line is that line', () => {
    const trend = trendOf(days(ramp(20).map((day) => 5 + 3 * day)));
    expect(trend?.slopePerDay).toBeCloseTo(3, 9);
    expect(trend?.startValue).toBeCloseTo(5, 9);
    expect(trend?.endValue).toBeCloseTo(62, 9);
    expect(trend?.z).toBeGreaterThan(5);
  });

  test('is the score of Kendall: hand-computed for ten values', () => {
    // 45 pairs; 1..10 with one neighbouring swap: S = 43, variance 125, z = 42 / sqrt(125).
    const trend = trendOf(days([1, 2, 3, 5, 4, 6, 7, 8, 9, 10]));
    expect(trend?.z).toBeCloseTo(42 / Math.sqrt(125), 9);
  });

  test('of equal values is none', () => {
    expect(trendOf(days(ramp(15).map(() => 4)))).toMatchObject({ slopePerDay: 0, z: 0 });
  });

  test('is not moved by a few wild days', () => {
    const values = ramp(20).map((day) => (day % 7 === 3 ? 1000 : day));
    expect(trendOf(days(values))?.slopePerDay).toBeCloseTo(1, 1);
  });

  test('needs ten days', () => {
    expect(trendOf(days(ramp(9)))).toBeUndefined();
  });

  test('does not depend on the order of the points', () => {
    const points = days([1, 5, 2, 6, 3, 7, 4, 8, 5, 9, 6]);
    expect(trendOf(points.toReversed())).toEqual(trendOf(points));
  });
});

const station = stationId('CP1');
const TO_MS = START_MS + 28 * DAY_MS;
const figures = (day: number, more: Partial<DayFigures> = {}): DayFigures => ({
  stationId: station,
  dayAtMs: START_MS + day * DAY_MS,
  connections: 1,
  errors: 0,
  sessions: 4,
  energyWh: 40_000,
  temperatureMaxC: 35,
  ...more,
});

describe('trouble that is on its way', () => {
  test('is seen in rising reconnects, with its series', () => {
    const found = predictedTrouble(
      ramp(28).map((day) => figures(day, { connections: 1 + Math.floor(day / 3) })),
      TO_MS,
    );
    expect(found.map((it) => it.kind)).toEqual(['reconnects-rising']);
    expect(found[0]?.evidence.series).toHaveLength(28);
    expect(found[0]?.summary).toContain('a day');
  });

  test('is seen in rising temperature, rising faults and falling energy', () => {
    const found = predictedTrouble(
      ramp(28).map((day) =>
        figures(day, {
          errors: Math.floor(day / 4),
          temperatureMaxC: 40 + day,
          energyWh: 60_000 - 1800 * day,
        }),
      ),
      TO_MS,
    );
    expect(found.map((it) => it.kind).toSorted()).toEqual([
      'energy-falling',
      'errors-rising',
      'temperature-rising',
    ]);
  });

  test('days without a row are days without trouble', () => {
    const rows = [figures(0, { errors: 0 }), ...[24, 25, 26, 27].map((day) => figures(day))];
    expect(predictedTrouble(rows, TO_MS)).toEqual([]);
  });

  test('is not seen in noise: 400 stations over four weeks', () => {
    let alarms = 0;
    for (let seed = 0; seed < 400; seed += 1) {
      const random = randomFor(seed, 'noise');
      const noise = ramp(28).map((day) =>
        figures(day, {
          connections: Math.floor(random() * 8),
          errors: Math.floor(random() * 6),
          temperatureMaxC: 30 + random() * 40,
          energyWh: 10_000 + random() * 80_000,
        }),
      );
      alarms += predictedTrouble(noise, TO_MS).length;
    }
    expect(alarms).toBeLessThanOrEqual(1);
  });

  test('a change that matters to nobody is left out, however certain', () => {
    const warm = ramp(28).map((day) => figures(day, { temperatureMaxC: 20 + day / 10 }));
    expect(predictedTrouble(warm, TO_MS)).toEqual([]);
  });
});
