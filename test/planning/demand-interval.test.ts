/** The mean of a running quarter hour is brought to what is planned, and never above what is paid. */
import { expect, test } from 'vitest';
import type { PlanInput } from '../../src/planning/plan-input.js';
import { buildPlan } from '../../src/planning/build-problem.js';
import { demandInterval, withinInterval } from '../../src/planning/demand-interval.js';
import { readPlan } from '../../src/planning/read-plan.js';
import type { DemandCapStep } from '../../src/planning/site-plan.js';
import { solveSite } from '../../src/planning/solve.js';
import { wait } from '../control/ideal-station.js';
import { charging, claimAll, inputOf } from './planned-site.js';

const MINUTE_MS = 60_000;
const QUARTER_MS = 900_000;
const QUARTER_AT_MS = Date.UTC(2026, 0, 5, 8);

function intervalAt(minutes: number, importSoFarW: number | undefined) {
  return demandInterval({ nowMs: QUARTER_AT_MS + minutes * MINUTE_MS, importSoFarW });
}

test.each([
  ['as planned so far', 30_000, 30_000],
  ['a little behind: the rest makes up for it', 29_000, 32_000],
  ['far behind: a quarter more at the most', 10_000, 37_500],
  ['above that, below what is paid: as planned', 33_000, 30_000],
  ['above what is paid: less, so that the mean is paid', 37_000, 28_000],
  ['far above it: nothing', 60_000, 0],
])('after ten minutes, %s', (_, soFarW, restW) => {
  const interval = intervalAt(10, soFarW);
  if (interval === undefined) throw new Error('a quarter runs');
  expect(withinInterval(interval, 30_000, 34_000)).toBeCloseTo(restW, 6);
  expect(interval.endsAtMs).toBe(QUARTER_AT_MS + QUARTER_MS);
});

test('a mean that is brought to a level is there at the end of the quarter', () => {
  for (let minutes = 1; minutes < 14; minutes += 1) {
    const restW = intervalAt(minutes, 20_000)?.restW(25_000) ?? Number.NaN;
    expect((minutes * 20_000 + (15 - minutes) * restW) / 15).toBeCloseTo(25_000, 6);
  }
});

test('where nothing was measured, or the quarter is as good as over, the plan holds as it is', () => {
  expect(intervalAt(5, undefined)).toBeUndefined();
  expect(intervalAt(14.5, 20_000)).toBeUndefined();
});

async function capOf(input: Partial<PlanInput>, minutes = 10): Promise<readonly DemandCapStep[]> {
  const demandCharge = { currency: 'EUR', pricePerKw: '15' };
  const script = charging({ stations: 4, limitA: 160, settings: { demandCharge } });
  // Vehicles need all of the peak that is paid, and less than would be worth a new one.
  wait(script, QUARTER_AT_MS + QUARTER_MS + minutes * MINUTE_MS - script.nowMs);
  claimAll(script, 9_000, 3);
  const built = buildPlan(inputOf(script, { peakSoFarW: 20_000, ...input }));
  const solved = built && (await solveSite(built.problem, 'auto'));
  if (built === undefined || solved === undefined) throw new Error('no plan');
  return readPlan(built, solved.plan, solved.engine).demandCap ?? [];
}

test('the cap of a plan ends with its quarter, and the next one begins at the level of the plan', async () => {
  const [{ fromMs = 0, vehiclesW: plainW = 0 } = {}] = await capOf({});
  expect(plainW).toBeGreaterThanOrEqual(20_000);
  const behind = await capOf({ importSoFarW: 18_000 });
  expect(behind[0]?.vehiclesW).toBeGreaterThan(plainW + 3000);
  const endsAtMs = fromMs + 5 * MINUTE_MS;
  const next = behind.find((it) => it.fromMs >= endsAtMs);
  expect(next?.fromMs).toBe(endsAtMs);
  expect(next?.vehiclesW).toBeLessThanOrEqual(plainW + 1);
  const above = await capOf({ importSoFarW: 22_000 });
  expect(above[0]?.vehiclesW).toBeLessThan(plainW - 3000);
});

test.each([3, 7, 11, 12, 13])(
  'steps ascend wherever the quarter ends (%i min in)',
  async (minutes) => {
    const steps = (await capOf({ importSoFarW: 18_000 }, minutes)).map(({ fromMs }) => fromMs);
    expect(steps).toEqual([...new Set(steps)].toSorted((a, b) => a - b));
  },
);
