/**
 * A start from the solution of an earlier, similar problem: what is the same keeps its place and its
 * price, a session that is new begins with the marginal price that its slots have already.
 *
 * Kept is a point that was still well inside of all bounds: from the optimum itself an interior
 * point method does not get away (Gondzio 1998).
 */
import { priceOf } from './newton.js';
import type { Program } from './program.js';
import { copyRows, createRows, type Rows } from './rows.js';

/** A point of an earlier program. */
export interface Snapshot {
  readonly program: Program;
  readonly x: Float64Array;
  readonly y: Rows;
  /** Mean product of a variable and its price. */
  readonly product: number;
}

/** Variables keep this distance from their bounds, as a fraction of the range. */
const MARGIN_FRACTION = 1e-3;
/** Where a new session starts in slots that it will use, and in the others. */
const CHEAP_FRACTION = 0.8;
const DEAR_FRACTION = 0.1;
/** A new session's price of energy stays below this part of the price of leaving it unmet. */
const UNMET_PRICE_MAX = 0.9;

export function takeSnapshot(program: Program, complementarity: number): Snapshot {
  const { variables: v, y, layout } = program;
  const kept = createRows(layout);
  copyRows(kept, y);
  const product = complementarity / (v.count + v.boundedCount);
  return { program, x: v.x.slice(), y: kept, product };
}

/** Moves a program that stands at its own cold start to the snapshot's point. */
export function startFrom(snapshot: Snapshot, program: Program): void {
  const { variables: v, y, starts } = program;
  const { slotCount, phaseCount } = program.layout;
  y.phase.set(snapshot.y.phase.subarray(0, slotCount * phaseCount));
  y.balance.set(snapshot.y.balance);
  y.peak.set(snapshot.y.peak);
  y.storage.set(snapshot.y.storage);
  placePanels(snapshot, program);
  placeCuts(snapshot, program);
  placeSite(snapshot, program);
  placeSessions(snapshot, program);
  for (let j = 0; j < v.boundedCount; j += 1) {
    const most = v.upper[j] as number;
    const margin = MARGIN_FRACTION * most;
    const x = Math.max(margin, Math.min(most - margin, v.x[j] as number));
    v.x[j] = x;
    v.room[j] = most - x;
  }
  for (let j = v.boundedCount; j < v.count; j += 1)
    v.x[j] = Math.max(v.x[j] as number, MARGIN_FRACTION * (v.upper[j] as number));
  placeDuals(program, snapshot.product, starts.slackStart);
}

/** Duals that are feasible at the prices, with products as equal as that allows. */
function placeDuals(program: Program, product: number, slackStart: number): void {
  const { variables: v, y, starts } = program;
  for (let at = 0; at < y.panel.length; at += 1) {
    const price = -product / (v.x[slackStart + at] as number);
    y.panel[at] = Math.min(y.panel[at] as number, price);
    v.lowerDual[slackStart + at] = -(y.panel[at] as number);
  }
  for (let t = 0; t < y.peak.length; t += 1) {
    const price = -product / (v.x[starts.peakSlackStart + t] as number);
    y.peak[t] = Math.min(y.peak[t] as number, price);
    v.lowerDual[starts.peakSlackStart + t] = -(y.peak[t] as number);
  }
  for (let c = 0; c < y.cut.length; c += 1) {
    const price = -product / (v.x[starts.cutSlackStart + c] as number);
    y.cut[c] = Math.min(y.cut[c] as number, price);
    v.lowerDual[starts.cutSlackStart + c] = -(y.cut[c] as number);
  }
  priceOf(program, y, v.price);
  for (let j = 0; j < v.boundedCount; j += 1) {
    const half = 0.5 * ((v.cost[j] as number) - (v.price[j] as number));
    const square = (product * product) / ((v.x[j] as number) * (v.room[j] as number));
    const root = Math.sqrt(half * half + square);
    // Of the two, the one that does not cancel is computed first.
    if (half > 0) {
      v.lowerDual[j] = half + root;
      v.upperDual[j] = square / (half + root);
    } else {
      v.upperDual[j] = root - half;
      v.lowerDual[j] = square / (root - half);
    }
  }
}

/** Slack and price of every cell that both programs have. */
function placePanels({ program: old, x, y: oldY }: Snapshot, program: Program): void {
  const { layout, y, variables: v, starts } = program;
  const { phaseCount: m } = layout;
  const oldPanel = new Map(Array.from(old.layout.panelOf, (panel, k) => [panel, k]));
  for (const [k, panel] of layout.panelOf.entries()) {
    const from = oldPanel.get(panel);
    if (from === undefined) continue;
    const oldFirst = old.layout.cellStart[from] as number;
    const oldEnd = old.layout.cellStart[from + 1] as number;
    const shift = oldFirst - (old.layout.cellSlot[oldFirst] as number);
    for (
      let cell = layout.cellStart[k] as number;
      cell < (layout.cellStart[k + 1] as number);
      cell += 1
    ) {
      const at = (layout.cellSlot[cell] as number) + shift;
      if (at < oldFirst || at >= oldEnd) continue;
      for (let f = 0; f < m; f += 1) {
        y.panel[cell * m + f] = oldY.panel[at * m + f] as number;
        v.x[starts.slackStart + cell * m + f] = x[old.starts.slackStart + at * m + f] as number;
      }
    }
  }
}

/** Slack and price of every cut that both programs have; the scale of a cut does not change. */
function placeCuts({ program: old, x, y: oldY }: Snapshot, program: Program): void {
  const { y, variables: v, starts } = program;
  const known = new Map(Array.from(old.layout.tree.cutKey, (key, c) => [key, c]));
  for (const [c, key] of program.layout.tree.cutKey.entries()) {
    const from = known.get(key);
    if (from === undefined) continue;
    y.cut[c] = oldY.cut[from] as number;
    v.x[starts.cutSlackStart + c] = x[old.starts.cutSlackStart + from] as number;
  }
}

function placeSite({ program: old, x }: Snapshot, program: Program): void {
  const { columns, variables: v, starts, layout } = program;
  const values = new Map(
    Array.from(old.columns.keys, (key, at) => [key, x[old.starts.siteStart + at] as number]),
  );
  for (const [at, key] of columns.keys.entries()) {
    const value = values.get(key);
    if (value !== undefined) v.x[starts.siteStart + at] = value;
  }
  for (let t = 0; t < layout.slotCount; t += 1)
    v.x[starts.peakSlackStart + t] = x[old.starts.peakSlackStart + t] as number;
}

function placeSessions({ program: old, x, y: oldY }: Snapshot, program: Program): void {
  const { layout, y, variables: v, starts } = program;
  const known = new Map<string, number>();
  for (let i = 0; i < old.layout.sessionOf.length; i += 1) known.set(idOf(old, i), i);
  priceOf(program, y, v.price);
  const perSlot = new Float64Array(layout.slotCount);
  for (let i = 0; i < layout.sessionOf.length; i += 1) {
    const from = known.get(idOf(program, i));
    if (from === undefined) {
      startNewcomer(program, i);
      continue;
    }
    y.energy[i] = oldY.energy[from] as number;
    for (let part = 0; part < layout.unmetParts; part += 1) {
      const at = old.starts.unmet + part * old.layout.sessionOf.length + from;
      v.x[starts.unmet + part * layout.sessionOf.length + i] = x[at] as number;
    }
    perSlot.fill(Number.NaN);
    forEachSlot(old, from, (slot, j) => {
      perSlot[slot] = x[j] as number;
    });
    forEachSlot(program, i, (slot, j) => {
      const value = perSlot[slot] as number;
      if (!Number.isNaN(value)) v.x[j] = value;
    });
  }
}

function idOf({ layout }: Program, i: number): string {
  return layout.problem.sessions[layout.sessionOf[i] as number]?.id ?? '';
}

function forEachSlot(
  { layout }: Program,
  i: number,
  visit: (slot: number, j: number) => void,
): void {
  const { segmentsOf, segmentStart, segmentSlot } = layout;
  for (let s = segmentsOf[i] as number; s < (segmentsOf[i + 1] as number); s += 1) {
    const start = segmentStart[s] as number;
    for (let j = start; j < (segmentStart[s + 1] as number); j += 1)
      visit((segmentSlot[s] as number) + j - start, j);
  }
}

/** Charges in its cheapest slots, at the price of the dearest of them. */
function startNewcomer({ layout, y, variables: v, starts, rhs }: Program, i: number): void {
  const hours = (j: number): number => layout.hoursOf[j] as number;
  // The price of a variable holds what cell and site say, and the cold start's price of energy.
  const costPerKwh = (j: number): number =>
    (y.energy[i] as number) - (v.price[j] as number) / hours(j);
  const own = Array.from(
    { length: (layout.varStart[i + 1] as number) - (layout.varStart[i] as number) },
    (_, at) => (layout.varStart[i] as number) + at,
  ).toSorted((a, b) => costPerKwh(a) - costPerKwh(b));
  let left = rhs.energy[i] as number;
  let price = costPerKwh(own[0] as number);
  for (const j of own) {
    const isUsed = left > 0;
    if (isUsed) price = costPerKwh(j);
    v.x[j] = (isUsed ? CHEAP_FRACTION : DEAR_FRACTION) * (v.upper[j] as number);
    left -= hours(j) * (v.x[j] as number);
  }
  for (let part = 0; part < layout.unmetParts; part += 1)
    v.x[starts.unmet + part * layout.sessionOf.length + i] = Math.max(0, left) / layout.unmetParts;
  const unmet = v.cost[starts.unmet + i] as number;
  y.energy[i] = Math.min(price, UNMET_PRICE_MAX * unmet);
}
