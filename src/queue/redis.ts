/** Connections to Redis: one that fails fast for whoever adds, one that waits for whoever works. */
import { Redis } from 'ioredis';
import { CpmsError } from '../platform/errors.js';
import type { Log } from '../platform/ports.js';

/** A producer waits this long for one answer. */
const COMMAND_TIMEOUT_MS = 2_000;
const CONNECT_TIMEOUT_MS = 3_000;
const RETRY_MAX_MS = 2_000;

const COMMON = {
  connectTimeout: CONNECT_TIMEOUT_MS,
  retryStrategy: (times: number) => Math.min(RETRY_MAX_MS, times * 100),
} as const;

/** Rejects at once while Redis is away, rather than keep what it was asked for. */
export function producerConnection(url: string): Redis {
  return new Redis(url, {
    ...COMMON,
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT_MS,
  });
}

/** Waits for Redis as long as it takes: a worker has nothing else to do. */
export function workerConnection(url: string): Redis {
  return new Redis(url, { ...COMMON, maxRetriesPerRequest: null });
}

/** Time does not heal these. */
const REFUSALS = [
  ['NOAUTH', 'it asks for a password'],
  ['WRONGPASS', 'user or password is wrong'],
  ['NOPERM', 'this user may not do what we need'],
] as const;

/**
 * Connects, tells in the log when Redis goes and comes back, and resolves to whether it is there now.
 * Throws `config-invalid` when Redis refuses our credentials.
 */
export async function connectRedis(redis: Redis, log: Log): Promise<boolean> {
  let isAway = false;
  let lastError: Error | undefined;
  redis.on('error', (error: Error) => {
    lastError = error;
  });
  redis.on('reconnecting', () => {
    if (isAway) return;
    isAway = true;
    const err = String(lastError ?? 'closed');
    log.warn({ err }, 'Redis is away: hints stop, and what is due is found in SQL');
  });
  redis.on('ready', () => {
    if (isAway) log.info({}, 'Redis is back');
    isAway = false;
  });
  try {
    await redis.connect();
    return true;
  } catch (error) {
    const told = `${String(error)} ${String(lastError)}`;
    const refusal = REFUSALS.find(([code]) => told.includes(code));
    if (refusal === undefined) return false;
    redis.disconnect();
    const message = `REDIS_URL: Redis refuses us: ${refusal[1]} (${refusal[0]})`;
    throw new CpmsError('config-invalid', message, { retriable: false, cause: error });
  }
}
