/** Token buckets by key, for what may happen only so often. Real time. */

export interface TokenBuckets {
  /** False while the key's bucket is empty. Costs nothing. */
  has(key: string): boolean;
  /** Takes one from the key's bucket. */
  take(key: string): void;
  /** Gives one back that was taken for what has turned out harmless. */
  give(key: string): void;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

/** Buckets kept at once; beyond it the one longest untouched is forgotten. */
const BUCKETS_MAX = 20_000;

/** A bucket of `burst` tokens per key that gains one each `refillMs`. */
export function createTokenBuckets(options: {
  readonly burst: number;
  readonly refillMs: number;
  readonly monotonicMs: () => number;
}): TokenBuckets {
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
    has: (key) => (refilled(key)?.tokens ?? burst) >= 1,
    take: (key) => {
      const bucket = refilled(key) ?? { tokens: burst, atMs: monotonicMs() };
      bucket.tokens = Math.max(0, bucket.tokens - 1);
      buckets.delete(key);
      buckets.set(key, bucket);
      const [oldest] = buckets.keys();
      if (buckets.size > BUCKETS_MAX && oldest !== undefined) buckets.delete(oldest);
    },
    give: (key) => {
      const bucket = refilled(key);
      if (bucket !== undefined) bucket.tokens = Math.min(burst, bucket.tokens + 1);
    },
  };
}
