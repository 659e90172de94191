/** Groups recognised constraints into conductor sets: up to three lines over the same EVSEs. */
import type { KnownConstraint, PairSets } from './recognise.js';

/** The lines of one limit; `limits` has a value per line that the file names. */
export interface ConductorSet {
  readonly kind: KnownConstraint['kind'];
  readonly turnsRatio: number;
  readonly names: readonly string[];
  readonly sets: PairSets;
  readonly limitA: readonly [number?, number?, number?];
}

interface OpenSet {
  readonly kind: 'line' | 'delta-primary';
  readonly turnsRatio: number;
  readonly names: string[];
  /** Per pair: its EVSEs, once a line that carries the pair is known. */
  readonly sets: [(readonly string[])?, (readonly string[])?, (readonly string[])?];
  readonly limitA: [number?, number?, number?];
}

type Index = 0 | 1 | 2;
/** Pairs that lines a, b, c carry, as indices of AB, BC, CA; a primary carries all three. */
const LINE_PAIRS: readonly (readonly Index[])[] = [
  [0, 2],
  [0, 1],
  [1, 2],
];
const ALL_PAIRS: readonly Index[] = [0, 1, 2];

/**
 * A line joins a set when their EVSEs agree on every pair that both carry, so each limit stays
 * exact however lines are grouped. A constraint on one pair alone is a line of a set that it
 * completes, or else a sum over that pair.
 */
export function groupConstraints(constraints: readonly KnownConstraint[]): ConductorSet[] {
  const open: OpenSet[] = [];
  const sums: ConductorSet[] = [];
  const single = constraints.filter((constraint) => constraint.kind === 'pair-sum');
  for (const constraint of constraints) {
    if (constraint.kind === 'pair-sum' || join(open, constraint)) continue;
    open.push(openSet(constraint));
  }
  for (const constraint of single) {
    if (!join(open, constraint)) sums.push(pairSum(constraint));
  }
  return [...open.map(closeSet), ...sums];
}

function join(open: readonly OpenSet[], constraint: KnownConstraint): boolean {
  const kind = constraint.kind === 'delta-primary' ? 'delta-primary' : 'line';
  for (const set of open) {
    if (set.kind !== kind || set.turnsRatio !== constraint.turnsRatio) continue;
    for (const line of constraint.lines) {
      const pairs = pairsOf(kind, line);
      const agree = pairs.every((pair) => sameIds(set.sets[pair], constraint.sets[pair]));
      if (!agree || set.limitA[line] !== undefined) continue;
      enter(set, constraint, line);
      return true;
    }
  }
  return false;
}

function openSet(constraint: KnownConstraint): OpenSet {
  const kind = constraint.kind === 'delta-primary' ? 'delta-primary' : 'line';
  const { turnsRatio } = constraint;
  const set: OpenSet = { kind, turnsRatio, names: [], sets: [], limitA: [] };
  enter(set, constraint, constraint.lines[0] ?? 0);
  return set;
}

function enter(set: OpenSet, constraint: KnownConstraint, line: Index): void {
  set.names.push(constraint.name);
  set.limitA[line] = constraint.limitA;
  for (const pair of pairsOf(set.kind, line)) set.sets[pair] = constraint.sets[pair];
}

function closeSet(set: OpenSet): ConductorSet {
  return { ...set, sets: [set.sets[0] ?? [], set.sets[1] ?? [], set.sets[2] ?? []] };
}

function pairSum(constraint: KnownConstraint): ConductorSet {
  const limitA: [number?, number?, number?] = [];
  const pair = constraint.sets.findIndex((ids) => ids.length > 0);
  limitA[pair] = constraint.limitA;
  return {
    kind: 'pair-sum',
    turnsRatio: 1,
    names: [constraint.name],
    sets: constraint.sets,
    limitA,
  };
}

function pairsOf(kind: OpenSet['kind'], line: Index): readonly Index[] {
  return kind === 'line' ? (LINE_PAIRS[line] ?? ALL_PAIRS) : ALL_PAIRS;
}

function sameIds(known: readonly string[] | undefined, ids: readonly string[]): boolean {
  if (known === undefined) return true;
  return known.length === ids.length && known.every((id, at) => id === ids[at]);
}
