import { expect, test } from 'vitest';
import { type PendingPlace, placeFor } from '../../src/store/pending-policy.js';

const LIMITS = { placesMax: 10, perAddressMax: 4, staleAfterMs: 600_000 };
const NOW_MS = 10_000_000;

function places(count: number, more: (index: number) => Partial<PendingPlace>): PendingPlace[] {
  return Array.from({ length: count }, (_, index) => ({
    identity: `P${index}`,
    address: `a${index}`,
    attempts: 1,
    lastSeenAtMs: NOW_MS - 1000,
    ...more(index),
  }));
}

const newcomer = { address: 'new', atMs: NOW_MS };

test('takes a free place', () => {
  expect(
    placeFor(
      places(9, () => ({})),
      newcomer,
      LIMITS,
    ),
  ).toEqual({ kind: 'taken' });
});

test('one address holds so many places and no more, unless one of its own has given up', () => {
  const own = places(4, () => ({ address: 'new' }));
  expect(placeFor(own, newcomer, LIMITS)).toEqual({ kind: 'no-place' });
  const stale = places(4, (index) => ({
    address: 'new',
    lastSeenAtMs: index === 2 ? NOW_MS - 700_000 : NOW_MS,
  }));
  expect(placeFor(stale, newcomer, LIMITS)).toEqual({ kind: 'instead-of', identity: 'P2' });
});

test('when it is full the address that holds most gives up its lightest', () => {
  const full = places(10, (index) => ({
    address: index < 3 ? 'greedy' : `a${index}`,
    attempts: index === 1 ? 1 : 5,
  }));
  expect(placeFor(full, newcomer, LIMITS)).toEqual({ kind: 'instead-of', identity: 'P1' });
});

test('a flood from many addresses displaces nobody who still tries', () => {
  expect(
    placeFor(
      places(10, () => ({})),
      newcomer,
      LIMITS,
    ),
  ).toEqual({ kind: 'no-place' });
});

test('who tried once and no more gives way to a newcomer, who tries again and again does not', () => {
  const full = places(10, (index) => ({
    attempts: index === 4 ? 1 : 9,
    lastSeenAtMs: index < 6 ? NOW_MS - 900_000 : NOW_MS,
  }));
  expect(placeFor(full, newcomer, LIMITS)).toEqual({ kind: 'instead-of', identity: 'P4' });
});
