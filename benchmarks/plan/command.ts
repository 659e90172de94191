/** `npm run bench -- plan`: the planner against other engines on the canonical problems. */
import { writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { SEED_MAX, whole } from '../../launch/flags.js';
import { listOf, phases } from '../flags.js';
import { machineNow, machineText } from '../machine.js';
import { lineChart } from '../svg/line-chart.js';
import { CHANGES, type Change } from './changes.js';
import { type Engine, ENGINES, type EngineName, openEngines } from './engines.js';
import { runInstances } from './instances.js';
import { measureProblem, type PlanRun } from './measure.js';
import { planChart } from './plot.js';
import { belowThreshold, markdown, summarise } from './summary.js';

interface Options {
  readonly sessions: readonly number[];
  readonly phases: readonly (1 | 3)[];
  readonly seeds: number;
  readonly firstSeed: number;
  readonly engines: readonly EngineName[];
  readonly javascriptSeeds: number;
  readonly warm?: Change;
  readonly instances?: number;
  readonly threshold?: number;
  readonly javascriptThreshold?: number;
  readonly json: boolean;
  readonly svg?: string;
  readonly markdown: boolean;
}

/** All engines run as they do in a service that has planned for a while: compiled, not interpreted. */
const WARM_UP_SESSIONS = 54;
const WARM_UP_SEEDS = 80;
/** javascript-lp-solver takes a second for these. */
const WARM_UP_JAVASCRIPT_SESSIONS = 8;
const INSTANCE_SESSIONS_MAX = 300;

export function planCommand(): Command {
  return new Command('plan')
    .description('Plans a working day: CPU time with the model build, every answer checked.')
    .option('--sessions <list>', 'sizes', listOf(whole(1, 10_000)), [54, 300, 1000])
    .option('--phases <list>', '1, 3 or both', listOf(phases), [1, 3])
    .option('--seeds <n>', 'problems of each size', whole(1, 10_000), 20)
    .option('--first-seed <n>', 'seed of the first', whole(0, SEED_MAX - 10_000), 1)
    .option('--engines <list>', ENGINES.join(','), listOf(engine), ['structured', 'highs'])
    .option('--javascript-seeds <n>', 'of them for javascript-lp-solver', whole(1, 10_000), 3)
    .option('--warm <change>', `plan again after a change: ${CHANGES.join(', ')}`, change)
    .option('--instances <n>', 'only: generated instances without a failure', whole(1, 100_000))
    .option('--threshold <x>', 'fail below so many times the speed of HiGHS', factor)
    .option('--javascript-threshold <x>', 'likewise of javascript-lp-solver', factor)
    .option('--json', 'one JSON object as the last line of stdout', false)
    .option('--markdown', 'the summary as a table', false)
    .option('--svg <file>', 'a plot')
    .action((options: Options) =>
      options.instances === undefined ? compare(options) : tryInstances(options),
    );
}

async function compare(options: Options): Promise<void> {
  const { seeds, firstSeed, warm } = options;
  const engines = await openEngines({ names: options.engines, isWarm: warm !== undefined });
  const seedText = `seeds ${firstSeed} to ${firstSeed + seeds - 1}`;
  process.stderr.write(`${machineText(machineNow())}; ${seedText}\n`);
  warmUp(engines, options);
  const runs: PlanRun[] = [];
  for (const phaseCount of options.phases) {
    for (const sessionCount of options.sessions) {
      for (let at = 0; at < seeds; at += 1) {
        const size = { sessionCount, phaseCount, seed: firstSeed + at };
        const taking = at < options.javascriptSeeds ? engines : engines.filter(isFast);
        runs.push(...measureProblem(taking, size, warm));
      }
      process.stderr.write(`${sessionCount} sessions, ${phaseCount} phases: done\n`);
    }
  }
  const summary = summarise(runs);
  const machine = machineNow();
  if (options.markdown || !options.json) {
    console.log(`${markdown(summary)}\n\n${seedText}; ${machineText(machine)}`);
  }
  if (options.json) console.log(JSON.stringify({ runs, summary, machine, change: warm ?? null }));
  if (options.svg !== undefined) writeFileSync(options.svg, lineChart(planChart(summary)));
  const short = belowThreshold(summary, {
    highs: options.threshold ?? 0,
    javascript: options.javascriptThreshold ?? 0,
  });
  for (const line of short) process.stderr.write(`${line}\n`);
  // A plan of ours that is not accurate is a failure of the run.
  if (short.length > 0 || summary.some((it) => it.failures > 0)) process.exitCode = 1;
}

function isFast({ name }: Engine): boolean {
  return name !== 'javascript-lp-solver';
}

function warmUp(engines: readonly Engine[], { phases: counts, warm }: Options): void {
  for (const phaseCount of counts) {
    const fast = engines.filter(isFast);
    for (let seed = 1; seed <= WARM_UP_SEEDS; seed += 1)
      measureProblem(fast, { sessionCount: WARM_UP_SESSIONS, phaseCount, seed }, warm);
    if (fast.length === engines.length) continue;
    const slow = engines.filter((it) => !isFast(it));
    const sessionCount = WARM_UP_JAVASCRIPT_SESSIONS;
    for (let seed = 1; seed <= 3; seed += 1)
      measureProblem(slow, { sessionCount, phaseCount, seed }, warm);
  }
}

function tryInstances({ instances = 0, firstSeed, json }: Options): void {
  const report = runInstances({ count: instances, firstSeed, sessionsMax: INSTANCE_SESSIONS_MAX });
  for (const failure of report.failures) process.stderr.write(`${failure}\n`);
  const { runs, failures, gapMax, violationMaxKw, iterationsMax } = report;
  if (json) console.log(JSON.stringify(report));
  else {
    console.log(
      `${runs} instances from seed ${firstSeed}: ${failures.length} failures, gap <= ` +
        `${gapMax.toExponential(1)}, violation <= ${violationMaxKw.toExponential(1)} kW, ` +
        `at most ${iterationsMax} iterations`,
    );
  }
  if (failures.length > 0) process.exitCode = 1;
}

function engine(text: string): EngineName {
  const found = ENGINES.find((name) => name === text);
  if (found === undefined) throw new InvalidArgumentError(`${ENGINES.join(' or ')} is wanted.`);
  return found;
}

function change(text: string): Change {
  const found = CHANGES.find((name) => name === text);
  if (found === undefined) throw new InvalidArgumentError(`${CHANGES.join(' or ')} is wanted.`);
  return found;
}

function factor(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('a positive number is wanted.');
  return value;
}
