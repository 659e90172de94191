/** When a battery moves energy where money does not say. */
import { describe, expect, test } from 'vitest';
import { mulberry32 } from '../../../simulator/random.js';
import {
  BACKEND_NAMES,
  type Backend,
  openBackends,
  planThrough,
} from '../../../solver/backends/chain.js';
import {
  checkPlan,
  type Plan,
  type PlanProblem,
  type PlanStorage,
  solvePlan,
  storageTieCosts,
} from '../../../solver/index.js';
import { PLAN_SETTINGS, planOf, randomPlan } from './plan-builder.js';

const UNIT = 3e-4;
const STORAGE: PlanStorage = {
  energyMaxWh: 20_000,
  energyStartWh: 4000,
  energyReserveWh: 0,
  energyEndWh: 0,
  chargeMaxW: 5000,
  dischargeMaxW: 5000,
  oneWayEfficiency: 1,
  wearCostPerKwh: 0,
};

function tiesOf(
  { slotSec, connection }: PlanProblem,
  unitPerKwh = UNIT,
): ReturnType<typeof storageTieCosts> {
  let spanHours = 0;
  const slots = slotSec.map((sec, slot) => {
    const startHours = spanHours;
    spanHours += sec / 3600;
    const importPricePerKwh = connection.importPricePerKwh[slot] ?? 0;
    const hasSurplus = (connection.pvW[slot] ?? 0) > (connection.loadW[slot] ?? 0);
    return { startHours, importPricePerKwh, hasSurplus };
  });
  return storageTieCosts(slots, { spanHours, unitPerKwh });
}

function withTies(problem: PlanProblem, unitPerKwh = UNIT): PlanProblem {
  const { connection } = problem;
  if (connection.storage === undefined) return problem;
  const storage = { ...connection.storage, ...tiesOf(problem, unitPerKwh) };
  return { ...problem, connection: { ...connection, storage } };
}

const rounded = (powerW: Float64Array): readonly number[] =>
  [...powerW].map((it) => Math.round(it / 10) * 10 + 0);

async function allBackends(): Promise<readonly Backend[]> {
  return (await Promise.all(BACKEND_NAMES.map(openBackends))).flat();
}

/** Each backend's plan of the same, accepted by the check. */
async function plansOf(problem: PlanProblem): Promise<readonly (readonly [string, Plan])[]> {
  return (await allBackends()).map((backend) => {
    const answer = planThrough([backend], problem, PLAN_SETTINGS);
    if (answer.status === 'none') throw new Error(`${backend.name} has no plan`);
    return [backend.name, answer.plan] as const;
  });
}

describe('within a time of one price', () => {
  const QUARTERS = Array.from({ length: 16 }, () => 900);
  /** Two cheap hours, one that is nothing, one that is dear. */
  const prices = [...Array(8).fill(0.1), ...Array(4).fill(0.2), ...Array(4).fill(0.5)] as number[];

  test('it charges late but for a quarter hour, and gives early', async () => {
    const problem = withTies(
      planOf({
        slotSec: QUARTERS,
        connection: {
          loadW: QUARTERS.map(() => 4000),
          importPricePerKwh: prices,
          storage: { ...STORAGE, energyStartWh: 0, energyMaxWh: 3000 },
        },
      }),
    );
    for (const [name, plan] of await plansOf(problem)) {
      // 3 kWh of the 10 that it could charge, 4 kW of load for 45 minutes.
      const charged = [0, 0, 0, 0, 2000, 5000, 5000, 0, 0, 0, 0, 0, 0, 0, 0, 0];
      expect(rounded(plan.chargeW), name).toEqual(charged);
      const given = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4000, 4000, 4000, 0];
      expect(rounded(plan.dischargeW), name).toEqual(given);
    }
  });

  test('the quarter hour that is left over is used where the time is needed', async () => {
    const problem = withTies(
      planOf({
        slotSec: QUARTERS,
        connection: {
          loadW: QUARTERS.map(() => 20_000),
          importPricePerKwh: prices,
          storage: { ...STORAGE, energyStartWh: 0, dischargeMaxW: 20_000 },
        },
      }),
    );
    for (const [name, plan] of await plansOf(problem))
      expect(rounded(plan.chargeW).slice(0, 8), name).toEqual(Array(8).fill(5000));
  });

  test('a surplus of PV is taken as it comes, before energy of the same price from the grid', async () => {
    const problem = withTies(
      planOf({
        slotSec: QUARTERS,
        connection: {
          loadW: QUARTERS.map(() => 1000),
          pvW: QUARTERS.map((_, slot) => (slot >= 2 && slot < 10 ? 6000 : 0)),
          importPricePerKwh: QUARTERS.map(() => 0.2),
          exportPricePerKwh: QUARTERS.map(() => 0.1),
          storage: { ...STORAGE, energyStartWh: 0, terminalPricePerKwh: 0.15, energyMaxWh: 4000 },
        },
      }),
    );
    for (const [name, plan] of await plansOf(problem)) {
      const charged = [0, 0, 5000, 5000, 5000, 1000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
      expect(rounded(plan.chargeW), name).toEqual(charged);
    }
  });

  test('a vehicle that is to charge soon has the surplus before it', async () => {
    const slotSec = [900, 900, 900, 900];
    const problem = withTies(
      planOf({
        slotSec,
        sessions: [{ energyWh: 800, powerMaxW: 1600, costPerKwh: [0, 5e-4, 1e-3, 1.5e-3] }],
        connection: {
          pvW: [1600, 1600, 1600, 1600],
          importPricePerKwh: [0.2, 0.2, 0.2, 0.2],
          exportPricePerKwh: [0.1, 0.1, 0.1, 0.1],
          storage: { ...STORAGE, energyStartWh: 0, energyEndWh: 600 },
        },
      }),
    );
    for (const [name, plan] of await plansOf(problem)) {
      expect(rounded(plan.sessionW[0] ?? new Float64Array()), name).toEqual([1600, 1600, 0, 0]);
      expect(rounded(plan.chargeW), name).toEqual([0, 0, 1600, 800]);
    }
  });
});

test('no cost is below 0, and those of a whole way in and out are three units at most', () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const problem = randomPlan(mulberry32(seed));
    const { chargeCostPerKwh, dischargeCostPerKwh } = tiesOf(problem, 1);
    expect(Math.min(...chargeCostPerKwh, ...dischargeCostPerKwh)).toBeGreaterThanOrEqual(0);
    const both = Math.max(...chargeCostPerKwh) + Math.max(...dischargeCostPerKwh);
    expect(both).toBeLessThanOrEqual(3);
  }
});

/** Sites by chance that have a battery. */
function* batterySites(count: number): Generator<readonly [number, PlanProblem, PlanStorage]> {
  for (let seed = 1, found = 0; found < count; seed += 1) {
    const problem = randomPlan(mulberry32(seed));
    const { storage } = problem.connection;
    if (storage === undefined) continue;
    found += 1;
    yield [seed, problem, storage];
  }
}

const throughputKwh = ({ slotSec }: PlanProblem, { chargeW, dischargeW }: Plan): number =>
  slotSec.reduce(
    (sum, sec, at) => sum + (((chargeW[at] ?? 0) + (dischargeW[at] ?? 0)) * sec) / 3.6e6,
    0,
  );

test('sites by chance: no more is lost than three units for each kWh, and nothing goes in and out at once', () => {
  const wrong: string[] = [];
  for (const [seed, problem] of batterySites(150)) {
    const tied = withTies(problem);
    const plain = solvePlan(problem, PLAN_SETTINGS);
    const own = solvePlan(tied, PLAN_SETTINGS);
    if (plain.status !== 'accepted' || own.status !== 'accepted') {
      wrong.push(`seed ${seed}: not accepted`);
      continue;
    }
    const { cost } = checkPlan(problem, own.plan);
    const scale = Math.max(1, Math.abs(cost));
    const most = 3 * UNIT * throughputKwh(problem, plain.plan) + 2 * PLAN_SETTINGS.gapMax * scale;
    if (cost > plain.cost + most) wrong.push(`seed ${seed}: ${cost} instead of ${plain.cost}`);
    const both = own.plan.chargeW.map((it, at) => Math.min(it, own.plan.dischargeW[at] ?? 0));
    if (Math.max(...both) > 10) wrong.push(`seed ${seed}: ${Math.max(...both)} W in and out`);
  }
  expect(wrong).toEqual([]);
});

test('sites by chance: prices that differ by more than the units are followed to the last digit', () => {
  const wrong: string[] = [];
  for (const [seed, problem, storage] of batterySites(100)) {
    const { connection } = problem;
    const step = (price: number): number => 0.05 * Math.ceil(price / 0.05);
    const stepped: PlanProblem = {
      ...problem,
      sessions: problem.sessions.map((it) => ({ ...it, costPerKwh: [] })),
      connection: {
        ...connection,
        importPricePerKwh: connection.importPricePerKwh.map(step),
        exportPricePerKwh: connection.exportPricePerKwh.map(() => 0),
        demandChargePerKw: 0,
        storage: {
          ...storage,
          oneWayEfficiency: 0.95,
          wearCostPerKwh: 0.001,
          terminalPricePerKwh: 0,
        },
      },
    };
    const exact = { ...PLAN_SETTINGS, gapMax: 1e-8 };
    const plain = solvePlan(stepped, exact);
    const own = solvePlan(withTies(stepped, 1e-5), exact);
    const { cost } = checkPlan(stepped, own.plan);
    const difference = (cost - plain.costBound) / Math.max(1, Math.abs(cost));
    if (!(difference < 1e-6)) wrong.push(`seed ${seed}: ${difference}`);
  }
  expect(wrong).toEqual([]);
});

test('sites by chance: nothing goes in to be given for nothing', () => {
  const wrong: string[] = [];
  for (const [seed, problem, storage] of batterySites(150)) {
    const { connection } = problem;
    // One price, nothing generated, and nothing lost by moving: what is in store is given.
    const flat = withTies({
      ...problem,
      connection: {
        ...connection,
        pvW: connection.pvW.map(() => 0),
        importPricePerKwh: connection.importPricePerKwh.map(() => 0.2),
        exportPricePerKwh: connection.exportPricePerKwh.map(() => 0.05),
        demandChargePerKw: 0,
        importMaxW: 1e6,
        phaseMaxW: 1e6,
        orders: [],
        storage: { ...storage, wearCostPerKwh: 0, oneWayEfficiency: 1, terminalPricePerKwh: 0.1 },
      },
    });
    const { status, plan } = solvePlan(flat, PLAN_SETTINGS);
    if (status !== 'accepted') wrong.push(`seed ${seed}: not accepted`);
    const most = Math.max(...plan.chargeW);
    if (most > 10) wrong.push(`seed ${seed}: charges ${most} W`);
  }
  expect(wrong).toEqual([]);
});

test('small sites by chance: all backends agree', async () => {
  const backends = await allBackends();
  const wrong: string[] = [];
  let compared = 0;
  for (const [seed, problem] of batterySites(60)) {
    if (problem.sessions.length * problem.slotSec.length > 120) continue;
    compared += 1;
    const tied = withTies(problem);
    const costs = backends.map((backend) => {
      const answer = planThrough([backend], tied, PLAN_SETTINGS);
      if (answer.status === 'none') {
        wrong.push(`seed ${seed}: ${backend.name} has no plan`);
        return Number.NaN;
      }
      return answer.cost;
    });
    const scale = Math.max(1, Math.abs(costs[0] ?? 0));
    if (!(Math.max(...costs) - Math.min(...costs) <= 2e-4 * scale))
      wrong.push(`seed ${seed}: ${costs.join(', ')}`);
  }
  expect(wrong).toEqual([]);
  expect(compared).toBeGreaterThan(10);
});
