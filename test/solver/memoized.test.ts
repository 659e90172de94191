import { expect, it } from 'vitest';
import { memoized } from '../../solver/index.js';

it('computes once for each object, an answer of undefined too', () => {
  let count = 0;
  const widthOf = memoized(({ width }: { readonly width?: number }) => {
    count += 1;
    return width;
  });
  const [wide, unknown] = [{ width: 3 }, {}];
  expect([widthOf(wide), widthOf(wide), widthOf(unknown), widthOf(unknown)]).toEqual([
    3,
    3,
    undefined,
    undefined,
  ]);
  expect(count).toBe(2);
});

it('takes an equal object for another one', () => {
  const copyOf = memoized((given: object) => ({ ...given }));
  const [one, other] = [{}, {}];
  expect(copyOf(one)).toBe(copyOf(one));
  expect(copyOf(other)).not.toBe(copyOf(one));
});
