/**
 * `npm run sim -- --seeds 2000 [--from n] [--jobs 2] [--workload name] [--json] [--seed n --trace]`,
 * and `npm run sim -- --mutate [--rule R3] [--seeds n] [--jobs 2] [--json]`.
 */
import { Command, Option } from 'commander';
import { reportMutations } from './mutate/report-mutations.js';
import { RULES, type Rule } from './mutate/mutation.js';
import { runJobs } from './run-jobs.js';
import { summaryOf } from './run-seeds.js';
import { WORKLOADS, type WorkloadName } from './workloads.js';
import { runSeed } from './world.js';

interface Options {
  readonly seeds?: string;
  readonly from: string;
  readonly jobs: string;
  readonly seed?: string;
  readonly workload?: WorkloadName;
  readonly mutate: boolean;
  readonly rule?: Rule;
  readonly trace: boolean;
  readonly json: boolean;
}

const SEEDS = '200';
const MUTATION_SEEDS = '10000';

const values = new Command('sim')
  .description('The engine against simulated stations under loss, delay, reboots and crashes.')
  .option('--seeds <n>', `worlds to run: ${SEEDS}; of each mutation at the most ${MUTATION_SEEDS}`)
  .option('--from <n>', 'first seed', '1')
  .option('--jobs <n>', 'worlds at the same time', '1')
  .option('--seed <n>', 'only this one')
  .addOption(new Option('--workload <name>', 'a bias of every world').choices(WORKLOADS))
  .option('--mutate', 'remove each safety rule in turn, until an invariant breaks', false)
  .addOption(new Option('--rule <rule>', 'only the mutations of this one').choices(RULES))
  .option('--trace', 'every event of it', false)
  .option('--json', 'one JSON object as the last line of stdout', false)
  .parse()
  .opts<Options>();

const VIOLATIONS_SHOWN = 20;

async function main(): Promise<number> {
  const jobs = Math.max(1, count(values.jobs));
  if (!values.mutate) return simulate(jobs);
  const { rule, json } = values;
  return reportMutations({
    from: count(values.from),
    seeds: count(values.seeds ?? MUTATION_SEEDS),
    jobs,
    json,
    ...(rule === undefined ? {} : { rule }),
  });
}

async function simulate(jobs: number): Promise<number> {
  const startedMs = performance.now();
  const from = count(values.seed ?? values.from);
  const seeds = values.seed === undefined ? count(values.seeds ?? SEEDS) : 1;
  const write = values.trace ? (line: string) => console.log(line) : undefined;
  const workload = values.workload === undefined ? {} : { workload: values.workload };
  const runs =
    values.seed === undefined
      ? await runJobs({ from, seeds, jobs, ...workload })
      : [runSeed(from, { ...workload, ...(write === undefined ? {} : { write }) })];
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
    const named = values.workload === undefined ? '' : ` --workload ${values.workload}`;
    console.error(`reproduce: npm run sim -- --seed ${first.seed}${named} --trace`);
  }
  return summary.violations.length === 0 ? 0 : 1;
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${text} is not a count`);
  return value;
}

process.exitCode = await main();
