/** `npm run sim -- --seeds 2000 [--from n] [--jobs 2] [--json] [--seed n --trace]`. */
import { parseArgs } from 'node:util';
import { runJobs } from './run-jobs.js';
import { summaryOf } from './run-seeds.js';
import { runSeed } from './world.js';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

const VIOLATIONS_SHOWN = 20;

async function main(): Promise<number> {
  const startedMs = performance.now();
  const from = count(values.seed ?? values.from);
  const seeds = values.seed === undefined ? count(values.seeds) : 1;
  const write = values.trace ? (line: string) => console.log(line) : undefined;
  const runs =
    values.seed === undefined
      ? await runJobs({ from, seeds, jobs: Math.max(1, count(values.jobs)) })
      : [runSeed(from, write === undefined ? {} : { write })];
  const summary = summaryOf(runs, (performance.now() - startedMs) / 1000);
  if (values.json) console.log(JSON.stringify(summary));
  else {
    const { violations, ...figures } = summary;
    console.log(JSON.stringify(figures));
    for (const { seed, invariant, atMs, detail } of violations.slice(0, VIOLATIONS_SHOWN)) {
      console.log(`seed ${seed} at ${(atMs / 1000).toFixed(3)} s ${invariant}: ${detail}`);
    }
    console.log(`${violations.length} violations in ${seeds} seeds`);
  }
  const [first] = summary.violations;
  if (first !== undefined) {
    console.error(`reproduce: npm run sim -- --seed ${first.seed} --trace`);
  }
  return summary.violations.length === 0 ? 0 : 1;
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${text} is not a count`);
  return value;
}

process.exitCode = await main();
