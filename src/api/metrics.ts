/** Prometheus: base units, read from the engine when asked. Stations are no label on purpose. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { ApiContext } from './context.js';
import type { LiveSite } from './ports.js';
import { processMetrics } from './process-metrics.js';

const SITE_GAUGES: readonly (readonly [string, string, (live: LiveSite) => number])[] = [
  ['busbar_site_power_watts', 'Drawn now.', (live) => live.powerW],
  ['busbar_site_limit_watts', 'The lowest limit on total import now.', (live) => live.limitW],
  [
    'busbar_site_worst_case_watts',
    'Guaranteed ceiling: the worst case if every message from now on is lost.',
    (live) => live.ceilingW,
  ],
  [
    'busbar_site_reserved_offline_watts',
    'Reserved for stations without a link.',
    (live) => live.reservedOfflineW,
  ],
  ['busbar_ocpp_connections', 'Stations with a link.', (live) => live.counts.online],
  ['busbar_sessions_charging', 'Sessions that draw power.', (live) => live.counts.charging],
  ['busbar_sessions_waiting', 'Sessions that wait for current.', (live) => live.counts.waiting],
  [
    'busbar_circuits_not_guaranteed',
    'Circuits whose ceiling is not guaranteed, for a named cause.',
    (live) => live.circuits.filter((circuit) => circuit.notGuaranteed !== undefined).length,
  ],
];

const DURATIONS = [
  ['busbar_profile_ack_duration_seconds', 'Command committed to answer.', 'ackMs'],
  ['busbar_cut_duration_seconds', 'Event that demands a cut to acknowledged cut.', 'cutMs'],
  ['busbar_decision_duration_seconds', 'Event taken up to rows committed.', 'decisionMs'],
] as const;

const BUCKETS_SEC = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30, 60];

/** Reads that a scrape makes in one turn of the event loop are of one site: stations wait for it. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
}

export function metrics(api: ApiContext): Metrics {
  const { registry } = api.runtime;
  const refreshSites = siteGauges(registry, api);
  counter(
    registry,
    'busbar_profile_commands_total',
    'SetChargingProfile calls sent.',
    () => api.engine.figures().profileCommands,
  );
  counter(
    registry,
    'busbar_profile_rejected_total',
    'Profiles that a station refused.',
    () => api.engine.figures().profileRejected,
  );
  const refreshQueue = processMetrics(registry, api);
  const refreshDurations = durations(registry, api);
  return {
    contentType: registry.contentType,
    async text() {
      await refreshSites();
      refreshDurations();
      await refreshQueue();
      return registry.metrics();
    },
  };
}

/** One picture of each site for all gauges. */
function siteGauges(registry: Registry, { engine }: ApiContext): () => Promise<void> {
  const gauges = SITE_GAUGES.map(([name, help, valueOf]) => ({
    gauge: new Gauge({ name, help, labelNames: ['site'], registers: [registry] }),
    valueOf,
  }));
  return async () => {
    const pictures: LiveSite[] = [];
    for (const { id } of engine.sites()) {
      const live = engine.live(id);
      if (live !== undefined) pictures.push(live);
      await nextTurn();
    }
    for (const { gauge, valueOf } of gauges) {
      gauge.reset();
      for (const live of pictures) gauge.set({ site: live.siteId }, valueOf(live));
    }
  };
}

function counter(registry: Registry, name: string, help: string, total: () => number): void {
  const metric = new Counter({
    name,
    help,
    registers: [registry],
    collect() {
      metric.reset();
      metric.inc(total());
    },
  });
}

/** The engine keeps the latest samples; each is counted once, at the first reading after it. */
function durations(registry: Registry, api: ApiContext): () => void {
  const histograms = DURATIONS.map(([name, help, field]) => ({
    field,
    histogram: new Histogram({ name, help, buckets: BUCKETS_SEC, registers: [registry] }),
  }));
  const counted = { ackMs: 0, cutMs: 0, decisionMs: 0 };
  return () => {
    const figures = api.engine.figures();
    for (const { field, histogram } of histograms) {
      const samples = figures[field];
      const newCount = Math.min(samples.length, figures.sampleCounts[field] - counted[field]);
      for (const durationMs of samples.slice(samples.length - newCount)) {
        histogram.observe(durationMs / 1000);
      }
      counted[field] = figures.sampleCounts[field];
    }
  };
}
