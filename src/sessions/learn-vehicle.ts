/** What a vehicle takes at most, learnt from what it draws under a limit that it could have used. */
import type { VehicleLearnt } from './session.js';

/** Draw this far below its limit is the vehicle's own choice, not a tolerance of pilot or meter. */
const CLEARLY_BELOW_A = 1;
const CLEARLY_BELOW_FRACTION = 0.1;
/** A vehicle needs up to 11 s to follow its pilot; a minute rules out a ramp. */
const STEADY_MS = 60_000;
/** What is known already is lowered no sooner: a battery that tapers costs few profiles an hour. */
const LOWERED_AFTER_MS = 300_000;
const LOWERED_AFTER_MAX_MS = 1_800_000;
/** Headroom over what was drawn, so that a vehicle that could take more shows it. */
const HEADROOM_A = 1;
/** Uses (nearly) all of what was learnt: it may take more now. */
const USES_ALL_A = 0.5;
/** No current to speak of for this long: it has stopped asking for energy. */
const SATISFIED_BELOW_A = 1;
const SATISFIED_AFTER_MS = 300_000;

/** Of a vehicle that nobody has seen draw. */
export const NOT_LEARNT: VehicleLearnt = {
  currentMaxA: undefined,
  belowSinceMs: undefined,
  belowHighA: undefined,
  grownCount: undefined,
  channels: undefined,
  satisfied: false,
  drewOnMs: undefined,
  resumes: undefined,
  asleepSinceMs: undefined,
};

/** `limitA` is what the station is known to follow, since `limitSinceMs`. */
export interface LearntFrom {
  readonly atMs: number;
  /** The largest phase current. */
  readonly drawnA: number;
  readonly limitA: number;
  readonly limitSinceMs: number;
  /** Since when it is on: current is on offer without a pause. */
  readonly onSinceMs: number;
  /** It has all that was said to be wanted. */
  readonly isNeedMet: boolean;
}

/**
 * Returns what is known after one sample. A vehicle that draws clearly less than its limit for long
 * enough takes at most the highest draw of that time and some headroom, so that others can have the
 * rest. Once it draws up to that it may take all again, at once; the next time it is watched twice as
 * long, so that a draw that goes up and down does not move its limit for ever.
 */
export function learnVehicle(learnt: VehicleLearnt, sample: LearntFrom): VehicleLearnt {
  return judged(learnDraw(noteDraw(learnt, sample), sample), sample);
}

/**
 * Who has just been found satisfied, judged once more: it drew until it was paused, and has not since
 * current is on offer again. Then it is asleep rather than full.
 */
export function judged(
  learnt: VehicleLearnt,
  { atMs, onSinceMs, isNeedMet }: Pick<LearntFrom, 'atMs' | 'onSinceMs' | 'isNeedMet'>,
): VehicleLearnt {
  const { satisfied, drewOnMs, asleepSinceMs } = learnt;
  if (!satisfied) {
    return asleepSinceMs === undefined ? learnt : { ...learnt, asleepSinceMs: undefined };
  }
  if (asleepSinceMs !== undefined || isNeedMet) return learnt;
  if (drewOnMs === undefined || drewOnMs >= onSinceMs) return learnt;
  return { ...learnt, resumes: false, asleepSinceMs: atMs };
}

/** Who stops under current on offer stops by itself; who has not begun yet has not stopped. */
function noteDraw(learnt: VehicleLearnt, { drawnA, limitA, onSinceMs }: LearntFrom): VehicleLearnt {
  if (limitA <= 0) return learnt;
  const isSame = learnt.drewOnMs === onSinceMs;
  if (drawnA >= SATISFIED_BELOW_A) return isSame ? learnt : { ...learnt, drewOnMs: onSinceMs };
  return isSame ? { ...learnt, drewOnMs: undefined } : learnt;
}

function learnDraw(learnt: VehicleLearnt, sample: LearntFrom): VehicleLearnt {
  const { atMs, drawnA, limitA } = sample;
  if (limitA <= 0 || atMs - sample.limitSinceMs < STEADY_MS) return withoutBelow(learnt);
  const { currentMaxA: known, grownCount = 0 } = learnt;
  if (known !== undefined && drawnA >= known - USES_ALL_A) {
    const { channels, drewOnMs, resumes } = learnt;
    return { ...NOT_LEARNT, channels, drewOnMs, resumes, grownCount: grownCount + 1 };
  }
  const clearlyBelow = drawnA < limitA - Math.max(CLEARLY_BELOW_A, limitA * CLEARLY_BELOW_FRACTION);
  if (!clearlyBelow) {
    const kept = withoutBelow(learnt);
    return kept.satisfied ? { ...kept, satisfied: false } : kept;
  }
  const belowSinceMs = learnt.belowSinceMs ?? atMs;
  const belowHighA = Math.max(learnt.belowHighA ?? 0, drawnA);
  const hasStopped =
    sample.isNeedMet || learnt.satisfied || atMs - belowSinceMs >= SATISFIED_AFTER_MS;
  const satisfied = drawnA < SATISFIED_BELOW_A && hasStopped;
  const watched = { ...learnt, belowSinceMs, belowHighA, satisfied };
  if (drawnA < SATISFIED_BELOW_A || atMs - belowSinceMs < watchMs(learnt)) return watched;
  const takesA = Math.min(known ?? limitA, Math.ceil(belowHighA) + HEADROOM_A);
  return { ...watched, currentMaxA: takesA, belowSinceMs: atMs, belowHighA: drawnA };
}

/** How long it must draw less before that counts, ms. */
function watchMs({ currentMaxA, grownCount = 0 }: VehicleLearnt): number {
  const onceMs = currentMaxA === undefined ? STEADY_MS : LOWERED_AFTER_MS;
  return Math.min(LOWERED_AFTER_MAX_MS, onceMs * 2 ** grownCount);
}

/** The same object where it says nothing else. */
function withoutBelow(learnt: VehicleLearnt): VehicleLearnt {
  if (learnt.belowSinceMs === undefined) return learnt;
  return { ...learnt, belowSinceMs: undefined, belowHighA: undefined };
}
