/** Many seeds in this thread, and the figures of a run. */
import { runSeed, type RunOptions, type RunResult } from './world.js';
import type { SimViolation } from './violation.js';

export interface SeedRange {
  readonly from: number;
  readonly seeds: number;
  /** Of every seed; what can be sent to another process. */
  readonly options?: Omit<RunOptions, 'write'>;
}

export interface SimSummary {
  readonly seeds: number;
  readonly simulatedSeconds: number;
  readonly events: number;
  readonly steps: number;
  readonly violations: readonly SimViolation[];
  readonly eventsPerSecond: number;
  readonly seedsPerSecond: number;
  /** Of all processes together; seeds by it are those of one core. */
  readonly cpuSeconds: number;
  readonly seedsPerCpuSecond: number;
  /** Of all traces, in the order of the seeds. */
  readonly traceHash: string;
}

export function runSeeds({ from, seeds, options }: SeedRange): readonly RunResult[] {
  return Array.from({ length: seeds }, (_, index) => runSeed(from + index, options));
}

export function summaryOf(
  runs: readonly RunResult[],
  { elapsedSec, cpuSec }: { readonly elapsedSec: number; readonly cpuSec: number },
): SimSummary {
  const sum = (value: (run: RunResult) => number): number =>
    runs.reduce((total, run) => total + value(run), 0);
  const events = sum((run) => run.events);
  return {
    seeds: runs.length,
    simulatedSeconds: sum((run) => run.simulatedMs) / 1000,
    events,
    steps: sum((run) => run.steps),
    violations: runs.flatMap((run) => run.violations),
    eventsPerSecond: Math.round(events / elapsedSec),
    seedsPerSecond: tenth(runs.length / elapsedSec),
    cpuSeconds: tenth(cpuSec),
    seedsPerCpuSecond: tenth(runs.length / cpuSec),
    traceHash: combined(runs.map((run) => run.traceHash)),
  };
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}

function combined(hashes: readonly string[]): string {
  let hash = 0x811c9dc5;
  for (const text of hashes) {
    for (let index = 0; index < text.length; index += 1) {
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    }
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}
