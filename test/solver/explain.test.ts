import { describe, expect, test } from 'vitest';
import {
  type BoundBy,
  amps,
  circuitId,
  evseId,
  explainBound,
  signalId,
} from '../../solver/index.js';
import { RATING } from './site-builder.js';

const grid = circuitId('t');
const circuitName = (): string => 'Transformer';

const CASES: readonly (readonly [BoundBy, Parameters<typeof explainBound>[1], string])[] = [
  [{ kind: 'no-session' }, {}, 'no vehicle is plugged in'],
  [
    { kind: 'vehicle', currentMaxA: amps(16) },
    { limitA: 16 },
    'the vehicle takes at most 16 A: 16 A',
  ],
  [{ kind: 'satisfied' }, {}, 'the vehicle has stopped asking for energy'],
  [
    { kind: 'not-resumed', sinceMs: 5000 },
    { limitA: 6, instant: () => '12:04' },
    'the vehicle has not charged again since it was paused; current is on offer since 12:04: 6 A',
  ],
  [
    {
      kind: 'admission',
      circuitId: grid,
      conductor: 'L1',
      source: RATING,
      queuePlace: 2,
      resumes: false,
    },
    { circuitName, currentMinA: 6 },
    'waiting for a place to keep, because paused it does not charge again by itself, place 2: 6 A do not fit phase L1 of Transformer',
  ],
  [{ kind: 'evse', currentMaxA: amps(31.95) }, {}, 'the EVSE can give at most 32 A'],
  [
    { kind: 'circuit', circuitId: grid, conductor: 'line a', source: RATING, shareCount: 12 },
    { circuitName, limitA: 16 },
    'sharing line a of Transformer with 11 others: 16 A',
  ],
  [
    {
      kind: 'circuit',
      circuitId: grid,
      conductor: 'total power',
      source: { kind: 'signal', signalId: signalId('s1') },
      shareCount: 2,
    },
    {},
    'sharing total power of t with 1 other (signal s1)',
  ],
  [
    { kind: 'circuit', circuitId: grid, conductor: 'L2', source: { kind: 'owner' }, shareCount: 1 },
    {},
    "alone on phase L2 of t (the owner's limit)",
  ],
  [
    { kind: 'admission', circuitId: grid, conductor: 'AB', source: RATING, queuePlace: 2 },
    { circuitName, currentMinA: 6 },
    'waiting for its turn, place 2: 6 A do not fit pair AB of Transformer',
  ],
  [
    { kind: 'admission', circuitId: grid, conductor: 'L1', source: RATING, queuePlace: 1 },
    {},
    'waiting for its turn, place 1: its minimum does not fit phase L1 of t',
  ],
  [
    { kind: 'admission', circuitId: grid, conductor: 'L1', source: RATING, queuePlace: 1 },
    { expectedStart: '14:35' },
    'waiting for its turn, place 1: its minimum does not fit phase L1 of t; expected to start about 14:35',
  ],
  [{ kind: 'target', targetA: amps(0) }, { limitA: 0 }, 'the plan gives 0 A now: 0 A'],
  [
    { kind: 'external-limit', source: 'EMS', limitA: amps(10) },
    { limitA: 10 },
    'EMS limits the station to 10 A: 10 A',
  ],
  [
    { kind: 'ledger', circuitId: grid, waitsFor: [evseId('x:1'), evseId('y:2')] },
    { limitA: 6.25 },
    'waiting on t until cuts at x:1, y:2 are confirmed and settled: 6.3 A',
  ],
  [
    { kind: 'ledger', circuitId: grid, waitsFor: [] },
    {},
    'waiting for reserved current on t to be released',
  ],
  [
    { kind: 'hold', untilMs: 1000 },
    { instant: (atMs) => `${atMs / 1000} s` },
    'not raised before 1 s',
  ],
  [
    { kind: 'offline', reservedA: amps(32) },
    {},
    'no link to the station: 32 A stay reserved for it',
  ],
  [
    { kind: 'not-guaranteed', cause: 'rating-exceeded-by-load' },
    {},
    'not raised while load that is not controlled could exceed the rating',
  ],
  [
    { kind: 'irrevocable', reservedA: amps(15) },
    { limitA: 12 },
    'an unanswered call may still give it 15 A, which others cannot have meanwhile: 12 A',
  ],
  [
    { kind: 'fallback', reservedA: amps(8) },
    { limitA: 8 },
    'its fallback of 8 A is reserved for it at any time: 8 A',
  ],
  [{ kind: 'unconfirmed', wantedA: amps(10) }, {}, 'the station has not confirmed 10 A yet'],
];

describe('a bound in words', () => {
  test.each(CASES)('of %o', (boundBy, context, sentence) => {
    expect(explainBound(boundBy, context)).toBe(sentence);
  });
});
