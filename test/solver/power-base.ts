/** What a building takes of a limit in W, by the tests' own arithmetic. */
import type { Circuit } from '../../solver/index.js';

/** A times the voltage of the limit; see `powerBaseA`. */
export function baseOfPower({ limits, baseLoadA: [a, b, c] }: Circuit): number {
  const kinds = limits.map(({ kind }) => kind);
  const mayBePairs = kinds.includes('pair-sum') || kinds.includes('delta-primary');
  const isOfLines = kinds.includes('line') && !mayBePairs;
  return (a + b + c) * (isOfLines ? 3 ** -0.5 : 1);
}
