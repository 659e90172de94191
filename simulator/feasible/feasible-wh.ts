/** The offline bound of a run, in a thread of its own and within a minute. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { FeasibleInput } from './linear-model.js';

/** Real time after which the bound is given up. */
const TIME_LIMIT_MS = 60_000;

/** The most energy that any controller could have delivered, Wh; null when it takes too long. */
export async function feasibleWh(
  input: FeasibleInput,
  timeLimitMs: number = TIME_LIMIT_MS,
): Promise<number | null> {
  const worker = startWorker(input);
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

/** From source, the thread needs the TypeScript loader of its own: it does not inherit one. */
function startWorker(workerData: FeasibleInput): Worker {
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(new URL('./worker.js', import.meta.url), { workerData });
  }
  // tsx's CommonJS entry cannot register in a thread; the ES module beside it can.
  const common = createRequire(import.meta.url).resolve('tsx/esm/api');
  const loader = JSON.stringify(pathToFileURL(common.replace(/\.cjs$/, '.mjs')).href);
  const entry = JSON.stringify(new URL('./worker.ts', import.meta.url).href);
  const code = `import(${loader}).then((tsx) => { tsx.register(); return import(${entry}); });`;
  return new Worker(code, { eval: true, workerData, execArgv: [] });
}
