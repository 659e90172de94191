/** I6: an engine that lost its site neither commits nor has a command written after a newer one. */
import { describe, expect, test } from 'vitest';
import { createEpochs } from './check-epoch.js';
import type { WrittenCall } from './sim-gateway.js';
import { runSeed } from './world.js';

const TIMEOUT_MS = 600_000;
const FIRST_SEED = 1;
const SEEDS = 8;

function call(epoch: number, seq: number): WrittenCall {
  return { row: { epoch, seq, stationId: 'S0' } } as unknown as WrittenCall;
}

describe('the check can fail', () => {
  test('I6 a command of an older epoch behind one of a newer is named', () => {
    const epochs = createEpochs();
    for (const [epoch, seq] of [
      [1, 1],
      [2, 3],
      [2, 2],
    ] as const) {
      expect(epochs.written(call(epoch, seq))).toBeUndefined();
    }
    expect(epochs.written(call(1, 4))).toBe('call 4 of epoch 1 to S0 after 2');
  });
});

describe('engines that lose their site', () => {
  test('I1 I2 I6 hold, stale commits are refused, late commands are fenced', {
    timeout: TIMEOUT_MS,
  }, () => {
    let refused = 0;
    let fenced = 0;
    const write = (line: string): void => {
      if (line.includes('stale commit refused')) refused += 1;
      if (line.includes('command.answered') && line.includes('"fenced"')) fenced += 1;
    };
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed += 1) {
      expect(runSeed(seed, { calm: false, takeovers: 1, write }).violations).toEqual([]);
    }
    expect(refused).toBeGreaterThanOrEqual(3);
    expect(fenced).toBeGreaterThanOrEqual(3);
  });
});
