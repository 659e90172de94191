/** What a plan gives to vehicles is what the engine then grants them. */
import { expect, test } from 'vitest';
import { circuitId } from '../../solver/index.js';
import { buildAnyPlan } from '../../src/planning/build-problem.js';
import type { PlanInput } from '../../src/planning/plan-input.js';
import { readPlan } from '../../src/planning/read-plan.js';
import type { SitePlan } from '../../src/planning/site-plan.js';
import { solveSite } from '../../src/planning/solve.js';
import type { SiteStorage } from '../../src/sites/site.js';
import { feed, type Script, wait } from '../control/ideal-station.js';
import { charging, claimAll, inputOf } from './planned-site.js';

const BATTERY: SiteStorage = {
  id: 'b1',
  name: 'Battery',
  circuitId: circuitId('grid'),
  capacityWh: 40_000,
  chargeMaxW: 20_000,
  dischargeMaxW: 20_000,
  efficiencyFraction: 0.9,
  reserveFraction: 0.1,
};
/** All of the connection, for two hours. */
const LIMIT_A = 32;
const MOST_WH = 2 * LIMIT_A * 690;

/** Four vehicles that want four times as much as the connection carries until they leave. */
function crowded(): Script {
  const script = charging({ stations: 4, limitA: LIMIT_A });
  feed(script, {
    type: 'site.edited',
    site: { ...script.state.site, storage: [BATTERY], version: 2 },
    actor: 'test',
  });
  claimAll(script, 40_000, 2);
  return script;
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

test.each([
  ['PV', { pvAt: () => 22_000 }],
  ['a battery', { storage: [{ storageId: 'b1', energyWh: 40_000, chargeMaxW: 0, powerW: 0 }] }],
])(
  'a wye connection with %s is no larger to vehicles: each gets what is planned',
  async (_, own) => {
    const script = crowded();
    const plan = await planOf(inputOf(script, own));
    expect(sum(plan.sessions.map((it) => it.plannedWh))).toBeLessThanOrEqual(MOST_WH + 10);
    expect(sum(plan.sessions.map((it) => it.plannedWh))).toBeGreaterThan(0.95 * MOST_WH);
    feed(script, { type: 'plan.made', plan });
    wait(script, 120_000);
    for (const { evseId, steps } of plan.sessions) {
      const limitA = script.state.evses.get(evseId)?.decision?.limitA ?? 0;
      expect(Math.abs(limitA - (steps[0]?.targetA ?? 0)), evseId).toBeLessThanOrEqual(1);
    }
  },
);

async function planOf(input: PlanInput): Promise<SitePlan> {
  const built = buildAnyPlan(input);
  const solved = await solveSite(built.problem, 'auto');
  if (solved === undefined) throw new Error('there is a plan');
  return readPlan(built, solved.plan, solved.engine);
}

test('where there is only the grid the connection is not counted twice', () => {
  const { problem } = buildAnyPlan(inputOf(crowded()));
  expect(problem.groups).toEqual([]);
  expect(problem.panels.flatMap((it) => it.limitW).every((it) => it > 1e6)).toBe(true);
});
