import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  applyChanges,
  chunks,
  diffList,
  nextVersion,
  planList,
} from '../../src/upkeep/local-list/diff.js';
import type { ListEntry } from '../../src/upkeep/local-list/local-list.js';

const accepted = (...tokens: string[]): ListEntry[] =>
  tokens.map((idToken) => ({ idToken, status: 'Accepted' }));
const many = (count: number): ListEntry[] =>
  accepted(...Array.from({ length: count }, (_, index) => `T${index}`));

describe('differences', () => {
  test('removes, adds and replaces, and leaves what is equal', () => {
    const held = accepted('A', 'B', 'C');
    const wanted: ListEntry[] = [...accepted('A', 'D'), { idToken: 'c', status: 'Blocked' }];
    expect(diffList(held, wanted)).toEqual([
      { idToken: 'B' },
      { idToken: 'D', info: { status: 'Accepted' } },
      { idToken: 'c', info: { status: 'Blocked' } },
    ]);
  });

  test('the case of a token is no difference; its expiry and its group are', () => {
    expect(diffList(accepted('ab12'), accepted('AB12'))).toEqual([]);
    const expiring: ListEntry[] = [{ idToken: 'AB12', status: 'Accepted', expiresAtMs: 5 }];
    expect(diffList(accepted('ab12'), expiring)).toHaveLength(1);
    const grouped: ListEntry[] = [{ idToken: 'AB12', status: 'Accepted', groupIdToken: 'G' }];
    expect(diffList(accepted('ab12'), grouped)).toHaveLength(1);
  });

  const list = fc
    .uniqueArray(fc.integer({ min: 0, max: 30 }), { maxLength: 20 })
    .chain((numbers) =>
      fc.tuple(
        ...numbers.map((number) =>
          fc
            .constantFrom('Accepted', 'Blocked')
            .map((status): ListEntry => ({ idToken: `T${number}`, status: status as 'Accepted' })),
        ),
      ),
    );
  test('applied to what is held they give what is wanted, whatever both are', () => {
    fc.assert(
      fc.property(list, list, (held, wanted) => {
        const result = applyChanges(held, diffList(held, wanted));
        const sorted = (entries: readonly ListEntry[]) =>
          entries.toSorted((a, b) => a.idToken.localeCompare(b.idToken));
        expect(sorted(result)).toEqual(sorted(wanted));
      }),
    );
  });
});

describe('plan', () => {
  const held = { version: 7, entries: many(10) };
  const plan = (stationVersion: number, wanted: readonly ListEntry[]) =>
    planList({ held, stationVersion, wanted });

  test.each([
    ['the same version and list: nothing', 7, many(10), 'none'],
    ['the same version, a small change: the difference', 7, many(11), 'differential'],
    ['the same version, a large change: in full', 7, many(30), 'full'],
    ['another version: in full', 6, many(10), 'full'],
    ['an empty station (version 0): in full', 0, many(10), 'full'],
    ['an empty station and nothing wanted: nothing', 0, [], 'none'],
    ['everything removed: in full', 7, [], 'full'],
  ] as const)('%s', (_note, stationVersion, wanted, kind) => {
    expect(plan(stationVersion, wanted).kind).toBe(kind);
  });

  test('versions rise above what either side knows', () => {
    expect(nextVersion(held, 3)).toBe(8);
    expect(nextVersion(held, 20)).toBe(21);
    expect(nextVersion({ version: 0, entries: [] }, -1)).toBe(1);
  });
});

describe('pieces', () => {
  test('hold at most so many items', () => {
    const pieces = chunks([1, 2, 3, 4, 5], { itemsMax: 2, bytesOf: () => 1 });
    expect(pieces).toEqual([[1, 2], [3, 4], [5]]);
  });

  test('hold at most so many bytes; an item that is longer goes alone', () => {
    const pieces = chunks([4, 4, 20, 4], { itemsMax: 9, bytesMax: 10, bytesOf: (it) => it });
    expect(pieces).toEqual([[4, 4], [20], [4]]);
  });

  test('are one even when there is nothing: an empty list is a message too', () => {
    expect(chunks([], { itemsMax: 2, bytesOf: () => 1 })).toEqual([[]]);
  });
});
