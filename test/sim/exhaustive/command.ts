/** `npm run sim -- --exhaustive [--json]`: every model to its end, and what was found. */
import { explore, type Exploration } from './explore.js';
import { FULL_MODELS } from './models.js';

const VIOLATION_DETAIL_MAX = 600;

/** Returns the exit code. */
export function runExhaustive(json: boolean): number {
  const startedMs = performance.now();
  const startedCpu = process.cpuUsage();
  const runs = FULL_MODELS.map((model): Exploration => {
    const run = explore(model, {
      onProgress(states, waiting) {
        console.error(`${model.name}: ${states} states, ${waiting} to follow`);
      },
    });
    if (!json) console.log(JSON.stringify(figuresOf(run)));
    return run;
  });
  const sum = (value: (run: Exploration) => number): number =>
    runs.reduce((total, run) => total + value(run), 0);
  const cpu = process.cpuUsage(startedCpu);
  const violations = runs.flatMap((run) => run.violations);
  const summary = {
    states: sum((run) => run.states),
    transitions: sum((run) => run.transitions),
    depthMax: Math.max(...runs.map((run) => run.depthMax)),
    violations,
    complete: runs.every((run) => run.complete),
    seconds: Math.round((performance.now() - startedMs) / 1000),
    cpuSeconds: Math.round((cpu.user + cpu.system) / 1e6),
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
