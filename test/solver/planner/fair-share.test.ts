import { describe, expect, test } from 'vitest';
import { openBackends, planThrough } from '../../../solver/backends/chain.js';
import { type FairShare, type Plan, planFairly, type PlanProblem } from '../../../solver/index.js';
import { planOf } from './plan-builder.js';

const ACCEPTED = { gapMax: 1e-4, violationMaxKw: 0.01, iterationsMax: 100 };
const WH = 10_000;
const backends = await openBackends('auto');

/** Two vehicles that want 10 kWh each, of which 10 kWh are to be had; the first counts five times as much. */
const scarce = planOf({
  slotSec: [1800, 1800],
  sessions: [
    { energyWh: WH, powerMaxW: WH, priority: 5 },
    { energyWh: WH, powerMaxW: WH, priority: 1 },
  ],
  panelLimitW: [WH],
});

function solve(problem: PlanProblem) {
  const answer = planThrough(backends, problem, ACCEPTED);
  return answer.status === 'none' ? undefined : answer;
}

function servedWh(problem: PlanProblem, plan: Plan | undefined): readonly number[] {
  return (plan?.sessionW ?? []).map((powerW, index) => {
    const firstSlot = problem.sessions[index]?.firstSlot ?? 0;
    return powerW.reduce(
      (sum, it, at) => sum + (it * (problem.slotSec[firstSlot + at] ?? 0)) / 3600,
      0,
    );
  });
}

const servedFairly = (problem: PlanProblem, fair: FairShare) =>
  servedWh(problem, planFairly(problem, fair, solve)?.plan);

const fairly = (shareMax: number, deliveredWh: readonly number[] = [0, 0]) =>
  servedFairly(scarce, {
    shareMax,
    wanted: deliveredWh.map((it) => ({ deliveredWh: it, totalWh: it + WH })),
  });

describe('equal shares first', () => {
  test('without them energy goes where it counts most', () => {
    expect(servedWh(scarce, solve(scarce)?.plan)[0]).toBeGreaterThan(0.99 * WH);
  });

  test.each([
    [0.3, 0.3],
    // All that all can have alike.
    [1, 0.5],
  ])('up to a share of %d the other has %d of what it wants', (shareMax, share) => {
    const [first = 0, second = 0] = fairly(shareMax);
    expect(second / WH).toBeGreaterThan(share - 0.03);
    expect(second / WH).toBeLessThan(share + 0.01);
    expect(first + second).toBeGreaterThan(0.99 * WH);
  });

  test('what was delivered counts: who had its share is owed no more', () => {
    const [, second = 0] = fairly(0.5, [0, WH]);
    expect(second).toBeLessThan(0.01 * WH);
  });

  test('who said nothing is owed nothing, and who is not there long no more than that allows', () => {
    const said = servedFairly(scarce, { shareMax: 1, wanted: [undefined, undefined] });
    expect(said[0]).toBeGreaterThan(0.99 * WH);
    const short: PlanProblem = {
      ...scarce,
      sessions: scarce.sessions.map((it, index) => (index === 1 ? { ...it, endSlot: 1 } : it)),
    };
    const wanted = [0, 1].map(() => ({ deliveredWh: 0, totalWh: WH }));
    const [first = 0, second = 0] = servedFairly(short, { shareMax: 1, wanted });
    expect(first + second).toBeGreaterThan(0.97 * WH);
    expect(second).toBeGreaterThan(0.45 * WH);
  });
});
