/** Every seed on which something broke once, with its cause; apart from the others, so that two cores share them. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { runSeed } from './world.js';
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

describe('seeds that failed once', () => {
  test.each(cases.seeds)('seed $seed: $cause', { timeout: TIMEOUT_MS }, (it) => {
    const { seed, workload, tests } = it;
    const bias = {
      ...(workload === undefined ? {} : { workload }),
      ...(tests === undefined ? {} : { tests }),
    };
    expect(runSeed(seed, bias).violations).toEqual([]);
  });
});
