/**
 * A vehicle that did not charge again after a pause is offered more for some minutes, a few times: a step of
 * its pilot wakes some. Between them it keeps the offer of a vehicle that wants nothing. Pure.
 */
import type { VehicleLearnt } from './session.js';

/** The first one comes as long after it was known as the others after each other. */
const WAKE_EVERY_MS = 600_000;
/** A vehicle that wakes up draws within two minutes. */
const WAKE_FOR_MS = 180_000;
const WAKES_MAX = 3;

type Asleep = Pick<VehicleLearnt, 'asleepSinceMs'>;

export function isBeingWoken({ asleepSinceMs }: Asleep, nowMs: number): boolean {
  if (asleepSinceMs === undefined) return false;
  const count = Math.floor((nowMs - asleepSinceMs) / WAKE_EVERY_MS);
  return count >= 1 && count <= WAKES_MAX && wakeAtMs(asleepSinceMs, count) + WAKE_FOR_MS > nowMs;
}

/** When the next wake begins or ends; undefined: no more. */
export function nextWakeEdgeMs({ asleepSinceMs }: Asleep, nowMs: number): number | undefined {
  if (asleepSinceMs === undefined) return undefined;
  for (let count = 1; count <= WAKES_MAX; count += 1) {
    const atMs = wakeAtMs(asleepSinceMs, count);
    if (atMs > nowMs) return atMs;
    if (atMs + WAKE_FOR_MS > nowMs) return atMs + WAKE_FOR_MS;
  }
  return undefined;
}

const wakeAtMs = (asleepSinceMs: number, count: number): number =>
  asleepSinceMs + count * WAKE_EVERY_MS;
