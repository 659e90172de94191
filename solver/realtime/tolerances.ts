/** Constants of the real-time allocator, with their reasons. */

/**
 * A session that is on counts as this much more urgent than its laxity says, s. Two sessions of
 * similar laxity would otherwise swap places at every event, each swap a pause of a vehicle.
 */
export const HYSTERESIS_SEC = 600;

/** The slope of claims whose need is unknown: that of a vehicle with this maximum, A. */
export const REFERENCE_MAX_A = 32;

/**
 * A vehicle that takes less than a pilot is offered that pilot early when it gains at least this
 * fraction of the step (31.7 A on a step from 24 to 32 A); otherwise only after everyone else.
 */
export const USEFUL_STEP_FRACTION = 0.5;

/**
 * A step that rounding handed out stays where it is until somebody like its holder is owed what the step gives
 * in this time, s. Each time it moves is a profile for both.
 */
export const REDEAL_SEC = 1800;

/** A current this close to its own maximum has reached it, A. */
export const REACHED_TOLERANCE_A = 1e-9;

/** Taken off before rounding down where the float slack of many EVSEs would add up to more, A. */
export const ROUNDING_GUARD_A = 1e-6;
