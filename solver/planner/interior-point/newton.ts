/** One linear system an iteration: factored once, solved for predictor and corrector. */
import { createDenseKernel } from '../../linear/dense-kernel.js';
import { addToSite, factorCells, recoverPanels, reducePanels } from './cells.js';
import { gatherEnergy } from './energy-blocks.js';
import { priceGroups, subtractCuts } from './group-rows.js';
import type { Program } from './program.js';
import type { Rows } from './rows.js';
import { priceSite, spread, subtractSite } from './site-columns.js';
import { factorSlots } from './site-factor.js';
import { factorSlotsLast, solveSlotsLast } from './slots-last.js';
import { orthogonalise } from './spans.js';
import { factorVehiclesLast, solveVehiclesLast } from './vehicles-last.js';
import { priceVehicles, subtractVehicles } from './vehicles.js';

/** Scratch memory and machine code, used within one call of `factorSystem` at a time. */
const denseKernel = createDenseKernel();

/** rows -= A values */
export function subtractProduct(program: Program, values: Float64Array, rows: Rows): void {
  const { layout, columns, starts, cells } = program;
  subtractVehicles(layout, values, starts.slackStart, cells.sums, rows);
  subtractCuts(layout, values, starts.cutSlackStart, rows);
  spread(columns, values, starts.siteStart);
  subtractSite(columns, values, starts.peakSlackStart, rows);
}

/** price := A' y */
export function priceOf(program: Program, y: Rows, price: Float64Array): void {
  const { layout, columns, starts, cells } = program;
  priceGroups(layout, y);
  price.set(y.cut, starts.cutSlackStart);
  priceVehicles(layout, y, starts.slackStart, cells.sums, price);
  priceSite(columns, y, starts, price);
}

/** theta with the give of the rows, on the variables that stand in a single row each. */
function soften({ variables, starts, give }: Program): Float64Array {
  const { theta, softened, count } = variables;
  if (give === 0) return theta;
  const add = (from: number, to: number): void => {
    for (let j = from; j < to; j += 1) softened[j] = (theta[j] as number) + give;
  };
  softened.set(theta);
  add(starts.unmet, starts.siteStart);
  add(starts.slackStart, starts.peakSlackStart);
  add(starts.cutSlackStart, count);
  return softened;
}

/** Factors A theta A' + give by elimination. */
export function factorSystem(program: Program): void {
  const { layout, columns, cells, energy, site, spans, elimination, starts, variables } = program;
  const { theta } = variables;
  const softened = soften(program);
  factorCells(layout, cells, softened, starts.slackStart);
  gatherEnergy(layout, energy, cells, softened);
  site.blocks.fill(0);
  addToSite(layout, cells, site.blocks);
  spread(columns, theta, starts.siteStart);
  factorSlots(layout, site, columns, theta, starts.peakSlackStart, program.give);
  orthogonalise(layout, spans, softened, starts.cutSlackStart);
  const peakTheta = program.peak < 0 ? 0 : (theta[program.peak] as number);
  if (elimination.kind === 'slots-last')
    factorSlotsLast(program, elimination, peakTheta, denseKernel);
  else factorVehiclesLast(program, elimination, peakTheta, denseKernel);
}

/** y := prices for the right-hand side in it and the push at hand; what they say to each variable. */
export function solveSystem(program: Program, y: Rows): void {
  const { layout, cells, elimination, variables, peak } = program;
  const { theta, push } = variables;
  // The peak is a border: its push does not pass through the rows.
  const peakPush = peak < 0 ? 0 : (push[peak] as number);
  if (peak >= 0) push[peak] = 0;
  subtractProduct(program, push, y);
  if (peak >= 0) push[peak] = peakPush;
  reducePanels(layout, cells, y);
  const peakStep = peak < 0 ? 0 : peakPush / (theta[peak] as number);
  if (elimination.kind === 'slots-last') solveSlotsLast(program, elimination, y, peakStep);
  else solveVehiclesLast(program, elimination, y, peakStep);
  recoverPanels(layout, cells, y);
  priceOf(program, y, variables.price);
}
