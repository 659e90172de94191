/** Every situation that can be reached, breadth first, until none is new. */
import { fingerprint } from './fingerprint.js';
import { type Finding, findings } from './invariants.js';
import type { Model } from './model.js';
import { movesOf } from './moves.js';
import { startOf } from './start.js';
import type { Move, World } from './world.js';

export interface Violation extends Finding {
  readonly model: string;
  /** What happened from the start on. */
  readonly path: readonly string[];
}

export interface Exploration {
  readonly model: string;
  readonly states: number;
  readonly transitions: number;
  readonly depthMax: number;
  /** Situations behind the last call that is followed: looked at, and not left again. */
  readonly ends: number;
  readonly violations: readonly Violation[];
  /** Nothing is left to look at. */
  readonly complete: boolean;
  /** Only with `auditEvery`. */
  readonly audit: Audit;
}

/** Situations that were taken for known ones, and whether the same follows from them. */
export interface Audit {
  readonly looked: number;
  /** Those that were reached at another time than the known one. */
  readonly shifted: number;
  readonly unlike: readonly string[];
}

export interface ExploreOptions {
  readonly statesMax?: number;
  /** Every so many repeated situations one is followed as well. */
  readonly auditEvery?: number;
  readonly onProgress?: (states: number, waiting: number) => void;
}

/** Where a state came from: enough to tell the way to it. */
interface Origin {
  readonly from: number;
  readonly label: string;
  readonly depth: number;
}

interface Waiting {
  readonly text: string;
  readonly world: World;
  readonly index: number;
}

interface Followed {
  readonly nowMs: number;
  readonly next: string;
}

const PROGRESS_EVERY = 10_000;

export function explore(model: Model, options: ExploreOptions = {}): Exploration {
  const { statesMax = Number.POSITIVE_INFINITY, auditEvery } = options;
  const seen = new Set<string>();
  const origins: Origin[] = [];
  const violations: Violation[] = [];
  const followed = new Map<string, Followed>();
  const repeated: Pick<Waiting, 'text' | 'world'>[] = [];
  let transitions = 0;
  let repeats = 0;
  let depthMax = 0;
  let ends = 0;
  let next: Waiting[] = [];

  function visit(move: Move, from: number): string {
    const { world } = move;
    const text = fingerprint(world);
    const isNew = !seen.has(text);
    const found = move.problems.map((detail): Finding => ({ invariant: 'step', detail }));
    if (!isNew) {
      repeats += 1;
      if (auditEvery !== undefined && repeats % auditEvery === 0) repeated.push({ text, world });
      if (found.length === 0) return text;
    }
    seen.add(text);
    const depth = from < 0 ? 0 : (origins[from]?.depth ?? 0) + 1;
    const index = origins.push({ from, label: move.label, depth }) - 1;
    const all = [...found, ...findings(model, world)];
    for (const finding of all) note(finding, index);
    depthMax = Math.max(depthMax, depth);
    if (!isNew || all.length > 0) return text;
    if (isEnd(model, world)) ends += 1;
    else next.push({ text, world, index });
    if (seen.size % PROGRESS_EVERY === 0) options.onProgress?.(seen.size, next.length);
    return text;
  }

  /** Once per invariant: breadth first, so that its path is a shortest one. */
  function note(finding: Finding, index: number): void {
    if (violations.some((it) => it.invariant === finding.invariant)) return;
    const path: string[] = [];
    for (let at = origins[index]; at !== undefined; at = origins[at.from]) path.unshift(at.label);
    violations.push({ ...finding, model: model.name, path });
  }

  function follow({ text, world, index }: Waiting): void {
    const moves = movesOf(model, world);
    transitions += moves.length;
    const texts = moves.map((move) => visit(move, index));
    if (auditEvery !== undefined) followed.set(text, { nowMs: world.nowMs, next: joined(texts) });
  }

  visit({ label: 'start', world: startOf(model), problems: [] }, -1);
  while (next.length > 0 && seen.size < statesMax) {
    const waiting = next;
    next = [];
    for (const it of waiting) follow(it);
  }
  const counts = { states: seen.size, transitions, depthMax, ends };
  const complete = next.length === 0;
  const audit = auditOf(model, repeated, followed);
  return { model: model.name, ...counts, violations, complete, audit };
}

function auditOf(
  model: Model,
  repeated: readonly Pick<Waiting, 'text' | 'world'>[],
  followed: ReadonlyMap<string, Followed>,
): Audit {
  let looked = 0;
  let shifted = 0;
  const unlike: string[] = [];
  for (const { text, world } of repeated) {
    const known = followed.get(text);
    if (known === undefined) continue;
    looked += 1;
    if (known.nowMs !== world.nowMs) shifted += 1;
    const texts = movesOf(model, world).map((move) => fingerprint(move.world));
    if (joined(texts) !== known.next) unlike.push(text);
  }
  return { looked, shifted, unlike };
}

function joined(texts: readonly string[]): string {
  return [...texts].sort().join(' ');
}

function isEnd({ callsMax, callsTotalMax }: Model, { calls }: World): boolean {
  const total = calls.reduce((sum, count) => sum + count, 0);
  return total > callsTotalMax || calls.some((count) => count > callsMax);
}
