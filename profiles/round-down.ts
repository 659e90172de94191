/** Rounding of limits: always down, never up by more than float noise. */

/**
 * Noise that sums and products of limits may carry, as a share of one step. 1e-6 x 0.1 A = 1e-7 A.
 */
const NOISE_STEPS = 1e-6;

/** OCPP limits carry at most one decimal. */
export function roundDownToTenth(value: number): number {
  return Math.floor(value * 10 + NOISE_STEPS) / 10;
}

/**
 * The largest multiple of `step` that is not above `value` and that one decimal can write.
 * A step of 0.25 therefore gives multiples of 0.5: 6.2 would be no step of the station's, and it
 * might round up. Precondition: value >= 0 and step > 0.
 */
export function roundDownToStep(value: number, step: number): number {
  for (let count = Math.floor(value / step + NOISE_STEPS); count > 0; count -= 1) {
    const candidate = count * step;
    const written = Math.round(candidate * 10) / 10;
    if (Math.abs(candidate - written) <= step * NOISE_STEPS) return written;
  }
  return 0;
}
