/** What a run found wrong. */

export type Invariant =
  /** An honest EVSE draws, or may come to draw, more than W. */
  | 'I1'
  /** The sum of W is above a rating without a named cause. */
  | 'I2'
  /** A limit has dropped and more than it is drawn for longer than its bound. */
  | 'I3'
  /** More was given beyond the loss of the grid link than its failsafe allows. */
  | 'I4'
  /** Two calls in flight on one connection, or one number twice. */
  | 'I5'
  /** A call of an old epoch after one of a newer. */
  | 'I6'
  /** R4, R5, R8: an increase left that does not fit, under a node that is over its limit, or over an unknown call. */
  | 'increase'
  /** What vehicles truly draw, with the declared load, is above a rating. */
  | 'truth'
  /** R9: one that draws above its grant was believed, or its excess was not made up for. */
  | 'overdraw'
  /** R10: an operator's command passed the engine. */
  | 'operator'
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
