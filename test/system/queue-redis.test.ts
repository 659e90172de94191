/** The same contract on BullMQ and a real Redis, and what only Redis can do to a queue. */
import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createBullmqQueue } from '../../src/queue/bullmq.js';
import { openQueue } from '../../src/queue/open-queue.js';
import type { Job, Queue } from '../../src/queue/ports.js';
import { producerConnection, workerConnection } from '../../src/queue/redis.js';
import { queueContract } from '../queue/contract.js';
import { type RedisProcess, startRedis } from '../support/redis-process.js';
import { rememberingLog } from '../support/test-store.js';

const SOON = { timeout: 20_000, interval: 20 };

describe('the queue on Redis', () => {
  let redis: RedisProcess;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.remove());

  queueContract(async () => {
    await redis.flush();
    return openQueue({ redisUrl: redis.url, namespace: 'a', log: rememberingLog() });
  });
});

describe('a Redis that fails', () => {
  const cleanups: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  });

  async function redisWith(...args: string[]): Promise<RedisProcess> {
    const redis = await startRedis(args);
    cleanups.push(() => redis.remove());
    return redis;
  }

  async function queueOn(
    redis: RedisProcess,
    log = rememberingLog(),
    namespace = 'a',
  ): Promise<Queue> {
    const queue = await openQueue({ redisUrl: redis.url, namespace, log });
    cleanups.push(() => queue.close());
    return queue;
  }

  /** As `openQueue` does, with locks that end soon. */
  async function openBare(redis: RedisProcess): Promise<{ queue: Queue; worker: Redis }> {
    const producer = producerConnection(redis.url);
    await producer.connect();
    const worker = workerConnection(redis.url);
    const nowMs = Date.now;
    const deps = { log: rememberingLog(), producer, worker, nowMs, namespace: 'a', lockMs: 400 };
    const queue = createBullmqQueue(deps);
    cleanups.push(() => queue.close());
    return { queue, worker };
  }

  test('killed and started again, it keeps with its file what it took, and workers go on', async () => {
    const redis = await redisWith('--appendonly', 'yes', '--appendfsync', 'always');
    const log = rememberingLog();
    const queue = await queueOn(redis, log);
    const alerts: unknown[] = [];
    queue.work('alerts', async ({ data }) => void alerts.push(data['n']), { concurrency: 1 });
    await queue.add('site-hints', { n: 'before' }, { delayMs: 500, key: 'a' });
    await redis.kill();
    await expect(queue.add('site-hints', { n: 'lost' })).rejects.toMatchObject({
      code: 'queue-unavailable',
      retriable: true,
    });
    await expect(queue.counts('site-hints')).rejects.toMatchObject({ code: 'queue-unavailable' });
    const seen: unknown[] = [];
    queue.work('site-hints', async ({ data }) => void seen.push(data['n']), { concurrency: 1 });
    await redis.start();
    await vi.waitFor(() => queue.add('alerts', { n: 'a' }), SOON);
    await vi.waitFor(() => expect(alerts).toEqual(['a']), SOON);
    await vi.waitFor(() => queue.add('site-hints', { n: 'after' }), SOON);
    await vi.waitFor(() => expect(seen.toSorted()).toEqual(['after', 'before']), SOON);
    const told = log.lines.map((it) => it.message);
    expect(told.filter((it) => it.startsWith('Redis is away'))).toHaveLength(1);
    expect(told).toContain('Redis is back');
  });

  test('two processes of one installation share its jobs, another installation has its own', async () => {
    const redis = await redisWith();
    const done: unknown[] = [];
    const foreign: unknown[] = [];
    const queues = [await queueOn(redis), await queueOn(redis)];
    for (const queue of queues) {
      queue.work('alerts', async ({ data }) => void done.push(data['n']), { concurrency: 2 });
    }
    const other = await queueOn(redis, rememberingLog(), 'b');
    other.work('alerts', async ({ data }) => void foreign.push(data['n']), { concurrency: 2 });
    for (let n = 0; n < 40; n += 1) await queues[n % 2]?.add('alerts', { n });
    await other.add('alerts', { n: 'foreign' });
    await vi.waitFor(() => expect(done.length + foreign.length).toBe(41), SOON);
    expect(new Set(done).size).toBe(40);
    expect(foreign).toEqual(['foreign']);
  });

  test('one that comes back and may evict is told in the log', async () => {
    const redis = await redisWith();
    const log = rememberingLog();
    await queueOn(redis, log);
    await redis.kill();
    await redis.start('--maxmemory-policy', 'allkeys-lru');
    await vi.waitFor(() => {
      const errors = log.lines.filter((it) => it.level === 'error');
      expect(errors.map((it) => String(it.fields['err']))).toEqual([
        expect.stringContaining('maxmemory-policy is allkeys-lru'),
      ]);
    }, SOON);
  });

  test('flushed, it forgets what waited and takes new jobs of the same key', async () => {
    const redis = await redisWith();
    const log = rememberingLog();
    const queue = await queueOn(redis, log);
    expect(log.lines.map((it) => it.message)).toEqual([
      expect.stringContaining('Redis keeps no append-only file'),
    ]);
    const seen: unknown[] = [];
    await queue.add('site-hints', { n: 'forgotten' }, { key: 'site' });
    await redis.flush();
    queue.work('site-hints', async ({ data }) => void seen.push(data['n']), { concurrency: 1 });
    await queue.add('site-hints', { n: 'taken' }, { key: 'site' });
    await vi.waitFor(() => expect(seen).toEqual(['taken']), SOON);
  });

  test('away at the start: the queue opens, refuses jobs, and works once Redis is there', async () => {
    const redis = await redisWith();
    await redis.kill();
    const queue = await queueOn(redis);
    await expect(queue.add('alerts', { n: 0 })).rejects.toMatchObject({
      code: 'queue-unavailable',
    });
    const seen: unknown[] = [];
    queue.work('alerts', async ({ data }) => void seen.push(data['n']), { concurrency: 1 });
    await redis.start();
    await vi.waitFor(() => queue.add('alerts', { n: 1 }), SOON);
    await vi.waitFor(() => expect(seen).toEqual([1]), SOON);
  });

  test('gone for good: closing does not wait for it', async () => {
    const redis = await redisWith();
    const queue = await openQueue({ redisUrl: redis.url, namespace: 'a', log: rememberingLog() });
    queue.work('alerts', async () => undefined, { concurrency: 1 });
    await queue.add('alerts', { n: 1 });
    await redis.kill();
    await queue.close();
    await expect(queue.add('alerts', { n: 2 })).rejects.toMatchObject({
      code: 'queue-unavailable',
    });
  });

  test.each(['allkeys-lru', 'volatile-ttl'])(
    'one that may evict (%s) is refused',
    async (policy) => {
      const redis = await redisWith('--maxmemory-policy', policy, '--rename-command', 'CONFIG', '');
      await expect(
        openQueue({ redisUrl: redis.url, namespace: 'a', log: rememberingLog() }),
      ).rejects.toThrow(`REDIS_URL: this Redis may evict jobs (maxmemory-policy is ${policy})`);
    },
  );

  test('one that asks for a password is refused in words', async () => {
    const redis = await redisWith('--requirepass', 'other');
    await expect(
      openQueue({ redisUrl: redis.url, namespace: 'a', log: rememberingLog() }),
    ).rejects.toThrow(/REDIS_URL: Redis refuses us: it asks for a password/);
  });

  test('a job of a worker that died is done by another, and counted', async () => {
    const redis = await redisWith();
    const dying = await openBare(redis);
    const living = await openBare(redis);
    let letGo = (): void => undefined;
    let begun = 0;
    const hang = (): Promise<void> => {
      begun += 1;
      return new Promise((resolve) => (letGo = resolve));
    };
    dying.queue.work('alerts', hang, { concurrency: 1 });
    await living.queue.add('alerts', { n: 1 });
    await vi.waitFor(() => expect(begun).toBe(1), SOON);
    cleanups.push(async () => letGo());
    dying.worker.disconnect();
    const seen: Job[] = [];
    living.queue.work('alerts', async (job) => void seen.push(job), { concurrency: 1 });
    await vi.waitFor(() => expect(seen).toEqual([{ data: { n: 1 }, attempt: 1 }]), SOON);
    expect(await living.queue.counts('alerts')).toMatchObject({ stalled: 1, dead: 0 });
  });
});
