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
    const message = error instanceof RangeError ? error.message : String((error as Error).stack);
    return { kind: 'failed', message };
  }
}
