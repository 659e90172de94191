/** Every seed on which something broke once, with its cause; apart from the others, so that two cores share them. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { openSeedWorker } from './run-jobs.js';
import type { WorkloadName } from './workloads.js';

interface Case {
  readonly seed: number;
  readonly workload?: WorkloadName;
  readonly tests?: true;
  readonly cause: string;
}

const cases = JSON.parse(
  readFileSync(new URL('../cases/sim-seeds.json', import.meta.url), 'utf8'),
) as { readonly seeds: readonly Case[] };

const TIMEOUT_MS = 600_000;

const worker = await openSeedWorker();
afterAll(() => worker.close());

describe('seeds that failed once', () => {
  test.each(cases.seeds)('seed $seed: $cause', { timeout: TIMEOUT_MS }, async (it) => {
    const { seed, workload, tests } = it;
    const options = {
      ...(workload === undefined ? {} : { workload }),
      ...(tests === undefined ? {} : { tests }),
    };
    expect((await worker.run(seed, options)).violations).toEqual([]);
  });
});
