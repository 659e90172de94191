/** `npm run bench -- plan`: the planner against HiGHS on the canonical problems. */
import { Command, InvalidArgumentError } from 'commander';
import { SEED_MAX, whole } from '../../launch/flags.js';
import { listOf, phases } from '../flags.js';
import { ENGINES, type EngineName, openEngines } from './engines.js';
import { measureProblem, type PlanRun } from './measure.js';
import { markdown, summarise } from './summary.js';

interface Options {
  readonly sessions: readonly number[];
  readonly phases: readonly (1 | 3)[];
  readonly seeds: number;
  readonly firstSeed: number;
  readonly engines: readonly EngineName[];
  readonly json: boolean;
  readonly markdown: boolean;
}

/** Both engines run as they do in a service that has planned for a while. */
const WARM_UP_SESSIONS = 54;
const WARM_UP_SEEDS = 25;

export function planCommand(): Command {
  return new Command('plan')
    .description('Plans a working day: CPU time with the model build, every answer checked.')
    .option('--sessions <list>', 'sizes', listOf(whole(1, 10_000)), [54, 300, 1000])
    .option('--phases <list>', '1, 3 or both', listOf(phases), [1, 3])
    .option('--seeds <n>', 'problems of each size', whole(1, 10_000), 20)
    .option('--first-seed <n>', 'seed of the first', whole(0, SEED_MAX - 10_000), 1)
    .option('--engines <list>', ENGINES.join(','), listOf(engine), [...ENGINES])
    .option('--json', 'one JSON object as the last line of stdout', false)
    .option('--markdown', 'the summary as a table', false)
    .action(run);
}

async function run(options: Options): Promise<void> {
  const engines = await openEngines(options.engines);
  for (const phaseCount of options.phases) {
    for (let seed = 1; seed <= WARM_UP_SEEDS; seed += 1) {
      measureProblem(engines, { sessionCount: WARM_UP_SESSIONS, phaseCount, seed });
    }
  }
  const runs: PlanRun[] = [];
  for (const phaseCount of options.phases) {
    for (const sessionCount of options.sessions) {
      for (let at = 0; at < options.seeds; at += 1) {
        const seed = options.firstSeed + at;
        runs.push(...measureProblem(engines, { sessionCount, phaseCount, seed }));
      }
      process.stderr.write(`${sessionCount} sessions, ${phaseCount} phases: done\n`);
    }
  }
  const summary = summarise(runs);
  if (options.markdown || !options.json) console.log(markdown(summary));
  if (options.json) console.log(JSON.stringify({ runs, summary }));
  // A plan of ours that is not accurate is a failure of the run.
  if (summary.some((it) => it.failures > 0)) process.exitCode = 1;
}

function engine(text: string): EngineName {
  const found = ENGINES.find((name) => name === text);
  if (found === undefined) throw new InvalidArgumentError(`${ENGINES.join(' or ')} is wanted.`);
  return found;
}
