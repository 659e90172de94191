import { describe, expect, it } from 'vitest';
import { DraftMap } from '../../src/control/draft-map.js';

const before: ReadonlyMap<string, number> = new Map([
  ['a', 1],
  ['b', 2],
]);

describe('a map of a draft', () => {
  it('is the map of before while nothing is changed', () => {
    const map = new DraftMap(before);
    map.set('a', 1);
    expect(map.delete('c')).toBe(false);
    expect(map.closed()).toBe(before);
    expect([...map]).toEqual([...before]);
  });

  it('leaves the map of before alone', () => {
    const map = new DraftMap(before);
    map.set('a', 3).set('c', 4);
    expect(map.delete('b')).toBe(true);
    expect([...map.closed()]).toEqual([
      ['a', 3],
      ['c', 4],
    ]);
    expect(map.size).toBe(2);
    expect([...before.values()]).toEqual([1, 2]);
  });

  it('keeps a key whose value is undefined apart from one that is absent', () => {
    const map = new DraftMap<string, number | undefined>(new Map());
    map.set('a', undefined);
    expect(map.has('a')).toBe(true);
    map.clear();
    expect(map.size).toBe(0);
  });

  it('walks over the entries of before while they change', () => {
    const map = new DraftMap(before);
    const seen: string[] = [];
    for (const [key, value] of map) {
      seen.push(key);
      map.set(`${key}${key}`, value);
    }
    expect(seen).toEqual(['a', 'b']);
    expect([...map.keys()]).toEqual(['a', 'b', 'aa', 'bb']);
  });
});
