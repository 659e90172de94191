/** Numerical slack of the electrical model. */

/** A conductor counts as overloaded above this excess, A; far below what any meter resolves. */
export const OVERLOAD_TOLERANCE_A = 1e-6;

/** A raise is refused above this excess, A: a tenth of the above, so that what fits never overloads. */
export const RAISE_TOLERANCE_A = 1e-7;
