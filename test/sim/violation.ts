/** What a run found wrong. */

export type Invariant =
  /** An honest EVSE draws, or may come to draw, more than W. */
  | 'I1'
  /** The sum of W is above a rating without a named cause. */
  | 'I2'
  /** A command of an older epoch was written after one of a newer. */
  | 'I6'
  /** R5, R8: an increase left that does not fit, or under a node that is over its limit. */
  | 'increase'
  /** What vehicles truly draw, with the declared load, is above a rating. */
  | 'truth'
  /** An honest station was distrusted. */
  | 'false-alarm'
  | 'sanity'
  | 'liveness'
  /** The production code threw. */
  | 'crash';

export interface SimViolation {
  readonly seed: number;
  readonly invariant: Invariant;
  /** Since the start of the run. */
  readonly atMs: number;
  readonly detail: string;
}
