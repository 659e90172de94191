import { describe, expect, test } from 'vitest';
import { mulberry32 } from '../../../simulator/random.js';
import { loadHighs, solveWithHighs } from '../../../solver/backends/highs.js';
import { checkPlan, costBound, type PlanProblem, solvePlan } from '../../../solver/index.js';
import { PLAN_SETTINGS, planOf, randomPlan } from './plan-builder.js';

const storage = {
  energyMaxWh: 10_000,
  energyStartWh: 0,
  energyReserveWh: 0,
  energyEndWh: 0,
  chargeMaxW: 20_000,
  dischargeMaxW: 20_000,
  oneWayEfficiency: 0.9,
  wearCostPerKwh: 0.01,
};

/** Note, problem, what the optimum costs. */
const BY_HAND: readonly (readonly [string, PlanProblem, number])[] = [
  ['nothing to do costs nothing', planOf({}), 0],
  ['one session in one slot pays its energy', planOf({ sessions: [{}] }), 1],
  [
    'charges in the cheaper slot',
    planOf({
      slotSec: [3600, 3600],
      sessions: [{}],
      connection: { importPricePerKwh: [0.3, 0.1] },
    }),
    0.5,
  ],
  [
    'counts slots by their length',
    // 10 kW for a quarter of an hour at 0.1, the rest of 5 kWh at 0.3.
    planOf({ slotSec: [3600, 900], sessions: [{}], connection: { importPricePerKwh: [0.3, 0.1] } }),
    0.25 + 0.75,
  ],
  [
    'a full panel serves the higher priority first',
    // 12 kWh at 0.2; 8 kWh of the other stay unmet at 2.
    planOf({
      sessions: [{ energyWh: 10_000 }, { energyWh: 10_000, priority: 2 }],
      panelLimitW: [12_000],
    }),
    2.4 + 16,
  ],
  [
    'a building above its limit leaves nothing and breaks nothing else',
    // 60 kWh at 0.2, 10 kW above the limit at 100, 5 kWh unmet at 2.
    planOf({ sessions: [{}], connection: { loadW: [60_000] } }),
    12 + 1000 + 10,
  ],
  [
    'a demand charge levels the import',
    planOf({
      slotSec: [3600, 3600],
      sessions: [{ energyWh: 8000 }],
      connection: { importPricePerKwh: [0.2, 0.1], demandChargePerKw: 1 },
    }),
    0.8 + 0.4 + 4,
  ],
  [
    'the peak so far is paid already',
    planOf({
      slotSec: [3600, 3600],
      sessions: [{ energyWh: 8000 }],
      connection: {
        importPricePerKwh: [0.2, 0.1],
        demandChargePerKw: 1,
        peakSoFarW: 8000,
      },
    }),
    0.8,
  ],
  [
    'storage moves energy to the dear slot',
    // 10 kWh stored: 11.11 bought at 0.1, 9 delivered at 0.5; wear on both.
    planOf({
      slotSec: [3600, 3600],
      connection: { loadW: [0, 9000], importPricePerKwh: [0.1, 0.5], storage },
    }),
    (10 / 0.9) * 0.11 + 9 * 0.01,
  ],
  [
    'PV is stored for later where that is worth more than to sell it',
    // 8 kWh of PV: 7.2 arrive in store, worth 0.23 each; wear on 8.
    planOf({
      connection: { pvW: [8000], storage: { ...storage, terminalPricePerKwh: 0.23 } },
    }),
    8 * 0.01 - 7.2 * 0.23,
  ],
  [
    'what is stored for later costs no more than it is worth then',
    // A kWh in store costs 0.21 / 0.9, which is more than 0.23.
    planOf({ connection: { storage: { ...storage, terminalPricePerKwh: 0.23 } } }),
    0,
  ],
  [
    'only what is in store above the wanted end counts',
    // 4 kWh are there, 3 are to be left: 1 kWh worth 0.2 stays.
    planOf({
      connection: {
        exportPricePerKwh: [0],
        storage: {
          ...storage,
          energyStartWh: 4000,
          energyEndWh: 3000,
          terminalPricePerKwh: 0.2,
        },
      },
    }),
    -0.2,
  ],
  [
    'an order of the grid comes before energy and after the limit',
    // 4 kWh at 0.2, 1 kWh unmet at 2.
    planOf({
      sessions: [{}],
      connection: { orders: [{ firstSlot: 0, endSlot: 1, importMaxW: 4000 }] },
    }),
    0.8 + 2,
  ],
  [
    'a load above the order breaks it and is not made worse',
    planOf({
      sessions: [{}],
      connection: {
        loadW: [6000],
        orders: [{ firstSlot: 0, endSlot: 1, importMaxW: 4000 }],
      },
    }),
    1.2 + 40 + 10,
  ],
  ['PV above the load is sold', planOf({ sessions: [{}], connection: { pvW: [8000] } }), -3 * 0.04],
  [
    'PV that nobody takes is curtailed',
    planOf({ sessions: [{}], connection: { pvW: [8000], exportMaxW: 0 } }),
    0,
  ],
  [
    'a single-phase vehicle is bound by its phase',
    // 3 kW on phase 1: 3 kWh at 0.2, 2 kWh unmet.
    planOf({ phaseCount: 3, sessions: [{ phases: [1] }], connection: { phaseMaxW: 3000 } }),
    0.6 + 4,
  ],
  [
    'a three-phase vehicle uses all of them',
    planOf({ phaseCount: 3, sessions: [{}], connection: { phaseMaxW: 3000 } }),
    1,
  ],
  [
    'phases are over their limit in the slots where the building is, and in no others',
    // Slot 3 of 4: 60 kWh at 0.2, 10 kWh above the limit at 100; elsewhere 24 and 5 kWh.
    planOf({
      phaseCount: 3,
      slotSec: [3600, 3600, 3600, 3600],
      sessions: [{}],
      connection: {
        phaseMaxW: 17_000,
        importMaxW: 70_000,
        loadW: [8000, 8000, 8000, 60_000],
      },
    }),
    12 + 900 + 4.8 + 1,
  ],
  ['a dead panel leaves its sessions unmet', planOf({ sessions: [{}], panelLimitW: [0] }), 10],
];

describe('plans by hand', () => {
  test.each(BY_HAND)('%s', (_, problem, cost) => {
    const answer = solvePlan(problem, PLAN_SETTINGS);
    expect(answer.status).toBe('accepted');
    expect(Math.abs(answer.cost - cost)).toBeLessThanOrEqual(1e-4 * Math.max(1, cost));
    expect(answer.costBound).toBeLessThanOrEqual(cost + 1e-9 * Math.max(1, Math.abs(cost)));
  });

  test('the same problem gives the same plan to the last bit', () => {
    const problem = randomPlan(mulberry32(11));
    expect(solvePlan(problem, PLAN_SETTINGS)).toEqual(solvePlan(problem, PLAN_SETTINGS));
  });

  test('fails by name where iterations do not suffice', () => {
    const problem = planOf({ slotSec: [3600, 3600], sessions: [{}, {}] });
    const answer = solvePlan(problem, { ...PLAN_SETTINGS, iterationsMax: 1 });
    expect(answer.status).toBe('failed');
  });
});

/** More than in a daily run: PLAN_CASES=1000. */
const CASES = Number(process.env['PLAN_CASES'] ?? 200);

test(`${CASES} sites by chance: accepted, and as good as HiGHS`, async () => {
  const highs = await loadHighs();
  const wrong: string[] = [];
  for (let seed = 1; seed <= CASES; seed += 1) {
    const problem = randomPlan(mulberry32(seed));
    const answer = solvePlan(problem, PLAN_SETTINGS);
    const { plan } = solveWithHighs(highs, problem, { mode: 'simplex', gapMax: 1e-4 });
    if (answer.status !== 'accepted') {
      wrong.push(`seed ${seed}: gap ${answer.gap}, ${answer.violationKw} kW over`);
    }
    if (plan === undefined) wrong.push(`seed ${seed}: no answer of HiGHS`);
    else {
      const reference = checkPlan(problem, plan);
      const scale = Math.max(1, Math.abs(reference.cost));
      if (reference.violationKw > 1e-3) wrong.push(`seed ${seed}: HiGHS ${reference.violationKw}`);
      if (answer.cost - reference.cost > 1e-4 * scale) {
        wrong.push(`seed ${seed}: ${answer.cost} costs more than ${reference.cost}`);
      }
      if (answer.costBound - reference.cost > 1e-6 * scale) {
        wrong.push(`seed ${seed}: bound ${answer.costBound} above ${reference.cost}`);
      }
    }
  }
  expect(wrong).toEqual([]);
});

test('prices of the wrong sign or at random still bound the cost from below', () => {
  const random = mulberry32(5);
  for (let seed = 1; seed <= 30; seed += 1) {
    const problem = randomPlan(mulberry32(seed));
    const { prices, cost } = solvePlan(problem, PLAN_SETTINGS);
    const shaken = Object.fromEntries(
      Object.entries(prices).map(([name, values]) => [
        name,
        (values as Float64Array).map((price) => price + 0.2 * (random() - 0.5)),
      ]),
    ) as unknown as typeof prices;
    expect(costBound(problem, shaken)).toBeLessThanOrEqual(cost + 1e-9);
  }
});
