import { expect, test } from 'vitest';
import { mulberry32 } from '../../simulator/random.js';
import { createDenseKernel, plainKernel } from '../../solver/linear/dense-kernel.js';
import { GRAM_STEP, gramWidth } from '../../solver/linear/gram.js';

/** c - X' X of two X, positive definite: the second X begins at row 1 and has empty corners. */
function caseOf(n: number) {
  const random = mulberry32(n);
  const matrix = new Float64Array(n * (n + GRAM_STEP));
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j < i; j += 1) matrix[i * n + j] = random() - 0.5;
    matrix[i * n + i] = 3 * n;
  }
  const products = [0, Math.min(1, n - 1)].map((at) => {
    const columns = n - at;
    const width = gramWidth(columns);
    const firstRow = Int32Array.from(
      { length: width / GRAM_STEP },
      (_, step) => at * Math.min(step, 5),
    );
    const rowCount = 5;
    const x = new Float64Array(rowCount * width);
    for (let row = 0; row < rowCount; row += 1) {
      for (let i = 0; i < columns; i += 1) {
        const isEmpty = row < (firstRow[Math.floor(i / GRAM_STEP)] as number);
        x[row * width + i] = isEmpty ? 0 : random() - 0.5;
      }
    }
    return { at, x, rowCount, width, firstRow };
  });
  return { matrix, products };
}

test.each([1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 56, 57, 58, 168])(
  'order %i: both kernels give the factor of c - X` X',
  (n) => {
    const { matrix, products } = caseOf(n);
    const kernels = [createDenseKernel(), plainKernel()];
    const factors = kernels.map((kernel) => {
      const factor = matrix.slice();
      kernel.load(factor, n);
      for (const { at, x, rowCount, width, firstRow } of products)
        kernel.subtractGram(at, x, rowCount, width, firstRow);
      kernel.factor(factor);
      return factor;
    });
    const [one, other] = factors as [Float64Array, Float64Array];
    for (let i = 0; i < n; i += 1) {
      for (let j = 0; j <= i; j += 1) {
        let wanted = matrix[i * n + j] as number;
        for (const { at, x, rowCount, width } of products) {
          if (j < at) continue;
          for (let row = 0; row < rowCount; row += 1)
            wanted -= (x[row * width + i - at] as number) * (x[row * width + j - at] as number);
        }
        let found = 0;
        for (let k = 0; k <= j; k += 1)
          found += (one[i * n + k] as number) * (one[j * n + k] as number);
        expect(Math.abs(found - wanted)).toBeLessThan(1e-10);
        const apart = (one[i * n + j] as number) - (other[i * n + j] as number);
        expect(Math.abs(apart)).toBeLessThan(1e-12);
      }
    }
  },
);

test('a kernel serves one matrix after the other, larger or smaller', () => {
  const kernel = createDenseKernel();
  const factorOf = (n: number): Float64Array => {
    const { matrix } = caseOf(n);
    kernel.load(matrix, n);
    kernel.factor(matrix);
    return matrix.slice(0, n * n);
  };
  const small = factorOf(20);
  factorOf(250);
  expect(factorOf(20)).toEqual(small);
});
