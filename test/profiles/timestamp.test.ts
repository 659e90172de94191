import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatTimestamp, parseTimestamp } from '../../profiles/index.js';

describe('timestamps', () => {
  test('agree with the platform’s calendar over four centuries', () => {
    const range = { min: Date.UTC(1800, 0, 1), max: Date.UTC(2200, 0, 1) };
    fc.assert(
      fc.property(fc.integer(range), (atMs) => {
        const iso = new Date(atMs).toISOString();
        expect(formatTimestamp(atMs)).toBe(iso.replace('.000Z', 'Z'));
        expect(parseTimestamp(iso)).toBe(atMs);
        expect(parseTimestamp(formatTimestamp(atMs))).toBe(atMs);
      }),
      { seed: 5, numRuns: 2000 },
    );
  });

  test.each([
    ['2024-01-17T18:00:00+01:00', '2024-01-17T17:00:00Z'],
    ['2024-01-17T18:00:00-0530', '2024-01-17T23:30:00Z'],
    ['2024-01-17T18:00:00', '2024-01-17T18:00:00Z'],
    ['2024-02-29t23:59:59.1239z', '2024-02-29T23:59:59.123Z'],
    ['2024-12-31T23:59:60Z', '2025-01-01T00:00:00Z'],
  ])('reads %s as %s', (text, iso) => {
    expect(formatTimestamp(parseTimestamp(text) ?? Number.NaN)).toBe(iso);
  });

  test.each(['', 'now', '2023-02-29T00:00:00Z', '2024-13-01T00:00:00Z', '2024-01-01T24:00:00Z'])(
    'does not read %j',
    (text) => {
      expect(parseTimestamp(text)).toBeUndefined();
    },
  );
});
