/**
 * Symmetric positive definite 3 x 3 blocks as L D L', six numbers each:
 * l10, l20, l21, 1 / d0, 1 / d1, 1 / d2.
 */

/** Factors the block whose lower triangle is a00, a10, a11, a20, a21, a22. */
export function factorBlock(
  f: Float64Array,
  at: number,
  a00: number,
  a10: number,
  a11: number,
  a20: number,
  a21: number,
  a22: number,
): void {
  const per0 = 1 / a00;
  const l10 = a10 * per0;
  const l20 = a20 * per0;
  const per1 = 1 / (a11 - l10 * a10);
  const s21 = a21 - l20 * a10;
  const l21 = s21 * per1;
  f[at] = l10;
  f[at + 1] = l20;
  f[at + 2] = l21;
  f[at + 3] = per0;
  f[at + 4] = per1;
  f[at + 5] = 1 / (a22 - l20 * a20 - l21 * s21);
}

/** b[to..to + 2] := block^-1 (b0, b1, b2) */
export function solveBlock(
  f: Float64Array,
  at: number,
  b: Float64Array,
  to: number,
  b0: number,
  b1: number,
  b2: number,
): void {
  const y1 = b1 - (f[at] as number) * b0;
  const y2 = b2 - (f[at + 1] as number) * b0 - (f[at + 2] as number) * y1;
  const x2 = y2 * (f[at + 5] as number);
  const x1 = y1 * (f[at + 4] as number) - (f[at + 2] as number) * x2;
  b[to + 2] = x2;
  b[to + 1] = x1;
  b[to] = b0 * (f[at + 3] as number) - (f[at] as number) * x1 - (f[at + 1] as number) * x2;
}
