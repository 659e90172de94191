/** CI's share of the differential test; `npm run composites` runs the full count. */
import { expect, test } from 'vitest';
import { runSets } from './run-sets.js';

test.each([1, 1_000_000, 2_000_000])(
  'the virtual station agrees with 1,500 sets from seed %i',
  (seed) => {
    const report = runSets(seed, 1500);
    expect(report.differences).toEqual([]);
    expect(report.sets).toBe(1500);
    // Sets and answers have something in them.
    expect(report.profiles).toBeGreaterThan(6000);
    expect(report.periods).toBeGreaterThan(3000);
  },
);
