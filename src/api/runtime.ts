/** What the running process tells of itself, to health checks, logs and metrics. */
import type { Registry } from 'prom-client';
import type { Health } from '../platform/health.js';
import type { Tracing } from '../platform/trace.js';
import type { Queue } from '../queue/ports.js';

export interface Runtime {
  readonly health: Health;
  readonly tracing: Tracing;
  /** Everything that is measured; read at /metrics. */
  readonly registry: Registry;
  readonly queue: Pick<Queue, 'counts'>;
  gateway(): { readonly connections: number; readonly counters: Readonly<Record<string, number>> };
}
