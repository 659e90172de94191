/** A process that is ready, with an empty queue and a gateway without stations. */
import { Registry } from 'prom-client';
import type { Runtime } from '../../src/api/runtime.js';
import { createHealth } from '../../src/platform/health.js';
import { createTracing } from '../../src/platform/trace.js';

export function testRuntime(): Runtime {
  const health = createHealth();
  health.ready();
  const idle = { waiting: 0, delayed: 0, active: 0, dead: 0, stalled: 0, oldestAgeMs: 0 };
  return {
    health,
    tracing: createTracing(),
    registry: new Registry(),
    queue: { counts: async () => idle },
    gateway: () => ({ connections: 0, counters: { framesIn: 3 } }),
  };
}
