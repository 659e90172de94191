/**
 * Peaks are means of quarter hours by the clock. What the one that runs has missed, by rounding and while
 * vehicles change, may still be drawn in what is left of it; what it has had too much must not. Pure.
 */
import { QUARTER_MS } from '../store/power-ports.js';
import type { PlanInput } from './plan-input.js';

/** Above what is planned for any moment: a short while at the end of a quarter makes up for no more. */
const MORE_MAX_FRACTION = 0.25;
/** With less of it left nothing that is told now counts in this quarter any more. */
const LEFT_MIN_MS = 60_000;

export interface DemandInterval {
  readonly endsAtMs: number;
  /** Import from now to its end, W, that brings its mean to `meanW`; below 0: it is above that already. */
  readonly restW: (meanW: number) => number;
}

export const quarterStartMs = (atMs: number): number => Math.floor(atMs / QUARTER_MS) * QUARTER_MS;

/** Undefined: nothing was measured in this quarter, or it is as good as over. */
export function demandInterval({
  nowMs,
  importSoFarW,
}: Pick<PlanInput, 'nowMs' | 'importSoFarW'>): DemandInterval | undefined {
  const startMs = quarterStartMs(nowMs);
  const endsAtMs = startMs + QUARTER_MS;
  const leftMs = endsAtMs - nowMs;
  if (importSoFarW === undefined || leftMs < LEFT_MIN_MS) return undefined;
  const goneFraction = (nowMs - startMs) / leftMs;
  return { endsAtMs, restW: (meanW) => meanW + (meanW - importSoFarW) * goneFraction };
}

/**
 * What may be imported until the interval ends where `levelW` is planned for now: more where the quarter is
 * behind that, less where its mean would become a new peak.
 *
 * @param peakW what is paid whatever happens in this quarter
 */
export function withinInterval(interval: DemandInterval, levelW: number, peakW: number): number {
  const moreW = Math.min(interval.restW(levelW), (1 + MORE_MAX_FRACTION) * levelW);
  return Math.max(0, Math.min(Math.max(levelW, moreW), interval.restW(peakW)));
}
