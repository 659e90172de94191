/** `npm run composites -- [--sets n] [--seed n]`: the prediction against the virtual station. */
import { Command } from 'commander';
import { SEED_MAX, whole } from '../../../launch/flags.js';
import { runSets } from './run-sets.js';

const { sets, seed } = new Command('composites')
  .description('Composite schedules of generated profile sets, computed twice and compared.')
  .option('--sets <n>', 'how many', whole(1, SEED_MAX), 100_000)
  .option('--seed <n>', 'the first; a set is its seed', whole(1, SEED_MAX), 1)
  .parse()
  .opts<{ readonly sets: number; readonly seed: number }>();

const report = runSets(seed, sets);
for (const difference of report.differences) console.log(JSON.stringify(difference));
console.log(
  `${report.differences.length} differences in ${report.sets} sets of ` +
    `${report.profiles} profiles, ${report.periods} periods`,
);
process.exitCode = report.differences.length === 0 ? 0 : 1;
