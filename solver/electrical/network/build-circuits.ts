/** Turns conductor sets into a circuit tree by set inclusion. */
import type { Circuit, CircuitLimit, PerChannel, Violation } from '../../problem.js';
import { type CircuitId, amps, circuitId } from '../../units.js';
import type { ConductorSet } from './group.js';

export interface NamedCircuit extends Circuit {
  readonly name: string;
}

/** A circuit of the tree and the EVSEs below it. */
export interface BuiltCircuit {
  readonly circuit: NamedCircuit;
  readonly evseIds: ReadonlySet<string>;
}

export type BuildResult =
  | { readonly status: 'built'; readonly circuits: readonly BuiltCircuit[] }
  | { readonly status: 'refused'; readonly violations: readonly Violation[] };

interface Draft {
  readonly evseIds: ReadonlySet<string>;
  readonly sets: ConductorSet[];
}

const RATING = { kind: 'rating' } as const;
const NO_LOAD: PerChannel<ReturnType<typeof amps>> = [amps(0), amps(0), amps(0)];
const LINES = [0, 1, 2] as const;

/**
 * One circuit per distinct set of EVSEs, larger sets first. Without a set that holds them all a
 * virtual root without limits stands on top. Refuses sets that overlap without inclusion.
 */
export function buildCircuits(
  sets: readonly ConductorSet[],
  evseIds: readonly string[],
): BuildResult {
  const drafts = draftCircuits(sets);
  const violations = overlaps(drafts);
  if (violations.length > 0) return { status: 'refused', violations };
  const built: BuiltCircuit[] = [];
  const taken = new Set<string>();
  if ((drafts[0]?.evseIds.size ?? 0) < evseIds.length) {
    built.push(virtualRoot(evseIds));
    taken.add('site');
  }
  for (const draft of drafts) {
    const name = nameOf(draft);
    const id = freeId(name, taken);
    const parent = built.findLast((candidate) => isSubset(draft.evseIds, candidate.evseIds));
    const place = parent === undefined ? { id } : { id, parentId: parent.circuit.id };
    const limits = draft.sets.map(limitOf);
    const circuit = { ...place, name, limits, baseLoadA: NO_LOAD };
    built.push({ circuit, evseIds: draft.evseIds });
  }
  return { status: 'built', circuits: built };
}

function draftCircuits(sets: readonly ConductorSet[]): Draft[] {
  const drafts = new Map<string, Draft>();
  for (const set of sets) {
    const ids = set.sets.flat().sort();
    const key = JSON.stringify(ids);
    const draft = drafts.get(key) ?? { evseIds: new Set(ids), sets: [] };
    draft.sets.push(set);
    drafts.set(key, draft);
  }
  return [...drafts.values()].sort((a, b) => b.evseIds.size - a.evseIds.size);
}

function overlaps(drafts: readonly Draft[]): Violation[] {
  const found: Violation[] = [];
  for (const [at, larger] of drafts.entries()) {
    for (const smaller of drafts.slice(at + 1)) {
      const shared = [...smaller.evseIds].filter((id) => larger.evseIds.has(id)).length;
      if (shared === 0 || shared === smaller.evseIds.size) continue;
      const message = `${nameOf(smaller)} and ${nameOf(larger)} share ${shared} EVSEs, neither holds the other`;
      found.push({ rule: 'network-not-a-tree', field: '/constraints', message });
    }
  }
  return found;
}

function virtualRoot(evseIds: readonly string[]): BuiltCircuit {
  const circuit = { id: circuitId('site'), name: 'Site', limits: [], baseLoadA: NO_LOAD };
  return { circuit, evseIds: new Set(evseIds) };
}

function limitOf(set: ConductorSet): CircuitLimit {
  if (set.kind === 'pair-sum') {
    const pair = LINES.find((candidate) => set.limitA[candidate] !== undefined) ?? 0;
    return { kind: 'pair-sum', pair, limitA: amps(set.limitA[pair] ?? 0), source: RATING };
  }
  const limitA = allLines(set);
  if (set.kind === 'line') return { kind: 'line', limitA, source: RATING };
  const { turnsRatio } = set;
  return { kind: 'delta-primary', limitA, turnsRatio, source: RATING };
}

/**
 * A line that the file does not limit gets a bound that the others imply and that never binds:
 * the phasors add to zero, so one line is at most the sum of two; a lone delta line carries both
 * pairs of its set; and a lone primary of limit L bounds its pairs by kL, kL and kL/2.
 */
function allLines(set: ConductorSet): PerChannel<ReturnType<typeof amps>> {
  const known = set.limitA.filter((value) => value !== undefined);
  const sumA = known.reduce((totalA, value) => totalA + value, 0);
  const aloneFactor = set.kind === 'line' ? 1 : 4;
  const impliedA = known.length === 1 ? sumA * aloneFactor : sumA;
  return [
    amps(set.limitA[0] ?? impliedA),
    amps(set.limitA[1] ?? impliedA),
    amps(set.limitA[2] ?? impliedA),
  ];
}

function isSubset(inner: ReadonlySet<string>, outer: ReadonlySet<string>): boolean {
  if (inner.size > outer.size) return false;
  for (const id of inner) if (!outer.has(id)) return false;
  return true;
}

/** "First Floor Transformer Secondary A" and its fellows are lines of "First Floor Transformer". */
function nameOf(draft: Draft): string {
  const names = draft.sets.flatMap((set) =>
    set.names.map((name) => (set.kind === 'pair-sum' ? name : withoutLine(name))),
  );
  return [...new Set(names)].join(' / ');
}

function withoutLine(name: string): string {
  const stem = name.replace(/(^|[\s_-]+)(I_)?[abc]$/i, '').replace(/\s*(secondary|primary)$/i, '');
  return stem === '' ? 'Transformer' : stem;
}

function freeId(name: string, taken: Set<string>): CircuitId {
  const slug = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  let id = slug === '' ? 'circuit' : slug;
  for (let copy = 2; taken.has(id); copy += 1) id = `${slug}-${copy}`;
  taken.add(id);
  return circuitId(id);
}
