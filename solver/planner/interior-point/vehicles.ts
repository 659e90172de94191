/** The columns of vehicles and panels: their part of A x, and of A' y. */
import type { Layout } from './layout.js';
import type { Rows } from './rows.js';

/** Sums of charging variables over each class of each cell; zeroes `sums` first. */
export function sumByClass(layout: Layout, values: Float64Array, sums: Float64Array): void {
  const { segmentSession, segmentStart, segmentCell, classOf, classCount } = layout;
  sums.fill(0);
  for (let s = 0; s < segmentSession.length; s += 1) {
    const end = segmentStart[s + 1] as number;
    let at =
      (segmentCell[s] as number) * classCount + (classOf[segmentSession[s] as number] as number);
    for (let j = segmentStart[s] as number; j < end; j += 1) {
      sums[at] = (sums[at] as number) + (values[j] as number);
      at += classCount;
    }
  }
}

/** rows -= A values, for charging, unmet energy and panel slack. */
export function subtractVehicles(
  layout: Layout,
  values: Float64Array,
  slackStart: number,
  sums: Float64Array,
  rows: Rows,
): void {
  const { segmentSession, segmentStart, segmentCell, hoursOf, classOf, classCount } = layout;
  const { energy } = rows;
  const charging = hoursOf.length;
  sums.fill(0);
  for (let part = 0; part < layout.unmetParts; part += 1) {
    const from = charging + part * classOf.length;
    for (let i = 0; i < classOf.length; i += 1)
      energy[i] = (energy[i] as number) - (values[from + i] as number);
  }
  for (let s = 0; s < segmentSession.length; s += 1) {
    const i = segmentSession[s] as number;
    const end = segmentStart[s + 1] as number;
    let at = (segmentCell[s] as number) * classCount + (classOf[i] as number);
    // Two sums: each would wait for itself.
    let even = 0;
    let odd = 0;
    let j = segmentStart[s] as number;
    for (; j + 1 < end; j += 2) {
      const value = values[j] as number;
      const next = values[j + 1] as number;
      even += (hoursOf[j] as number) * value;
      odd += (hoursOf[j + 1] as number) * next;
      sums[at] = (sums[at] as number) + value;
      at += classCount;
      sums[at] = (sums[at] as number) + next;
      at += classCount;
    }
    if (j < end) {
      even += (hoursOf[j] as number) * (values[j] as number);
      sums[at] = (sums[at] as number) + (values[j] as number);
    }
    energy[i] = (energy[i] as number) - even - odd;
  }
  subtractCells(layout, sums, rows);
  for (let at = 0; at < rows.panel.length; at += 1)
    rows.panel[at] = (rows.panel[at] as number) - (values[slackStart + at] as number);
}

function subtractCells(layout: Layout, sums: Float64Array, rows: Rows): void {
  const { cellPlace, classCount, classShare: share, phaseCount } = layout;
  const { panel, phase } = rows;
  for (let cell = 0; cell < cellPlace.length; cell += 1) {
    const slot = cellPlace[cell] as number;
    if (phaseCount === 1) {
      panel[cell] = (panel[cell] as number) - (sums[cell] as number);
      phase[slot] = (phase[slot] as number) - (sums[cell] as number);
      continue;
    }
    let sum0 = 0;
    let sum1 = 0;
    let sum2 = 0;
    for (let own = 0; own < classCount; own += 1) {
      const sum = sums[cell * classCount + own] as number;
      sum0 += (share[3 * own] as number) * sum;
      sum1 += (share[3 * own + 1] as number) * sum;
      sum2 += (share[3 * own + 2] as number) * sum;
    }
    panel[3 * cell] = (panel[3 * cell] as number) - sum0;
    panel[3 * cell + 1] = (panel[3 * cell + 1] as number) - sum1;
    panel[3 * cell + 2] = (panel[3 * cell + 2] as number) - sum2;
    phase[3 * slot] = (phase[3 * slot] as number) - sum0;
    phase[3 * slot + 1] = (phase[3 * slot + 1] as number) - sum1;
    phase[3 * slot + 2] = (phase[3 * slot + 2] as number) - sum2;
  }
}

/** price := A' y, for charging, unmet energy and panel slack. */
export function priceVehicles(
  layout: Layout,
  y: Rows,
  slackStart: number,
  sums: Float64Array,
  price: Float64Array,
): void {
  const { segmentSession, segmentStart, segmentCell, hoursOf, classOf, classCount } = layout;
  priceCells(layout, y, sums);
  for (let part = 0; part < layout.unmetParts; part += 1)
    price.set(y.energy, hoursOf.length + part * classOf.length);
  for (let s = 0; s < segmentSession.length; s += 1) {
    const i = segmentSession[s] as number;
    const end = segmentStart[s + 1] as number;
    const energy = y.energy[i] as number;
    let at = (segmentCell[s] as number) * classCount + (classOf[i] as number);
    for (let j = segmentStart[s] as number; j < end; j += 1) {
      price[j] = (hoursOf[j] as number) * energy + (sums[at] as number);
      at += classCount;
    }
  }
  price.set(y.panel, slackStart);
}

/** What each class of each cell pays per kW at its panel and at the site. */
function priceCells(layout: Layout, { panel, phase }: Rows, sums: Float64Array): void {
  const { cellPlace, classCount, classShare: share, phaseCount } = layout;
  for (let cell = 0; cell < cellPlace.length; cell += 1) {
    const slot = cellPlace[cell] as number;
    if (phaseCount === 1) {
      sums[cell] = (panel[cell] as number) + (phase[slot] as number);
      continue;
    }
    const p0 = (panel[3 * cell] as number) + (phase[3 * slot] as number);
    const p1 = (panel[3 * cell + 1] as number) + (phase[3 * slot + 1] as number);
    const p2 = (panel[3 * cell + 2] as number) + (phase[3 * slot + 2] as number);
    for (let own = 0; own < classCount; own += 1) {
      const at = 3 * own;
      sums[cell * classCount + own] =
        (share[at] as number) * p0 +
        (share[at + 1] as number) * p1 +
        (share[at + 2] as number) * p2;
    }
  }
}
