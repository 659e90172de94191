/** A site compiled once for the allocator: its EVSEs in the order in which loops read them. */
import { type CircuitTree, compileTree } from '../electrical/circuit-tree.js';
import { withKept } from '../electrical/kept-free.js';
import { updateLimits } from '../electrical/limits.js';
import { compileTopology, maskOf, type Topology } from '../electrical/topology.js';
import type { SiteProblem } from '../problem.js';
import { type Admission, startAdmission } from './admit.js';
import { type ReasonCodes, startReasonCodes } from './bound-by.js';
import { type ClaimTable, startClaimTable } from './claim-table.js';
import type { Filling, LevelFunctions } from './fill.js';
import { type FillWork, startFillWork } from './fill-work.js';
import { type OrderWork, startOrderWork } from './order.js';
import { type RoundingWork, startRounding } from './round.js';

/** What the shape of a site depends on; claims, limits and base loads may change without it. */
export type SiteShape = Pick<SiteProblem, 'supply' | 'circuits' | 'evses'>;

/**
 * EVSEs with the same conductors above them: on one circuit and on the same channels. What stops one
 * of them stops all of them.
 */
export interface Groups {
  /** The places of group g are [start[g], start[g + 1]). */
  readonly start: Int32Array;
  readonly circuitOf: Int32Array;
  readonly mask: Uint8Array;
  /** The groups below circuit c are [from[c], to[c]). */
  readonly from: Int32Array;
  readonly to: Int32Array;
}

/**
 * For each circuit all EVSEs below it once more, those of equal channels together: one bundle for
 * each. The sums of a circuit are a few long loops then, however many groups it has.
 */
export interface Bundles {
  /** The bundles of circuit c are [from[c], to[c]). */
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly mask: Uint8Array;
  /** The slots of bundle b are [start[b], start[b + 1]), one for each of its EVSEs. */
  readonly start: Int32Array;
  /**
   * Where the group stands in the bundles of its circuit and of those above, from there to the root:
   * entries [pathFrom[g], pathFrom[g + 1]) of the next two.
   */
  readonly pathFrom: Int32Array;
  readonly pathBundle: Int32Array;
  /** The slot of the group's first EVSE. */
  readonly pathSlot: Int32Array;
}

/**
 * What the allocator works on, set aside once for a site and written anew at every call. Everywhere
 * in the allocator an EVSE is its place: its index in the compiled order, not in the problem's.
 */
export interface CompiledSite {
  /** The tree with its EVSEs by place; `takeLimits` replaces its limits. */
  tree: CircuitTree;
  readonly topology: Topology;
  readonly groups: Groups;
  readonly bundles: Bundles;
  /** Per place: the index in the problem. */
  readonly evseAt: Int32Array;
  /** The other way: the place of each EVSE of the problem. */
  readonly placeOf: Int32Array;
  readonly table: ClaimTable;
  readonly order: OrderWork;
  readonly admission: Admission;
  readonly levels: LevelFunctions;
  readonly fill: FillWork;
  readonly filling: Filling;
  /** The priorities that there are. */
  readonly ranks: number[];
  readonly rounding: RoundingWork;
  /** What was decided, A, and per EVSE below its top the limit row that stopped it; else NO_ROW. */
  readonly limitA: Float64Array;
  readonly stoppedBy: Int32Array;
  readonly reasons: ReasonCodes;
  /** Limits and reserved current, and their channel sums. */
  readonly totalA: Float64Array;
  readonly sumsA: Float64Array;
}

/** Compiles the shape and sets memory aside, so that allocating takes none. */
export function compileSite(shape: SiteShape): CompiledSite {
  const inOrder = compileTopology(shape);
  const evseAt = placesByGroup(inOrder);
  const placeOf = new Int32Array(evseAt.length);
  for (const [place, index] of evseAt.entries()) placeOf[index] = place;
  const evses = Array.from(evseAt, (index) => shape.evses[index] as (typeof shape.evses)[number]);
  const tree = compileTree({ ...shape, evses });
  const { topology } = tree;
  const groups = groupsOf(topology);
  const bundles = bundlesOf(topology, groups);
  const evseCount = evses.length;
  const circuitCount = shape.circuits.length;
  const column = (): Float64Array => new Float64Array(evseCount);
  const table = startClaimTable(evseCount);
  const { slope, reservedA } = table;
  return {
    tree,
    topology,
    groups,
    bundles,
    evseAt,
    placeOf,
    table,
    order: startOrderWork(topology.evseIds),
    admission: startAdmission(evseCount, circuitCount),
    levels: { slope, zeroSec: column(), lowA: column(), highA: column(), reservedA },
    fill: startFillWork(tree, groups, bundles),
    filling: { currentA: column(), frozenBy: new Int32Array(evseCount) },
    ranks: [],
    rounding: startRounding(evseCount, circuitCount),
    limitA: column(),
    stoppedBy: new Int32Array(evseCount),
    reasons: startReasonCodes(evseCount, circuitCount),
    totalA: column(),
    sumsA: new Float64Array(3 * circuitCount),
  };
}

/** Subtrees stay ranges; within a circuit's own EVSEs those of equal channels stand together. */
function placesByGroup({ evseBySubtree, circuitOf, channelMask }: Topology): Int32Array {
  const placeOf = new Int32Array(evseBySubtree.length);
  for (const [place, evse] of evseBySubtree.entries()) placeOf[evse] = place;
  const firstOf = new Map<number, number>();
  for (const evse of evseBySubtree) {
    const circuit = circuitOf[evse] as number;
    if (!firstOf.has(circuit)) firstOf.set(circuit, placeOf[evse] as number);
  }
  const first = (evse: number): number => firstOf.get(circuitOf[evse] as number) as number;
  return evseBySubtree
    .slice()
    .sort(
      (a, b) =>
        first(a) - first(b) ||
        (channelMask[a] as number) - (channelMask[b] as number) ||
        (placeOf[a] as number) - (placeOf[b] as number),
    );
}

function groupsOf({ circuitOf, channelMask, subtreeStart, subtreeEnd }: Topology): Groups {
  const starts: number[] = [];
  const groupAt = new Int32Array(circuitOf.length + 1);
  for (let place = 0; place < circuitOf.length; place += 1) {
    const isNew =
      place === 0 ||
      circuitOf[place] !== circuitOf[place - 1] ||
      channelMask[place] !== channelMask[place - 1];
    if (isNew) starts.push(place);
    groupAt[place] = starts.length - 1;
  }
  groupAt[circuitOf.length] = starts.length;
  return {
    start: Int32Array.from([...starts, circuitOf.length]),
    circuitOf: Int32Array.from(starts, (place) => circuitOf[place] as number),
    mask: Uint8Array.from(starts, (place) => channelMask[place] as number),
    from: subtreeStart.map((place) => groupAt[place] as number),
    to: subtreeEnd.map((place) => groupAt[place] as number),
  };
}

function bundlesOf({ parent }: Topology, groups: Groups): Bundles {
  const { start, mask, from, to } = groups;
  const sizeOf = (group: number): number => (start[group + 1] as number) - (start[group] as number);
  const bundleFrom = new Int32Array(parent.length);
  const bundleTo = new Int32Array(parent.length);
  const bundleMask: number[] = [];
  const bundleStart: number[] = [];
  const paths: { bundle: number; slot: number }[][] = Array.from(mask, () => []);
  let slot = 0;
  // Later circuits stand below earlier ones, so that a path begins at the group's own circuit.
  for (let circuit = parent.length - 1; circuit >= 0; circuit -= 1) {
    bundleFrom[circuit] = bundleMask.length;
    for (let channels = 1; channels < 8; channels += 1) {
      const first = slot;
      for (let group = from[circuit] as number; group < (to[circuit] as number); group += 1) {
        if (mask[group] !== channels) continue;
        (paths[group] as (typeof paths)[number]).push({ bundle: bundleMask.length, slot });
        slot += sizeOf(group);
      }
      if (slot === first) continue;
      bundleMask.push(channels);
      bundleStart.push(first);
    }
    bundleTo[circuit] = bundleMask.length;
  }
  return {
    from: bundleFrom,
    to: bundleTo,
    mask: Uint8Array.from(bundleMask),
    start: Int32Array.from([...bundleStart, slot]),
    ...flatten(paths),
  };
}

function flatten(
  paths: readonly (readonly { readonly bundle: number; readonly slot: number }[])[],
): Pick<Bundles, 'pathFrom' | 'pathBundle' | 'pathSlot'> {
  const pathFrom = new Int32Array(paths.length + 1);
  for (const [group, path] of paths.entries()) {
    pathFrom[group + 1] = (pathFrom[group] as number) + path.length;
  }
  const all = paths.flat();
  return {
    pathFrom,
    pathBundle: Int32Array.from(all, (it) => it.bundle),
    pathSlot: Int32Array.from(all, (it) => it.slot),
  };
}

/** True where the compiled shape is that of the problem. */
export function hasShapeOf({ tree, evseAt }: CompiledSite, problem: SiteShape): boolean {
  const { supply, circuitIds, parent, evseIds, circuitOf, channelMask } = tree.topology;
  const { circuits, evses } = problem;
  if (supply !== problem.supply) return false;
  if (circuits.length !== circuitIds.length || evses.length !== evseIds.length) return false;
  for (let index = 0; index < circuits.length; index += 1) {
    const circuit = circuits[index] as (typeof circuits)[number];
    if (circuit.id !== circuitIds[index]) return false;
    if (circuit.parentId !== circuitIds[parent[index] as number]) return false;
  }
  for (let place = 0; place < evseAt.length; place += 1) {
    const evse = evses[evseAt[place] as number] as (typeof evses)[number];
    if (evse.id !== evseIds[place]) return false;
    if (evse.circuitId !== circuitIds[circuitOf[place] as number]) return false;
    if (maskOf(evse.channels) !== channelMask[place]) return false;
  }
  return true;
}

/** Puts the limits and base loads of a problem in place. Precondition: `hasShapeOf`. */
export function takeLimits(site: CompiledSite, { circuits }: SiteShape): void {
  const { topology, rows } = site.tree;
  const updated = withKept(updateLimits(rows, circuits), circuits);
  if (updated !== rows) site.tree = { topology, rows: updated };
}
