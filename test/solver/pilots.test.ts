import { deepStrictEqual } from 'node:assert';
import { expect, test } from 'vitest';
import { amps, isPilot, pilotAbove, pilotAtLeast, pilotAtMost } from '../../solver/index.js';
import { EIGHTS, TENTHS, WHOLE_AMPS } from './site-builder.js';

test('rounds down to a pilot, to 0 below the smallest', () => {
  deepStrictEqual(
    [5.9, 6, 6.99, 31.7].map((a) => pilotAtMost(WHOLE_AMPS, a)),
    [0, 6, 6, 31],
  );
  deepStrictEqual(
    [7.9, 8, 31.9, 99].map((a) => pilotAtMost(EIGHTS, a)),
    [0, 8, 24, 32],
  );
});

test('is robust against sums of tenths', () => {
  expect(pilotAtMost(TENTHS, 6 + 0.1 + 0.1 + 0.1)).toBe(6.3);
  expect(pilotAtMost(TENTHS, 21 * 0.30000000000000004)).toBe(6.3);
  expect(pilotAtMost(TENTHS, 6.2999)).toBe(6.2);
  expect(pilotAtLeast(TENTHS, 6.300000000000001)).toBe(6.3);
});

test('rounds up to a pilot where there is one', () => {
  expect(pilotAtLeast(WHOLE_AMPS, 2)).toBe(6);
  expect(pilotAtLeast(EIGHTS, 8.1)).toBe(16);
  expect(pilotAtLeast(EIGHTS, 32.1)).toBe(undefined);
});

test('finds the next pilot', () => {
  expect(pilotAbove(WHOLE_AMPS, 0)).toBe(6);
  expect(pilotAbove(TENTHS, 6.3)).toBe(6.4);
  expect(pilotAbove(EIGHTS, 24)).toBe(32);
  expect(pilotAbove(EIGHTS, 32)).toBe(undefined);
});

test('takes a minimum between two steps as the next step', () => {
  const odd = { kind: 'continuous', minA: amps(6.5), stepA: amps(1) } as const;
  expect(pilotAtMost(odd, 6.9)).toBe(0);
  expect(pilotAtLeast(odd, 1)).toBe(7);
});

test('knows what is a pilot', () => {
  deepStrictEqual(
    [0, 5, 6, 6.5].map((a) => isPilot(WHOLE_AMPS, a)),
    [true, false, true, false],
  );
});
