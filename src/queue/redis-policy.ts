/** What Redis must be set to, so that it keeps the jobs that it took. */
import type { Redis } from 'ioredis';
import { CpmsError } from '../platform/errors.js';

export interface RedisPolicy {
  readonly version: string;
  /** `maxmemory-policy`. */
  readonly eviction: string;
  /** Appends what it takes to a file, so that a restart keeps it. */
  readonly appendsToFile: boolean;
}

/** Read from INFO, which hosted servers answer where CONFIG is forbidden. */
export async function readRedisPolicy(redis: Pick<Redis, 'info'>): Promise<RedisPolicy> {
  const info = [
    await redis.info('server'),
    await redis.info('memory'),
    await redis.info('persistence'),
  ].join('\n');
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  return {
    version: field('valkey_version') ?? field('redis_version') ?? 'unknown',
    eviction: field('maxmemory_policy') ?? 'unknown',
    appendsToFile: field('aof_enabled') === '1',
  };
}

/** Throws `config-invalid` when Redis may drop jobs to make room. */
export function refuseEviction({ eviction }: RedisPolicy): void {
  if (eviction === 'noeviction') return;
  const message =
    `REDIS_URL: this Redis may evict jobs (maxmemory-policy is ${eviction}): ` +
    'set "maxmemory-policy noeviction" in redis.conf, or with CONFIG SET and CONFIG REWRITE';
  throw new CpmsError('config-invalid', message, { retriable: false });
}
