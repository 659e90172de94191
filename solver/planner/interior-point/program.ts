/** The program of one problem and all arrays that its iterations use, allocated once. */
import { storedMinKwh } from '../model/site-variables.js';
import { unmetPricePerKwh } from '../model/unmet.js';
import type { PlanProblem, PlanSession } from '../problem.js';
import { type Cells, createCells } from './cells.js';
import {
  cheaperOrder,
  createElimination,
  type Elimination,
  type EliminationOrder,
} from './elimination.js';
import { createEnergyBlocks, type EnergyBlocks } from './energy-blocks.js';
import { type Layout, layOut } from './layout.js';
import { createRows, type Rows } from './rows.js';
import { type SiteColumns, siteColumns } from './site-columns.js';
import { createSiteFactor, type SiteFactor } from './site-factor.js';
import { createSpans, type Spans } from './spans.js';
import { createVariables, type Variables } from './variables.js';

export interface Starts {
  readonly unmet: number;
  readonly siteStart: number;
  readonly slackStart: number;
  readonly peakSlackStart: number;
  readonly cutSlackStart: number;
}

export interface Program {
  readonly layout: Layout;
  readonly columns: SiteColumns;
  readonly variables: Variables;
  readonly starts: Starts;
  /** Flat index of the peak variable, -1 if the peak cannot rise. */
  readonly peak: number;
  /** Right-hand sides. */
  readonly rhs: Rows;
  /**
   * What rows of panels, energy, cuts and balance give in a step, for a price of 1; 0 without groups.
   * Below groups, powers that no bound holds would swamp with their rounding what binding cuts say
   * (Friedlander and Orban 2012). The next step takes up what a row gave.
   */
  give: number;
  /** Row prices so far. */
  readonly y: Rows;
  /** rhs - A x */
  readonly residual: Rows;
  readonly dy: Rows;
  /** What a centrality corrector adds to dy. */
  readonly extra: Rows;
  readonly cells: Cells;
  readonly energy: EnergyBlocks;
  readonly site: SiteFactor;
  readonly spans: Spans;
  readonly elimination: Elimination;
}

/** Relative weight of the proximal term at a variable's own scale. */
const PROXIMAL = 1e-6;
/** What rows give way by at first, kW or kWh for a price of the typical size. */
const GIVE = 1e-4;
/** Prices of vehicles are typically this part of what unmet energy costs. */
const UNMET_FRACTION = 0.05;
/** Scale of the slack of a cut that leaves nothing unless one phase makes room for another. */
const NO_CAPACITY_SCALE_KW = 1;
/** What may stay unmet is at least this: an interior point needs an interior. */
const UNMET_ROOM_KWH = 2e-4;

/** With `order` absent the elimination is the one that takes fewer operations. */
export function createProgram(problem: PlanProblem, order?: EliminationOrder): Program {
  const layout = layOut(problem);
  const energy = createEnergyBlocks(layout);
  const columns = siteColumns(problem, layout.limits);
  const unmet = layout.hoursOf.length;
  const siteStart = unmet + layout.unmetParts * layout.sessionOf.length;
  const slackStart = siteStart + columns.keys.length;
  const peakSlackStart = slackStart + layout.cellSlot.length * layout.phaseCount;
  const cutSlackStart = peakSlackStart + layout.slotCount;
  const count = cutSlackStart + layout.tree.cutKey.length;
  const variables = createVariables(count, slackStart);
  const peakAt = columns.keys.indexOf(columns.peakKey);
  const program: Program = {
    layout,
    columns,
    variables,
    starts: { unmet, siteStart, slackStart, peakSlackStart, cutSlackStart },
    peak: peakAt < 0 ? -1 : siteStart + peakAt,
    give: layout.tree.cutKey.length > 0 ? GIVE / costScale(problem) : 0,
    rhs: createRows(layout),
    y: createRows(layout),
    residual: createRows(layout),
    dy: createRows(layout),
    extra: createRows(layout),
    cells: createCells(layout),
    energy,
    site: createSiteFactor(layout),
    spans: createSpans(layout),
    elimination: createElimination(layout, order ?? cheaperOrder(layout, energy)),
  };
  fillBounds(program);
  fillRightHandSides(program);
  return program;
}

function fillBounds({ layout, columns, variables, starts }: Program): void {
  const { upper, cost, proximal } = variables;
  const { problem } = layout;
  upper.set(layout.upperKw);
  cost.set(layout.costOf);
  let at = starts.unmet;
  for (let part = 0; part < layout.unmetParts; part += 1) {
    for (const index of layout.sessionOf) {
      const session = problem.sessions[index] as PlanSession;
      upper[at] = unmetMaxKwh(session) / layout.unmetParts;
      cost[at] = unmetPricePerKwh(problem, session, part);
      at += 1;
    }
  }
  for (const key of columns.keys) {
    upper[at] = columns.upper[key] as number;
    cost[at] = columns.cost[key] as number;
    at += 1;
  }
  upper.set(layout.cellCapacityKw, starts.slackStart);
  upper.fill(layout.limits.peakMaxKw, starts.peakSlackStart, starts.cutSlackStart);
  for (const [c, capacity] of layout.tree.cutCapacityKw.entries())
    upper[starts.cutSlackStart + c] = capacity > 0 ? capacity : NO_CAPACITY_SCALE_KW;
  const scale = costScale(problem);
  for (let j = 0; j < starts.slackStart; j += 1)
    proximal[j] = (PROXIMAL * scale) / (upper[j] as number);
}

function unmetMaxKwh({ energyWh, unmetMaxWh = energyWh }: PlanSession): number {
  return Math.min(energyWh / 1000, Math.max(unmetMaxWh / 1000, UNMET_ROOM_KWH));
}

/** A typical price of importing one kW in one slot. */
export function importScale({ slotSec, connection }: PlanProblem): number {
  let sum = 0;
  for (const [slot, price] of connection.importPricePerKwh.entries())
    sum += (Math.abs(price) * (slotSec[slot] as number)) / 3600;
  return Math.max(1e-6, sum / slotSec.length);
}

/** A typical price of one kW in one slot: where energy is free, of leaving it unmet. */
function costScale(problem: PlanProblem): number {
  const { slotSec, weights } = problem;
  const hours = slotSec.reduce((sum, sec) => sum + sec / 3600, 0) / slotSec.length;
  return Math.max(importScale(problem), UNMET_FRACTION * weights.unmetPerKwh * hours);
}

function fillRightHandSides({ layout, rhs }: Program): void {
  const { problem, limits, phaseCount } = layout;
  const { connection } = problem;
  rhs.panel.set(layout.cellCapacityKw);
  rhs.cut.set(layout.tree.cutCapacityKw);
  for (const [i, index] of layout.sessionOf.entries()) {
    rhs.energy[i] = (problem.sessions[index]?.energyWh ?? 0) / 1000;
  }
  const least = storedMinKwh(problem);
  const phaseKw = connection.phaseMaxW / 1000;
  for (let t = 0; t < layout.slotCount; t += 1) {
    const base = limits.baseKw[t] as number;
    if (phaseCount === 1) rhs.phase[t] = -base;
    else {
      rhs.phase.fill(phaseKw - base / 3, 3 * t, 3 * t + 3);
      rhs.balance[t] = 3 * phaseKw;
    }
    rhs.peak[t] = connection.peakSoFarW / 1000;
    const before =
      t === 0 ? (connection.storage?.energyStartWh ?? 0) / 1000 : (least[t - 1] as number);
    rhs.storage[t] = connection.storage === undefined ? 0 : before - (least[t] as number);
  }
}
