/** Limits that fall in several known steps, within leases that are longer than that. */
import { signalId } from '../../solver/index.js';
import type { LinkFault } from './scenario-faults.js';
import type { Dice } from './random.js';
import { MINUTE_MS, type Order, type Scenario, START_MS, type Visit } from './scenario.js';

/** Of what the grid connection carries, again and again. */
const SHARES = [0.75, 0.5, 0.35, 1];

/** The grid takes back a little at a time; some stations follow every period, some the first and last. */
export function steppedDrops(scenario: Scenario, random: Dice): Scenario {
  const { site, siteBelieved, faultsEndMs, fullPowerW, faults, stations } = scenario;
  const firstMs = START_MS + random.int(5, 8) * MINUTE_MS;
  const stepMs = random.int(100, 200) * 1000;
  const series = Array.from({ length: 9 }, (_, index) => ({
    atMs: firstMs + index * stepMs,
    value: fullPowerW * ((SHARES[index % SHARES.length] ?? 1) + 0.1 * random.next()),
  }));
  const order: Order = {
    atMs: START_MS + random.int(1, 4) * MINUTE_MS,
    signal: {
      id: signalId('grid-steps'),
      siteId: site.id,
      tenantId: site.tenantId,
      type: 'import-limit',
      scope: random.pick(['total-import', 'managed-devices']),
      issuer: 'grid',
      sequence: 1,
      series,
      endsAtMs: faultsEndMs,
    },
  };
  const settings = { ...site.settings, leaseSec: random.pick([600, 900]) };
  const specs = stations.map((spec) => ({
    ...spec,
    takesAmps: true,
    skewMs: random.int(7000, 10_000) * (random.chance(0.5) ? 1 : -1),
    visits: spec.visits.map(([first]) => (first === undefined ? [] : [staying(first, scenario)])),
    composite: 'works' as const,
    periodsMax: random.pick([3, 4, 24]),
    ...(random.chance(0.3) ? { skipsPeriods: true as const } : {}),
  }));
  const links = stations.flatMap(({ id }): readonly LinkFault[] => {
    const atMs = firstMs + random.int(-2 * MINUTE_MS, 8 * MINUTE_MS);
    const gone = { stationId: id, atMs, stationNoticesMs: 0, serverNoticesMs: 0 };
    return random.chance(0.4) ? [{ ...gone, backOffMs: 20 * MINUTE_MS }] : [];
  });
  const quiet = { lossFraction: 0, stallFraction: 0, engine: [] };
  return {
    ...scenario,
    site: { ...site, settings },
    siteBelieved: { ...siteBelieved, settings },
    stations: specs,
    orders: [order],
    edits: [],
    faults: { ...faults, ...(random.chance(0.6) ? quiet : {}), links, reboots: [] },
  };
}

function staying(visit: Visit, { endMs }: Scenario): Visit {
  return { ...visit, leaveMs: endMs + MINUTE_MS, energyWh: 100_000 };
}
