/** Generated instances with what makes planning hard, each planned by the structured engine. */
import { mulberry32, type Random } from '../../simulator/random.js';
import { type PlanConnection, type PlanProblem, solvePlan } from '../../solver/index.js';
import { canonicalPlanProblem } from './canonical.js';
import { SETTINGS } from './engines.js';

type Alter = (problem: PlanProblem, random: Random) => PlanProblem;

interface Adversity {
  readonly name: string;
  readonly alter: Alter;
}

const connect =
  (change: (connection: PlanConnection, random: Random) => Partial<PlanConnection>): Alter =>
  (problem, random) => ({
    ...problem,
    connection: { ...problem.connection, ...change(problem.connection, random) },
  });

const tied: Alter = connect(({ importPricePerKwh }) => ({
  importPricePerKwh: importPricePerKwh.map(() => 0.2),
  exportPricePerKwh: importPricePerKwh.map(() => 0.2),
}));

const deadPanels: Alter = (problem, random) => ({
  ...problem,
  panels: problem.panels.map((it) =>
    random() < 0.4 ? { ...it, limitW: it.limitW.map(() => 0) } : it,
  ),
});

/** Panels whose other load takes all of them at times. */
const busyPanels: Alter = (problem, random) => ({
  ...problem,
  panels: problem.panels.map((it) => ({
    ...it,
    loadW: it.limitW.map((most) => problem.slotSec.map(() => 1.3 * most * random())),
  })),
});

const noBattery: Alter = (problem) => {
  const { storage: _, ...connection } = problem.connection;
  return { ...problem, connection };
};

const overloaded: Alter = connect(({ loadW, importMaxW }, random) => ({
  loadW: loadW.map(() => importMaxW * (0.4 + 1.2 * random())),
}));

const sameSessions: Alter = (problem) => {
  const [model] = problem.sessions;
  return {
    ...problem,
    sessions: problem.sessions.map((it) => ({ ...model, id: it.id, panelIndex: it.panelIndex })),
  } as PlanProblem;
};

const unevenSlots: Alter = (problem, random) => ({
  ...problem,
  slotSec: problem.slotSec.map(() => [300, 900, 1800, 3600][Math.floor(4 * random())] ?? 900),
});

/** By `seed % length`: every one is met. */
export const ADVERSITIES: readonly Adversity[] = [
  { name: 'canonical', alter: (problem) => problem },
  { name: 'tied prices', alter: tied },
  { name: 'dead panels', alter: deadPanels },
  { name: 'busy panels', alter: busyPanels },
  { name: 'no battery', alter: noBattery },
  { name: 'overloaded building', alter: overloaded },
  {
    name: 'tied prices, dead panels, no battery, overloaded building',
    alter: (problem, random) =>
      [tied, deadPanels, noBattery, overloaded].reduce((it, alter) => alter(it, random), problem),
  },
  {
    name: 'equal sessions and tied prices',
    alter: (problem, random) => sameSessions(tied(problem, random), random),
  },
  { name: 'slots of any length', alter: unevenSlots },
  { name: 'no export', alter: connect(() => ({ exportMaxW: 0 })) },
  { name: 'no demand charge', alter: connect(() => ({ demandChargePerKw: 0 })) },
  {
    name: 'a grid order of nothing',
    alter: connect(({ orders }) => ({ orders: orders.map((it) => ({ ...it, importMaxW: 0 })) })),
  },
];

export interface Instance {
  readonly name: string;
  readonly problem: PlanProblem;
}

/** One to `sessionsMax` sessions, one or three phases, and the adversity whose turn it is. */
export function adversePlan(seed: number, sessionsMax = 300): Instance {
  const random = mulberry32(1_000_003 + seed);
  const sessionCount = Math.ceil(sessionsMax * random() ** 2);
  const phaseCount = random() < 0.5 ? 1 : 3;
  const { name, alter } = ADVERSITIES[seed % ADVERSITIES.length] as Adversity;
  const problem = canonicalPlanProblem({ sessionCount, phaseCount, seed });
  return { name, problem: alter(problem, random) };
}

export interface InstanceReport {
  readonly runs: number;
  readonly failures: readonly string[];
  readonly gapMax: number;
  readonly violationMaxKw: number;
  readonly iterationsMax: number;
}

export function runInstances({
  count,
  firstSeed,
  sessionsMax,
}: {
  readonly count: number;
  readonly firstSeed: number;
  readonly sessionsMax: number;
}): InstanceReport {
  const failures: string[] = [];
  let gapMax = 0;
  let violationMaxKw = 0;
  let iterationsMax = 0;
  for (let seed = firstSeed; seed < firstSeed + count; seed += 1) {
    const { name, problem } = adversePlan(seed, sessionsMax);
    const { status, gap, violationKw, iterations } = solvePlan(problem, SETTINGS);
    if (status !== 'accepted') {
      failures.push(`seed ${seed}, ${name}: gap ${gap}, ${violationKw} kW over`);
    }
    gapMax = Math.max(gapMax, gap);
    violationMaxKw = Math.max(violationMaxKw, violationKw);
    iterationsMax = Math.max(iterationsMax, iterations);
  }
  return { runs: count, failures, gapMax, violationMaxKw, iterationsMax };
}
