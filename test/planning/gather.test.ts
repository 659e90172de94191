/** What a plan is made from beside the state of the site. */
import { expect, test } from 'vitest';
import { buildAnyPlan } from '../../src/planning/build-problem.js';
import { gatherInput, type GatherStore } from '../../src/planning/gather.js';
import { charging, inputOf } from './planned-site.js';

const DAY_MS = 24 * 3_600_000;

/** Quarter hours of import at these instants. */
function storeOf(peaks: readonly (readonly [number, number])[]): GatherStore {
  const within = async (_: unknown, { fromMs, untilMs = Number.POSITIVE_INFINITY }: Span) =>
    Math.max(0, ...peaks.flatMap(([atMs, w]) => (atMs >= fromMs && atMs < untilMs ? [w] : [])));
  return {
    powerHistory: { read: async () => [], peakW: within },
    sessions: { list: async () => ({ items: [] }) },
  } as unknown as GatherStore;
}

interface Span {
  readonly fromMs: number;
  readonly untilMs?: number;
}

test("a month begins with three quarters of the last month's peak, until its own is higher", async () => {
  const demandCharge = { currency: 'EUR', pricePerKw: '15' };
  const script = charging({ stations: 2, settings: { demandCharge } });
  const { state, nowMs } = script;
  const gathered = (peaks: Parameters<typeof storeOf>[0]) =>
    gatherInput(storeOf(peaks), state, { nowMs, habits: new Map() });
  const last = [nowMs - 10 * DAY_MS, 40_000] as const;
  const older = [nowMs - 40 * DAY_MS, 90_000] as const;
  // It is the fifth of January.
  const early = await gathered([older, last, [nowMs - DAY_MS, 12_000]]);
  expect(early).toMatchObject({ peakSoFarW: 12_000, peakHintW: 30_000 });
  expect(buildAnyPlan(early).problem.connection.peakSoFarW).toBe(30_000);
  const late = await gathered([older, last, [nowMs - DAY_MS, 35_000]]);
  expect(buildAnyPlan(late).problem.connection.peakSoFarW).toBe(35_000);
  expect(buildAnyPlan(inputOf(script)).problem.connection.peakSoFarW).toBe(0);
});
