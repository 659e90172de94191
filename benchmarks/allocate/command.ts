/** `npm run bench -- allocate`: the real-time allocator on canonical sites. */
import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { number, SEED_MAX, whole } from '../../launch/flags.js';
import { lengthRefusal, listOf, phases, writable } from '../flags.js';
import { machineNow, machineText } from '../machine.js';
import { createProgress } from '../progress.js';
import { lineChart } from '../svg/line-chart.js';
import { type AllocationRun, measureAllocation } from './measure.js';
import { allocationChart } from './plot.js';
import { type AllocationSummary, markdown, summarise } from './summary.js';

interface Options {
  readonly evses: readonly number[];
  readonly phases: readonly (1 | 3)[];
  readonly seeds: number;
  readonly firstSeed: number;
  readonly threshold?: readonly number[];
  readonly timesKernel?: number;
  readonly json: boolean;
  readonly svg?: string;
  readonly markdown: boolean;
}

const DEFAULT_SIZES = [54, 1000, 10_000];
/** The compiler of the runtime has seen the code as often as in a service that runs for a while. */
const WARM_UP = [
  { evseCount: 54, seeds: 400 },
  { evseCount: 1000, seeds: 15 },
] as const;

export function allocateCommand(): Command {
  return new Command('allocate')
    .description('Allocates current to occupied sites: microseconds, every answer checked.')
    .option('--evses <list>', 'sizes', listOf(whole(1, 100_000)), DEFAULT_SIZES)
    .option('--phases <list>', '1, 3 or both', listOf(phases), [1, 3])
    .option('--seeds <n>', 'sites of each size', whole(1, 100_000), 100)
    .option('--first-seed <n>', 'seed of the first', whole(0, SEED_MAX / 32 - 100_000), 1)
    .option(
      '--threshold <list>',
      'largest median of the kernel, us, a size',
      listOf(number(0, 1e9)),
    )
    .option('--times-kernel <n>', 'largest median of the whole, in kernels', number(0, 1e9))
    .option('--json', 'one JSON object as the last line of stdout', false)
    .option('--markdown', 'the summary as a table', false)
    .option('--svg <file>', 'a plot', writable)
    .action(run);
}

function run(options: Options, command: Command): void {
  const refusal = lengthRefusal('--threshold', options.threshold, options.evses.length);
  if (refusal !== undefined) return command.error(refusal);
  const progress = createProgress(
    options.phases.length * options.evses.length * options.seeds + options.phases.length,
  );
  let done = 0;
  for (const phaseCount of options.phases) {
    for (const { evseCount, seeds } of WARM_UP) {
      for (let seed = 1; seed <= seeds; seed += 1) {
        measureAllocation({ evseCount, phaseCount, seed: options.firstSeed + 100_000 + seed });
      }
    }
    done += 1;
    progress.at(done, `warm, ${phaseCount} phases`);
  }
  const runs: AllocationRun[] = [];
  for (const phaseCount of options.phases) {
    for (const evseCount of options.evses) {
      for (let at = 0; at < options.seeds; at += 1) {
        runs.push(...measureAllocation({ evseCount, phaseCount, seed: options.firstSeed + at }));
        done += 1;
        progress.at(done, `${evseCount} EVSEs, ${phaseCount} phases`);
      }
    }
  }
  report(runs, options);
}

function report(runs: readonly AllocationRun[], options: Options): void {
  const summary = summarise(runs);
  const machine = machineNow();
  const failures = summary.flatMap((it) => failuresOf(it, options));
  const { firstSeed, seeds } = options;
  if (options.markdown || !options.json) {
    console.log(markdown(summary));
    console.log(`\nseeds ${firstSeed} to ${firstSeed + seeds - 1}; ${machineText(machine)}`);
  }
  for (const failure of failures) console.error(failure);
  if (options.json) console.log(JSON.stringify({ machine, firstSeed, runs, summary, failures }));
  if (options.svg !== undefined) writeFileSync(options.svg, lineChart(allocationChart(summary)));
  if (failures.length > 0) process.exitCode = 1;
}

/** What was asked for and not reached; a broken rule is always a failure. */
function failuresOf(it: AllocationSummary, options: Options): string[] {
  const size = `${it.evses} EVSEs, ${it.phases} phases`;
  const found: string[] = [];
  const maxUs = options.threshold?.[options.evses.indexOf(it.evses)];
  if (maxUs !== undefined && !(it.kernelUs <= maxUs)) {
    found.push(`${size}: the kernel takes ${it.kernelUs.toFixed(1)} us, ${maxUs} are allowed`);
  }
  if (options.timesKernel !== undefined && !(it.wholeTimesKernel <= options.timesKernel)) {
    const times = it.wholeTimesKernel.toFixed(2);
    found.push(`${size}: the whole takes ${times} kernels, ${options.timesKernel} are allowed`);
  }
  if (it.violations > 0) found.push(`${size}: ${it.violations} rules are broken`);
  return found;
}
