/** A child of run-jobs: takes chunks of seeds and answers with their results. */
import { runSeeds, type SeedRange } from './run-seeds.js';

process.on('message', (range: SeedRange) => {
  process.send?.(runSeeds(range));
});
