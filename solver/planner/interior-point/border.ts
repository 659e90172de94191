/**
 * The peak variable stands in the peak rows of all slots: it is a border of the factored system.
 */
import type { Layout } from './layout.js';
import { addRowsAbovePanels, clearRows, createRows, type Rows } from './rows.js';

export interface Border {
  /** Solution for the peak's column. */
  readonly rows: Rows;
  pivot: number;
}

export function createBorder(layout: Layout): Border {
  return { rows: createRows(layout), pivot: 0 };
}

/** `solve` replaces a right-hand side by its solution without the border. */
export function factorBorder(border: Border, peakTheta: number, solve: (rows: Rows) => void): void {
  clearRows(border.rows);
  border.rows.peak.fill(-1);
  solve(border.rows);
  border.pivot = peakTheta > 0 ? 1 / (1 / peakTheta - sumOf(border.rows.peak)) : 0;
}

/** A solution without the border becomes one with it; `peakPush`: the peak's push over its theta. */
export function addBorder({ rows: own, pivot }: Border, rows: Rows, peakPush: number): void {
  const step = (peakPush - sumOf(rows.peak)) * pivot;
  if (step !== 0) addRowsAbovePanels(rows, -step, own);
}

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < values.length; at += 1) sum += values[at] as number;
  return sum;
}
