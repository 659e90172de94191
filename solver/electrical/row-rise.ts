/** How far a row can rise along a direction before it is full: closed forms for filling. */
import { FORM_LINE, FORM_SUM, type LimitRows } from './limits.js';

/** A point and a direction in channel sums: (x, y, z) + t (dx, dy, dz). All values >= 0. */
export interface Ray {
  x: number;
  y: number;
  z: number;
  dx: number;
  dy: number;
  dz: number;
}

/** A row counts as full this close to its capacity: absolute, A, and as a fraction. */
const FULL_TOLERANCE_A = 1e-10;
const FULL_TOLERANCE_FRACTION = 1e-13;

/** Slack below which a row of this capacity is full, A. */
export function fullToleranceA(capacityA: number): number {
  return FULL_TOLERANCE_A + FULL_TOLERANCE_FRACTION * capacityA;
}

/**
 * The t at which the row's current reaches capacityA along the ray: how far to rise (t >= 0) or, where
 * it carries more than its capacity, to fall (t < 0). On a flat row 0 where it is full, Infinity below
 * that and -Infinity above; -Infinity also where falling along the ray would never relieve it.
 */
export function riseUntilFull(rows: LimitRows, row: number, ray: Ray, capacityA: number): number {
  const form = rows.form[row] as number;
  if (form === FORM_SUM) return sumRise(rows.mask[row] as number, ray, capacityA);
  if (form === FORM_LINE) return lineRise(rows.mask[row] as number, ray, capacityA);
  return primaryRise(rows.apex[row] as number, ray, capacityA / (rows.scale[row] as number));
}

function sumRise(mask: number, ray: Ray, capacityA: number): number {
  let slackA = capacityA;
  let slope = 0;
  if ((mask & 1) !== 0) {
    slackA -= ray.x;
    slope += ray.dx;
  }
  if ((mask & 2) !== 0) {
    slackA -= ray.y;
    slope += ray.dy;
  }
  if ((mask & 4) !== 0) {
    slackA -= ray.z;
    slope += ray.dz;
  }
  return slope > 0 ? slackA / slope : flatRise(slackA, fullToleranceA(capacityA));
}

/** What stopped a row may have left it over its capacity by the tolerance. */
function flatRise(slack: number, tolerance: number): number {
  if (slack > tolerance) return Infinity;
  return slack < -10 * tolerance ? -Infinity : 0;
}

/** u^2 + v^2 + uv = capacity^2 for the row's two pairs. */
function lineRise(mask: number, ray: Ray, capacityA: number): number {
  const u = (mask & 1) === 0 ? ray.y : ray.x;
  const v = (mask & 4) === 0 ? ray.y : ray.z;
  const du = (mask & 1) === 0 ? ray.dy : ray.dx;
  const dv = (mask & 4) === 0 ? ray.dy : ray.dz;
  const square = u * u + v * v + u * v;
  const a = du * du + dv * dv + du * dv;
  if (a <= 0) return flatRise(capacityA - Math.sqrt(square), fullToleranceA(capacityA));
  return rootAlong(a, 2 * (u * du + v * dv) + u * dv + v * du, capacityA * capacityA - square);
}

/** The first of the three corners that matter: (u, v, w), (u, 0, w), (0, v, w). */
function primaryRise(apex: number, ray: Ray, capacity: number): number {
  const w = apex === 0 ? ray.x : apex === 1 ? ray.y : ray.z;
  const u = apex === 0 ? ray.y : ray.x;
  const v = apex === 2 ? ray.y : ray.z;
  const dw = apex === 0 ? ray.dx : apex === 1 ? ray.dy : ray.dz;
  const du = apex === 0 ? ray.dy : ray.dx;
  const dv = apex === 2 ? ray.dy : ray.dz;
  return Math.min(
    cornerRise(u, v, w, du, dv, dw, capacity),
    cornerRise(u, 0, w, du, 0, dw, capacity),
    cornerRise(0, v, w, 0, dv, dw, capacity),
  );
}

function cornerRise(
  u: number,
  v: number,
  w: number,
  du: number,
  dv: number,
  dw: number,
  capacity: number,
): number {
  const cross = u * dw + w * du + v * dw + w * dv;
  const square = u * u + v * v + 4 * w * w - u * v + 2 * w * (u + v);
  const a = du * du + dv * dv + 4 * dw * dw - du * dv + 2 * dw * (du + dv);
  // A full corner that nothing raises is in nobody's way: another corner stops who does.
  if (a <= 0) return flatRise(capacity - Math.sqrt(square), fullToleranceA(capacity)) || Infinity;
  const b = 2 * (u * du + v * dv + 4 * w * dw + cross) - u * dv - v * du;
  return rootAlong(a, b, capacity * capacity - square);
}

/** The larger root of a t^2 + b t = slack, without cancellation. */
function rootAlong(a: number, b: number, slack: number): number {
  const discriminant = b * b + 4 * a * slack;
  if (discriminant < 0) return -Infinity;
  const root = Math.sqrt(discriminant);
  return b > 0 ? (2 * slack) / (b + root) : (root - b) / (2 * a);
}
