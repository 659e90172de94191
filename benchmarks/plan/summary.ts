/** Medians over seeds, and how many times faster ours is than the fastest mode of HiGHS. */
import type { PlanRun } from './measure.js';

export interface PlanSummary {
  readonly sessions: number;
  readonly phases: 1 | 3;
  readonly mode: string;
  /** Median over seeds of HiGHS's CPU time, in the fastest mode of the seed, over ours. */
  readonly vsHighs: number | null;
  readonly cpuMs: number;
  readonly highsCpuMs: number | null;
  readonly iterations: number;
  /** Runs of ours without an accurate plan, and of HiGHS in all modes of a seed. */
  readonly failures: number;
  readonly highsFailures: number;
}

export function summarise(runs: readonly PlanRun[]): PlanSummary[] {
  const own = runs.filter((run) => run.engine === 'structured');
  const sizes = [...new Set(own.map((run) => `${run.phases} ${run.sessions} ${run.mode}`))];
  return sizes.map((size) => {
    const group = own.filter((run) => `${run.phases} ${run.sessions} ${run.mode}` === size);
    const [run] = group as [PlanRun];
    const highs = group.map((it) => fastestHighs(runs, it));
    const ratios = group.flatMap((it, index) => {
      const best = highs[index];
      return best === undefined || !it.isAccurate ? [] : [best.cpuMs / it.cpuMs];
    });
    return {
      sessions: run.sessions,
      phases: run.phases,
      mode: run.mode,
      vsHighs: median(ratios),
      cpuMs: median(group.map((it) => it.cpuMs)) ?? 0,
      highsCpuMs: median(highs.flatMap((it) => (it === undefined ? [] : [it.cpuMs]))),
      iterations: median(group.map((it) => it.iterations)) ?? 0,
      failures: group.filter((it) => !it.isAccurate).length,
      highsFailures: highs.filter((it) => it === undefined).length,
    };
  });
}

/** The accurate run of HiGHS on the same problem that took least, if any. */
function fastestHighs(runs: readonly PlanRun[], own: PlanRun): PlanRun | undefined {
  return runs
    .filter((run) => run.engine === 'highs' && run.isAccurate)
    .filter((run) => run.sessions === own.sessions && run.phases === own.phases)
    .filter((run) => run.seed === own.seed)
    .toSorted((a, b) => a.cpuMs - b.cpuMs)[0];
}

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)];
  if (upper === undefined) return null;
  const lower = sorted[Math.ceil(middle) - 1] ?? upper;
  return (lower + upper) / 2;
}

export function markdown(summary: readonly PlanSummary[]): string {
  const lines = summary.map((it) => {
    const ratio = it.vsHighs === null ? '' : `${it.vsHighs.toFixed(1)} x`;
    const highs = it.highsCpuMs?.toFixed(1) ?? '';
    const cells = [it.phases, it.sessions, it.mode, it.cpuMs.toFixed(1), highs, ratio];
    return `| ${[...cells, it.iterations, it.failures].join(' | ')} |`;
  });
  return [
    '| phases | sessions | mode | CPU ms | HiGHS, best mode, CPU ms | times faster | iterations | failures |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}
