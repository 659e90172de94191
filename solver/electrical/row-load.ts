/** The current of one limit row from its circuit's channel sums, and which channels raise it. */
import { FORM_LINE, FORM_SUM, type LimitRows } from './limits.js';

/** Below this distance from the kink of a primary line's worst corner both sides count as raising, A. */
const KINK_TOLERANCE_A = 1e-9;

/**
 * Current of a row, A, from the channel sums x, y, z >= 0 of its circuit (base load not included).
 * Monotone and convex in each sum: a primary counts at the worst corner of [0, (x, y, z)].
 */
export function rowLoadA(rows: LimitRows, row: number, x: number, y: number, z: number): number {
  const form = rows.form[row] as number;
  if (form === FORM_SUM || form === FORM_LINE) {
    const mask = rows.mask[row] as number;
    const a = (mask & 1) === 0 ? 0 : x;
    const b = (mask & 2) === 0 ? 0 : y;
    const c = (mask & 4) === 0 ? 0 : z;
    return form === FORM_SUM ? a + b + c : Math.sqrt(a * a + b * b + c * c + a * b + b * c + c * a);
  }
  const apex = rows.apex[row] as number;
  const w = apex === 0 ? x : apex === 1 ? y : z;
  const u = apex === 0 ? y : x;
  const v = apex === 2 ? y : z;
  return Math.sqrt(worstPrimarySquare(u, v, w)) * (rows.scale[row] as number);
}

/** The same from the channel sums of the whole tree, A. */
export function rowLoadFrom(rows: LimitRows, row: number, sumsA: Float64Array): number {
  const at = 3 * (rows.circuitOf[row] as number);
  const x = sumsA[at] as number;
  const y = sumsA[at + 1] as number;
  return rowLoadA(rows, row, x, y, sumsA[at + 2] as number);
}

/**
 * max over corners of u^2 + v^2 + 4w^2 - uv + 2uw + 2vw: with m >= n the larger and smaller of
 * u and v, dropping n helps or it does not; no other corner can be worse.
 */
function worstPrimarySquare(u: number, v: number, w: number): number {
  const m = u > v ? u : v;
  const n = u > v ? v : u;
  return m * m + 4 * w * w + 2 * m * w + Math.max(0, n * (n - m + 2 * w));
}

/**
 * Channels whose increase raises the row right now. All of the row's channels, but on a primary
 * the smaller of the two single pairs while its current still cancels the larger one's.
 */
export function raisingMask(rows: LimitRows, row: number, x: number, y: number, z: number): number {
  const mask = rows.mask[row] as number;
  const form = rows.form[row] as number;
  if (form === FORM_SUM || form === FORM_LINE) return mask;
  const apex = rows.apex[row] as number;
  const w = apex === 0 ? x : apex === 1 ? y : z;
  const u = apex === 0 ? y : x;
  const v = apex === 2 ? y : z;
  const uBit = apex === 0 ? 2 : 1;
  const vBit = apex === 2 ? 2 : 4;
  if (u - v + 2 * w < -KINK_TOLERANCE_A) return mask & ~uBit;
  if (v - u + 2 * w < -KINK_TOLERANCE_A) return mask & ~vBit;
  return mask;
}
