/**
 * Where everything stands in the flat arrays of the interior point.
 *
 * A cell is a (panel, slot); a panel has one for each slot from its first arrival to its last
 * departure. A segment is a run of slots in which a vehicle may charge, mostly its whole stay: its
 * variables and its cells are contiguous. Vehicles of a panel stand in the order of departure, so
 * that after the elimination of the panel's cells the factor of its energy rows has no entries in
 * slots that its first vehicles have left.
 *
 *   variables | charging (session by session) | unmet | site, bounded || panel slack | peak slack |
 *             '------------- bounds [0, upper] ----------------------''--- bound 0 <= only -------'
 */
import { panelCapacityKw } from '../model/panels.js';
import {
  aloneInNests,
  buildGroupTree,
  type Classes,
  type GroupTree,
  nestGroups,
} from './group-tree.js';
import { type SlotLimits, slotLimits } from '../model/slot-limits.js';
import { unmetPartCount } from '../model/unmet.js';
import type { PlanProblem, PlanSession } from '../problem.js';

/** Below this a vehicle's slot or a session's energy counts as none, kW or kWh. */
const NOTHING = 1e-6;

export interface Layout {
  readonly problem: PlanProblem;
  readonly limits: SlotLimits;
  readonly slotCount: number;
  readonly phaseCount: number;
  /** Sessions that take part: their index in the problem. */
  readonly sessionOf: Int32Array;
  readonly classOf: Uint8Array;
  /** Charging variables of session i: [varStart[i], varStart[i + 1]). */
  readonly varStart: Int32Array;
  readonly hoursOf: Float64Array;
  readonly upperKw: Float64Array;
  /** Of one kW over the slot, beside what the site pays. */
  readonly costOf: Float64Array;
  /** Unmet energy has so many variables a session: `[part * sessions + session]`. */
  readonly unmetParts: number;
  /** Segments of session i: [segmentsOf[i], segmentsOf[i + 1]). */
  readonly segmentsOf: Int32Array;
  readonly segmentSession: Int32Array;
  /** Variables of a segment: [segmentStart[s], segmentStart[s + 1]), from its first cell and slot. */
  readonly segmentStart: Int32Array;
  readonly segmentCell: Int32Array;
  readonly segmentSlot: Int32Array;
  /** Classes are the sets of phases in use; `classShare[class * phases + phase]`. */
  readonly classCount: number;
  readonly classShare: Float64Array;
  /** Sessions and cells of panel k: [sessionStart[k], ...), [cellStart[k], ...); only used panels. */
  readonly panelOf: Int32Array;
  readonly sessionStart: Int32Array;
  readonly cellStart: Int32Array;
  readonly cellSlot: Int32Array;
  /** Where a cell stands among the site's and the groups' draws: node * slots + slot. */
  readonly cellPlace: Int32Array;
  /** Capacity a phase, `[cell * phases + phase]`. */
  readonly cellCapacityKw: Float64Array;
  /** Slots that a panel has a cell in, and the place of a slot among them or -1. */
  readonly activeSlots: Int32Array;
  readonly activePlace: Int32Array;
  readonly tree: GroupTree;
}

export function layOut(problem: PlanProblem): Layout {
  const limits = slotLimits(problem);
  const classes = classTable(problem);
  const nests = nestGroups(problem);
  const alone = aloneInNests(problem, nests, classes);
  const aloneOf = (panel: number) => alone[nests.findLastIndex((it) => it.panels.has(panel))];
  const found = listSegments(problem, limits.hours, classes, aloneOf);
  const { sessions, segments } = found;
  const cells = listCells(problem, found);
  const slotCount = problem.slotSec.length;
  const tree = buildGroupTree(problem, nests, classes, mostByPanel(problem, found, classes));
  const activePlace = new Int32Array(slotCount).fill(-1);
  for (const slot of cells.cellSlot) activePlace[slot] = 0;
  const active: number[] = [];
  for (let slot = 0; slot < slotCount; slot += 1) {
    if (activePlace[slot] === 0) activePlace[slot] = active.push(slot) - 1;
  }
  return {
    problem,
    limits,
    slotCount,
    phaseCount: problem.phaseCount,
    sessionOf: Int32Array.from(sessions.index),
    classOf: Uint8Array.from(sessions.index, (index) => classes.classOf[index] as number),
    varStart: Int32Array.from(sessions.varStart),
    hoursOf: found.hoursOf,
    upperKw: found.upperKw,
    costOf: found.costOf,
    unmetParts: unmetPartCount(problem),
    segmentsOf: Int32Array.from(sessions.segmentStart),
    segmentSession: Int32Array.from(segments.session),
    segmentStart: Int32Array.from(segments.start),
    segmentSlot: Int32Array.from(segments.slot),
    classCount: classes.classCount,
    classShare: classes.classShare,
    ...cells,
    cellPlace: placeCells(cells, tree, slotCount),
    tree,
    activeSlots: Int32Array.from(active),
    activePlace,
  };
}

function byPanelAndDeparture(problem: PlanProblem): (a: number, b: number) => number {
  const { sessions } = problem;
  return (a, b) => {
    const one = sessions[a] as PlanSession;
    const other = sessions[b] as PlanSession;
    return one.panelIndex - other.panelIndex || one.endSlot - other.endSlot || a - b;
  };
}

function classTable(problem: PlanProblem) {
  const codes: number[] = [];
  const classOf = new Uint8Array(problem.sessions.length);
  for (const [index, it] of problem.sessions.entries()) {
    const code = it.phases.reduce((sum, phase) => sum | (1 << phase), 0);
    if (!codes.includes(code)) codes.push(code);
    classOf[index] = codes.indexOf(code);
  }
  const classShare = new Float64Array(codes.length * problem.phaseCount);
  for (const [index, code] of codes.entries()) {
    const count = (code & 1) + ((code >> 1) & 1) + ((code >> 2) & 1);
    for (let phase = 0; phase < problem.phaseCount; phase += 1) {
      if ((code & (1 << phase)) !== 0) classShare[index * problem.phaseCount + phase] = 1 / count;
    }
  }
  return { classCount: codes.length, classOf, classShare };
}

interface Segments {
  readonly sessions: {
    readonly index: number[];
    readonly varStart: number[];
    readonly segmentStart: number[];
  };
  readonly segments: {
    readonly session: number[];
    readonly start: number[];
    readonly slot: number[];
  };
  readonly upperKw: Float64Array;
  readonly hoursOf: Float64Array;
  readonly costOf: Float64Array;
}

interface ClassTable extends Classes {
  readonly classOf: Uint8Array;
}

/** A vehicle's bound in a slot is lowered to what panel and groups could give to it alone. */
function listSegments(
  problem: PlanProblem,
  hours: Float64Array,
  { classOf }: ClassTable,
  aloneOf: (panel: number) => Float64Array | undefined,
): Segments {
  const order = problem.sessions.map((_, index) => index).toSorted(byPanelAndDeparture(problem));
  const most = problem.sessions.reduce((sum, it) => sum + it.endSlot - it.firstSlot, 0);
  const upperKw = new Float64Array(most);
  const hoursOf = new Float64Array(most);
  const costOf = new Float64Array(most);
  const sessions = { index: [] as number[], varStart: [0], segmentStart: [0] };
  const segments = { session: [] as number[], start: [] as number[], slot: [] as number[] };
  const { phaseCount: m } = problem;
  let count = 0;
  let capacityKw = new Float64Array(0);
  let capacityOf = -1;
  let aloneKw: Float64Array | undefined;
  for (const index of order) {
    const it = problem.sessions[index] as PlanSession;
    if (it.energyWh / 1000 <= NOTHING) continue;
    if (capacityOf !== it.panelIndex) {
      capacityKw = panelCapacities(problem, it.panelIndex);
      capacityOf = it.panelIndex;
      aloneKw = aloneOf(it.panelIndex);
    }
    const before = count;
    let isOpen = false;
    for (let slot = it.firstSlot; slot < it.endSlot; slot += 1) {
      let upper = it.powerMaxW / 1000;
      for (const phase of it.phases) {
        const alone = (capacityKw[slot * m + phase] as number) * it.phases.length;
        if (alone < upper) upper = alone;
      }
      if (aloneKw !== undefined)
        upper = Math.min(
          upper,
          aloneKw[(classOf[index] as number) * hours.length + slot] as number,
        );
      if (upper <= NOTHING) {
        isOpen = false;
        continue;
      }
      if (!isOpen) {
        segments.session.push(sessions.index.length);
        segments.start.push(count);
        segments.slot.push(slot);
        isOpen = true;
      }
      upperKw[count] = upper;
      hoursOf[count] = hours[slot] as number;
      costOf[count] = (it.costPerKwh?.[slot - it.firstSlot] ?? 0) * (hours[slot] as number);
      count += 1;
    }
    if (count === before) continue;
    sessions.index.push(index);
    sessions.varStart.push(count);
    sessions.segmentStart.push(segments.start.length);
  }
  segments.start.push(count);
  return {
    sessions,
    segments,
    upperKw: upperKw.subarray(0, count),
    hoursOf: hoursOf.subarray(0, count),
    costOf: costOf.subarray(0, count),
  };
}

/** `[slot * phases + phase]`, kW. */
function panelCapacities(problem: PlanProblem, panelIndex: number): Float64Array<ArrayBuffer> {
  const { phaseCount } = problem;
  const capacityKw = new Float64Array(problem.slotSec.length * phaseCount);
  for (let at = 0; at < capacityKw.length; at += 1) {
    const slot = Math.floor(at / phaseCount);
    capacityKw[at] = panelCapacityKw(problem, panelIndex, at - slot * phaseCount, slot);
  }
  return capacityKw;
}

/** Per panel `[class * slots + slot]`: the sum of its vehicles' bounds; for groups only. */
function mostByPanel(
  problem: PlanProblem,
  { sessions, segments, upperKw }: Segments,
  { classCount, classOf }: ClassTable,
): readonly Float64Array[] {
  if ((problem.groups ?? []).length === 0) return [];
  const slotCount = problem.slotSec.length;
  const most = problem.panels.map(() => new Float64Array(classCount * slotCount));
  for (const [s, session] of segments.session.entries()) {
    const index = sessions.index[session] as number;
    const own = most[problem.sessions[index]?.panelIndex ?? -1] as Float64Array;
    const start = segments.start[s] as number;
    const first = (classOf[index] as number) * slotCount + (segments.slot[s] as number);
    for (let j = start; j < (segments.start[s + 1] as number); j += 1)
      own[first + j - start] = (own[first + j - start] as number) + (upperKw[j] as number);
  }
  return most;
}

function placeCells(
  { panelOf, cellStart, cellSlot }: Pick<Layout, 'panelOf' | 'cellStart' | 'cellSlot'>,
  { nodeOfPanel }: GroupTree,
  slotCount: number,
): Int32Array {
  const place = cellSlot.slice();
  for (const [k, panel] of panelOf.entries()) {
    const shift = (nodeOfPanel[panel] as number) * slotCount;
    for (let cell = cellStart[k] as number; cell < (cellStart[k + 1] as number); cell += 1)
      place[cell] = (place[cell] as number) + shift;
  }
  return place;
}

/** Cells in the order (panel, slot). */
function listCells(problem: PlanProblem, { sessions, segments }: Segments) {
  const { phaseCount } = problem;
  const panelOf: number[] = [];
  const sessionStart: number[] = [];
  const cellStart: number[] = [];
  const cellSlot: number[] = [];
  const cellCapacityKw: number[] = [];
  const segmentCell = new Int32Array(segments.slot.length);
  const panelAt = (session: number): number | undefined =>
    problem.sessions[sessions.index[session] ?? -1]?.panelIndex;
  let session = 0;
  while (session < sessions.index.length) {
    const panelIndex = panelAt(session) as number;
    const firstCell = cellSlot.length;
    panelOf.push(panelIndex);
    sessionStart.push(session);
    cellStart.push(firstCell);
    const firstSegment = sessions.segmentStart[session] as number;
    while (panelAt(session) === panelIndex) session += 1;
    const endSegment = sessions.segmentStart[session] as number;
    let firstSlot = Infinity;
    let endSlot = 0;
    for (let s = firstSegment; s < endSegment; s += 1) {
      const slot = segments.slot[s] as number;
      const length = (segments.start[s + 1] as number) - (segments.start[s] as number);
      firstSlot = Math.min(firstSlot, slot);
      endSlot = Math.max(endSlot, slot + length);
    }
    for (let s = firstSegment; s < endSegment; s += 1)
      segmentCell[s] = firstCell + (segments.slot[s] as number) - firstSlot;
    const capacityKw = panelCapacities(problem, panelIndex);
    for (let slot = firstSlot; slot < endSlot; slot += 1) {
      cellSlot.push(slot);
      for (let at = slot * phaseCount; at < (slot + 1) * phaseCount; at += 1) {
        // A phase without capacity has no vehicle left: any capacity does.
        const most = capacityKw[at] as number;
        cellCapacityKw.push(most <= NOTHING ? 1 : most);
      }
    }
  }
  sessionStart.push(session);
  cellStart.push(cellSlot.length);
  return {
    panelOf: Int32Array.from(panelOf),
    sessionStart: Int32Array.from(sessionStart),
    cellStart: Int32Array.from(cellStart),
    cellSlot: Int32Array.from(cellSlot),
    cellCapacityKw: Float64Array.from(cellCapacityKw),
    segmentCell,
  };
}
