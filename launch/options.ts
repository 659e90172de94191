/** The demo's flags, checked at the door: a wrong value names the flag and the allowed range. */
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { StationFault } from '../simulator/faults.js';
import { collectFault } from './faults.js';
import { number, SEED_MAX, whole } from './flags.js';

export interface DemoOptions {
  readonly port: number;
  readonly ocppPort: number;
  readonly dataDir?: string;
  readonly site?: string;
  readonly capacityKva?: number;
  readonly sessions?: string;
  readonly from?: string;
  readonly to?: string;
  readonly speed: number;
  readonly minutes?: number;
  readonly seed: number;
  readonly claims: boolean;
  readonly switchPhases: boolean;
  readonly fault: readonly StationFault[];
  /** Percent of the OCPP frames of each direction. */
  readonly loss: number;
  readonly json: boolean;
}

/** Beyond this hardly a call is answered, %. */
const LOSS_MAX = 50;
const LOCAL_TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?)?$/;

export function parseOptions(argv: readonly string[]): DemoOptions {
  const command = new Command('demo')
    .description('The CPMS and a virtual site of charging stations, over real WebSockets.')
    .option('--port <n>', 'dashboard and API', whole(0, 65_535), 8080)
    .option('--ocpp-port <n>', 'stations connect here', whole(0, 65_535), 9000)
    .option(
      '--data-dir <dir>',
      'keep the database here (default: a temporary directory)',
      directory,
    )
    .option('--site <file>', 'site file or ACN network file (default: sites/demo.json)')
    .option('--capacity-kva <n>', 'capacity of the grid connection', number(0.1, 100_000))
    .option('--sessions <csv>', 'real sessions to replay (default: a seeded generator)')
    .option('--from <local time>', 'first instant, site time zone: 2019-03-04[T06:00]', localTime)
    .option('--to <local time>', 'last instant', localTime)
    .option('--speed <n>', 'site seconds per real second', number(0.1, 1000), 20)
    .option('--minutes <n>', 'real minutes, then stop by itself', number(0.05, 10_000))
    .option('--seed <n>', 'of vehicles and arrivals', whole(0, SEED_MAX), 1)
    .option('--no-claims', 'drivers say nothing about departure and energy')
    .option('--switch-phases', 'stations on three phases use one where they are told to', false)
    .option(
      '--fault <kind:station>',
      'drop, liar, amnesia, offline, late or reboot; may be repeated',
      collectFault,
      [],
    )
    .option('--loss <percent>', 'OCPP frames lost in each direction', number(0, LOSS_MAX), 0)
    .option('--json', 'progress to stderr, one JSON object as the last line of stdout', false)
    .addHelpText(
      'after',
      `
Examples:
  npm run demo
  npm run demo -- --minutes 1 --json
  npm run demo -- --speed 60 --data-dir ./data
  npm run demo -- --switch-phases --capacity-kva 25
  npm run demo -- --fault drop:CP03 --fault liar:CP05 --loss 10
  npm run demo -- --site caltech_acn.json --capacity-kva 40 \\
    --sessions caltech_march2019_sessions.csv --from 2019-03-04 --to 2019-03-05 --speed 300`,
    );
  command.parse(argv, { from: 'user' });
  const options = command.opts<DemoOptions>();
  if ((options.from === undefined) !== (options.to === undefined)) {
    command.error('--from and --to: both or neither');
  }
  if (options.sessions !== undefined && options.from === undefined) {
    command.error('--sessions: needs --from and --to (site local time)');
  }
  if (options.from !== undefined && options.to !== undefined && options.from >= options.to) {
    command.error('--to: must be after --from');
  }
  return options;
}

/** Every process of the demo shall mean the same one. */
function directory(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('a directory is wanted.');
  return resolve(text);
}

function localTime(text: string): string {
  if (!LOCAL_TIME.test(text) || Number.isNaN(Date.parse(text))) {
    throw new InvalidArgumentError('a local time like 2019-03-04 or 2019-03-04T06:00 is wanted.');
  }
  return text;
}
