/** `npm run sim -- --exhaustive [--jobs 2] [--json]`: every model to its end, and what was found. */
import { buildWorker } from '../build-worker.js';
import { forkJobs } from '../fork-jobs.js';
import type { Exploration } from './explore.js';
import { FULL_MODELS } from './models.js';

const VIOLATION_DETAIL_MAX = 600;

/** Returns the exit code. `jobs`: models at the same time. */
export async function runExhaustive(options: {
  readonly json: boolean;
  readonly jobs: number;
}): Promise<number> {
  const { json, jobs } = options;
  const startedMs = performance.now();
  const { file, dispose } = await buildWorker('test/sim/exhaustive/model-worker.ts');
  const done = await forkJobs<string, Exploration>({
    file,
    tasks: FULL_MODELS.map(({ name }) => name),
    jobs,
    onDone(run) {
      if (!json) console.log(JSON.stringify(figuresOf(run)));
    },
  }).finally(dispose);
  const runs = done.map(({ result }) => result);
  const sum = (value: (run: Exploration) => number): number =>
    runs.reduce((total, run) => total + value(run), 0);
  const violations = runs.flatMap((run) => run.violations);
  const summary = {
    states: sum((run) => run.states),
    transitions: sum((run) => run.transitions),
    depthMax: Math.max(...runs.map((run) => run.depthMax)),
    violations,
    complete: runs.every((run) => run.complete),
    seconds: Math.round((performance.now() - startedMs) / 1000),
    cpuSeconds: Math.round(done.reduce((total, it) => total + it.cpuSec, 0)),
    models: runs.map(figuresOf),
  };
  if (json) console.log(JSON.stringify(summary));
  else {
    const { models: _told, violations: _below, ...figures } = summary;
    console.log(JSON.stringify(figures));
    for (const { model, invariant, detail, path } of violations) {
      console.log(`${model} ${invariant}: ${detail.slice(0, VIOLATION_DETAIL_MAX)}`);
      for (const label of path) console.log(`  ${label}`);
    }
    console.log(`${violations.length} violations in ${summary.states} states`);
  }
  return violations.length === 0 && summary.complete ? 0 : 1;
}

function figuresOf({ model, states, transitions, depthMax, ends, complete }: Exploration) {
  return { model, states, transitions, depthMax, ends, complete };
}
