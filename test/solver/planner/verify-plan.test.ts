import { describe, expect, test } from 'vitest';
import { checkPlan, type Plan, type PlanProblem, solvePlan } from '../../../solver/index.js';
import { PLAN_SETTINGS, planOf } from './plan-builder.js';

const problem: PlanProblem = planOf({
  slotSec: [3600, 1800],
  phaseCount: 3,
  sessions: [{ phases: [0] }, { energyWh: 20_000 }],
  panelLimitW: [6000, 4000, 4000],
  connection: {
    loadW: [3000, 3000],
    pvW: [0, 6000],
    demandChargePerKw: 0.1,
    storage: {
      energyMaxWh: 4000,
      energyStartWh: 2000,
      energyReserveWh: 500,
      energyEndWh: 2000,
      chargeMaxW: 2000,
      dischargeMaxW: 2000,
      oneWayEfficiency: 0.95,
      wearCostPerKwh: 0.01,
    },
  },
});
const { plan } = solvePlan(problem, PLAN_SETTINGS);

const with0 = (values: Float64Array, valueW: number): Float64Array =>
  values.map((old, slot) => (slot === 0 ? valueW : old));

/** What is changed, the plan with it, and the excess that is to be found, kW. */
const BROKEN: readonly (readonly [string, Plan, number])[] = [
  ['import without a balance', { ...plan, importW: plan.importW.map((it) => it + 500) }, 0.5],
  ['more PV curtailed than there is', { ...plan, curtailedW: with0(plan.curtailedW, 700) }, 0.7],
  [
    'negative charging',
    { ...plan, sessionW: [Float64Array.of(-100, 0), plan.sessionW[1] ?? plan.importW] },
    0.1,
  ],
  [
    'more charged than wanted',
    { ...plan, sessionW: [Float64Array.of(6000, 0), Float64Array.of(0, 0)] },
    1,
  ],
  [
    'a panel over its limit on one phase',
    { ...plan, sessionW: [Float64Array.of(0, 9000), Float64Array.of(0, 0)] },
    3,
  ],
  [
    'an EVSE over its limit',
    { ...plan, sessionW: [Float64Array.of(0, 0), Float64Array.of(11_000, 0)] },
    1,
  ],
  ['storage over its power', { ...plan, chargeW: with0(plan.chargeW, 2500) }, 0.5],
  [
    'storage that ends too low',
    { ...plan, dischargeW: Float64Array.of(1500, 1000), chargeW: Float64Array.of(0, 0) },
    1.5,
  ],
];

describe('checkPlan', () => {
  test('finds nothing in a plan that is accepted', () => {
    expect(checkPlan(problem, plan).violationKw).toBeLessThanOrEqual(1e-6);
  });

  test.each(BROKEN)('finds %s', (_, broken, excessKw) => {
    expect(checkPlan(problem, broken).violationKw).toBeGreaterThanOrEqual(excessKw - 1e-6);
  });

  test('takes nothing that is not a number or of another shape', () => {
    const holes = { ...plan, importW: with0(plan.importW, Number.NaN) };
    expect(checkPlan(problem, holes).violationKw).toBe(Infinity);
    const short = { ...plan, exportW: plan.exportW.slice(1) };
    expect(checkPlan(problem, short).violationKw).toBe(Infinity);
    expect(checkPlan(problem, { ...plan, sessionW: [] }).violationKw).toBe(Infinity);
  });
});
