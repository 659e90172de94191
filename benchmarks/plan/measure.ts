/** Runs all engines on one problem after the other in one process, and checks every answer. */
import { checkPlan, costBound, type PlanProblem } from '../../solver/index.js';
import { type CanonicalSize, canonicalPlanProblem } from './canonical.js';
import { type Change, changedProblem } from './changes.js';
import { type Engine, type EngineAnswer, GAP_MAX, VIOLATION_MAX_KW } from './engines.js';

export interface PlanRun {
  readonly engine: string;
  readonly sessions: number;
  readonly phases: 1 | 3;
  readonly seed: number;
  readonly mode: string;
  /** With the build of the model. */
  readonly cpuMs: number;
  readonly wallMs: number;
  /** null where the engine gave no plan. */
  readonly objective: number | null;
  /** Distance from the best proven bound of the problem; null without a plan or a bound. */
  readonly gap: number | null;
  readonly violationKw: number | null;
  readonly iterations: number;
  /** A plan within the accuracy that was asked for. */
  readonly isAccurate: boolean;
}

interface Timed {
  readonly engine: Engine;
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly answer: EngineAnswer;
}

/**
 * One run an engine; which engine begins alternates with the seed. With a change, the engines have
 * planned what was before it.
 */
export function measureProblem(
  engines: readonly Engine[],
  size: CanonicalSize,
  change?: Change,
): PlanRun[] {
  const changed = change === undefined ? undefined : changedProblem(size, change);
  const problem = changed?.after ?? canonicalPlanProblem(size);
  const first = size.seed % engines.length;
  const order = [...engines.slice(first), ...engines.slice(0, first)];
  const timed = order.map((engine) => time(engine, engine.prepare(problem, changed)));
  const bounds = timed.flatMap(({ answer }) =>
    answer.prices === undefined ? [] : [costBound(problem, answer.prices)],
  );
  const bound = bounds.length === 0 ? undefined : Math.max(...bounds);
  return timed.map((it) => runOf(it, problem, size, bound));
}

function time(engine: Engine, solve: () => EngineAnswer): Timed {
  const wallStart = performance.now();
  const cpuStart = process.cpuUsage();
  const answer = solve();
  const cpu = process.cpuUsage(cpuStart);
  const wallMs = performance.now() - wallStart;
  return { engine, cpuMs: (cpu.user + cpu.system) / 1000, wallMs, answer };
}

function runOf(
  { engine, cpuMs, wallMs, answer }: Timed,
  problem: PlanProblem,
  { sessionCount, phaseCount, seed }: CanonicalSize,
  bound: number | undefined,
): PlanRun {
  const check = answer.plan === undefined ? undefined : checkPlan(problem, answer.plan);
  const gap =
    check === undefined || bound === undefined
      ? null
      : (check.cost - bound) / Math.max(1, Math.abs(check.cost));
  const violationKw = check?.violationKw ?? null;
  return {
    engine: engine.name,
    sessions: sessionCount,
    phases: phaseCount,
    seed,
    mode: engine.mode,
    cpuMs,
    wallMs,
    objective: check?.cost ?? null,
    gap,
    violationKw,
    iterations: answer.iterations,
    isAccurate:
      violationKw !== null && violationKw <= VIOLATION_MAX_KW && (gap === null || gap <= GAP_MAX),
  };
}
