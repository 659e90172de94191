/** Prometheus: base units, read from the engine when asked. Stations are no label on purpose. */
import { Counter, Gauge, type Registry } from 'prom-client';
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
  return {
    contentType: registry.contentType,
    async text() {
      await refreshSites();
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
