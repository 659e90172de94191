/**
 * The queue on Redis by BullMQ: several processes share it. Its deduplication keeps one job a key while
 * it waits, and with `keepLastIfActive` one more while it is being done; it does not renew the data of
 * a job that waits, nor bring it forward: `renew` does.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Job as BullJob, Queue as BullQueue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { CpmsError } from '../platform/errors.js';
import type { Log } from '../platform/ports.js';
import type { Job, JobHandler, JobOptions, Queue, QueueCounts, QueueName } from './ports.js';

export interface BullmqDeps {
  readonly log: Log;
  /** Fails fast. */
  readonly producer: Redis;
  /** Waits for Redis; each worker takes a second one like it that blocks. */
  readonly worker: Redis;
  /** A worker that renews no lock for this long is dead, and its job is done by another, ms. */
  readonly lockMs: number;
  /** Processes with the same one share their jobs; a Redis may serve others beside them. */
  readonly namespace: string;
  /** Real time, epoch ms. */
  nowMs(): number;
}

const PREFIX = 'busbar';
/** A job that took down so many workers is not tried again. */
const STALLS_MAX = 5;
const DEAD_KEPT = { age: 7 * 24 * 3600, count: 1_000 };
const CLOSE_TIMEOUT_MS = 10_000;
const POLL_MS = 10;
const RENEW_ROUNDS_MAX = 10;

interface Envelope {
  readonly data: Job['data'];
  readonly dueAtMs: number;
  readonly retryDelaysMs: readonly number[];
}

export function createBullmqQueue(deps: BullmqDeps): Queue {
  const { log, producer, nowMs } = deps;
  const prefix = `${PREFIX}:${deps.namespace}`;
  const queues = new Map<QueueName, BullQueue<Envelope>>();
  const workers = new Map<QueueName, Worker<Envelope>>();
  const stalls = new Map<QueueName, number>();
  let runningCount = 0;
  let closing: Promise<void> | undefined;

  function queueOf(name: QueueName): BullQueue<Envelope> {
    if (closing !== undefined) throw new Error('the queue is closed');
    if (producer.status !== 'ready') throw new Error('Redis is away');
    const known = queues.get(name);
    if (known !== undefined) return known;
    const queue = new BullQueue<Envelope>(name, { connection: producer, prefix });
    // Told by the connection itself; one that could not even begin is made anew.
    queue.on('error', () => undefined);
    queue.waitUntilReady().catch(() => queues.delete(name));
    queues.set(name, queue);
    return queue;
  }

  function startWorker(name: QueueName, handler: JobHandler, concurrency: number): void {
    const worker = new Worker<Envelope>(
      name,
      async ({ data: { data }, attemptsMade }) => {
        const attempt = attemptsMade + 1;
        runningCount += 1;
        try {
          await handler({ data, attempt });
        } catch (error) {
          log.warn({ queue: name, attempt, err: String(error) }, 'job failed');
          throw error;
        } finally {
          runningCount -= 1;
        }
      },
      {
        connection: deps.worker,
        prefix,
        concurrency,
        lockDuration: deps.lockMs,
        stalledInterval: deps.lockMs,
        maxStalledCount: STALLS_MAX,
        settings: { backoffStrategy: pauseOf },
      },
    );
    worker.on('error', (error) => {
      if (deps.worker.status === 'ready') log.warn({ queue: name, err: String(error) }, 'worker');
    });
    worker.on('stalled', (jobId) => {
      stalls.set(name, (stalls.get(name) ?? 0) + 1);
      log.warn({ queue: name, jobId }, 'job taken over from a worker that died');
    });
    workers.set(name, worker);
  }

  return {
    add: (name, data, options = {}) =>
      orUnavailable(async () => {
        const dueAtMs = nowMs() + (options.delayMs ?? 0);
        const { retryDelaysMs = [] } = options;
        await put(queueOf(name), { data, dueAtMs, retryDelaysMs }, { ...options, nowMs });
      }),
    work(name, handler, { concurrency }) {
      if (workers.has(name)) throw new Error(`queue ${name} has its handler already`);
      startWorker(name, handler, concurrency);
    },
    counts: (name) =>
      orUnavailable(async () => ({
        ...(await countsOf(queueOf(name), nowMs())),
        stalled: stalls.get(name) ?? 0,
      })),
    close() {
      closing ??= closeAll(deps, [...workers.values()], () => runningCount > 0);
      return closing;
    },
  };
}

async function put(
  queue: BullQueue<Envelope>,
  envelope: Envelope,
  { key, delayMs = 0, nowMs }: JobOptions & Pick<BullmqDeps, 'nowMs'>,
): Promise<void> {
  const jobId = randomUUID();
  const add = (): Promise<BullJob<Envelope>> =>
    queue.add('job', envelope, {
      jobId,
      delay: delayMs,
      attempts: envelope.retryDelaysMs.length + 1,
      backoff: { type: 'pauses' },
      removeOnComplete: true,
      removeOnFail: DEAD_KEPT,
      ...(key === undefined ? {} : { deduplication: { id: key, keepLastIfActive: true } }),
    });
  let wasActive = false;
  for (let round = 0; round < RENEW_ROUNDS_MAX; round += 1) {
    const { id } = await add();
    if (id === undefined || id === jobId) return;
    const state = await queue.getJobState(id);
    const isActive = state === 'active';
    // Seen active before this addition: it was put behind the active one.
    if (isActive && wasActive) return;
    wasActive = isActive;
    if (!isActive && (await renew(queue, id, envelope, nowMs()))) return;
  }
}

/** Gives a job that waits the latest data and the earliest due time. False: it waits no more. */
async function renew(
  queue: BullQueue<Envelope>,
  id: string,
  { data, dueAtMs }: Envelope,
  nowMs: number,
): Promise<boolean> {
  const job = await queue.getJob(id);
  if (job === undefined) return false;
  const { processedOn = 0 } = job;
  const { data: known } = job;
  const knownDueAtMs = known.dueAtMs > processedOn ? known.dueAtMs : processedOn + job.delay;
  const isSooner = dueAtMs < knownDueAtMs;
  try {
    await job.updateData({ ...known, data, dueAtMs: Math.min(dueAtMs, knownDueAtMs) });
    if (isSooner && (await job.isDelayed())) {
      const delayMs = Math.max(0, dueAtMs - nowMs);
      await (delayMs === 0 ? job.promote() : job.changeDelay(delayMs));
      // It waited when it had the new data already; by now it may be done.
      return true;
    }
  } catch (error) {
    // It left its place in the meantime; where it is now decides.
    if (!isMoved(error)) throw error;
  }
  return ['waiting', 'delayed', 'prioritized'].includes(await queue.getJobState(id));
}

/** What BullMQ's scripts answer: no such job, or not where it was looked for. */
function isMoved(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  return code === -1 || code === -3;
}

function pauseOf(attempt: number, _type?: string, _error?: Error, job?: unknown): number {
  const { data } = job as BullJob<Envelope>;
  return data.retryDelaysMs[attempt - 1] ?? -1;
}

async function countsOf(
  queue: BullQueue<Envelope>,
  nowMs: number,
): Promise<Omit<QueueCounts, 'stalled'>> {
  const {
    waiting = 0,
    delayed = 0,
    active = 0,
    failed: dead = 0,
  } = await queue.getJobCounts('waiting', 'delayed', 'active', 'failed');
  const oldest = [
    ...(await queue.getJobs(['waiting'], 0, 0, true)),
    ...(await queue.getJobs(['delayed'], 0, 0, true)),
  ];
  const ages = oldest.map(({ data, processedOn = 0, delay }) =>
    Math.max(0, nowMs - Math.max(data.dueAtMs, processedOn + delay)),
  );
  return { waiting, delayed, active, dead, oldestAgeMs: Math.max(0, ...ages) };
}

async function orUnavailable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CpmsError('queue-unavailable', `no job is taken: ${why}`, { retriable: true, cause });
  }
}

/**
 * What runs may end; what does not in time is taken over by another process when its lock ends. Where
 * Redis is away a worker cannot say goodbye to it, and is not waited for.
 */
async function closeAll(
  { producer, worker: connection }: BullmqDeps,
  workers: readonly Worker[],
  isBusy: () => boolean,
): Promise<void> {
  let isEnded = false;
  void Promise.all(workers.map((worker) => worker.close())).then(() => {
    isEnded = true;
  });
  const canEnd = (): boolean => isBusy() || connection.status === 'ready';
  for (let waitedMs = 0; !isEnded && canEnd() && waitedMs < CLOSE_TIMEOUT_MS; waitedMs += POLL_MS) {
    await sleep(POLL_MS);
  }
  producer.disconnect();
  connection.disconnect();
}
