/** A child of run-jobs: takes chunks of seeds and answers with their results. */
import { runSeeds } from './run-seeds.js';

process.on('message', ({ from, seeds }: { readonly from: number; readonly seeds: number }) => {
  process.send?.(runSeeds(from, seeds));
});
