/**
 * The circuits above panels as a tree: node 0 is the site, the others are groups, parents first.
 *
 * A joint is a (node, slot) with cuts that vehicles could break; cuts that the sum of all maxima
 * cannot reach are left out. Groups over the same panels are one node. A group that overlaps
 * another without lying in it is left out too: the check of the plan decides whether it matters.
 */
import { panelCapacityKw } from '../model/panels.js';
import type { PlanCut, PlanProblem } from '../problem.js';

export interface GroupTree {
  /** With the site. */
  readonly nodeCount: number;
  readonly parent: Int32Array;
  /** By the problem's panels. */
  readonly nodeOfPanel: Int32Array;
  /** Joints of a node, by slot: [jointStart[node], jointStart[node + 1]). */
  readonly jointStart: Int32Array;
  readonly jointSlot: Int32Array;
  /** Cuts of a joint: [cutStart[joint], cutStart[joint + 1]). */
  readonly cutStart: Int32Array;
  /** `[cut * phases + phase]`; each cut is scaled so that its largest weight is 1. */
  readonly cutWeights: Float64Array;
  readonly cutCapacityKw: Float64Array;
  readonly cutScale: Float64Array;
  /** Place among all cuts of the problem times slots plus slot. */
  readonly cutKey: Int32Array;
}

/** Phase sets of vehicles, as in the layout. */
export interface Classes {
  readonly classCount: number;
  readonly classShare: Float64Array;
}

interface IndexedCut extends PlanCut {
  readonly index: number;
}

export interface Nest {
  readonly panels: ReadonlySet<number>;
  readonly cuts: IndexedCut[];
  /** Among the nests, -1 for the site; always before its children. */
  readonly parent: number;
}

/** Groups as far as they lie in each other, the large ones first; panels without sessions count not. */
export function nestGroups(problem: PlanProblem): readonly Nest[] {
  const used = new Set(problem.sessions.map((it) => it.panelIndex));
  let cutCount = 0;
  const groups = (problem.groups ?? []).map(({ panelIndices, cuts }) => ({
    panels: new Set(panelIndices.filter((panel) => used.has(panel))),
    cuts: cuts.map((cut) => ({ ...cut, index: cutCount++ })),
  }));
  const nests: Nest[] = [];
  for (const { panels, cuts } of groups.toSorted((a, b) => b.panels.size - a.panels.size)) {
    if (panels.size === 0) continue;
    const shared = nests.map((it) => [...panels].filter((panel) => it.panels.has(panel)).length);
    if (shared.some((count) => count > 0 && count < panels.size)) continue;
    const parent = shared.lastIndexOf(panels.size);
    const same = nests[parent];
    if (same?.panels.size === panels.size) same.cuts.push(...cuts);
    else nests.push({ panels, cuts: [...cuts], parent });
  }
  return nests;
}

/**
 * What the groups above leave to one vehicle alone, kW: per nest `[class * slots + slot]`. Cuts in
 * which one phase makes room for another say nothing.
 */
export function aloneInNests(
  problem: PlanProblem,
  nests: readonly Nest[],
  classes: Classes,
): readonly Float64Array[] {
  const slotCount = problem.slotSec.length;
  const found: Float64Array[] = [];
  for (const { parent, cuts } of nests) {
    const alone =
      found[parent]?.slice() ?? new Float64Array(classes.classCount * slotCount).fill(Infinity);
    for (const { weights, limitW } of cuts.filter((it) => it.weights.every((w) => w >= 0))) {
      for (let own = 0; own < classes.classCount; own += 1) {
        const share = shareOf(classes, own, weights);
        if (share <= 0) continue;
        for (let slot = 0; slot < slotCount; slot += 1) {
          const at = own * slotCount + slot;
          alone[at] = Math.min(alone[at] as number, (limitW[slot] as number) / (1000 * share));
        }
      }
    }
    found.push(alone);
  }
  return found;
}

/** What a kW of a class counts in a cut. */
function shareOf({ classShare }: Classes, own: number, weights: readonly number[]): number {
  const at = own * weights.length;
  return weights.reduce((sum, w, phase) => sum + w * (classShare[at + phase] as number), 0);
}

/** `mostKw`: per panel `[class * slots + slot]`, the sum of the bounds of its vehicles. */
export function buildGroupTree(
  problem: PlanProblem,
  nests: readonly Nest[],
  classes: Classes,
  mostKw: readonly Float64Array[],
): GroupTree {
  const nodeOf: number[] = [];
  const lists = {
    parent: [-1],
    jointStart: [0, 0],
    jointSlot: [] as number[],
    cutStart: [0],
    cutWeights: [] as number[],
    cutCapacityKw: [] as number[],
    cutScale: [] as number[],
    cutKey: [] as number[],
  };
  const nodeOfPanel = new Int32Array(problem.panels.length);
  for (const nest of nests) {
    const above = nodeOf[nest.parent] ?? 0;
    const before = lists.jointSlot.length;
    const reach = reachOf(problem, nest, classes, mostKw);
    for (let slot = 0; slot < problem.slotSec.length; slot += 1)
      addJoint(lists, nest, slot, (weights) => reach(weights, slot));
    if (lists.jointSlot.length === before) {
      nodeOf.push(above);
      continue;
    }
    nodeOf.push(lists.parent.push(above) - 1);
    lists.jointStart.push(lists.jointSlot.length);
    for (const panel of nest.panels) nodeOfPanel[panel] = lists.parent.length - 1;
  }
  return {
    nodeCount: lists.parent.length,
    parent: Int32Array.from(lists.parent),
    nodeOfPanel,
    jointStart: Int32Array.from(lists.jointStart),
    jointSlot: Int32Array.from(lists.jointSlot),
    cutStart: Int32Array.from(lists.cutStart),
    cutWeights: Float64Array.from(lists.cutWeights),
    cutCapacityKw: Float64Array.from(lists.cutCapacityKw),
    cutScale: Float64Array.from(lists.cutScale),
    cutKey: Int32Array.from(lists.cutKey),
  };
}

interface JointLists {
  readonly jointSlot: number[];
  readonly cutStart: number[];
  readonly cutWeights: number[];
  readonly cutCapacityKw: number[];
  readonly cutScale: number[];
  readonly cutKey: number[];
}

/** The cuts of one slot that the vehicles below could break; none: no joint. */
function addJoint(
  lists: JointLists,
  { cuts }: Nest,
  slot: number,
  reach: (weights: readonly number[]) => number,
): void {
  const before = lists.cutKey.length;
  for (const { weights, limitW, index } of cuts) {
    const capacityKw = (limitW[slot] as number) / 1000;
    if (reach(weights) <= capacityKw) continue;
    const scale = Math.max(...weights.map(Math.abs));
    lists.cutWeights.push(...weights.map((w) => w / scale));
    lists.cutCapacityKw.push(capacityKw / scale);
    lists.cutScale.push(scale);
    lists.cutKey.push(index * limitW.length + slot);
  }
  if (lists.cutKey.length === before) return;
  lists.jointSlot.push(slot);
  lists.cutStart.push(lists.cutKey.length);
}

/** The most that vehicles below a nest can bring a cut to, by their bounds and their panels'. */
function reachOf(
  problem: PlanProblem,
  { panels }: Nest,
  classes: Classes,
  mostKw: readonly Float64Array[],
) {
  const { phaseCount: m, slotSec } = problem;
  const slotCount = slotSec.length;
  const { classCount, classShare } = classes;
  const box = new Float64Array(slotCount * m);
  const sums = new Float64Array(classCount * slotCount);
  for (const panel of panels) {
    const most = mostKw[panel] as Float64Array;
    for (let at = 0; at < sums.length; at += 1)
      sums[at] = (sums[at] as number) + (most[at] as number);
    for (let at = 0; at < box.length; at += 1) {
      const phase = at % m;
      const slot = (at - phase) / m;
      let draw = 0;
      for (let own = 0; own < classCount; own += 1)
        draw += (classShare[own * m + phase] as number) * (most[own * slotCount + slot] as number);
      box[at] = (box[at] as number) + Math.min(draw, panelCapacityKw(problem, panel, phase, slot));
    }
  }
  return (weights: readonly number[], slot: number): number => {
    let byPhase = 0;
    for (let phase = 0; phase < m; phase += 1)
      byPhase += Math.max(0, weights[phase] as number) * (box[slot * m + phase] as number);
    let byClass = 0;
    for (let own = 0; own < classCount; own += 1) {
      const share = shareOf(classes, own, weights);
      byClass += Math.max(0, share) * (sums[own * slotCount + slot] as number);
    }
    return Math.min(byPhase, byClass);
  };
}
