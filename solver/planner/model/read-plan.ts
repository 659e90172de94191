/** What an engine answers for the table of a plan, read back: powers from columns, prices from rows. */
import type { Plan, PlanPrices, PlanProblem } from '../problem.js';
import type { PlanModel } from './build.js';
import { taperRowCount } from './tapers.js';

/** `kw`: one value a column. */
export function readPlan(problem: PlanProblem, { columns }: PlanModel, kw: Float64Array): Plan {
  const slotCount = problem.slotSec.length;
  const perSlot = (first: number): Float64Array =>
    kw.subarray(first, first + slotCount).map((power) => 1000 * power);
  const orderW = perSlot(columns.orderSlack);
  const siteW = perSlot(columns.siteSlack);
  return {
    sessionW: problem.sessions.map((it, index) => {
      const first = columns.session[index] as number;
      const window = kw.subarray(first, first + it.endSlot - it.firstSlot);
      return window.map((power) => 1000 * power);
    }),
    chargeW: perSlot(columns.charge),
    dischargeW: perSlot(columns.discharge),
    curtailedW: perSlot(columns.curtailed),
    importW: perSlot(columns.imported).map(
      (power, slot) => power + (orderW[slot] as number) + (siteW[slot] as number),
    ),
    exportW: perSlot(columns.exported),
  };
}

/** `duals`: one multiplier a row. */
export function readPrices(
  problem: PlanProblem,
  { rows }: PlanModel,
  duals: Float64Array,
): PlanPrices {
  const slotCount = problem.slotSec.length;
  const { phaseCount, panels, sessions } = problem;
  const read = (first: number, count: number): Float64Array => duals.slice(first, first + count);
  const prices = {
    energy: read(rows.energy, sessions.length),
    panel: read(rows.panel, panels.length * slotCount * phaseCount),
    phase:
      phaseCount === 1 ? new Float64Array(slotCount) : read(rows.phase, slotCount * phaseCount),
    balance: read(rows.balance, slotCount),
    peak: read(rows.peak, slotCount),
    storage:
      problem.connection.storage === undefined
        ? new Float64Array(slotCount)
        : read(rows.storage, slotCount),
  };
  const taperCount = taperRowCount(problem);
  return {
    ...prices,
    ...(problem.groups === undefined
      ? {}
      : { cut: readCutPrices(problem, duals.subarray(rows.group)) }),
    ...(taperCount === 0 ? {} : { taper: read(rows.taper, taperCount) }),
  };
}

/** The rows of each group and slot begin with the sums of its phases. */
function readCutPrices(
  { groups = [], slotSec, phaseCount }: PlanProblem,
  duals: Float64Array,
): Float64Array {
  const cutCount = groups.reduce((sum, it) => sum + it.cuts.length, 0);
  const cut = new Float64Array(cutCount * slotSec.length);
  let row = 0;
  let first = 0;
  for (const { cuts } of groups) {
    for (let slot = 0; slot < slotSec.length; slot += 1) {
      row += phaseCount;
      for (let at = 0; at < cuts.length; at += 1) {
        cut[(first + at) * slotSec.length + slot] = duals[row] as number;
        row += 1;
      }
    }
    first += cuts.length;
  }
  return cut;
}
