/** What a benchmark ran on, and the memory that its process took. */
import { availableParallelism, cpus, loadavg } from 'node:os';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  /** Of the last minute: what else ran. */
  readonly loadAverage: number;
  readonly node: string;
  /** The most that this process held at once. */
  readonly memoryPeakMb: number;
}

export function machineNow(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    loadAverage: loadavg()[0] ?? 0,
    node: process.version,
    memoryPeakMb: memoryPeakMb(),
  };
}

const KB_PER_MB = 1024;

export const memoryPeakMb = (): number => process.resourceUsage().maxRSS / KB_PER_MB;

export function machineText({
  cpu,
  cores,
  loadAverage,
  node,
  memoryPeakMb: memory,
}: Machine): string {
  return `${cores} x ${cpu}, load ${loadAverage.toFixed(1)}, Node ${node}, at most ${memory.toFixed(0)} MB`;
}
