/** What is measured of the process and its surroundings: gateway, queue, event loop, age of decisions. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { SiteState } from '../control/state.js';
import type { QueueName } from '../queue/ports.js';
import type { ApiContext } from './context.js';

const QUEUES: readonly QueueName[] = ['site-hints', 'webhook-deliveries', 'alerts', 'clean-up'];

const STATE_GAUGES: readonly (readonly [
  string,
  string,
  (state: SiteState, nowMs: number) => number | undefined,
])[] = [
  [
    'busbar_allocation_age_seconds',
    'Site time since goals were last made; they hold until something changes.',
    ({ control }, nowMs) =>
      control.goalsAtMs === undefined ? undefined : Math.max(0, nowMs - control.goalsAtMs) / 1000,
  ],
  [
    'busbar_commands_unknown',
    'Profiles of which it is not known whether their station holds them; each counts at its worst.',
    ({ evses }) =>
      [...evses.values()]
        .flatMap(({ ledger }) => ledger.commands)
        .filter(({ state }) => state === 'unknown').length,
  ],
  ['busbar_commands_pending', 'Commands without an answer yet.', ({ pending }) => pending.size],
];

/** Returns what is to be awaited before each reading. */
export function processMetrics(registry: Registry, api: ApiContext): () => Promise<void> {
  for (const [name, help, valueOf] of STATE_GAUGES) stateGauge(registry, api, name, help, valueOf);
  gatewayMetrics(registry, api);
  const lag: Gauge = new Gauge({
    name: 'busbar_event_loop_lag_seconds',
    help: 'How late the latest timer of this process was.',
    registers: [registry],
    collect: () => {
      lag.set(api.runtime.health.loopLagMs() / 1000);
    },
  });
  return queueMetrics(registry, api);
}

function stateGauge(
  registry: Registry,
  { engine, clock }: ApiContext,
  name: string,
  help: string,
  valueOf: (state: SiteState, nowMs: number) => number | undefined,
): void {
  const gauge = new Gauge({
    name,
    help,
    labelNames: ['site'],
    registers: [registry],
    collect() {
      gauge.reset();
      for (const { id } of engine.sites()) {
        const state = engine.state(id);
        const value = state === undefined ? undefined : valueOf(state, clock.nowMs());
        if (value !== undefined) gauge.set({ site: id }, value);
      }
    },
  });
}

/** Boots are calls of an action; see busbar_ocpp_call_duration_seconds. */
function gatewayMetrics(registry: Registry, { runtime }: ApiContext): void {
  const events = new Counter({
    name: 'busbar_gateway_events_total',
    help: 'What the gateway counts: frames, connections accepted and replaced, repairs, refusals.',
    labelNames: ['event'],
    registers: [registry],
    collect() {
      events.reset();
      for (const [event, total] of Object.entries(runtime.gateway().counters)) {
        events.inc({ event: inSnakeCase(event) }, total);
      }
    },
  });
}

function queueMetrics(registry: Registry, { runtime }: ApiContext): () => Promise<void> {
  const oldest = new Gauge({
    name: 'busbar_queue_oldest_age_seconds',
    help: 'Age of the oldest job that could run now.',
    labelNames: ['queue'],
    registers: [registry],
  });
  const jobs = new Gauge({
    name: 'busbar_queue_jobs',
    help: 'Jobs by state; stalled: taken over from workers that died, since the start.',
    labelNames: ['queue', 'state'],
    registers: [registry],
  });
  const up = new Gauge({
    name: 'busbar_queue_up',
    help: '1 while the queue answers; without it hints are found in SQL.',
    registers: [registry],
  });
  return async () => {
    oldest.reset();
    jobs.reset();
    try {
      for (const queue of QUEUES) {
        const { oldestAgeMs, ...states } = await runtime.queue.counts(queue);
        oldest.set({ queue }, oldestAgeMs / 1000);
        for (const [state, count] of Object.entries(states)) jobs.set({ queue, state }, count);
      }
      up.set(1);
    } catch {
      // Redis is away: told by this gauge.
      up.set(0);
    }
  };
}

function inSnakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
