/** `npm run fuzz-api -- --minutes 10 --seed 1`: the API by its own document, for as long as you like. */
import { Command } from 'commander';
import { number, SEED_MAX, whole } from '../../launch/flags.js';
import { fuzzApi } from './campaign.js';

const values = new Command('fuzz-api')
  .description('Requests that the OpenAPI document allows and forbids; answers are held to it.')
  .option('--minutes <n>', 'how long', number(0.01, 100_000), 1)
  .option('--seed <n>', 'repeats the choices of a run', whole(0, SEED_MAX), 1)
  .parse()
  .opts<{ readonly minutes: number; readonly seed: number }>();
const endsAtMs = performance.now() + values.minutes * 60_000;
const report = await fuzzApi({
  seed: values.seed,
  goesOn: () => performance.now() < endsAtMs,
});
const { failures, ...figures } = report;
process.stdout.write(`${JSON.stringify(figures)}\n`);
for (const failure of failures) process.stdout.write(`${failure}\n`);
process.exitCode = failures.length === 0 ? 0 : 1;
