/** Redis: reachable, keeps what it took, over a restart too. */
import { createLog } from '../../platform/log.js';
import { connectRedis, producerConnection } from '../../queue/redis.js';
import { readRedisPolicy, refuseEviction } from '../../queue/redis-policy.js';
import { messageOf } from '../output.js';
import { type CheckResult, failed, none, ok, warning } from './check.js';

const NAME = 'Redis';

export async function checkRedis(redisUrl: string | undefined): Promise<CheckResult> {
  if (redisUrl === undefined) return none(NAME, 'no REDIS_URL: jobs wait inside the process');
  const redis = producerConnection(redisUrl);
  try {
    if (!(await connectRedis(redis, createLog({ level: 'silent' })))) {
      const fix = 'check REDIS_URL and the server; the service goes on without hints';
      return failed(NAME, 'not reachable', fix);
    }
    const policy = await readRedisPolicy(redis);
    refuseEviction(policy);
    const found = `${policy.version}, ${policy.eviction}, append-only file ${policy.appendsToFile ? 'on' : 'off'}`;
    if (policy.appendsToFile) return ok(NAME, found);
    return warning(NAME, found, 'set "appendonly yes": a restart forgets the jobs that wait');
  } catch (error) {
    return failed(NAME, messageOf(error), 'see docs/operating.md on Redis');
  } finally {
    redis.disconnect();
  }
}
