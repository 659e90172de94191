/**
 * `npm run sim -- --seeds 2000 [--from n] [--jobs 2] [--workload name] [--tests] [--json] [--seed n --trace]`,
 * `npm run sim -- --mutate [--rule R3] [--what text] [--seeds n] [--jobs 2] [--json]`,
 * and `npm run sim -- --exhaustive [--jobs 2] [--json]`.
 */
import { Command, Option } from 'commander';
import { SEED_MAX, whole } from '../../launch/flags.js';
import { runExhaustive } from './exhaustive/command.js';
import { mutationsOf, reportMutations } from './mutate/report-mutations.js';
import { RULES, type Rule } from './mutate/mutation.js';
import { type JobsDone, runJobs } from './run-jobs.js';
import { summaryOf } from './run-seeds.js';
import { WORKLOADS, type WorkloadName } from './workloads.js';
import { runSeed, type RunResult } from './world.js';

interface Options {
  readonly seeds?: number;
  readonly from: number;
  readonly jobs: number;
  readonly seed?: number;
  readonly workload?: WorkloadName;
  readonly mutate: boolean;
  readonly rule?: Rule;
  readonly what?: string;
  readonly exhaustive: boolean;
  readonly trace: boolean;
  readonly tests?: true;
  readonly json: boolean;
}

const SEEDS = 200;
const MUTATION_SEEDS = 10_000;

/** Of other ways to run: refused rather than passed over. */
const OF_SEEDS = ['seeds', 'from'];
const OF_WORLDS = ['seed', 'workload', 'tests', 'trace'];

const command = new Command('sim')
  .description('The engine against simulated stations under loss, delay, reboots and crashes.')
  .option(
    '--seeds <n>',
    `worlds to run: ${SEEDS}; of each mutation at the most ${MUTATION_SEEDS}`,
    whole(1, SEED_MAX),
  )
  .option('--from <n>', 'first seed', whole(0, SEED_MAX), 1)
  .option('--jobs <n>', 'worlds, mutations or models at the same time', whole(1, 64), 1)
  .addOption(
    new Option('--seed <n>', 'only this one')
      .argParser(whole(0, SEED_MAX))
      .conflicts([...OF_SEEDS, 'jobs']),
  )
  .addOption(new Option('--workload <name>', 'a bias of every world').choices(WORKLOADS))
  .addOption(
    new Option('--mutate', 'remove each safety rule in turn, until an invariant breaks')
      .default(false)
      .conflicts(OF_WORLDS),
  )
  .addOption(new Option('--rule <rule>', 'only the mutations of this one').choices(RULES))
  .option('--what <text>', 'only the mutations whose words contain it')
  .addOption(
    new Option('--exhaustive', 'every situation of a few small models instead of seeds')
      .default(false)
      .conflicts([...OF_SEEDS, ...OF_WORLDS, 'mutate']),
  )
  .option('--trace', 'every event of the one seed', false)
  .option('--tests', 'smart-charging tests are asked for meanwhile')
  .option('--json', 'one JSON object as the last line of stdout', false)
  .parse();
const values = command.opts<Options>();

const VIOLATIONS_SHOWN = 20;
const PROGRESS_EVERY_MS = 30_000;

/** What one flag alone cannot know of another. */
function refuseIncomplete(): void {
  const { from, seeds = SEEDS, seed, mutate, rule, what, trace } = values;
  if (trace && seed === undefined) command.error('error: --trace needs --seed <n>');
  if (!mutate && (rule !== undefined || what !== undefined)) {
    command.error('error: --rule and --what need --mutate');
  }
  if (from + seeds - 1 > SEED_MAX) {
    command.error(`error: --from and --seeds go past the last seed, ${SEED_MAX}`);
  }
  if (mutate && mutationsOf(rule, what).length === 0) {
    command.error(`error: --what: no mutation of ${rule ?? 'any rule'} has these words`);
  }
}

async function main(): Promise<number> {
  refuseIncomplete();
  if (values.exhaustive) return runExhaustive(values);
  if (!values.mutate) return simulate();
  const { from, rule, what, jobs, json, seeds = MUTATION_SEEDS } = values;
  return reportMutations({ mutations: mutationsOf(rule, what), from, seeds, jobs, json });
}

async function simulate(): Promise<number> {
  const startedMs = performance.now();
  const { jobs } = values;
  const from = values.seed ?? values.from;
  const seeds = values.seed === undefined ? (values.seeds ?? SEEDS) : 1;
  const write = values.trace ? (line: string) => console.log(line) : undefined;
  const bias = {
    ...(values.workload === undefined ? {} : { workload: values.workload }),
    ...(values.tests === undefined ? {} : { tests: values.tests }),
  };
  const onProgress = progress(seeds);
  const { runs, cpuSec } =
    values.seed === undefined
      ? await runJobs({ from, seeds, options: bias, jobs, onProgress })
      : replayed(() => runSeed(from, { ...bias, ...(write === undefined ? {} : { write }) }));
  const elapsedSec = (performance.now() - startedMs) / 1000;
  const summary = summaryOf(runs, { elapsedSec, cpuSec });
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
    const tests = values.tests === undefined ? '' : ' --tests';
    const { seed, invariant } = first;
    console.error(`reproduce: npm run sim -- --seed ${seed}${named}${tests} --trace`);
    const found = JSON.stringify({ seed, ...bias, invariant, cause: '' });
    console.error(`its line of test/cases/sim-seeds.json: ${found}`);
  }
  return summary.violations.length === 0 ? 0 : 1;
}

function replayed(run: () => RunResult): JobsDone {
  const since = process.cpuUsage();
  const runs = [run()];
  const { user, system } = process.cpuUsage(since);
  return { runs, cpuSec: (user + system) / 1e6 };
}

/** A long run says now and then how far it is, and at once where an invariant broke. */
function progress(seeds: number): (runs: readonly RunResult[]) => void {
  let done = 0;
  let saidMs = performance.now();
  return (runs) => {
    done += runs.length;
    for (const { seed, invariant, detail } of runs.flatMap((it) => it.violations)) {
      console.error(`seed ${seed} ${invariant}: ${detail}`);
    }
    if (performance.now() - saidMs < PROGRESS_EVERY_MS) return;
    saidMs = performance.now();
    console.error(`${done} of ${seeds} seeds`);
  };
}

// Whoever reads the first lines only closes the pipe.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
process.exitCode = await main();
