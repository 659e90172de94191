/**
 * Dense Cholesky factors in place, lower triangle, row-major with stride n. Plain loops on typed
 * arrays; sums of three rows by three columns are kept in registers.
 */

/** A pivot below this fraction of the largest diagonal counts as a direction without curvature. */
const PIVOT_MIN_FRACTION = 1e-14;
/** Such a direction is frozen by a pivot of this many times the largest diagonal. */
const PIVOT_FROZEN_FACTOR = 1e64;

/** a = L L'; the upper triangle is neither read nor written. `n` is a multiple of 3 or any. */
export function factorCholesky(a: Float64Array, n: number): void {
  let largest = 0;
  for (let i = 0; i < n; i += 1) largest = Math.max(largest, a[i * n + i] as number);
  const blocks = n - (n % 3);
  for (let i = 0; i < blocks; i += 3) {
    for (let j = 0; j < i; j += 3) eliminateBlock(a, n, i, j);
    factorDiagonal(a, n, i, 3, largest);
  }
  for (let i = blocks; i < n; i += 1) {
    for (let j = 0; j < i; j += 1) {
      const sum = (a[i * n + j] as number) - dot(a, i * n, j * n, j);
      a[i * n + j] = sum / (a[j * n + j] as number);
    }
    factorDiagonal(a, n, i, 1, largest);
  }
}

function dot(a: Float64Array, i: number, j: number, length: number): number {
  let sum = 0;
  for (let k = 0; k < length; k += 1) sum += (a[i + k] as number) * (a[j + k] as number);
  return sum;
}

/** Rows i..i+2, columns j..j+2 of the factor, j + 2 < i. */
function eliminateBlock(a: Float64Array, n: number, i: number, j: number): void {
  const i0 = i * n;
  const i1 = i0 + n;
  const i2 = i1 + n;
  const j0 = j * n;
  const j1 = j0 + n;
  const j2 = j1 + n;
  let s00 = a[i0 + j] as number;
  let s01 = a[i0 + j + 1] as number;
  let s02 = a[i0 + j + 2] as number;
  let s10 = a[i1 + j] as number;
  let s11 = a[i1 + j + 1] as number;
  let s12 = a[i1 + j + 2] as number;
  let s20 = a[i2 + j] as number;
  let s21 = a[i2 + j + 1] as number;
  let s22 = a[i2 + j + 2] as number;
  for (let k = 0; k < j; k += 1) {
    const x0 = a[i0 + k] as number;
    const x1 = a[i1 + k] as number;
    const x2 = a[i2 + k] as number;
    const y0 = a[j0 + k] as number;
    const y1 = a[j1 + k] as number;
    const y2 = a[j2 + k] as number;
    s00 -= x0 * y0;
    s01 -= x0 * y1;
    s02 -= x0 * y2;
    s10 -= x1 * y0;
    s11 -= x1 * y1;
    s12 -= x1 * y2;
    s20 -= x2 * y0;
    s21 -= x2 * y1;
    s22 -= x2 * y2;
  }
  const d0 = 1 / (a[j0 + j] as number);
  const l10 = a[j1 + j] as number;
  const d1 = 1 / (a[j1 + j + 1] as number);
  const l20 = a[j2 + j] as number;
  const l21 = a[j2 + j + 1] as number;
  const d2 = 1 / (a[j2 + j + 2] as number);
  s00 *= d0;
  s10 *= d0;
  s20 *= d0;
  s01 = (s01 - s00 * l10) * d1;
  s11 = (s11 - s10 * l10) * d1;
  s21 = (s21 - s20 * l10) * d1;
  a[i0 + j] = s00;
  a[i1 + j] = s10;
  a[i2 + j] = s20;
  a[i0 + j + 1] = s01;
  a[i1 + j + 1] = s11;
  a[i2 + j + 1] = s21;
  a[i0 + j + 2] = (s02 - s00 * l20 - s01 * l21) * d2;
  a[i1 + j + 2] = (s12 - s10 * l20 - s11 * l21) * d2;
  a[i2 + j + 2] = (s22 - s20 * l20 - s21 * l21) * d2;
}

/**
 * Rows i..i+size-1, columns j..j+2 of the factor, j + 2 < i, where the products of what is left of
 * column j - j % 2 are given: `sums[2 (3 a + b)]` and the next hold two parts of the one of rows
 * i + a and j + b.
 */
export function finishBlock(
  a: Float64Array,
  n: number,
  i: number,
  j: number,
  size: number,
  sums: Float64Array,
): void {
  const j0 = j * n + j;
  const j1 = j0 + n;
  const j2 = j1 + n;
  const d0 = 1 / (a[j0] as number);
  const l10 = a[j1] as number;
  const d1 = 1 / (a[j1 + 1] as number);
  const l20 = a[j2] as number;
  const l21 = a[j2 + 1] as number;
  const d2 = 1 / (a[j2 + 2] as number);
  const isOdd = j % 2 === 1;
  const y0 = isOdd ? (a[j0 - 1] as number) : 0;
  const y1 = isOdd ? (a[j1 - 1] as number) : 0;
  const y2 = isOdd ? (a[j2 - 1] as number) : 0;
  for (let row = 0; row < size; row += 1) {
    const at = (i + row) * n + j;
    const x = isOdd ? (a[at - 1] as number) : 0;
    const s = 6 * row;
    const s0 = (a[at] as number) - (sums[s] as number) - (sums[s + 1] as number) - x * y0;
    const s1 = (a[at + 1] as number) - (sums[s + 2] as number) - (sums[s + 3] as number) - x * y1;
    const s2 = (a[at + 2] as number) - (sums[s + 4] as number) - (sums[s + 5] as number) - x * y2;
    const f0 = s0 * d0;
    const f1 = (s1 - f0 * l10) * d1;
    a[at] = f0;
    a[at + 1] = f1;
    a[at + 2] = (s2 - f0 * l20 - f1 * l21) * d2;
  }
}

/** The diagonal block of `size` rows from row i on, whose rows are done left of it. */
export function factorDiagonal(
  a: Float64Array,
  n: number,
  i: number,
  size: number,
  largest: number,
): void {
  for (let row = i; row < i + size; row += 1) {
    for (let column = i; column < row; column += 1) {
      const sum = (a[row * n + column] as number) - dot(a, row * n, column * n, column);
      a[row * n + column] = sum / (a[column * n + column] as number);
    }
    const pivot = (a[row * n + row] as number) - dot(a, row * n, row * n, row);
    const isFlat = !(pivot > PIVOT_MIN_FRACTION * PIVOT_MIN_FRACTION * largest);
    a[row * n + row] = Math.sqrt(isFlat ? PIVOT_FROZEN_FACTOR * (largest + 1) : pivot);
  }
}

/** b := L^-1 b */
export function solveLower(l: Float64Array, n: number, b: Float64Array): void {
  for (let i = 0; i < n; i += 1) {
    const row = i * n;
    // Four sums: one would wait for itself at every product.
    let sum0 = b[i] as number;
    let sum1 = 0;
    let sum2 = 0;
    let sum3 = 0;
    let k = 0;
    for (; k + 3 < i; k += 4) {
      sum0 -= (l[row + k] as number) * (b[k] as number);
      sum1 -= (l[row + k + 1] as number) * (b[k + 1] as number);
      sum2 -= (l[row + k + 2] as number) * (b[k + 2] as number);
      sum3 -= (l[row + k + 3] as number) * (b[k + 3] as number);
    }
    for (; k < i; k += 1) sum0 -= (l[row + k] as number) * (b[k] as number);
    b[i] = (sum0 + sum1 + (sum2 + sum3)) / (l[row + i] as number);
  }
}

/** b := L'^-1 b */
export function solveUpper(l: Float64Array, n: number, b: Float64Array): void {
  for (let i = n - 1; i >= 0; i -= 1) {
    const row = i * n;
    const value = (b[i] as number) / (l[row + i] as number);
    b[i] = value;
    let k = 0;
    for (; k + 3 < i; k += 4) {
      b[k] = (b[k] as number) - (l[row + k] as number) * value;
      b[k + 1] = (b[k + 1] as number) - (l[row + k + 1] as number) * value;
      b[k + 2] = (b[k + 2] as number) - (l[row + k + 2] as number) * value;
      b[k + 3] = (b[k + 3] as number) - (l[row + k + 3] as number) * value;
    }
    for (; k < i; k += 1) b[k] = (b[k] as number) - (l[row + k] as number) * value;
  }
}
