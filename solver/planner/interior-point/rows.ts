/** One number for each row of the program: a right-hand side, or prices. */
import type { Layout } from './layout.js';

export interface Rows {
  /** `[cell * phases + phase]` */
  readonly panel: Float64Array;
  /** One a session. */
  readonly energy: Float64Array;
  /**
   * `[slot * phases + phase]`: what vehicles draw at the site. After the site's come as many for
   * each group: no rows, but the draw on its way up, or what a kW pays on its way down.
   */
  readonly phase: Float64Array;
  /** One a slot, with three phases: the sum of the phases against import and export. */
  readonly balance: Float64Array;
  readonly peak: Float64Array;
  readonly storage: Float64Array;
  /** One a cut of a group that could bind. */
  readonly cut: Float64Array;
}

export function createRows(layout: Layout): Rows {
  const { slotCount, phaseCount, tree } = layout;
  return {
    panel: new Float64Array(layout.cellSlot.length * phaseCount),
    energy: new Float64Array(layout.sessionOf.length),
    phase: new Float64Array(tree.nodeCount * slotCount * phaseCount),
    balance: new Float64Array(slotCount),
    peak: new Float64Array(slotCount),
    storage: new Float64Array(slotCount),
    cut: new Float64Array(tree.cutKey.length),
  };
}

export function copyRows(to: Rows, from: Rows): void {
  to.panel.set(from.panel);
  to.energy.set(from.energy);
  to.phase.set(from.phase);
  to.balance.set(from.balance);
  to.peak.set(from.peak);
  to.storage.set(from.storage);
  to.cut.set(from.cut);
}

export function clearRows(rows: Rows): void {
  rows.panel.fill(0);
  rows.energy.fill(0);
  rows.phase.fill(0);
  rows.balance.fill(0);
  rows.peak.fill(0);
  rows.storage.fill(0);
  rows.cut.fill(0);
}

/** to += factor * from */
export function addRows(to: Rows, factor: number, from: Rows): void {
  addScaled(to.panel, factor, from.panel);
  addRowsAbovePanels(to, factor, from);
}

/** Likewise, rows of panels aside. */
export function addRowsAbovePanels(to: Rows, factor: number, from: Rows): void {
  addScaled(to.energy, factor, from.energy);
  addScaled(to.phase, factor, from.phase);
  addScaled(to.balance, factor, from.balance);
  addScaled(to.peak, factor, from.peak);
  addScaled(to.storage, factor, from.storage);
  addScaled(to.cut, factor, from.cut);
}

function addScaled(to: Float64Array, factor: number, from: Float64Array): void {
  for (let i = 0; i < to.length; i += 1) to[i] = (to[i] as number) + factor * (from[i] as number);
}
