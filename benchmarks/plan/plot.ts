/** CPU time of all engines over the number of sessions. */
import type { Chart } from '../svg/line-chart.js';
import type { PlanSummary } from './summary.js';

export function planChart(summary: readonly PlanSummary[]): Chart {
  const phases = [...new Set(summary.map((it) => it.phases))];
  return {
    title: 'One plan: CPU time with the model build',
    xLabel: 'sessions',
    yLabel: 'ms',
    isLogarithmic: true,
    series: phases.flatMap((count) => {
      const own = summary.filter((it) => it.phases === count);
      const name = count === 1 ? '1 phase' : '3 phases';
      return [
        { name: `structured, ${name}`, points: own.map((it) => ({ x: it.sessions, y: it.cpuMs })) },
        {
          name: `HiGHS, ${name}`,
          isDashed: true,
          points: own.flatMap(({ sessions, highsCpuMs }) =>
            highsCpuMs === null ? [] : [{ x: sessions, y: highsCpuMs }],
          ),
        },
        {
          name: `javascript-lp-solver, ${name}`,
          isDashed: true,
          points: own.flatMap(({ sessions, cpuMs, vsJavascriptLpSolver }) =>
            vsJavascriptLpSolver === null ? [] : [{ x: sessions, y: cpuMs * vsJavascriptLpSolver }],
          ),
        },
      ];
    }),
  };
}
