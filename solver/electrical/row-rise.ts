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

/**
 * The smallest t >= 0 at which the row's current reaches capacityA along the ray; Infinity when it
 * never does. Precondition: the current at t = 0 is at most capacityA.
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
  return slope > 0 ? Math.max(0, slackA) / slope : Infinity;
}

/** u^2 + v^2 + uv = capacity^2 for the row's two pairs. */
function lineRise(mask: number, ray: Ray, capacityA: number): number {
  const u = (mask & 1) === 0 ? ray.y : ray.x;
  const v = (mask & 4) === 0 ? ray.y : ray.z;
  const du = (mask & 1) === 0 ? ray.dy : ray.dx;
  const dv = (mask & 4) === 0 ? ray.dy : ray.dz;
  return positiveRoot(
    du * du + dv * dv + du * dv,
    2 * (u * du + v * dv) + u * dv + v * du,
    capacityA * capacityA - (u * u + v * v + u * v),
  );
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
  return positiveRoot(
    du * du + dv * dv + 4 * dw * dw - du * dv + 2 * dw * (du + dv),
    2 * (u * du + v * dv + 4 * w * dw + cross) - u * dv - v * du,
    capacity * capacity - (u * u + v * v + 4 * w * w - u * v + 2 * w * (u + v)),
  );
}

/** The root t >= 0 of a t^2 + b t = c, without cancellation; Infinity when a direction is flat. */
function positiveRoot(a: number, b: number, c: number): number {
  if (a <= 0) return Infinity;
  const slack = Math.max(0, c);
  const root = Math.sqrt(b * b + 4 * a * slack);
  return b > 0 ? (2 * slack) / (b + root) : (root - b) / (2 * a);
}
