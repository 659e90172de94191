/** What a vehicle takes at most, learnt from what it draws under a limit that it could have used. */
import type { VehicleLearnt } from './session.js';

/** Draw this far below its limit is the vehicle's own choice, not a tolerance of pilot or meter. */
const CLEARLY_BELOW_A = 1;
const CLEARLY_BELOW_FRACTION = 0.1;
/** A vehicle needs up to 11 s to follow its pilot; a minute rules out a ramp. */
const STEADY_MS = 60_000;
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
  satisfied: false,
};

/**
 * Returns what is known after one sample. `drawnA` is the largest phase current; `limitA` has been in
 * force since `limitSinceMs` (never above the EVSE's maximum).
 */
export function learnVehicle(
  learnt: VehicleLearnt,
  sample: {
    readonly atMs: number;
    readonly drawnA: number;
    readonly limitA: number;
    readonly limitSinceMs: number;
  },
): VehicleLearnt {
  const { atMs, drawnA, limitA } = sample;
  if (limitA <= 0 || atMs - sample.limitSinceMs < STEADY_MS) return withoutBelow(learnt);
  const known = learnt.currentMaxA;
  if (known !== undefined && drawnA >= known - USES_ALL_A) return NOT_LEARNT;

  const clearlyBelow = drawnA < limitA - Math.max(CLEARLY_BELOW_A, limitA * CLEARLY_BELOW_FRACTION);
  if (!clearlyBelow) {
    const kept = withoutBelow(learnt);
    return kept.satisfied ? { ...kept, satisfied: false } : kept;
  }

  const belowSinceMs = learnt.belowSinceMs ?? atMs;
  const steady = atMs - belowSinceMs >= STEADY_MS;
  const satisfied =
    drawnA < SATISFIED_BELOW_A && (learnt.satisfied || atMs - belowSinceMs >= SATISFIED_AFTER_MS);
  const takesA = steady && drawnA >= SATISFIED_BELOW_A ? Math.ceil(drawnA) + HEADROOM_A : known;
  return { currentMaxA: takesA, belowSinceMs, satisfied };
}

/** The same object where it says nothing else. */
function withoutBelow(learnt: VehicleLearnt): VehicleLearnt {
  return learnt.belowSinceMs === undefined ? learnt : { ...learnt, belowSinceMs: undefined };
}
