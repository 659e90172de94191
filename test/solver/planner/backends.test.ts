import { describe, expect, test } from 'vitest';
import { mulberry32 } from '../../../simulator/random.js';
import {
  BACKEND_NAMES,
  type Backend,
  chainOf,
  openBackends,
  planThrough,
} from '../../../solver/backends/chain.js';
import { checkPlan, costBound, solvePlan } from '../../../solver/index.js';
import { PLAN_SETTINGS, planOf, randomPlan } from './plan-builder.js';

/** Small enough for a dense simplex. */
const SMALL_CASES = 25;

test('all backends agree on the same problems, and prices bound what every one of them found', async () => {
  const chains = await Promise.all(BACKEND_NAMES.map(openBackends));
  const backends = chains.flat();
  expect(backends.map((it) => it.name)).toEqual(BACKEND_NAMES);
  const wrong: string[] = [];
  let compared = 0;
  for (let seed = 1; compared < SMALL_CASES; seed += 1) {
    const problem = randomPlan(mulberry32(seed));
    if (problem.sessions.length * problem.slotSec.length > 150) continue;
    compared += 1;
    const costs: number[] = [];
    for (const { name, solve } of backends) {
      const { plan, prices } = solve(problem, PLAN_SETTINGS);
      if (plan === undefined) {
        wrong.push(`seed ${seed}: ${name} has no plan`);
        continue;
      }
      const { cost, violationKw } = checkPlan(problem, plan);
      if (violationKw > 1e-3) wrong.push(`seed ${seed}: ${name} violates ${violationKw} kW`);
      costs.push(cost);
      if (prices === undefined) continue;
      const gap = (cost - costBound(problem, prices)) / Math.max(1, Math.abs(cost));
      if (Math.abs(gap) > 1e-4) wrong.push(`seed ${seed}: gap ${gap} of ${name}`);
    }
    const scale = Math.max(1, Math.abs(Math.min(...costs)));
    if (Math.max(...costs) - Math.min(...costs) > 2e-4 * scale) {
      wrong.push(`seed ${seed}: costs ${costs.join(', ')}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(compared).toBe(SMALL_CASES);
});

test('all backends keep what is worth more after the plan than it would earn or save', async () => {
  const storage = {
    energyMaxWh: 10_000,
    energyStartWh: 4000,
    energyReserveWh: 0,
    energyEndWh: 3000,
    chargeMaxW: 5000,
    dischargeMaxW: 5000,
    oneWayEfficiency: 0.9,
    wearCostPerKwh: 0.01,
    terminalPricePerKwh: 0.15,
  };
  const problem = planOf({
    slotSec: [3600, 3600, 3600],
    connection: {
      loadW: [1000, 1000, 1000],
      pvW: [4000, 2000, 0],
      importPricePerKwh: [0.2, 0.2, 0.5],
      exportPricePerKwh: [0, 0.1, 0.1],
      storage,
    },
  });
  // All PV is stored, and 1 kWh is given where it saves 0.5: of 3 kWh to be left there are more.
  const moreKwh = 4 + 0.9 * 4 - 1 / 0.9 - 3;
  for (const { name, solve } of (await Promise.all(BACKEND_NAMES.map(openBackends))).flat()) {
    const { plan } = solve(problem, PLAN_SETTINGS);
    if (plan === undefined) throw new Error(`${name} has a plan`);
    const { cost, violationKw } = checkPlan(problem, plan);
    expect([...plan.chargeW].map(Math.round), name).toEqual([3000, 1000, 0]);
    expect([...plan.dischargeW].map(Math.round), name).toEqual([0, 0, 1000]);
    expect(violationKw, name).toBeLessThan(1e-3);
    expect(cost, name).toBeCloseTo(5 * 0.01 - moreKwh * 0.15, 3);
  }
});

describe('the chain', () => {
  const problem = planOf({ slotSec: [3600, 3600], sessions: [{}, {}] });
  const broken = (solve: Backend['solve']): Backend => ({ name: 'structured', solve });

  test('auto is the structured engine and then HiGHS', () => {
    expect(chainOf('auto')).toEqual(['structured', 'highs']);
    expect(chainOf('highs')).toEqual(['highs']);
  });

  test('takes the first answer that holds', async () => {
    const answer = planThrough(await openBackends('auto'), problem, PLAN_SETTINGS);
    expect(answer).toMatchObject({ status: 'accepted', backend: 'structured', refused: [] });
  });

  test('goes on to HiGHS where the structured engine has spent its iterations', async () => {
    const settings = { ...PLAN_SETTINGS, iterationsMax: 1 };
    const answer = planThrough(await openBackends('auto'), problem, settings);
    expect(answer).toMatchObject({ status: 'accepted', backend: 'highs' });
    expect(answer.refused.map((it) => it.backend)).toEqual(['structured']);
  });

  test('believes no backend: a plan over a limit, a dear plan, none, or a throw is passed over', async () => {
    const [structured, highs] = (await openBackends('auto')) as [Backend, Backend];
    const { plan, prices } = structured.solve(problem, PLAN_SETTINGS);
    if (plan === undefined || prices === undefined) throw new Error('there is a plan');
    const over = { ...plan, importW: plan.importW.map((it) => it + 500) };
    const idle = planOf({ slotSec: [3600, 3600] });
    const nothing = {
      ...structured.solve(idle, PLAN_SETTINGS).plan,
      sessionW: plan.sessionW.map((it) => it.map(() => 0)),
    };
    const answer = planThrough(
      [
        broken(() => ({ plan: over, prices })),
        broken(() => ({ plan: nothing as typeof plan, prices })),
        broken(() => ({})),
        broken(() => {
          throw new Error('out of memory');
        }),
        highs,
      ],
      problem,
      PLAN_SETTINGS,
    );
    expect(answer.status).toBe('accepted');
    expect(answer.refused.map((it) => it.reason)).toEqual(['violation', 'gap', 'no-plan', 'threw']);
  });

  test('an engine without prices is judged by those of the structured one', async () => {
    const [known] = (await openBackends('structured')) as [Backend];
    const [priceless] = (await openBackends('javascript-lp-solver')) as [Backend];
    const { plan, prices } = priceless.solve(problem, PLAN_SETTINGS);
    expect(prices).toBeUndefined();
    const answer = planThrough([priceless], problem, PLAN_SETTINGS);
    expect(answer).toMatchObject({ status: 'accepted', backend: 'javascript-lp-solver', plan });
    if (answer.status === 'none' || plan === undefined) throw new Error('there is a plan');
    expect(Math.abs(answer.gap)).toBeLessThanOrEqual(1e-4);
    expect(answer.prices).toEqual(known.solve(problem, PLAN_SETTINGS).prices);
    const zeros = plan.importW.map(() => 0);
    const idle = { ...plan, sessionW: plan.sessionW.map((it) => it.map(() => 0)), importW: zeros };
    const { violationKw } = checkPlan(problem, idle);
    expect(violationKw).toBe(0);
    const servesNobody: Backend = { name: 'javascript-lp-solver', solve: () => ({ plan: idle }) };
    expect(planThrough([servesNobody], problem, PLAN_SETTINGS)).toMatchObject({
      status: 'none',
      refused: [{ backend: 'javascript-lp-solver', reason: 'gap' }],
    });
  });

  test('what nothing can be proven of is refused', () => {
    // Prices of the import that are no numbers bound nothing.
    const importPricePerKwh = [Number.NaN, Number.NaN];
    const unknown = { ...problem, connection: { ...problem.connection, importPricePerKwh } };
    const { plan } = solvePlan(problem, PLAN_SETTINGS);
    const answer = planThrough([broken(() => ({ plan }))], unknown, PLAN_SETTINGS);
    expect(answer).toMatchObject({ status: 'none', refused: [{ reason: 'unproven' }] });
  });

  test('is none where nobody answers', () => {
    expect(planThrough([], problem, PLAN_SETTINGS)).toEqual({ status: 'none', refused: [] });
  });
});
