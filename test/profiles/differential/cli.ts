/** `npm run composites -- [--sets n] [--seed n]`: the prediction against the virtual station. */
import { Command } from 'commander';
import { runSets } from './run-sets.js';

const { sets, seed } = new Command('composites')
  .description('Composite schedules of generated profile sets, computed twice and compared.')
  .option('--sets <n>', 'how many', '100000')
  .option('--seed <n>', 'the first; a set is its seed', '1')
  .parse()
  .opts<{ readonly sets: string; readonly seed: string }>();

const report = runSets(count(seed), count(sets));
for (const difference of report.differences) console.log(JSON.stringify(difference));
console.log(
  `${report.differences.length} differences in ${report.sets} sets of ` +
    `${report.profiles} profiles, ${report.periods} periods`,
);
process.exitCode = report.differences.length === 0 ? 0 : 1;

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${text} is no number of anything`);
  return value;
}
