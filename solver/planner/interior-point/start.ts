/**
 * A starting point inside all bounds: vehicles charge evenly over their stay, the site follows, and
 * prices are the mean import price; so most rows start nearly balanced. Duals start feasible.
 */
import { groupScales } from './group-rows.js';
import { priceOf, subtractProduct } from './newton.js';
import type { Layout } from './layout.js';
import { storedMinKwh } from '../model/site-variables.js';
import { importScale, type Program } from './program.js';
import { copyRows } from './rows.js';
import {
  CHARGE,
  CURTAILED,
  DISCHARGE,
  EXPORTED,
  IMPORTED,
  ORDER_SLACK,
  PHASE_ROOM,
  SITE_SLACK,
  STORED,
} from './site-columns.js';
import { sumByClass } from './vehicles.js';

/** Price of every bound at the start, in typical prices of a slot. */
const BOUND_PRICE = 0.3;
/** The same for the site's variables, which are few and large, and for unmet energy. */
const SITE_BOUND_FACTOR = 3;
const UNMET_BOUND_FACTOR = 0.3;
/** Energy starts at the mean import price and this part of the price of leaving it unmet. */
const UNMET_PRICE_FRACTION = 0.6;
/** Variables keep this distance from their bounds, as a fraction of the range. */
const MARGIN_FRACTION = 0.1;
/** Charging starts within this fraction of every limit. */
const FILL_FRACTION = 0.95;
/** Slack and the peak start at this fraction of their range. */
const SMALL_FRACTION = 0.1;
/** Where site variables start in their range. Found by trial on canonical problems. */
const START_FRACTIONS: readonly (readonly [number, number])[] = [
  [CHARGE, 0.5],
  [DISCHARGE, 0.5],
  [CURTAILED, 0.3],
  [EXPORTED, 0.03],
  [ORDER_SLACK, SMALL_FRACTION],
  [SITE_SLACK, SMALL_FRACTION],
];

export function startInside(program: Program): void {
  const { variables: v, starts, columns } = program;
  startCharging(program);
  startSite(program);
  for (const [at, key] of columns.keys.entries()) {
    v.x[starts.siteStart + at] = columns.values[key] as number;
  }
  for (let j = 0; j < v.boundedCount; j += 1) {
    const most = v.upper[j] as number;
    const x = Math.max(
      MARGIN_FRACTION * most,
      Math.min((1 - MARGIN_FRACTION) * most, v.x[j] as number),
    );
    v.x[j] = x;
    v.room[j] = most - x;
  }
  startCuts(program);
  startPrices(program);
}

/** The slack of groups: what charging leaves. */
function startCuts(program: Program): void {
  const { variables: v, starts, rhs, residual } = program;
  if (rhs.cut.length === 0) return;
  v.x.fill(0, starts.cutSlackStart);
  copyRows(residual, rhs);
  subtractProduct(program, v.x, residual);
  for (let c = 0; c < rhs.cut.length; c += 1) {
    const at = starts.cutSlackStart + c;
    v.x[at] = Math.max(MARGIN_FRACTION * (v.upper[at] as number), residual.cut[c] as number);
  }
}

/** Even charging within panels and site, what is unmet by it, and what the panels have left. */
function startCharging({ layout, variables: v, starts, cells, rhs }: Program): void {
  const { varStart, hoursOf, cellSlot, classCount, classShare, phaseCount } = layout;
  const { segmentSession, segmentStart, segmentCell } = layout;
  for (let i = 0; i < layout.classOf.length; i += 1) {
    let most = 0;
    for (let j = varStart[i] as number; j < (varStart[i + 1] as number); j += 1)
      most += (hoursOf[j] as number) * (v.upper[j] as number);
    const fraction = Math.min(0.5, (rhs.energy[i] as number) / most);
    for (let j = varStart[i] as number; j < (varStart[i + 1] as number); j += 1)
      v.x[j] = fraction * (v.upper[j] as number);
  }
  const scale = cellScales(layout, v.x, cells.sums);
  v.x.set(rhs.energy, starts.unmet);
  for (let s = 0; s < segmentSession.length; s += 1) {
    const unmet = starts.unmet + (segmentSession[s] as number);
    let cell = segmentCell[s] as number;
    for (let j = segmentStart[s] as number; j < (segmentStart[s + 1] as number); j += 1) {
      v.x[j] = Math.max(
        MARGIN_FRACTION * (v.upper[j] as number),
        (scale[cell] as number) * (v.x[j] as number),
      );
      v.x[unmet] = (v.x[unmet] as number) - (hoursOf[j] as number) * (v.x[j] as number);
      cell += 1;
    }
  }
  splitUnmet(layout, v.x, starts.unmet);
  sumByClass(layout, v.x, cells.sums);
  for (let at = 0; at < cellSlot.length * phaseCount; at += 1) {
    const cell = Math.floor(at / phaseCount);
    let used = 0;
    for (let own = 0; own < classCount; own += 1) {
      const share = classShare[own * phaseCount + (at % phaseCount)] as number;
      used += share * (cells.sums[cell * classCount + own] as number);
    }
    const capacity = layout.cellCapacityKw[at] as number;
    v.x[starts.slackStart + at] = Math.max(MARGIN_FRACTION * capacity, capacity - used);
  }
}

/** What is unmet stands in the first part of each session and goes to all parts equally. */
function splitUnmet({ unmetParts, sessionOf }: Layout, x: Float64Array, unmet: number): void {
  const count = sessionOf.length;
  for (let i = unmet; i < unmet + count; i += 1) {
    const each = (x[i] as number) / unmetParts;
    for (let part = 0; part < unmetParts; part += 1) x[i + part * count] = each;
  }
}

/** How far the charging of each cell is to shrink so that its panel, groups and site carry it. */
function cellScales(layout: Layout, x: Float64Array, sums: Float64Array): Float64Array {
  const { cellSlot, cellPlace, classCount, classShare, phaseCount: m, slotCount } = layout;
  sumByClass(layout, x, sums);
  const scale = new Float64Array(cellSlot.length).fill(1);
  const drawn = new Float64Array(layout.tree.nodeCount * slotCount * m);
  const used = new Float64Array(cellSlot.length * m);
  for (let cell = 0; cell < cellSlot.length; cell += 1) {
    for (let f = 0; f < m; f += 1) {
      const at = cell * m + f;
      for (let own = 0; own < classCount; own += 1) {
        const share = classShare[own * m + f] as number;
        used[at] = (used[at] as number) + share * (sums[cell * classCount + own] as number);
      }
      const most = FILL_FRACTION * (layout.cellCapacityKw[at] as number);
      if ((used[at] as number) > most)
        scale[cell] = Math.min(scale[cell] as number, most / (used[at] as number));
    }
    for (let f = 0; f < m; f += 1) {
      const to = (cellPlace[cell] as number) * m + f;
      drawn[to] = (drawn[to] as number) + (scale[cell] as number) * (used[cell * m + f] as number);
    }
  }
  const groupScale = groupScales(layout, drawn, FILL_FRACTION);
  const draw = new Float64Array(slotCount * m);
  for (let cell = 0; cell < cellSlot.length; cell += 1) {
    scale[cell] = (scale[cell] as number) * (groupScale[cellPlace[cell] as number] as number);
    for (let f = 0; f < m; f += 1) {
      const to = (cellSlot[cell] as number) * m + f;
      draw[to] = (draw[to] as number) + (scale[cell] as number) * (used[cell * m + f] as number);
    }
  }
  const slotScale = slotScales(layout, draw);
  for (let cell = 0; cell < cellSlot.length; cell += 1)
    scale[cell] = (scale[cell] as number) * (slotScale[cellSlot[cell] as number] as number);
  return scale;
}

/** Likewise for what all panels draw in each slot, `[slot * phases + phase]`. */
function slotScales({ problem, limits, phaseCount }: Layout, draw: Float64Array): Float64Array {
  const phaseKw = problem.connection.phaseMaxW / 1000;
  return limits.baseKw.map((base, t) => {
    const left = (limit: number) => Math.max(0, FILL_FRACTION * limit - base);
    let sum = 0;
    let most = 0;
    for (let at = t * phaseCount; at < (t + 1) * phaseCount; at += 1) {
      sum += draw[at] as number;
      most = Math.max(most, draw[at] as number);
    }
    if (sum === 0) return 1;
    const total = Math.min(1, left(limits.importKw[t] as number) / sum);
    return phaseCount === 1 ? total : Math.min(total, left(3 * phaseKw) / (3 * most));
  });
}

/** Storage idles, the grid covers the rest. */
function startSite(program: Program): void {
  const { layout, columns, cells, rhs, variables: v, starts } = program;
  const { slotCount: n, phaseCount: m, classCount, classShare, cellSlot, limits } = layout;
  const { values, upper } = columns;
  for (const [kind, fraction] of START_FRACTIONS) {
    for (let t = 0; t < n; t += 1)
      values[kind * n + t] = fraction * (upper[kind * n + t] as number);
  }
  const efficiency = layout.problem.connection.storage?.oneWayEfficiency ?? 1;
  for (let t = 0; t < n; t += 1) {
    values[DISCHARGE * n + t] = efficiency * efficiency * (values[CHARGE * n + t] as number);
  }
  const stored = (layout.problem.connection.storage?.energyStartWh ?? 0) / 1000;
  const least = storedMinKwh(layout.problem);
  const draw = new Float64Array(n * m);
  for (let cell = 0; cell < cellSlot.length; cell += 1) {
    for (let own = 0; own < classCount; own += 1) {
      for (let f = 0; f < m; f += 1) {
        const share =
          (classShare[own * m + f] as number) * (cells.sums[cell * classCount + own] as number);
        const at = (cellSlot[cell] as number) * m + f;
        draw[at] = (draw[at] as number) + share;
      }
    }
  }
  let peak = 0;
  for (let t = 0; t < n; t += 1) {
    values[STORED * n + t] = stored - (least[t] as number);
    const idle = (values[CHARGE * n + t] as number) - (values[DISCHARGE * n + t] as number);
    const own = (values[CURTAILED * n + t] as number) + idle;
    let net = (limits.baseKw[t] as number) + own;
    for (let f = 0; f < m; f += 1) {
      net += draw[t * m + f] as number;
      if (m === 3)
        values[PHASE_ROOM * n + 3 * t + f] =
          (rhs.phase[3 * t + f] as number) - (draw[3 * t + f] as number) - own / 3;
    }
    const slack = (values[ORDER_SLACK * n + t] as number) + (values[SITE_SLACK * n + t] as number);
    const imported = net + (values[EXPORTED * n + t] as number) - slack;
    const most = upper[IMPORTED * n + t] as number;
    values[IMPORTED * n + t] = Math.max(MARGIN_FRACTION * most, Math.min(0.95 * most, imported));
    peak = Math.max(peak, (values[IMPORTED * n + t] as number) + slack - (rhs.peak[t] as number));
  }
  const rise = Math.max(SMALL_FRACTION * (upper[columns.peakKey] as number), 1.05 * peak);
  values[columns.peakKey] = Math.min(rise, upper[columns.peakKey] as number);
  for (let t = 0; t < n; t += 1) {
    const imported = (values[IMPORTED * n + t] as number) + (values[ORDER_SLACK * n + t] as number);
    const room = (rhs.peak[t] as number) + rise - imported - (values[SITE_SLACK * n + t] as number);
    v.x[starts.peakSlackStart + t] = Math.max(0.02 * limits.peakMaxKw, room);
  }
}

/** The cuts of a joint share one price, however many they are. */
function startCutPrices({ variables: v, y, layout, starts }: Program, scale: number): void {
  const { cutStart } = layout.tree;
  for (let joint = 0; joint + 1 < cutStart.length; joint += 1) {
    const from = cutStart[joint] as number;
    const to = cutStart[joint + 1] as number;
    const price = scale / (to - from);
    y.cut.fill(-price, from, to);
    v.lowerDual.fill(price, starts.cutSlackStart + from, starts.cutSlackStart + to);
  }
}

function startPrices(program: Program): void {
  const { variables: v, y, layout, starts } = program;
  const { problem, limits, phaseCount } = layout;
  const prices = problem.connection.importPricePerKwh;
  const mean = prices.reduce((sum, price) => sum + price, 0) / prices.length;
  const scale = BOUND_PRICE * importScale(problem);
  for (let i = 0; i < y.energy.length; i += 1)
    y.energy[i] = mean + UNMET_PRICE_FRACTION * (v.cost[starts.unmet + i] as number);
  y.storage.fill(-mean);
  for (let t = 0; t < layout.slotCount; t += 1) {
    const price = mean * (limits.hours[t] as number);
    y.phase.fill(-price, t * phaseCount, (t + 1) * phaseCount);
    if (phaseCount === 3) y.balance[t] = price;
  }
  y.panel.fill(-scale);
  y.peak.fill(-scale);
  v.lowerDual.fill(scale, v.boundedCount);
  startCutPrices(program, scale);
  priceOf(program, y, v.price);
  for (let j = 0; j < v.boundedCount; j += 1) {
    const reduced = (v.cost[j] as number) - (v.price[j] as number);
    const isUnmet = j >= starts.unmet && j < starts.siteStart;
    const factor = isUnmet ? UNMET_BOUND_FACTOR : j < starts.unmet ? 1 : SITE_BOUND_FACTOR;
    const least = factor * scale;
    v.lowerDual[j] = 0.5 * reduced + Math.sqrt(0.25 * reduced * reduced + least * least);
    v.upperDual[j] = (v.lowerDual[j] as number) - reduced;
  }
}
