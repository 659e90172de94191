/** The queue of this process: on Redis where there is one, else in the process. */
import type { Redis } from 'ioredis';
import type { Log } from '../platform/ports.js';
import { createInProcessQueue } from './in-process.js';
import type { Queue } from './ports.js';
import { readRedisPolicy, refuseEviction } from './redis-policy.js';

export interface QueueOptions {
  /** Absent: jobs wait in this process, and are lost with it. */
  readonly redisUrl?: string | undefined;
  /** Of the installation: jobs are shared by the processes of one database, and by no others. */
  readonly namespace: string;
  readonly log: Log;
}

/** As BullMQ has it by default: long enough for a pause of the process, short enough for a person. */
const LOCK_MS = 30_000;

/**
 * A Redis that is away does not keep the service from starting: jobs are hints. Throws
 * `config-invalid` for one that is there and refuses us, or that may evict what it took.
 */
export async function openQueue({ redisUrl, namespace, log }: QueueOptions): Promise<Queue> {
  const nowMs = Date.now;
  if (redisUrl === undefined) return createInProcessQueue({ log, nowMs });
  // Loading BullMQ and its client takes a tenth of a start: only where there is a Redis.
  const { createBullmqQueue } = await import('./bullmq.js');
  const { connectRedis, producerConnection, workerConnection } = await import('./redis.js');
  const producer = producerConnection(redisUrl);
  const isThere = await connectRedis(producer, log);
  if (isThere) await checkPolicy(producer, log).catch(refuse(producer));
  // What comes back may be another server, or the same one with another configuration.
  producer.on('ready', () => void checkPolicy(producer, log).catch(tell(log)));
  const worker = workerConnection(redisUrl);
  worker.on('error', () => undefined);
  return createBullmqQueue({ log, producer, worker, nowMs, namespace, lockMs: LOCK_MS });
}

async function checkPolicy(redis: Redis, log: Log): Promise<void> {
  const policy = await readRedisPolicy(redis);
  refuseEviction(policy);
  if (policy.appendsToFile) return;
  log.warn({}, 'Redis keeps no append-only file: a restart of it forgets the jobs that wait');
}

function refuse(redis: Redis): (error: unknown) => never {
  return (error) => {
    redis.disconnect();
    throw error;
  };
}

/** It came after our start: too late to refuse, and jobs are only hints. */
function tell(log: Log): (error: unknown) => void {
  return (error) => log.error({ err: String(error) }, 'Redis is not set up as jobs need it');
}
