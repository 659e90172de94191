/**
 * Takes each rule away in turn and runs seeds until an invariant breaks; the same seed must break
 * nothing with all rules in place.
 */
import type { Invariant } from '../violation.js';
import type { BuiltWorker } from '../build-worker.js';
import { forkWorker } from '../fork-jobs.js';
import { buildMutant } from './build-mutant.js';
import type { Found, Hunt } from './mutant-worker.js';
import type { Mutation, Rule } from './mutation.js';

export interface MutationResult {
  readonly rule: Rule;
  readonly what: string;
  /** Absent: not found within the limit. */
  readonly foundAtSeed?: number;
  readonly invariant?: Invariant;
  readonly seedsTried: number;
}

export interface MutationRun {
  readonly mutations: readonly Mutation[];
  readonly from: number;
  /** For each mutation, at the most. */
  readonly seeds: number;
  readonly jobs: number;
  readonly onResult?: (result: MutationResult) => void;
}

/**
 * Results in the order of the mutations. Rejects where a mutation cannot be built or run, and where an
 * invariant breaks without it as well.
 */
export async function runMutations(run: MutationRun): Promise<readonly MutationResult[]> {
  const control = await buildMutant(undefined);
  try {
    return await runAll(run, control);
  } finally {
    control.dispose();
  }
}

async function runAll(run: MutationRun, control: BuiltWorker): Promise<readonly MutationResult[]> {
  const { mutations, jobs } = run;
  const results: MutationResult[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < mutations.length; index = next++) {
      const mutation = mutations[index];
      if (mutation === undefined) return;
      const result = await runMutation(mutation, run, control).catch((error: unknown) => {
        next = mutations.length;
        throw error;
      });
      results[index] = result;
      run.onResult?.(result);
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: jobs }, work));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return results;
}

async function runMutation(
  mutation: Mutation,
  { from, seeds }: MutationRun,
  control: BuiltWorker,
): Promise<MutationResult> {
  const { rule, what, workload } = mutation;
  const mutant = await buildMutant(mutation);
  try {
    const hunt = { from, seeds, ...(workload === undefined ? {} : { workload }) };
    const found = await huntIn(mutant.file, hunt);
    if (found === undefined) return { rule, what, seedsTried: seeds };
    const { seed: foundAtSeed, invariant } = found;
    const without = await huntIn(control.file, { ...hunt, from: foundAtSeed, seeds: 1 });
    if (without !== undefined) {
      throw new Error(
        `seed ${foundAtSeed} breaks ${without.invariant} without it: ${without.detail}`,
      );
    }
    return { rule, what, foundAtSeed, invariant, seedsTried: foundAtSeed - from + 1 };
  } catch (error) {
    throw new Error(`mutation of ${rule}, "${what}" did not run`, { cause: error });
  } finally {
    mutant.dispose();
  }
}

async function huntIn(file: string, hunt: Hunt): Promise<Found | undefined> {
  const worker = forkWorker<Hunt, Found | undefined>(file);
  const { result } = await worker.run(hunt);
  await worker.end();
  return result;
}
