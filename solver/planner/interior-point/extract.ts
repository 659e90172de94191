/** A plan and its prices out of the interior point's arrays; what follows from powers is exact. */
import { unmetPricePerKwh } from '../model/unmet.js';
import type { Plan, PlanPrices } from '../problem.js';
import type { Layout } from './layout.js';
import type { Program } from './program.js';
import type { Rows } from './rows.js';
import { CHARGE, CURTAILED, DISCHARGE, spread } from './site-columns.js';

export function extractPlan(program: Program): Plan {
  const { layout, columns, variables: v, starts } = program;
  const { problem, slotCount: n, segmentsOf, segmentStart } = layout;
  const drawKw = layout.limits.baseKw.slice();
  const sessionW = problem.sessions.map((it) => new Float64Array(it.endSlot - it.firstSlot));
  for (let i = 0; i < layout.sessionOf.length; i += 1) {
    const index = layout.sessionOf[i] as number;
    const powerW = sessionW[index] as Float64Array;
    const first = problem.sessions[index]?.firstSlot ?? 0;
    const scale = withinEnergy(program, i);
    for (let s = segmentsOf[i] as number; s < (segmentsOf[i + 1] as number); s += 1) {
      let slot = layout.segmentSlot[s] as number;
      for (let j = segmentStart[s] as number; j < (segmentStart[s + 1] as number); j += 1) {
        const kw = scale * (v.x[j] as number);
        powerW[slot - first] = 1000 * kw;
        drawKw[slot] = (drawKw[slot] as number) + kw;
        slot += 1;
      }
    }
  }
  spread(columns, v.x, starts.siteStart);
  const perSlot = (kind: number) => columns.values.slice(kind * n, (kind + 1) * n);
  const charge = perSlot(CHARGE);
  const discharge = perSlot(DISCHARGE);
  const curtailed = perSlot(CURTAILED);
  const net = drawKw.map(
    (kw, t) => kw + (charge[t] as number) - (discharge[t] as number) + (curtailed[t] as number),
  );
  return {
    sessionW,
    chargeW: charge.map(toWatts),
    dischargeW: discharge.map(toWatts),
    curtailedW: curtailed.map(toWatts),
    importW: net.map((kw) => toWatts(Math.max(0, kw))),
    exportW: net.map((kw) => toWatts(Math.max(0, -kw))),
  };
}

const toWatts = (kw: number): number => 1000 * kw;

/** Rounding may have charged more than is wanted. */
function withinEnergy({ layout, variables: v, rhs }: Program, i: number): number {
  let kwh = 0;
  for (let j = layout.varStart[i] as number; j < (layout.varStart[i + 1] as number); j += 1) {
    kwh += (layout.hoursOf[j] as number) * (v.x[j] as number);
  }
  return Math.min(1, (rhs.energy[i] as number) / kwh);
}

export function extractPrices({ layout, y }: Program): PlanPrices {
  const { problem, slotCount: n, phaseCount: m } = layout;
  // A session without any slot to charge in stays unmet at any price.
  const energy = Float64Array.from(problem.sessions, (it) =>
    unmetPricePerKwh(problem, it, layout.unmetParts - 1),
  );
  for (let i = 0; i < layout.sessionOf.length; i += 1)
    energy[layout.sessionOf[i] as number] = y.energy[i] as number;
  const panel = new Float64Array(problem.panels.length * n * m);
  for (let k = 0; k < layout.panelOf.length; k += 1) {
    for (
      let cell = layout.cellStart[k] as number;
      cell < (layout.cellStart[k + 1] as number);
      cell += 1
    ) {
      const at = ((layout.panelOf[k] as number) * n + (layout.cellSlot[cell] as number)) * m;
      for (let f = 0; f < m; f += 1) panel[at + f] = y.panel[cell * m + f] as number;
    }
  }
  const drawn = y.phase.slice(0, n * m);
  const balance = m === 1 ? drawn : y.balance.map((price) => -price);
  const phase = drawn.map((price, at) =>
    m === 1 ? 0 : price + (y.balance[Math.floor(at / m)] as number),
  );
  const prices = {
    energy,
    panel,
    phase,
    balance,
    peak: y.peak.slice(),
    storage: y.storage.slice(),
  };
  return problem.groups === undefined ? prices : { ...prices, cut: cutPrices(layout, y) };
}

/** 0 where a cut cannot bind. */
function cutPrices({ problem, tree }: Layout, y: Rows): Float64Array {
  const cutCount = (problem.groups ?? []).reduce((sum, it) => sum + it.cuts.length, 0);
  const cut = new Float64Array(cutCount * problem.slotSec.length);
  for (let c = 0; c < tree.cutKey.length; c += 1)
    cut[tree.cutKey[c] as number] = (y.cut[c] as number) / (tree.cutScale[c] as number);
  return cut;
}
