/**
 * Where everything stands in the flat arrays of the interior point.
 *
 * A cell is a (panel, slot) in which at least one vehicle may charge. Vehicles of a panel stand in
 * the order of departure, so that after the elimination of a panel's cells the factor of its energy
 * rows has no entries in slots that its first vehicles have left.
 *
 *   variables | charging (session by session) | unmet | site, bounded || panel slack | peak slack |
 *             '------------- bounds [0, upper] ----------------------''--- bound 0 <= only -------'
 */
import { panelCapacityKw } from '../model/panels.js';
import { type SlotLimits, slotLimits } from '../model/slot-limits.js';
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
  readonly cellOf: Int32Array;
  readonly hoursOf: Float64Array;
  readonly upperKw: Float64Array;
  /** Of one kW over the slot, beside what the site pays. */
  readonly costOf: Float64Array;
  /** Classes are the sets of phases in use; `classShare[class * phases + phase]`. */
  readonly classCount: number;
  readonly classShare: Float64Array;
  /** Sessions and cells of panel k: [sessionStart[k], ...), [cellStart[k], ...); only used panels. */
  readonly panelOf: Int32Array;
  readonly sessionStart: Int32Array;
  readonly cellStart: Int32Array;
  readonly cellSlot: Int32Array;
  /** Charging variables of a cell: [cellVarStart[c], ...) of `cellVars`, in session order. */
  readonly cellVarStart: Int32Array;
  readonly cellVars: Int32Array;
  readonly sessionOfVar: Int32Array;
  /** Capacity a phase, `[cell * phases + phase]`. */
  readonly cellCapacityKw: Float64Array;
  /** Slots in which anybody may charge, and the place of a slot among them or -1. */
  readonly activeSlots: Int32Array;
  readonly activePlace: Int32Array;
}

export function layOut(problem: PlanProblem): Layout {
  const limits = slotLimits(problem);
  const order = problem.sessions.map((_, index) => index).toSorted(byPanelAndDeparture(problem));
  const classes = classTable(problem);
  const vars = listVariables(problem, order);
  const sessions = vars.sessionOf;
  const cells = listCells(problem, vars);
  const activeSlots = Int32Array.from(new Set(cells.cellSlot)).sort();
  const activePlace = new Int32Array(problem.slotSec.length).fill(-1);
  for (const [place, slot] of activeSlots.entries()) activePlace[slot] = place;
  return {
    problem,
    limits,
    slotCount: problem.slotSec.length,
    phaseCount: problem.phaseCount,
    sessionOf: Int32Array.from(sessions),
    classOf: Uint8Array.from(sessions, (index) => classes.classOf[index] as number),
    varStart: Int32Array.from(vars.varStart),
    hoursOf: Float64Array.from(vars.slot, (slot) => limits.hours[slot] as number),
    upperKw: Float64Array.from(vars.upperKw),
    costOf: Float64Array.from(vars.cost),
    classCount: classes.classCount,
    classShare: classes.classShare,
    ...cells,
    sessionOfVar: Int32Array.from(vars.session),
    activeSlots,
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

interface Variables {
  readonly sessionOf: number[];
  readonly varStart: number[];
  readonly session: number[];
  readonly slot: number[];
  readonly upperKw: number[];
  readonly cost: number[];
}

/** A vehicle's bound in a slot is lowered to what its panel could give to it alone. */
function listVariables(problem: PlanProblem, order: readonly number[]): Variables {
  const vars: Variables = {
    sessionOf: [],
    varStart: [0],
    session: [],
    slot: [],
    upperKw: [],
    cost: [],
  };
  const capacity = new Map<number, Float64Array>();
  for (const index of order) {
    const it = problem.sessions[index] as PlanSession;
    if (it.energyWh / 1000 <= NOTHING) continue;
    const capacityKw = panelCapacities(problem, it.panelIndex, capacity);
    const place = vars.sessionOf.length;
    const before = vars.slot.length;
    for (let slot = it.firstSlot; slot < it.endSlot; slot += 1) {
      let upperKw = it.powerMaxW / 1000;
      for (const phase of it.phases) {
        const most = (capacityKw[slot * problem.phaseCount + phase] as number) * it.phases.length;
        upperKw = Math.min(upperKw, most);
      }
      if (upperKw <= NOTHING) continue;
      vars.session.push(place);
      vars.slot.push(slot);
      vars.upperKw.push(upperKw);
      const hours = (problem.slotSec[slot] as number) / 3600;
      vars.cost.push((it.costPerKwh?.[slot - it.firstSlot] ?? 0) * hours);
    }
    if (vars.slot.length === before) continue;
    vars.sessionOf.push(index);
    vars.varStart.push(vars.slot.length);
  }
  return vars;
}

function panelCapacities(
  problem: PlanProblem,
  panelIndex: number,
  known: Map<number, Float64Array>,
): Float64Array {
  const found = known.get(panelIndex);
  if (found !== undefined) return found;
  const { phaseCount } = problem;
  const capacityKw = new Float64Array(problem.slotSec.length * phaseCount);
  for (let at = 0; at < capacityKw.length; at += 1) {
    const slot = Math.floor(at / phaseCount);
    capacityKw[at] = panelCapacityKw(problem, panelIndex, at - slot * phaseCount, slot);
  }
  known.set(panelIndex, capacityKw);
  return capacityKw;
}

/** Cells in the order (panel, slot), each with its variables in session order. */
function listCells(problem: PlanProblem, vars: Variables) {
  const slotCount = problem.slotSec.length;
  const { phaseCount } = problem;
  const panelOf: number[] = [];
  const sessionStart: number[] = [];
  const cellStart: number[] = [];
  const cellSlot: number[] = [];
  const cellVarStart: number[] = [0];
  const cellCapacityKw: number[] = [];
  const cellOf = new Int32Array(vars.slot.length);
  const cellVars = new Int32Array(vars.slot.length);
  const count = new Int32Array(slotCount);
  const next = new Int32Array(slotCount);
  let session = 0;
  while (session < vars.sessionOf.length) {
    const panelIndex = problem.sessions[vars.sessionOf[session] as number]?.panelIndex ?? 0;
    panelOf.push(panelIndex);
    sessionStart.push(session);
    cellStart.push(cellSlot.length);
    const firstVar = vars.varStart[session] as number;
    while (problem.sessions[vars.sessionOf[session] ?? -1]?.panelIndex === panelIndex) session += 1;
    const endVar = vars.varStart[session] as number;
    count.fill(0);
    for (let at = firstVar; at < endVar; at += 1)
      count[vars.slot[at] as number] = (count[vars.slot[at] as number] as number) + 1;
    let filled = firstVar;
    for (let slot = 0; slot < slotCount; slot += 1) {
      next[slot] = filled;
      if (count[slot] === 0) continue;
      filled += count[slot] as number;
      cellSlot.push(slot);
      cellVarStart.push(filled);
      for (let phase = 0; phase < phaseCount; phase += 1) {
        const capacityKw = panelCapacityKw(problem, panelIndex, phase, slot);
        // A phase without capacity has no vehicle left: any capacity does.
        cellCapacityKw.push(capacityKw <= NOTHING ? 1 : capacityKw);
      }
      count[slot] = cellSlot.length - 1;
    }
    for (let at = firstVar; at < endVar; at += 1) {
      const slot = vars.slot[at] as number;
      cellOf[at] = count[slot] as number;
      cellVars[next[slot] as number] = at;
      next[slot] = (next[slot] as number) + 1;
    }
  }
  sessionStart.push(session);
  cellStart.push(cellSlot.length);
  return {
    panelOf: Int32Array.from(panelOf),
    sessionStart: Int32Array.from(sessionStart),
    cellStart: Int32Array.from(cellStart),
    cellSlot: Int32Array.from(cellSlot),
    cellVarStart: Int32Array.from(cellVarStart),
    cellCapacityKw: Float64Array.from(cellCapacityKw),
    cellOf,
    cellVars,
  };
}
