/**
 * How fast a station's frames are taken. One that sends without end is read more slowly, so that it
 * costs the others nothing; nothing of it is lost, its own socket backs up. Real time.
 */
import type { RpcConnection } from './rpc-server.js';

export interface Pace {
  /** A frame has come. */
  took(): void;
  /** How long none shall be read, ms; 0 while it may be. */
  readonly waitMs: () => number;
}

/** `burst` frames at once, and one more each `refillMs`; what came beyond that is owed. */
export function createPace(options: {
  readonly burst: number;
  readonly refillMs: number;
  readonly monotonicMs: () => number;
}): Pace {
  const { burst, refillMs, monotonicMs } = options;
  let tokens = burst;
  let atMs = monotonicMs();
  const refill = (): void => {
    const nowMs = monotonicMs();
    tokens = Math.min(burst, tokens + (nowMs - atMs) / refillMs);
    atMs = nowMs;
  };
  return {
    took() {
      refill();
      tokens -= 1;
    },
    waitMs() {
      refill();
      return tokens >= 0 ? 0 : -tokens * refillMs;
    },
  };
}

/** Debts are looked at again this often, ms. */
const LOOK_MAX_MS = 1_000;

/** To be called for each frame of a connection; `onSlowed` when it is no longer read for now. */
export function keepPace(
  pace: Pace,
  connection: Pick<RpcConnection, 'pauseReading' | 'resumeReading'>,
  onSlowed: () => void,
): () => void {
  let isSlowed = false;
  const look = (): void => {
    const waitMs = pace.waitMs();
    if (waitMs > 0) {
      setTimeout(look, Math.min(waitMs, LOOK_MAX_MS)).unref();
      return;
    }
    isSlowed = false;
    connection.resumeReading('pace');
  };
  return () => {
    pace.took();
    if (isSlowed || pace.waitMs() === 0) return;
    isSlowed = true;
    connection.pauseReading('pace');
    onSlowed();
    look();
  };
}
