/** Recognises what a phasor constraint limits: a line of a delta, a primary line, or one pair. */
import type { PerChannel } from '../../problem.js';
import type { NetworkConstraint, NetworkEvse, Pair } from './read-network.js';

/** EVSE ids on AB, BC, CA, each list sorted: comparable by value. */
export type PairSets = PerChannel<readonly string[]>;

/** A constraint on line `line` (0, 1, 2 for a, b, c) of a conductor set. */
export interface KnownConstraint {
  readonly name: string;
  readonly limitA: number;
  readonly sets: PairSets;
  readonly kind: 'pair-sum' | 'line' | 'delta-primary';
  /** The lines that its coefficients may be: several where one pair alone leaves it open. */
  readonly lines: readonly (0 | 1 | 2)[];
  /** Ratio of a delta-primary; 1 otherwise. */
  readonly turnsRatio: number;
}

/** Coefficients of AB, BC, CA in lines a, b, c. */
const LINE_PATTERNS = [
  [1, 0, -1],
  [-1, 1, 0],
  [0, -1, 1],
] as const;
/** Coefficients of AB, BC, CA in primaries A, B, C, times the turns ratio. */
const PRIMARY_PATTERNS = [
  [1, 1, -2],
  [-2, 1, 1],
  [1, -2, 1],
] as const;
const LINES = [0, 1, 2] as const;
const COEFFICIENT_TOLERANCE = 1e-9;

/** undefined for a pattern that is not known. */
export function recognise(
  constraint: NetworkConstraint,
  evseOf: ReadonlyMap<string, NetworkEvse>,
): KnownConstraint | undefined {
  const lists: [string[], string[], string[]] = [[], [], []];
  const values: [number, number, number] = [0, 0, 0];
  for (const [id, value] of constraint.coefficients) {
    const pair: Pair | undefined = evseOf.get(id)?.pair;
    if (pair === undefined || value === 0) return undefined;
    if (lists[pair].length > 0 && values[pair] !== value) return undefined;
    lists[pair].push(id);
    values[pair] = value;
  }
  for (const list of lists) list.sort();
  const head = { name: constraint.name, limitA: constraint.limitA, sets: lists };
  const lines = matching(LINE_PATTERNS, values, 1, lists);
  if (lines.length > 0) {
    const alone = lists.filter((list) => list.length > 0).length === 1;
    return { ...head, kind: alone ? 'pair-sum' : 'line', lines, turnsRatio: 1 };
  }
  return recognisePrimary(head, values);
}

function recognisePrimary(
  head: Pick<KnownConstraint, 'name' | 'limitA' | 'sets'>,
  values: PerChannel<number>,
): KnownConstraint | undefined {
  const present = values.filter((value) => value !== 0).map(Math.abs);
  if (present.length < 2) return undefined;
  const singleFraction = Math.min(...present);
  const lines = matching(PRIMARY_PATTERNS, values, 1 / singleFraction, head.sets);
  // At a ratio of 1 the pattern would be a wrong sum of pairs as likely as a transformer.
  if (lines.length === 0 || singleFraction >= 1) return undefined;
  return { ...head, kind: 'delta-primary', lines, turnsRatio: 1 / singleFraction };
}

/** Lines whose pattern, or its negative, has the values' coefficients on every pair with EVSEs. */
function matching(
  patterns: PerChannel<PerChannel<number>>,
  values: PerChannel<number>,
  scale: number,
  sets: PairSets,
): (0 | 1 | 2)[] {
  const agrees = (line: 0 | 1 | 2, sign: number): boolean =>
    LINES.every((pair) => {
      if (sets[pair].length === 0) return true;
      const distance = Math.abs(sign * values[pair] * scale - patterns[line][pair]);
      return distance < COEFFICIENT_TOLERANCE;
    });
  return LINES.filter((line) => agrees(line, 1) || agrees(line, -1));
}
