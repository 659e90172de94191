/** A process that plays one job and ends. */
import type { JobOrder, JobResult } from './jobs.js';
import { findBounds, playRow } from './row.js';

process.once('message', (order: JobOrder) => {
  void run(order).then((result) => process.send?.(result, () => process.disconnect()));
});

async function run({ input, job }: JobOrder): Promise<JobResult> {
  try {
    if (job.kind === 'bounds') {
      return { kind: 'bounds', bounds: await findBounds(input, job.capacity) };
    }
    return { kind: 'row', row: await playRow(input, job.capacity, job.policy) };
  } catch (error) {
    return { kind: 'failed', message: messageOf(error as Error) };
  }
}

/** A file that is not there or not what it should be is no fault of ours: its message says it. */
function messageOf(error: Error): string {
  const isOfFile = error instanceof RangeError || error instanceof SyntaxError || 'code' in error;
  return isOfFile ? error.message : String(error.stack);
}
