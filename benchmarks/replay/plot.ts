/** Energy delivered over the size of the connection, policy beside policy. */
import type { Chart, Series } from '../svg/line-chart.js';
import type { Bounds } from './bounds.js';
import type { Capacity, Row } from './row.js';

export function replayChart(rows: readonly Row[], bounds: readonly (Bounds & Capacity)[]): Chart {
  const policies = [...new Set(rows.map((it) => it.policy))].filter((it) => it !== 'uncontrolled');
  const isScaled = rows.some((it) => it.transformerScale !== undefined);
  const foresight: Series = {
    name: 'perfect foresight',
    isDashed: true,
    points: bounds.map((it) => ({ x: sizeOf(it), y: it.optimumUpperPercent })),
  };
  return {
    title: 'Energy delivered of what was wanted',
    xLabel: isScaled ? 'scale of the transformers' : 'transformer, kVA',
    yLabel: '%',
    series: [
      foresight,
      ...policies.map((policy) => ({
        name: policy,
        points: rows
          .filter((it) => it.policy === policy)
          .map((it) => ({ x: sizeOf(it), y: it.energyPercent })),
      })),
    ],
  };
}

const sizeOf = ({ capacityKva, transformerScale }: Capacity): number =>
  capacityKva ?? transformerScale ?? 1;
