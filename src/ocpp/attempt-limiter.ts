/** Token buckets against password guessing. Real time. */

export interface AttemptLimiter {
  /** False while the key has spent its failures. Costs nothing. */
  mayTry(key: string): boolean;
  /** Takes one failure from the key's bucket. */
  failed(key: string): void;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

/** Buckets kept at once; beyond it the one longest untouched is forgotten. */
const BUCKETS_MAX = 20_000;

/** A bucket of `burst` failures per key that gains one each `refillMs`. */
export function createAttemptLimiter(options: {
  readonly burst: number;
  readonly refillMs: number;
  readonly monotonicMs: () => number;
}): AttemptLimiter {
  const { burst, refillMs, monotonicMs } = options;
  const buckets = new Map<string, Bucket>();

  const refilled = (key: string): Bucket | undefined => {
    const bucket = buckets.get(key);
    if (bucket === undefined) return undefined;
    const nowMs = monotonicMs();
    bucket.tokens = Math.min(burst, bucket.tokens + (nowMs - bucket.atMs) / refillMs);
    bucket.atMs = nowMs;
    return bucket;
  };

  return {
    mayTry: (key) => (refilled(key)?.tokens ?? burst) >= 1,
    failed: (key) => {
      const bucket = refilled(key) ?? { tokens: burst, atMs: monotonicMs() };
      bucket.tokens = Math.max(0, bucket.tokens - 1);
      buckets.delete(key);
      buckets.set(key, bucket);
      const [oldest] = buckets.keys();
      if (buckets.size > BUCKETS_MAX && oldest !== undefined) buckets.delete(oldest);
    },
  };
}

/** Who shares a bucket: an IPv4 address, or the /64 that one IPv6 subscriber holds. */
export function addressKey(remoteAddress: string | undefined): string {
  if (remoteAddress === undefined) return 'unknown';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(remoteAddress)?.[1];
  if (mapped !== undefined) return mapped;
  if (!remoteAddress.includes(':')) return remoteAddress;
  const [head = '', tail = ''] = remoteAddress.split('::');
  const groups = head.split(':');
  if (!remoteAddress.includes('::')) return groups.slice(0, 4).join(':');
  const missing = 8 - groups.length - tail.split(':').length;
  return [...groups, ...Array.from({ length: missing }, () => '0')].slice(0, 4).join(':');
}
