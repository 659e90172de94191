/** Time of an allocation over the number of EVSEs. */
import type { Chart } from '../svg/line-chart.js';
import type { AllocationSummary } from './summary.js';

export function allocationChart(summary: readonly AllocationSummary[]): Chart {
  const phases = [...new Set(summary.map((it) => it.phases))];
  return {
    title: 'One allocation: median time',
    xLabel: 'EVSEs',
    yLabel: 'us',
    isLogarithmic: true,
    series: phases.flatMap((count) => {
      const own = summary.filter((it) => it.phases === count);
      const name = count === 1 ? '1 phase' : '3 phases';
      return [
        { name: `whole, ${name}`, points: own.map((it) => ({ x: it.evses, y: it.wholeUs })) },
        {
          name: `filling alone, ${name}`,
          isDashed: true,
          points: own.map((it) => ({ x: it.evses, y: it.kernelUs })),
        },
      ];
    }),
  };
}
