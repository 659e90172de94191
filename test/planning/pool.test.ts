import { afterEach, expect, test } from 'vitest';
import { canonicalPlanProblem } from '../../benchmarks/plan/canonical.js';
import { checkPlan } from '../../solver/index.js';
import { createPlanPool, type PlanPool } from '../../src/planning/pool.js';
import { rememberingLog } from '../support/test-store.js';

let pool: PlanPool | undefined;
afterEach(async () => pool?.stop());

const PROBLEM = canonicalPlanProblem({ sessionCount: 20, phaseCount: 3, seed: 1 });

test('plans come back from a thread as the solver made them, by either solver', async () => {
  pool = createPlanPool({ log: rememberingLog(), threadsMax: 2, timeoutMs: 60_000, waitingMax: 9 });
  const [own, highs] = await Promise.all([
    pool.solve(PROBLEM, 'structured'),
    pool.solve(PROBLEM, 'highs'),
  ]);
  expect([own?.engine, highs?.engine]).toEqual(['structured', 'highs']);
  for (const solved of [own, highs]) {
    expect(solved && checkPlan(PROBLEM, solved.plan).violationKw).toBeLessThan(0.01);
  }
  const difference = Math.abs((own?.cost ?? 0) - (highs?.cost ?? Infinity));
  expect(difference).toBeLessThan(2e-4 * (highs?.cost ?? 0));
});

test('what takes too long is given up, and the next one has a thread again', async () => {
  const log = rememberingLog();
  pool = createPlanPool({ log, threadsMax: 1, timeoutMs: 1, waitingMax: 9 });
  expect(await pool.solve(PROBLEM, 'auto')).toBeUndefined();
  expect(await pool.solve(PROBLEM, 'auto')).toBeUndefined();
});

test('the oldest gives way where too many wait; stopped, it answers everybody with nothing', async () => {
  pool = createPlanPool({ log: rememberingLog(), threadsMax: 1, timeoutMs: 60_000, waitingMax: 1 });
  const first = pool.solve(PROBLEM, 'auto');
  const second = pool.solve(PROBLEM, 'auto');
  const third = pool.solve(PROBLEM, 'auto');
  expect(await second).toBeUndefined();
  expect((await first)?.engine).toBe('structured');
  await pool.stop();
  expect(await third).toBeUndefined();
  expect(await pool.solve(PROBLEM, 'auto')).toBeUndefined();
});
