/** Rows and bounds as a table in Markdown. */
import type { Bounds } from './bounds.js';
import type { Capacity, Row } from './row.js';

const HEADER = [
  'site',
  'policy',
  'knows',
  'energy %',
  'served %',
  'worst decile %',
  'peak kW',
  'import kWh',
  'own PV %',
  'bill',
  'starts/session',
  'overload As',
  'CPU ms/step p50 / p99',
  'MB',
];

export function markdown(rows: readonly Row[], bounds: readonly (Bounds & Capacity)[]): string {
  const lines = rows.map((it) => [
    sizeOf(it),
    it.policy,
    it.knows,
    it.energyPercent.toFixed(2),
    it.sessionsServedPercent.toFixed(1),
    it.worstDecilePercent.toFixed(1),
    it.peakKw.toFixed(2),
    it.importKwh.toFixed(1),
    it.pvSelfConsumedPercent === null ? '-' : it.pvSelfConsumedPercent.toFixed(1),
    it.bill === null ? '-' : it.bill.toFixed(2),
    it.startsPerSession.toFixed(2),
    it.overloadAmpSeconds.toFixed(1),
    `${it.cpuMsPerStep.p50.toFixed(2)} / ${it.cpuMsPerStep.p99.toFixed(2)}`,
    it.memoryPeakMb.toFixed(0),
  ]);
  const ofBounds = bounds.flatMap((it) => [
    boundLine(it, 'each session by itself', it.perSessionCapPercent),
    boundLine(it, 'perfect foresight, at most', it.optimumUpperPercent, it.optimumBill),
    boundLine(it, 'perfect foresight, feasible', it.optimumLowerPercent),
  ]);
  const all = [HEADER, HEADER.map(() => '---'), ...lines, ...ofBounds];
  return all.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function boundLine(
  capacity: Capacity,
  name: string,
  percent: number,
  bill: number | null = null,
): readonly string[] {
  const money = bill === null ? '-' : bill.toFixed(2);
  return [
    sizeOf(capacity),
    name,
    'everything',
    percent.toFixed(2),
    '-',
    '-',
    '-',
    '-',
    '-',
    money,
    '-',
    '-',
    '-',
    '-',
  ];
}

export function sizeOf({ capacityKva, transformerScale }: Capacity): string {
  if (capacityKva !== undefined) return `${capacityKva} kVA`;
  return transformerScale === undefined ? 'as it is' : `x ${transformerScale}`;
}
