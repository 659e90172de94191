/** `npm run chaos -- [--minutes n] [--kills n] [--seed n] [--json]`: kill -9, again and again. */
import { Command, InvalidArgumentError } from 'commander';
import { runChaos } from './campaign.js';

const values = new Command('chaos')
  .description('The service and its PostgreSQL, killed at random moments; nothing may be lost.')
  .option('--minutes <n>', 'how long', number, 10)
  .option('--kills <n>', 'how many at the most', number, Number.POSITIVE_INFINITY)
  .option('--seed <n>', 'of victims, moments and vehicles', number, 1)
  .option('--json', 'one JSON object as the last line of stdout', false)
  .parse()
  .opts<{
    readonly minutes: number;
    readonly kills: number;
    readonly seed: number;
    readonly json: boolean;
  }>();

const report = await runChaos({
  minutes: values.minutes,
  killsMax: values.kills,
  seed: values.seed,
  say: (line) => console.error(line),
});
console.log(values.json ? JSON.stringify(report) : JSON.stringify(report, undefined, 2));
process.exit(report.violations.length === 0 ? 0 : 1);

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0)) throw new InvalidArgumentError('a number is wanted.');
  return value;
}
