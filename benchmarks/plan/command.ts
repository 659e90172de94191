/** `npm run bench -- plan`: the planner against other engines on the canonical problems. */
import { writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { SEED_MAX, whole } from '../../launch/flags.js';
import { listOf, phases, writable } from '../flags.js';
import { machineNow, machineText } from '../machine.js';
import { createProgress } from '../progress.js';
import { lineChart } from '../svg/line-chart.js';
import { CHANGES, type Change } from './changes.js';
import { type Engine, ENGINES, type EngineName, openEngines } from './engines.js';
import { runInstances } from './instances.js';
import { measureProblem, type PlanRun } from './measure.js';
import { createPatience, type Patience } from './patience.js';
import { planChart } from './plot.js';
import { belowThreshold, markdown, summarise } from './summary.js';

interface Options {
  readonly sessions: readonly number[];
  readonly phases: readonly (1 | 3)[];
  readonly seeds: number;
  readonly firstSeed: number;
  readonly engines: readonly EngineName[];
  readonly javascriptSeeds: number;
  readonly warmUp: number;
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
const WARM_UP_PROBLEMS = 80;
/** javascript-lp-solver takes seconds for the last: from it is told which sizes it can do. */
const WARM_UP_JAVASCRIPT_SESSIONS = [8, 8, 16, 24];
const JAVASCRIPT = 'javascript-lp-solver';
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
    .option('--warm-up <n>', 'problems before any is timed', whole(1, 10_000), WARM_UP_PROBLEMS)
    .option('--warm <change>', `plan again after a change: ${CHANGES.join(', ')}`, change)
    .option('--instances <n>', 'only: generated instances without a failure', whole(1, 100_000))
    .option('--threshold <x>', 'fail below so many times the speed of HiGHS', factor)
    .option('--javascript-threshold <x>', 'likewise of javascript-lp-solver', factor)
    .option('--json', 'one JSON object as the last line of stdout', false)
    .option('--markdown', 'the summary as a table', false)
    .option('--svg <file>', 'a plot', writable)
    .action((options: Options, command: Command) => {
      const refusal = refusalOf(options);
      if (refusal !== undefined) return command.error(refusal);
      return options.instances === undefined ? compare(options) : tryInstances(options);
    });
}

/** A threshold that nothing could miss is a mistake. */
function refusalOf(options: Options): string | undefined {
  const { engines, instances, threshold, javascriptThreshold } = options;
  const needs = (flag: string, isGiven: boolean, other: EngineName): string | undefined => {
    if (!isGiven) return undefined;
    if (instances !== undefined) return `error: ${flag} and --instances exclude each other`;
    const missing = (['structured', other] as const).find((it) => !engines.includes(it));
    return missing === undefined ? undefined : `error: ${flag} needs --engines with ${missing}`;
  };
  return (
    needs('--threshold', threshold !== undefined, 'highs') ??
    needs('--javascript-threshold', javascriptThreshold !== undefined, JAVASCRIPT)
  );
}

async function compare(options: Options): Promise<void> {
  const { seeds, firstSeed, warm } = options;
  const engines = await openEngines({ names: options.engines, isWarm: warm !== undefined });
  process.stderr.write(`${machineText(machineNow())}; ${seedsOf(options)}\n`);
  const progress = createProgress(
    options.phases.length * (1 + options.sessions.length * options.seeds),
  );
  const patience = createPatience(JAVASCRIPT);
  let done = 0;
  for (const phaseCount of options.phases) {
    warmUp(engines, { phaseCount, problemCount: options.warmUp, warm, patience });
    done += 1;
    progress.at(done, `warm, ${phaseCount} phases`);
  }
  const runs: PlanRun[] = [];
  for (const phaseCount of options.phases) {
    // Small ones first: they tell how long a slow engine would take for the others.
    for (const sessionCount of options.sessions.toSorted((a, b) => a - b)) {
      for (let at = 0; at < seeds; at += 1) {
        const size = { sessionCount, phaseCount, seed: firstSeed + at };
        const isForAll = at < options.javascriptSeeds;
        const taking = engines.filter(
          (it) => isFast(it) || (isForAll && patience.isWorthTrying(size)),
        );
        const measured = measureProblem(taking, size, warm);
        for (const it of measured) if (it.engine === JAVASCRIPT) patience.note(size, it.cpuMs);
        runs.push(...measured);
        done += 1;
        progress.at(done, `${sessionCount} sessions, ${phaseCount} phases`);
      }
    }
  }
  report(runs, patience, options);
}

const seedsOf = ({ seeds, firstSeed }: Options): string =>
  `seeds ${firstSeed} to ${firstSeed + seeds - 1}`;

function report(runs: readonly PlanRun[], { notRun }: Patience, options: Options): void {
  const { warm, svg } = options;
  const summary = summarise(runs);
  const machine = machineNow();
  if (options.markdown || !options.json) {
    console.log(`${markdown(summary, notRun)}\n\n${seedsOf(options)}; ${machineText(machine)}`);
  }
  const short = belowThreshold(
    summary,
    { highs: options.threshold, javascript: options.javascriptThreshold },
    notRun,
  );
  for (const line of short) process.stderr.write(`${line}\n`);
  if (options.json) {
    const all = { runs, summary, notRun, machine, change: warm ?? null, failures: short };
    console.log(JSON.stringify(all));
  }
  if (svg !== undefined) writeFileSync(svg, lineChart(planChart(summary)));
  // A plan of ours that is not accurate is a failure of the run.
  if (short.length > 0 || summary.some((it) => it.failures > 0)) process.exitCode = 1;
}

const isFast = ({ name }: Engine): boolean => name !== JAVASCRIPT;

function warmUp(
  engines: readonly Engine[],
  given: {
    readonly phaseCount: 1 | 3;
    readonly problemCount: number;
    readonly warm: Change | undefined;
    readonly patience: Patience;
  },
): void {
  const { phaseCount, problemCount, warm, patience } = given;
  const fast = engines.filter(isFast);
  for (let seed = 1; seed <= problemCount && fast.length > 0; seed += 1) {
    measureProblem(fast, { sessionCount: WARM_UP_SESSIONS, phaseCount, seed }, warm);
  }
  if (fast.length === engines.length) return;
  const slow = engines.filter((it) => !isFast(it));
  for (const sessionCount of WARM_UP_JAVASCRIPT_SESSIONS) {
    const size = { sessionCount, phaseCount, seed: 1 };
    for (const it of measureProblem(slow, size, warm)) patience.note(size, it.cpuMs);
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
