/** The offline bound of a run, in a thread of its own and within a minute. */
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { FeasibleInput } from './linear-model.js';

/** Real time after which the bound is given up. */
const TIME_LIMIT_MS = 60_000;

/** The most energy that any controller could have delivered, Wh; null when it takes too long. */
export async function feasibleWh(
  input: FeasibleInput,
  timeLimitMs: number = TIME_LIMIT_MS,
): Promise<number | null> {
  const isSource = import.meta.url.endsWith('.ts');
  const url = new URL(isSource ? './worker.ts' : './worker.js', import.meta.url);
  const execArgv = isSource ? ['--import', createRequire(import.meta.url).resolve('tsx')] : [];
  const worker = new Worker(url, { workerData: input, execArgv });
  try {
    return await new Promise<number | null>((resolve, reject) => {
      const timer = setTimeout(() => resolve(null), timeLimitMs);
      worker.once('message', (value: number | undefined) => {
        clearTimeout(timer);
        resolve(value ?? null);
      });
      worker.once('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
    });
  } finally {
    await worker.terminate();
  }
}
