/** Worlds in which meters do not tell all that is drawn, with a liar and without (R9). */
import type { Dice } from './random.js';
import {
  type Lie,
  type Meters,
  MINUTE_MS,
  type Scenario,
  START_MS,
  type StationSpec,
  type Visit,
} from './scenario.js';
import type { LinkFault } from './scenario-faults.js';
import { untestedPolicy } from './workload-untested.js';

interface Liar {
  readonly meters: Meters;
  readonly lie: Lie;
}

const LIARS: readonly [Liar, ...Liar[]] = [
  { meters: 'power', lie: 'ignores' },
  { meters: 'power', lie: 'nine-percent' },
  { meters: 'power', lie: 'in-turns' },
  { meters: 'power', lie: 'above-maximum' },
  { meters: 'energy', lie: 'ignores' },
  { meters: 'energy', lie: 'nine-percent' },
  { meters: 'energy', lie: 'above-maximum' },
  { meters: 'currents', lie: 'in-turns' },
  { meters: 'currents', lie: 'above-maximum' },
];

/** One station lies for ever, in one way of many; nothing else goes wrong with any. */
export function meterKinds(scenario: Scenario, random: Dice): Scenario {
  const index = random.int(0, scenario.stations.length - 1);
  const { meters, lie } = random.pick(LIARS);
  const { faults } = scenario;
  const calm = { ...faults, lossFraction: 0, stallFraction: 0, reboots: [], links: [], engine: [] };
  const stations = scenario.stations.map((spec, at): StationSpec => {
    const { lie: _none, ...honest } = spec;
    const isLiar = at === index;
    return isLiar ? { ...honest, lie, meters, offlineTested: true, takesAmps: true } : honest;
  });
  const world = withSampling(scenario, random.pick([10, 10, 60]));
  return { ...world, faults: calm, operatorCalls: [], stations };
}

/** The same, and every sample waits in its station for minutes before it is sent. */
export function lateSamples(scenario: Scenario, random: Dice): Scenario {
  const world = meterKinds(scenario, random);
  const stations = world.stations.map(
    (spec): StationSpec => ({
      ...spec,
      samplesLateMs: random.int(130_000, 400_000),
    }),
  );
  return { ...world, stations };
}

/**
 * Every station tells its energy register alone, of vehicles that take all that they may at the highest
 * voltage. Many lose their link for a while, and frames arrive late; nobody lies.
 */
export function registersAlone(scenario: Scenario, random: Dice): Scenario {
  const { faults, faultsEndMs } = scenario;
  const world = withSampling(untestedPolicy(scenario, random), 10);
  const stations = world.stations.map((spec): StationSpec => {
    const { lie: _none, ...honest } = spec;
    return {
      ...honest,
      meters: 'energy',
      registerStepWh: random.pick([1, 10]),
      voltageV: highestV(world.site) * (0.99 + 0.01 * random.next()),
      visits: spec.visits.map((visits) => visits.map(takesAll)),
    };
  });
  const links = stations.flatMap(({ id }) => {
    const found: LinkFault[] = [];
    let atMs = START_MS + random.int(2, 5) * MINUTE_MS;
    while (atMs < faultsEndMs) {
      const backOffMs = random.int(20_000, 60_000);
      found.push({ stationId: id, atMs, stationNoticesMs: 0, serverNoticesMs: 0, backOffMs });
      atMs += backOffMs + random.int(1, 5) * MINUTE_MS;
    }
    return found;
  });
  const late = { lossFraction: 0, stallFraction: 0.05, stallMaxMs: 100_000 };
  return { ...world, stations, faults: { ...faults, ...late, links, reboots: [], engine: [] } };
}

function takesAll(visit: Visit): Visit {
  return { ...visit, singlePhase: false, currentMaxA: 80, energyWh: 100_000 };
}

function highestV(site: Scenario['site']): number {
  const nominalV = site.supply === 'wye' ? site.voltageLineToNeutralV : site.voltageLineToLineV;
  return nominalV * 1.1;
}

function withSampling(scenario: Scenario, sampleIntervalSec: number): Scenario {
  const sampled = (site: Scenario['site']): Scenario['site'] => ({
    ...site,
    settings: { ...site.settings, sampleIntervalSec },
  });
  return {
    ...scenario,
    site: sampled(scenario.site),
    siteBelieved: sampled(scenario.siteBelieved),
  };
}
