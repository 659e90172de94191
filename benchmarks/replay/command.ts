/** `npm run bench -- replay`: real sessions on a real network, policy beside policy. */
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { number, readable, whole } from '../../launch/flags.js';
import { SOLVER_NAMES, type SolverName } from '../../solver/backends/chain.js';
import { battery, date, lengthRefusal, listOf, partOfAnHour, writable, zone } from '../flags.js';
import { machineNow, machineText } from '../machine.js';
import { createProgress } from '../progress.js';
import { lineChart } from '../svg/line-chart.js';
import { type Job, type JobResult, runJobs } from './jobs.js';
import type { ClaimKind } from './policy.js';
import { POWER_FILES } from './power-file.js';
import {
  type Capacity,
  openScene,
  POLICIES,
  type PolicyName,
  type ReplayInput,
  type Row,
} from './row.js';
import { replayChart } from './plot.js';
import type { PilotKind } from './site.js';
import type { BatterySpec } from './surroundings.js';
import { markdown, sizeOf } from './table.js';

interface Options {
  readonly site: string;
  readonly sessions: string;
  readonly timeZone: string;
  readonly from: string;
  readonly to: string;
  readonly capacityKva?: readonly number[];
  readonly transformerScale?: readonly number[];
  readonly networkLimit: boolean;
  readonly pilots: PilotKind;
  readonly claims: ClaimKind;
  readonly fairness: '0' | '1';
  readonly solver: SolverName;
  readonly minOnOff: number;
  readonly demandInterval: number;
  readonly grid: number;
  readonly tariff?: string;
  readonly load?: string;
  readonly pv?: string;
  readonly battery?: BatterySpec;
  readonly policies: readonly PolicyName[];
  readonly bounds: boolean;
  readonly jobs: number;
  readonly threshold?: readonly number[];
  readonly json: boolean;
  readonly svg?: string;
  readonly markdown: boolean;
}

const NAMES = Object.keys(POLICIES) as PolicyName[];

export function replayCommand(): Command {
  return new Command('replay')
    .description('Plays recorded sessions through charging policies on a phasor network.')
    .requiredOption('--site <file>', 'network of the site, JSON', readable)
    .requiredOption('--sessions <file>', 'sessions, .csv or .csv.gz', readable)
    .option('--time-zone <zone>', 'of the site', zone, 'America/Los_Angeles')
    .option('--from <date>', 'first day, local', date, '2019-03-01')
    .option('--to <date>', 'the day after the last, local', date, '2019-04-01')
    .option('--capacity-kva <list>', 'sizes of its one transformer', listOf(number(0.1, 1e5)))
    .option('--transformer-scale <list>', 'of all its transformers', listOf(number(0.001, 1000)))
    .option('--no-network-limit', 'the network carries anything')
    .addOption(
      new Option('--pilots <kind>').choices(['continuous', 'discrete']).default('discrete'),
    )
    .addOption(
      new Option('--claims <kind>', 'the true needs, or what drivers said')
        .choices(['true', 'user'])
        .default('true'),
    )
    .addOption(
      new Option(
        '--fairness <0|1>',
        'plans: the most energy, or first equal shares of what is wanted',
      )
        .choices(['0', '1'])
        .default('0'),
    )
    .addOption(new Option('--solver <name>', 'of plans').choices(SOLVER_NAMES).default('auto'))
    .option('--min-on-off <minutes>', 'between two switches of an EVSE', number(0, 1440), 10)
    .option('--demand-interval <minutes>', 'of the demand charge', partOfAnHour, 15)
    .option('--grid <minutes>', 'between two plans', number(1, 60), 5)
    .option('--tariff <file>', 'prices and demand charge, JSON', readable)
    .option('--load <csv>', 'power of the building at the same connection', readable)
    .option('--pv <csv>', 'power of its PV', readable)
    .option('--battery <kWh:kW>', 'stationary battery, starts half full', battery)
    .option('--policies <list>', NAMES.join(', '), listOf(policyName), NAMES)
    .option('--no-bounds', 'without perfect foresight')
    .option('--jobs <n>', 'processes', whole(1, 64), availableParallelism())
    .option('--threshold <list>', 'least energyPercent of busbar, a size', listOf(number(0, 100)))
    .option('--json', 'one JSON object as the last line of stdout', false)
    .option('--markdown', 'the rows as a table', false)
    .option('--svg <file>', 'a plot', writable)
    .addHelpText('after', `\n${POWER_FILES}`)
    .action(run);
}

function policyName(text: string): PolicyName {
  if (!(NAMES as readonly string[]).includes(text)) {
    throw new InvalidArgumentError(`Known are ${NAMES.join(', ')}.`);
  }
  return text as PolicyName;
}

async function run(options: Options, command: Command): Promise<void> {
  const capacities = capacitiesOf(options);
  if (capacities === undefined) {
    return command.error('error: --capacity-kva and --transformer-scale exclude each other');
  }
  const refusal = refusalOf(options, capacities);
  if (refusal !== undefined) return command.error(refusal);
  const jobs: Job[] = capacities.flatMap((capacity): Job[] => [
    ...(options.bounds ? [{ kind: 'bounds', capacity } as const] : []),
    ...options.policies.map((policy) => ({ kind: 'row', capacity, policy }) as const),
  ]);
  const progress = createProgress(jobs.length);
  progress.at(0, `${options.jobs} at a time`);
  const results = await runJobs(inputOf(options), jobs, options.jobs, (done, job) =>
    progress.at(done, nameOf(job)),
  );
  report(options, capacities, results);
}

/** All that is found before hours of work, not after them. */
function refusalOf(options: Options, capacities: readonly Capacity[]): string | undefined {
  const { threshold, policies } = options;
  if (threshold !== undefined && !policies.includes('busbar')) {
    return 'error: --threshold needs --policies with busbar';
  }
  const refusal = lengthRefusal('--threshold', threshold, capacities.length);
  if (refusal !== undefined) return refusal;
  try {
    for (const capacity of capacities) openScene(inputOf(options), capacity);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return `error: ${error.message}`;
  }
  return undefined;
}

const nameOf = (job: Job): string =>
  `${job.kind === 'row' ? job.policy : 'bounds'}, ${sizeOf(job.capacity)}`;

function capacitiesOf(options: Options): readonly Capacity[] | undefined {
  const { capacityKva, transformerScale } = options;
  if (capacityKva !== undefined && transformerScale !== undefined) return undefined;
  if (capacityKva !== undefined) return capacityKva.map((it) => ({ capacityKva: it }));
  return transformerScale?.map((it) => ({ transformerScale: it })) ?? [{}];
}

function inputOf(options: Options): ReplayInput {
  return {
    site: options.site,
    sessions: options.sessions,
    timeZone: options.timeZone,
    from: options.from,
    to: options.to,
    pilots: options.pilots,
    hasNetworkLimit: options.networkLimit,
    claims: options.claims,
    isFair: options.fairness === '1',
    solver: options.solver,
    minOnOffMinutes: options.minOnOff,
    demandIntervalMinutes: options.demandInterval,
    gridMinutes: options.grid,
    ...(options.tariff === undefined ? {} : { tariff: options.tariff }),
    ...(options.load === undefined ? {} : { load: options.load }),
    ...(options.pv === undefined ? {} : { pv: options.pv }),
    ...(options.battery === undefined ? {} : { battery: options.battery }),
  };
}

function report(
  options: Options,
  capacities: readonly Capacity[],
  results: readonly JobResult[],
): void {
  const rows = results.flatMap((it) => (it.kind === 'row' ? [it.row] : []));
  const bounds = results.flatMap((it) => (it.kind === 'bounds' ? [it.bounds] : []));
  const failures = [
    ...results.flatMap((it) => (it.kind === 'failed' ? [it.message] : [])),
    ...rows
      .filter((it) => it.policy !== 'uncontrolled' && !(it.overloadAmpSeconds <= 0))
      .map((it) => `${it.policy}: ${it.overloadAmpSeconds} As of overload`),
    ...capacities.flatMap((it, at) => shortOf(rows, it, options.threshold?.[at])),
  ];
  const machine = machineNow();
  if (options.markdown || !options.json) {
    console.log(markdown(rows, bounds));
    console.log(`\n${machineText(machine)}`);
  }
  for (const failure of new Set(failures)) console.error(failure);
  if (options.json) console.log(JSON.stringify({ machine, rows, bounds, failures }));
  if (options.svg !== undefined) writeFileSync(options.svg, lineChart(replayChart(rows, bounds)));
  if (failures.length > 0) process.exitCode = 1;
}

function shortOf(
  rows: readonly Row[],
  capacity: Capacity,
  least: number | undefined,
): readonly string[] {
  if (least === undefined) return [];
  const percent = rows.find((it) => it.policy === 'busbar' && isSame(it, capacity))?.energyPercent;
  if (percent === undefined) return [`busbar, ${sizeOf(capacity)}: no row, ${least} are asked for`];
  if (percent >= least) return [];
  const text = `${percent.toFixed(2)} % of the energy, ${least} are asked for`;
  return [`busbar, ${sizeOf(capacity)}: ${text}`];
}

const isSame = (a: Capacity, b: Capacity): boolean =>
  a.capacityKva === b.capacityKva && a.transformerScale === b.transformerScale;
