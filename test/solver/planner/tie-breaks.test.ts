/** What decides between plans that cost the same. */
import { expect, test } from 'vitest';
import { dueMs, tieCosts } from '../../../solver/index.js';

const HOUR_MS = 3_600_000;
const plan = { spanHours: 10, unitPerKwh: 1 };

test('sooner is cheaper, and the first slot the more so the less time there is to spare', () => {
  const easy = tieCosts({ isOn: false, spareHours: 9 }, [0, 1, 5], plan);
  const tight = tieCosts({ isOn: false, spareHours: 0 }, [0, 1, 5], plan);
  expect(easy).toEqual([...easy].sort((a, b) => a - b));
  expect(tight[0]).toBeLessThan(easy[0] ?? 0);
  expect(tight.slice(1)).toEqual(easy.slice(1));
  expect(tieCosts({ isOn: true, spareHours: 9 }, [0], plan)[0]).toBeLessThan(easy[0] ?? 0);
});

test('late vehicles count as having nothing to spare; the unit is never exceeded', () => {
  const late = tieCosts({ isOn: true, spareHours: -5 }, [0, 10], plan);
  expect(late[0]).toBe(tieCosts({ isOn: true, spareHours: 0 }, [0], plan)[0]);
  for (const cost of late) expect(Math.abs(cost)).toBeLessThan(1);
});

test('energy is due ten minutes before the departure, unless most of the stay is needed', () => {
  expect(dueMs(0, 4 * HOUR_MS, HOUR_MS)).toBe(4 * HOUR_MS - 600_000);
  expect(dueMs(0, 4 * HOUR_MS, 3 * HOUR_MS)).toBe(4 * HOUR_MS);
  expect(dueMs(0, HOUR_MS, 5 * HOUR_MS)).toBe(HOUR_MS);
});
