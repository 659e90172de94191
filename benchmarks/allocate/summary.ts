/** Medians and 99th percentiles over the runs of a size. */
import type { AllocationRun } from './measure.js';

export interface AllocationSummary {
  readonly evses: number;
  readonly phases: 1 | 3;
  readonly runs: number;
  readonly kernelUs: number;
  readonly kernelP99Us: number;
  readonly wholeUs: number;
  readonly wholeP99Us: number;
  /** Median of the whole over the median of the kernel. */
  readonly wholeTimesKernel: number;
  readonly edgesUs: number;
  readonly violations: number;
}

export function summarise(runs: readonly AllocationRun[]): AllocationSummary[] {
  const sizes = [...new Set(runs.map((run) => `${run.phases} ${run.evses}`))];
  return sizes.map((size) => {
    const group = runs.filter((run) => `${run.phases} ${run.evses}` === size);
    const [run] = group as [AllocationRun];
    const kernels = group.map((it) => it.kernelUs);
    const wholes = group.map((it) => it.wholeUs);
    return {
      evses: run.evses,
      phases: run.phases,
      runs: group.length,
      kernelUs: quantile(kernels, 0.5),
      kernelP99Us: quantile(kernels, 0.99),
      wholeUs: quantile(wholes, 0.5),
      wholeP99Us: quantile(wholes, 0.99),
      wholeTimesKernel: quantile(wholes, 0.5) / quantile(kernels, 0.5),
      edgesUs: quantile(
        group.map((it) => it.edgesUs),
        0.5,
      ),
      violations: group.reduce((sum, it) => sum + it.violations, 0),
    };
  });
}

/** The value below which the fraction of the values lies, of those there are. */
function quantile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(fraction * sorted.length))] ?? Number.NaN;
}

export function markdown(summary: readonly AllocationSummary[]): string {
  const lines = summary.map((it) => {
    const us = [it.kernelUs, it.kernelP99Us, it.wholeUs, it.wholeP99Us].map((a) => a.toFixed(1));
    const ratio = `${it.wholeTimesKernel.toFixed(1)} x`;
    const cells = [it.phases, it.evses, it.runs, ...us, ratio, it.edgesUs.toFixed(1)];
    return `| ${[...cells, it.violations].join(' | ')} |`;
  });
  return [
    '| phases | EVSEs | runs | kernel us | p99 | whole us | p99 | whole / kernel | edges us | broken rules |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}
