/** Runs the bound in its own thread: HiGHS blocks the one it runs in. */
import { parentPort, workerData } from 'node:worker_threads';
import { type FeasibleInput, buildModel } from './linear-model.js';
import { solveModel } from './solve.js';

const feasibleWh = await solveModel(buildModel(workerData as FeasibleInput));
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
parentPort?.postMessage(feasibleWh);
