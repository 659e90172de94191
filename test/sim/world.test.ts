/** The deterministic world: a few hundred seeds, and that its checks can fail. */
import { afterAll, describe, expect, test } from 'vitest';
import { openSeedWorker } from './run-jobs.js';
import type { Invariant } from './violation.js';
import type { RunOptions } from './world.js';
import { WORKLOADS } from './workloads.js';

const FIRST_SEED = 20_001;
const BATCHES = 4;
const BATCH_SEEDS = 8;
const TIMEOUT_MS = 600_000;

const worker = await openSeedWorker();
afterAll(() => worker.close());

/** Which invariants break within some seeds, given deliberate damage; until all that are wanted have. */
async function broken(
  wanted: readonly Invariant[],
  seeds: number,
  options: RunOptions,
): Promise<ReadonlySet<Invariant>> {
  const found = new Set<Invariant>();
  for (let seed = 1; seed <= seeds && wanted.some((it) => !found.has(it)); seed += 1) {
    for (const { invariant } of (await worker.run(seed, options)).violations) found.add(invariant);
  }
  return found;
}

describe('new seeds', () => {
  test.each(Array.from({ length: BATCHES }, (_, index) => FIRST_SEED + index * BATCH_SEEDS))(
    `I1 I2 hold on ${BATCH_SEEDS} seeds from %i on`,
    { timeout: TIMEOUT_MS },
    async (from) => {
      for (let seed = from; seed < from + BATCH_SEEDS; seed += 1) {
        expect((await worker.run(seed, { calm: false })).violations).toEqual([]);
      }
    },
  );
  test('I1 I2 hold while smart-charging tests run', { timeout: TIMEOUT_MS }, async () => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + BATCH_SEEDS; seed += 1) {
      expect((await worker.run(seed, { calm: false, tests: true })).violations).toEqual([]);
    }
  });
  test('I11 the same seed gives the same trace', async () => {
    const hashes: string[] = [];
    for (const seed of [7, 7, 8]) {
      hashes.push((await worker.run(seed, { calm: false })).traceHash);
    }
    expect(hashes[0]).toBe(hashes[1]);
    expect(hashes[0]).not.toBe(hashes[2]);
  });
});

describe('worlds of one bias', () => {
  test.each(WORKLOADS)('%s breaks nothing', { timeout: TIMEOUT_MS }, async (workload) => {
    expect((await worker.run(FIRST_SEED, { workload, calm: false })).violations).toEqual([]);
  });
  test.each(WORKLOADS)('%s leaves nobody waiting', { timeout: TIMEOUT_MS }, async (workload) => {
    expect((await worker.run(FIRST_SEED + 1, { workload, calm: true })).violations).toEqual([]);
  });
});

describe('the checks can fail', () => {
  test('R1 without settle time a vehicle that follows late is above W', async () => {
    expect(await broken(['I1'], 5, { settings: { settleSec: 0 }, calm: false })).toContain('I1');
  });
  test('R1 with half of the settle time it is caught as well', async () => {
    expect(await broken(['I1'], 12, { settings: { settleSec: 6 }, calm: false })).toContain('I1');
  });
  test('I2 an engine that takes a rating for 30 % more than it is', async () => {
    const found = await broken(['I2', 'truth'], 8, { ratingsBelieved: 1.3, calm: false });
    expect(found).toContain('I2');
    expect(found).toContain('truth');
  });
  test('I1 a station that ignores its profiles is caught', async () => {
    expect(await broken(['I1'], 5, { lie: 'ignores', calm: false })).toContain('I1');
  });
  test('I5 a gateway that does not wait for the answer', async () => {
    expect(await broken(['I5'], 2, { damage: 'two-calls', calm: false })).toContain('I5');
  });
  test('I6 a gateway that writes calls of the epoch before', async () => {
    expect(await broken(['I6'], 2, { damage: 'old-epochs', calm: false })).toContain('I6');
  });
  test('I1 a station that draws nine percent more is caught', async () => {
    expect(await broken(['I1'], 8, { lie: 'nine-percent', calm: false })).toContain('I1');
  });
});
