/** Medians over seeds, and how many times faster ours is than the others' fastest modes. */
import type { EngineName } from './engines.js';
import type { PlanRun } from './measure.js';
import type { NotRun } from './patience.js';

export interface PlanSummary {
  readonly sessions: number;
  readonly phases: 1 | 3;
  readonly mode: string;
  /** Median over seeds of HiGHS's CPU time, in the fastest mode of the seed, over ours. */
  readonly vsHighs: number | null;
  /** Likewise of javascript-lp-solver, over the seeds that it was asked to solve. */
  readonly vsJavascriptLpSolver: number | null;
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
    const highs = group.map((it) => fastest(runs, 'highs', it));
    const simplex = group.map((it) => fastest(runs, 'javascript-lp-solver', it));
    return {
      sessions: run.sessions,
      phases: run.phases,
      mode: run.mode,
      vsHighs: median(ratios(group, highs)),
      vsJavascriptLpSolver: median(ratios(group, simplex)),
      cpuMs: median(group.map((it) => it.cpuMs)) ?? 0,
      highsCpuMs: median(highs.flatMap((it) => (it === undefined ? [] : [it.cpuMs]))),
      iterations: median(group.map((it) => it.iterations)) ?? 0,
      failures: group.filter((it) => !it.isAccurate).length,
      highsFailures: highs.filter((it) => it === undefined).length,
    };
  });
}

/** CPU time of the other over ours, where both were accurate. */
function ratios(own: readonly PlanRun[], others: readonly (PlanRun | undefined)[]): number[] {
  return own.flatMap((it, index) => {
    const other = others[index];
    return other === undefined || !it.isAccurate ? [] : [other.cpuMs / it.cpuMs];
  });
}

/** The accurate run of an engine on the same problem that took least, if any. */
function fastest(runs: readonly PlanRun[], name: EngineName, own: PlanRun): PlanRun | undefined {
  return runs
    .filter((run) => run.engine === name && run.isAccurate)
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

type IsNotRun = (size: PlanSummary) => boolean;

const among =
  (notRun: readonly NotRun[]): IsNotRun =>
  ({ sessions, phases }) =>
    notRun.some((it) => it.sessions === sessions && it.phases === phases);

/** @param notRun what javascript-lp-solver was not asked to plan */
export function markdown(summary: readonly PlanSummary[], notRun: readonly NotRun[]): string {
  const isNotRun = among(notRun);
  const lines = summary.map((it) => {
    const times = (ratio: number | null) => (ratio === null ? '' : `${ratio.toFixed(1)} x`);
    const highs = it.highsCpuMs?.toFixed(1) ?? '';
    const cells = [it.phases, it.sessions, it.mode, it.cpuMs.toFixed(1), highs];
    const ratio = [times(it.vsHighs), times(it.vsJavascriptLpSolver)];
    if (ratio[1] === '' && isNotRun(it)) ratio[1] = 'not run';
    return `| ${[...cells, ...ratio, it.iterations, it.failures].join(' | ')} |`;
  });
  return [
    '| phases | sessions | mode | CPU ms | HiGHS, best mode, CPU ms | times faster | than javascript-lp-solver | iterations | failures |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}

/**
 * Ratios of the summary that do not reach what is asked for, or that are not there, in words. Sizes that
 * javascript-lp-solver was not asked for are left out, unless it was asked for none.
 */
export function belowThreshold(
  summary: readonly PlanSummary[],
  least: { readonly highs?: number | undefined; readonly javascript?: number | undefined },
  notRun: readonly NotRun[],
): string[] {
  const isNotRun = among(notRun);
  const asked = summary.filter((it) => it.vsJavascriptLpSolver !== null || !isNotRun(it));
  return [
    ...short('HiGHS', least.highs, summary, (it) => it.vsHighs),
    ...short('javascript-lp-solver', least.javascript, asked, (it) => it.vsJavascriptLpSolver),
  ];
}

function short(
  name: string,
  least: number | undefined,
  sizes: readonly PlanSummary[],
  ratioOf: (size: PlanSummary) => number | null,
): string[] {
  if (least === undefined) return [];
  if (sizes.length === 0) return [`no size was planned by ${name}, ${least} are asked for`];
  return sizes.flatMap((it) => {
    const size = `${it.sessions} sessions, ${it.phases} phases`;
    const ratio = ratioOf(it);
    if (ratio === null) return [`${size}: no accurate plan of ${name} and ours to compare`];
    if (ratio >= least) return [];
    return [`${size}: ${ratio.toFixed(2)} times faster than ${name}, ${least} are asked for`];
  });
}
