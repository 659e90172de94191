import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromJson, storableText, toJson, toJsonIfPresent } from '../../src/store/json.js';

const roundTrip = (value: unknown): unknown => fromJson(JSON.parse(toJson(value)));

test.each([
  { note: 'a phase that was not reported', value: [16, undefined, 0] },
  { note: 'zero is zero', value: { limitA: 0 } },
  { note: 'no limit in an array of objects', value: { a: [{ b: [undefined] }] } },
  { note: 'numbers that JSON does not know', value: [Infinity, -Infinity, Number.NaN] },
  { note: 'empty things', value: { a: [], b: {}, c: '' } },
])('brings back $note', ({ value }) => {
  expect(roundTrip(value)).toStrictEqual(value);
});

test('an absent field is absent again, not a field that holds nothing', () => {
  expect(roundTrip({ a: undefined, b: 1 })).toStrictEqual({ b: 1 });
  expect(toJsonIfPresent(undefined)).toBeUndefined();
});

test('an undefined in an array is an element and not a hole', () => {
  const back = roundTrip([undefined]) as unknown[];
  expect(0 in back).toBe(true);
});

test('what JSONB refuses is replaced', () => {
  expect(roundTrip({ vendor: 'a\0b\ud800c' })).toStrictEqual({ vendor: 'a\uFFFDb\uFFFDc' });
  expect(storableText('\0ok\u{1F50C}')).toBe('\uFFFDok\u{1F50C}');
});

test.each([[new Map([[1, 2]])], [{ deep: [new Set([1])] }]])(
  'a Map or a Set is refused, since it would come back empty',
  (value) => {
    expect(() => toJson(value)).toThrow(/plain data/);
  },
);

test('any plain data comes back equal (300 runs)', () => {
  const leaf = fc.oneof(
    fc.string(),
    fc.boolean(),
    fc.double().map((x) => x + 0),
    fc.constant(undefined),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(fc.stringMatching(/^[a-zA-Z]{1,8}$/), tie('tree'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(tree, (value) => {
      expect(roundTrip(value)).toEqual(expected(value));
    }),
    { numRuns: 300, seed: 7 },
  );
});

/** The same data as it may be stored. */
function expected(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  if (Array.isArray(value)) return value.map(expected);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expected(item)]));
}
