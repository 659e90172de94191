import { performance } from 'node:perf_hooks';
import type { Clock } from './ports.js';

interface ClockOrigin {
  /** Site time and real time of one instant, epoch ms; site time runs at `speed` from there. */
  readonly siteMs: number;
  readonly realMs: number;
}

export interface ClockOptions {
  /** Given by the launcher, so that a restart does not jump. Absent: site time is real time. */
  readonly origin?: ClockOrigin;
  /** Site seconds per real second, above 0. Without an origin it must be 1. */
  readonly speed: number;
}

/** The longest delay that `setTimeout` keeps, ms; a longer one would fire at once. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** The clock of a running process; whole milliseconds. */
export function createClock({ origin, speed }: ClockOptions): Clock {
  if (!(speed > 0) || !Number.isFinite(speed)) throw new RangeError(`speed ${speed} is above 0`);
  if (origin === undefined && speed !== 1)
    throw new RangeError('a speed other than 1 needs an origin');
  const nowMs = (): number =>
    origin === undefined
      ? Date.now()
      : Math.floor(origin.siteMs + (Date.now() - origin.realMs) * speed);

  return {
    nowMs,
    speed,
    monotonicMs: () => performance.now(),
    at: (siteTimeMs, callback) => callAt({ siteTimeMs, callback, nowMs, speed }),
  };
}

interface Alarm {
  readonly siteTimeMs: number;
  readonly callback: () => void;
  readonly nowMs: () => number;
  readonly speed: number;
}

/** Timers may fire early by a rounding of the system clock, or after a cut at the maximum: look again. */
function callAt({ siteTimeMs, callback, nowMs, speed }: Alarm): () => void {
  let timer: NodeJS.Timeout;
  const arm = (): void => {
    const delayMs = Math.ceil((siteTimeMs - nowMs()) / speed);
    timer = setTimeout(ring, Math.min(TIMER_MAX_MS, Math.max(0, delayMs)));
  };
  const ring = (): void => {
    if (nowMs() < siteTimeMs) arm();
    else callback();
  };
  arm();
  return () => clearTimeout(timer);
}
