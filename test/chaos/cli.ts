/** `npm run chaos -- [--minutes n] [--kills n] [--seed n] [--json]`: kill -9, again and again. */
import { Command } from 'commander';
import { number, SEED_MAX, whole } from '../../launch/flags.js';
import { runChaos } from './campaign.js';

const values = new Command('chaos')
  .description('The service and its PostgreSQL, killed at random moments; nothing may be lost.')
  .option('--minutes <n>', 'how long', number(0.1, 10_000), 10)
  .option('--kills <n>', 'how many at the most', whole(1, SEED_MAX))
  .option('--seed <n>', 'of victims, moments and vehicles', whole(0, SEED_MAX), 1)
  .option('--json', 'one JSON object as the last line of stdout', false)
  .parse()
  .opts<{
    readonly minutes: number;
    readonly kills?: number;
    readonly seed: number;
    readonly json: boolean;
  }>();

const report = await runChaos({
  minutes: values.minutes,
  killsMax: values.kills ?? Number.POSITIVE_INFINITY,
  seed: values.seed,
  say: (line) => console.error(line),
});
console.log(values.json ? JSON.stringify(report) : JSON.stringify(report, undefined, 2));
process.exit(report.violations.length === 0 ? 0 : 1);
