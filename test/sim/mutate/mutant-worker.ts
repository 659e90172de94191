/** A child of run-mutations: runs seeds until an invariant breaks, and says which. */
import { answerTasks } from '../fork-jobs.js';
import { runSeed } from '../world.js';
import type { WorkloadName } from '../workloads.js';
import type { Invariant } from '../violation.js';

export interface Hunt {
  readonly from: number;
  readonly seeds: number;
  readonly workload?: WorkloadName;
}

export interface Found {
  readonly seed: number;
  readonly invariant: Invariant;
  readonly detail: string;
}

answerTasks(({ from, seeds, workload }: Hunt): Found | undefined => {
  for (let seed = from; seed < from + seeds; seed += 1) {
    const options = { untilViolation: true, ...(workload === undefined ? {} : { workload }) };
    const [first] = runSeed(seed, options).violations;
    if (first !== undefined) return { seed, invariant: first.invariant, detail: first.detail };
  }
  return undefined;
});
