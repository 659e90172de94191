/** Throws when one of our own invariants is broken. A wrong input is a Violation, never this. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${message}`);
}
