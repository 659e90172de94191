/** The doors to nondeterminism. Each has a real form here and a simulated one in test/sim. */

/**
 * Two times. Site time may run faster than real time in a demo: sessions, leases, settle times, the
 * cycle and OCPP timestamps use it. Call timeouts, pings, rate limits and SQL use real time.
 */
export interface Clock {
  /** Site time, epoch ms UTC. */
  nowMs(): number;
  /** Real monotonic time, ms, for durations. */
  monotonicMs(): number;
  /** Site seconds per real second; 1 in production. */
  readonly speed: number;
  /** Calls back at (or just after) the given site time. Returns the cancel. */
  at(siteTimeMs: number, callback: () => void): () => void;
}

export interface Ids {
  /** A fresh id of at most 36 characters, unique over all connections and processes. */
  messageId(): string;
}

export interface Log {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}
