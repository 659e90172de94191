import { describe, expect, test } from 'vitest';
import { canonicalPlanProblem } from '../../benchmarks/plan/canonical.js';
import { CHANGES } from '../../benchmarks/plan/changes.js';
import { openEngines } from '../../benchmarks/plan/engines.js';
import { ADVERSITIES, adversePlan, runInstances } from '../../benchmarks/plan/instances.js';
import { measureProblem, type PlanRun } from '../../benchmarks/plan/measure.js';
import { belowThreshold, markdown, summarise } from '../../benchmarks/plan/summary.js';
import { mulberry32 } from '../../simulator/random.js';

describe('the canonical problem', () => {
  test('draws arrival, stay, energy, rating, phase and priority in this order', () => {
    const random = mulberry32(7);
    const [arrival, stay, energy, rating, phase, priority] = Array.from({ length: 6 }, random) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const [session] = canonicalPlanProblem({ sessionCount: 3, phaseCount: 3, seed: 7 }).sessions;
    const arrivalHour = 6.5 + 3.5 * arrival;
    expect(session?.firstSlot).toBe(Math.ceil(4 * arrivalHour));
    expect(session?.endSlot).toBe(Math.floor(4 * (arrivalHour + 2 + 8 * stay)));
    expect(session?.energyWh).toBeCloseTo(5000 + 45_000 * energy, 6);
    const ratings = [7400, 11_000, 22_000];
    expect(session?.powerMaxW).toBe(ratings[rating < 0.3 ? 0 : rating < 0.8 ? 1 : 2]);
    const single = [Math.floor(3 * phase)];
    expect(session?.phases).toEqual(session?.powerMaxW === 7400 ? single : [0, 1, 2]);
    expect(session?.priority).toBe([1, 1, 1, 2, 5][Math.floor(5 * priority)]);
  });

  test('has the sessions of another phase count, and ten a panel', () => {
    const one = canonicalPlanProblem({ sessionCount: 54, phaseCount: 1, seed: 3 });
    const three = canonicalPlanProblem({ sessionCount: 54, phaseCount: 3, seed: 3 });
    expect(one.sessions.map((it) => it.energyWh)).toEqual(three.sessions.map((it) => it.energyWh));
    expect(one.connection.importPricePerKwh).toEqual(three.connection.importPricePerKwh);
    expect(one.panels.length).toBe(6);
    expect(Math.min(...one.connection.importPricePerKwh)).toBeGreaterThanOrEqual(0.04);
    expect(one.sessions.every((it) => it.endSlot > it.firstSlot && it.endSlot <= 96)).toBe(true);
  });
});

test('every engine plans a small site as accurately as was asked', async () => {
  const engines = await openEngines({ names: ['structured', 'highs'], isWarm: false });
  const runs = measureProblem(engines, { sessionCount: 12, phaseCount: 3, seed: 1 });
  expect(runs.map((run) => `${run.engine} ${run.mode}`).toSorted()).toEqual([
    'highs ipm',
    'highs simplex',
    'structured cold',
  ]);
  const accurate = runs.filter((run) => run.mode !== 'ipm');
  expect(accurate.every((run) => run.isAccurate)).toBe(true);
  const costs = accurate.map((run) => run.objective ?? Number.NaN) as [number, number];
  expect(Math.abs(costs[0] - costs[1])).toBeLessThanOrEqual(1e-4 * Math.abs(costs[1]));
});

test('a ratio is the median over seeds, against the fastest accurate mode of each seed', () => {
  const run = (engine: string, mode: string, seed: number, cpuMs: number, isAccurate = true) =>
    ({ engine, mode, seed, cpuMs, isAccurate, sessions: 54, phases: 1, iterations: 10 }) as PlanRun;
  const [summary] = summarise([
    ...[1, 2, 3].map((seed) => run('structured', 'cold', seed, 10)),
    run('highs', 'simplex', 1, 40),
    run('highs', 'ipm', 1, 30),
    run('highs', 'simplex', 2, 50),
    run('highs', 'ipm', 2, 20, false),
    run('highs', 'simplex', 3, 90),
    run('javascript-lp-solver', 'simplex', 1, 4000),
  ]);
  expect(summary?.vsHighs).toBe(5);
  expect(summary?.vsJavascriptLpSolver).toBe(400);
  expect(summary?.failures).toBe(0);
  const rows = summary === undefined ? [] : [summary];
  expect(belowThreshold(rows, { highs: 5, javascript: 400 }, [])).toEqual([]);
  expect(belowThreshold(rows, { highs: 6, javascript: 400 }, []).length).toBe(1);
  expect(markdown(rows, [])).toContain('| 1 | 54 | cold | 10.0 | 50.0 | 5.0 x | 400.0 x |');
});

describe('a change between two plans', () => {
  test.each(CHANGES)('%s: every engine re-plans as accurately as was asked', async (change) => {
    const engines = await openEngines({ names: ['structured', 'highs'], isWarm: true });
    const size = { sessionCount: 12, phaseCount: 3, seed: 2 } as const;
    const runs = measureProblem(engines, size, change);
    const wanted = runs.filter((run) => run.mode !== 'ipm');
    expect(wanted.map((run) => run.mode).toSorted()).toEqual(['simplex', 'warm', 'warm simplex']);
    expect(wanted.filter((run) => !run.isAccurate)).toEqual([]);
    const costs = wanted.map((run) => run.objective ?? Number.NaN);
    const most = Math.max(...costs);
    expect(most - Math.min(...costs)).toBeLessThanOrEqual(1e-4 * Math.abs(most));
  });
});

test('adversities are what they say', () => {
  const names = ADVERSITIES.map((it) => it.name);
  expect(new Set(names).size).toBe(names.length);
  const problems = Array.from({ length: names.length }, (_, at) => adversePlan(at + 1));
  for (const [at, { name, problem }] of problems.entries()) {
    expect(name).toBe(names[(at + 1) % names.length]);
    expect(problem.sessions.length).toBeGreaterThan(0);
    expect(problem.sessions.length).toBeLessThanOrEqual(300);
  }
});

test('sixty generated instances: no failure', () => {
  const report = runInstances({ count: 60, firstSeed: 1, sessionsMax: 60 });
  expect(report.failures).toEqual([]);
  expect(report.runs).toBe(60);
});
