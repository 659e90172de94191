/** `npm run sim -- --seeds 2000 [--from n] [--jobs 2] [--json] [--seed n --trace]`. */
import { Command } from 'commander';
import { runJobs } from './run-jobs.js';
import { summaryOf } from './run-seeds.js';
import { runSeed } from './world.js';

interface Options {
  readonly seeds: string;
  readonly from: string;
  readonly jobs: string;
  readonly seed?: string;
  readonly trace: boolean;
  readonly json: boolean;
}

const values = new Command('sim')
  .description('The engine against simulated stations under loss, delay, reboots and crashes.')
  .option('--seeds <n>', 'worlds to run', '200')
  .option('--from <n>', 'first seed', '1')
  .option('--jobs <n>', 'worlds at the same time', '1')
  .option('--seed <n>', 'only this one')
  .option('--trace', 'every event of it', false)
  .option('--json', 'one JSON object as the last line of stdout', false)
  .parse()
  .opts<Options>();

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
