/** Products of a tall matrix with itself: what eliminated rows take from the rows that remain. */

/** Columns of the tall matrix come in multiples of this, with zeros where it has fewer. */
export const GRAM_STEP = 4;

export function gramWidth(columns: number): number {
  return Math.ceil(columns / GRAM_STEP) * GRAM_STEP;
}

/**
 * c -= X' X in the lower triangle of the block of c that begins at row and column `at`.
 *
 * X is row-major with `width` columns, a multiple of GRAM_STEP. `firstRow[column / GRAM_STEP]` is
 * the first row of X that is not 0 in those columns and after; never falling. c has stride n and
 * room for GRAM_STEP - 1 rows more than it has; above the diagonal it is written too.
 */
export function subtractGram(
  c: Float64Array,
  n: number,
  at: number,
  x: Float64Array,
  rowCount: number,
  width: number,
  firstRow: Int32Array,
): void {
  const end = rowCount * width;
  for (let i = 0; i < width; i += 2) {
    const from = (firstRow[i >> 2] as number) * width;
    const row = (at + i) * n + at;
    for (let j = 0; j <= i; j += GRAM_STEP) subtractTile(c, row + j, n, x, from, end, width, i, j);
  }
}

/** Two rows and four columns: eight sums in registers. */
function subtractTile(
  c: Float64Array,
  at: number,
  n: number,
  x: Float64Array,
  from: number,
  end: number,
  width: number,
  i: number,
  j: number,
): void {
  let s00 = 0;
  let s01 = 0;
  let s02 = 0;
  let s03 = 0;
  let s10 = 0;
  let s11 = 0;
  let s12 = 0;
  let s13 = 0;
  for (let k = from; k < end; k += width) {
    const x0 = x[k + i] as number;
    const x1 = x[k + i + 1] as number;
    const y0 = x[k + j] as number;
    const y1 = x[k + j + 1] as number;
    const y2 = x[k + j + 2] as number;
    const y3 = x[k + j + 3] as number;
    s00 += x0 * y0;
    s01 += x0 * y1;
    s02 += x0 * y2;
    s03 += x0 * y3;
    s10 += x1 * y0;
    s11 += x1 * y1;
    s12 += x1 * y2;
    s13 += x1 * y3;
  }
  const below = at + n;
  c[at] = (c[at] as number) - s00;
  c[at + 1] = (c[at + 1] as number) - s01;
  c[at + 2] = (c[at + 2] as number) - s02;
  c[at + 3] = (c[at + 3] as number) - s03;
  c[below] = (c[below] as number) - s10;
  c[below + 1] = (c[below + 1] as number) - s11;
  c[below + 2] = (c[below + 2] as number) - s12;
  c[below + 3] = (c[below + 3] as number) - s13;
}
