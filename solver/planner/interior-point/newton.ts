/** One linear system an iteration: factored once, solved for predictor and corrector. */
import { addToSite, factorCells, recoverPanels, reducePanels } from './cells.js';
import { factorEnergy, recoverEnergy, reduceEnergy, subtractFromSite } from './energy-blocks.js';
import type { Program } from './program.js';
import type { Rows } from './rows.js';
import { priceSite, spread, subtractSite } from './site-columns.js';
import { factorDense, factorSlots, solveSite, startDense } from './site-factor.js';
import { priceVehicles, subtractVehicles } from './vehicles.js';

/** rows -= A values */
export function subtractProduct(program: Program, values: Float64Array, rows: Rows): void {
  const { layout, columns, starts, cells } = program;
  subtractVehicles(layout, values, starts.slackStart, cells.sums, rows);
  spread(columns, values, starts.siteStart);
  subtractSite(columns, values, starts.peakSlackStart, rows);
}

/** price := A' y */
export function priceOf(program: Program, y: Rows, price: Float64Array): void {
  const { layout, columns, starts, cells } = program;
  priceVehicles(layout, y, starts.slackStart, cells.sums, price);
  priceSite(columns, y, starts, price);
}

/** Factors A theta A' by elimination: cells, energy rows, slots, storage, dense rest. */
export function factorSystem(program: Program): void {
  const { layout, columns, cells, energy, site, starts, variables } = program;
  const { theta } = variables;
  factorCells(layout, cells, theta, starts.slackStart);
  factorEnergy(layout, energy, cells, theta);
  site.blocks.fill(0);
  addToSite(layout, cells, site.blocks);
  spread(columns, theta, starts.siteStart);
  factorSlots(layout, site, columns, theta, starts.peakSlackStart);
  startDense(layout, site);
  subtractFromSite(energy, site.dense, site.order);
  factorDense(layout, site, program.peak < 0 ? 0 : (theta[program.peak] as number));
}

/** y for the right-hand side in it and the push at hand, and what it says to each variable. */
export function solveSystem(program: Program, y: Rows): void {
  const { layout, cells, energy, site, variables, peak } = program;
  const { theta, push } = variables;
  // The peak is a border: its push does not pass through the rows.
  const peakPush = peak < 0 ? 0 : (push[peak] as number);
  if (peak >= 0) push[peak] = 0;
  subtractProduct(program, push, y);
  if (peak >= 0) push[peak] = peakPush;
  reducePanels(layout, cells, y);
  reduceEnergy(energy, y);
  solveSite(layout, site, y, peak < 0 ? 0 : peakPush / (theta[peak] as number));
  recoverEnergy(energy, y);
  recoverPanels(layout, cells, y);
  priceOf(program, y, variables.price);
}
