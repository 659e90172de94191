/** More wanted than there is, while energy or peaks cost: what no plan can meet drowns nothing else. */
import { expect, test } from 'vitest';
import { mulberry32, type Random } from '../../../simulator/random.js';
import { type Highs, loadHighs, solveWithHighs } from '../../../solver/backends/highs.js';
import {
  checkPlan,
  costBound,
  type Plan,
  type PlanProblem,
  solvePlan,
  tieCosts,
} from '../../../solver/index.js';
import { PLAN_SETTINGS, planOf } from './plan-builder.js';

const VOLTAGE_V = 230;
const PILOT_A = 32;
/** What a limit can say. */
const STEP_A = 1;
/** Fine slots now, quarters of an hour for three hours, then hours. */
const SLOT_SEC = [300, 300, 300, ...Array(11).fill(900), ...Array(6).fill(3600)] as number[];
const START_HOURS = SLOT_SEC.map(
  (_, slot) => SLOT_SEC.slice(0, slot).reduce((sum, sec) => sum + sec, 0) / 3600,
);
const SPAN_HOURS = (START_HOURS.at(-1) as number) + (SLOT_SEC.at(-1) as number) / 3600;

interface Scarce {
  readonly count: number;
  readonly limitA: number;
  readonly dearest: number;
  readonly priceAt: (hours: number) => number;
  readonly demandChargePerKw: number;
  /** Hours to stay and energy of a vehicle. */
  readonly draw: (index: number) => { readonly stayHours: number; readonly energyWh: number };
}

function scarcePlan({ count, limitA, dearest, priceAt, demandChargePerKw, draw }: Scarce) {
  const phaseMaxW = limitA * VOLTAGE_V;
  const powerMaxW = 3 * PILOT_A * VOLTAGE_V;
  const every = (value: number): number[] => SLOT_SEC.map(() => value);
  const prices = START_HOURS.map((hours) => priceAt(hours) + 0.002 * dearest * hours);
  const problem = planOf({
    slotSec: SLOT_SEC,
    phaseCount: 3,
    sessions: Array.from({ length: count }, (_, index) => {
      const { stayHours, energyWh } = draw(index);
      const endSlot = START_HOURS.findLastIndex((it) => it < stayHours);
      const spareHours = stayHours - energyWh / powerMaxW;
      const costPerKwh = tieCosts(
        { isOn: index % 3 === 0, spareHours },
        START_HOURS.slice(0, endSlot),
        { spanHours: SPAN_HOURS, unitPerKwh: 0.02 * dearest },
      );
      return { energyWh, powerMaxW, firstSlot: 0, endSlot, costPerKwh };
    }),
    connection: {
      importMaxW: 3 * phaseMaxW,
      phaseMaxW,
      exportMaxW: 0,
      importPricePerKwh: prices,
      exportPricePerKwh: every(0),
      demandChargePerKw,
    },
  });
  const unmetPerKwh = 10 * dearest + 4 * demandChargePerKw;
  const weights = { unmetPerKwh, orderPerKwh: 5 * unmetPerKwh, siteLimitPerKwh: 20 * unmetPerKwh };
  return { ...problem, weights };
}

const nowA = ({ sessionW }: Plan): readonly number[] =>
  sessionW.map((it) => (it[0] ?? 0) / 3 / VOLTAGE_V);

function best(highs: Highs, problem: PlanProblem): Plan {
  const { plan } = solveWithHighs(highs, problem, { mode: 'simplex', gapMax: 1e-4 });
  if (plan === undefined) throw new Error('HiGHS finds a plan');
  return plan;
}

test.each([
  ['prices differ by a cent', { dearest: 0.31, demandChargePerKw: 0 }],
  ['a peak costs', { dearest: 0.1, demandChargePerKw: 15 }],
])('12 vehicles at 32 A where %s: one charges now, the one that HiGHS names', async (_, costs) => {
  const problem = scarcePlan({
    count: 12,
    limitA: 32,
    ...costs,
    priceAt: (hours) => costs.dearest - (hours >= 2 && hours < 3 ? 0 : 0.01),
    draw: (index) => ({ stayHours: 2.2 + 0.2 * index, energyWh: 20_000 }),
  });
  const answer = solvePlan(problem, PLAN_SETTINGS);
  const bestA = nowA(best(await loadHighs(), problem));
  expect(answer.status).toBe('accepted');
  for (const [index, currentA] of nowA(answer.plan).entries())
    expect(Math.abs(currentA - (bestA[index] as number)), `vehicle ${index}`).toBeLessThan(STEP_A);
  expect(bestA.filter((it) => it > 1)).toHaveLength(1);
});

/** Up to twenty vehicles, much too little for them or not quite enough. */
function drawScarce(random: Random): PlanProblem {
  const count = 3 + Math.floor(18 * random());
  const dearest = 0.1 + 0.3 * random();
  const hourly = Array.from({ length: 24 }, () => dearest - 0.1 * random());
  return scarcePlan({
    count,
    limitA: 6 + PILOT_A * count * 0.3 * random(),
    dearest,
    priceAt: (hours) => hourly[Math.floor(hours)] as number,
    demandChargePerKw: random() < 0.5 ? 0 : 20 * random(),
    draw: () => ({ stayHours: 1 + 5 * random(), energyWh: 10_000 + 50_000 * random() }),
  });
}

const CASES = Number(process.env['PLAN_CASES'] ?? 60);

test(`${CASES} sites by chance with too little energy: the money of the best plan, and its prices prove it`, async () => {
  const highs = await loadHighs();
  const wrong: string[] = [];
  let scarce = 0;
  for (let seed = 1; seed <= CASES; seed += 1) {
    const problem = drawScarce(mulberry32(seed));
    const answer = solvePlan(problem, PLAN_SETTINGS);
    const found = checkPlan(problem, answer.plan);
    const reference = checkPlan(problem, best(highs, problem));
    const money = Math.max(1, Math.abs(reference.cost - reference.penalty));
    if (reference.penalty > 10 * money) scarce += 1;
    if (answer.status !== 'accepted') wrong.push(`seed ${seed}: gap ${answer.gap}`);
    if (Math.abs(found.cost - reference.cost) > 1e-3 * money)
      wrong.push(`seed ${seed}: ${found.cost}, HiGHS ${reference.cost} with ${money} of money`);
    const ownMoney = found.cost - found.penalty;
    if (Math.abs(ownMoney - reference.cost + reference.penalty) > 1e-3 * money)
      wrong.push(`seed ${seed}: ${ownMoney} of money, HiGHS ${money}`);
    const proven = found.cost - costBound(problem, answer.prices);
    if (proven > 1e-3 * money) wrong.push(`seed ${seed}: its prices prove ${proven}`);
  }
  expect(wrong).toEqual([]);
  expect(scarce).toBeGreaterThan(CASES / 4);
});
