/** Worlds full of one mishap each: clocks, meters, other systems, mixed versions, slow peers. */
import { withBaseLoad } from './heavier-building.js';
import type { Dice } from './random.js';
import { planMeters } from './scenario-stations.js';
import {
  type BuildingStep,
  MINUTE_MS,
  type Scenario,
  START_MS,
  type StationSpec,
  type Visit,
} from './scenario.js';
import { otherClocks, stuckMeters } from './scenario-mishaps-more.js';
import type { EngineFault, LinkFault } from './scenario-faults.js';
import {
  clockSteps,
  confusedUnits,
  foreignTxs,
  meterFaults,
  mishap,
  sampleFaults,
  slowReaders,
  stalls,
} from './scenario-mishaps.js';

/** Clocks of most stations are set back and forward, and many a link is down meanwhile. */
export function clocksSet(scenario: Scenario, random: Dice): Scenario {
  const { stations, faults, faultsEndMs } = scenario;
  const links = stations.flatMap(({ id }): readonly LinkFault[] =>
    random.chance(0.5)
      ? [
          {
            stationId: id,
            atMs: START_MS + random.int(3 * MINUTE_MS, faultsEndMs - START_MS),
            stationNoticesMs: 0,
            serverNoticesMs: random.int(0, 90_000),
            backOffMs: random.int(1, 8) * MINUTE_MS,
          },
        ]
      : [],
  );
  const world = { ...scenario, faults: { ...faults, links } };
  return mishap(world, { clockSteps: clockSteps(scenario, random, 0.8) });
}

/** Clocks are set where no call gets lost: a late sample is told by a clock that is behind. */
export function clocksOfForms(scenario: Scenario, random: Dice): Scenario {
  const faults = { ...scenario.faults, lossFraction: 0, stallFraction: 0 };
  const world = { ...scenario, faults };
  return mishap(world, { clockSteps: clockSteps(world, random, 0.8) });
}

/** The same where many frames get lost, and samples wait for their answer: a late one says little of clocks. */
export function samplesRepeated(scenario: Scenario, random: Dice): Scenario {
  const { faults } = scenario;
  const lossFraction = 0.1 + 0.2 * random.next();
  const stations = scenario.stations.map(
    (spec): StationSpec => ({ ...spec, repeatsSamples: true as const }),
  );
  return clocksSet({ ...scenario, stations, faults: { ...faults, lossFraction } }, random);
}

/** No clock leaves the budget, so that W must hold all the same. */
export function clocksCorrected(scenario: Scenario, random: Dice): Scenario {
  const budgetMs = scenario.site.settings.skewSec * 1000;
  const steps = clockSteps(scenario, random, 1).map((it) => ({
    ...it,
    skewMs: random.int(-budgetMs, budgetMs),
  }));
  return mishap(scenario, { clockSteps: steps });
}

/** A building with generation and a battery: clouds, trips, and a meter that fails in many ways. */
export function siteMeter(scenario: Scenario, random: Dice): Scenario {
  const { site, siteBelieved, faultsEndMs } = scenario;
  const building: BuildingStep[] = [];
  let atMs = START_MS + 1000;
  while (atMs < faultsEndMs) {
    // More is generated and discharged than used, until a cloud or a trip leaves all of the load.
    building.push({ atMs, fraction: random.next() - 0.6 });
    atMs += random.int(30_000, 7 * MINUTE_MS);
    building.push({ atMs, fraction: random.pick([0.7, 1, 1]) + 0.1 * random.next() });
    atMs += random.int(5000, 4 * MINUTE_MS);
  }
  building.push({ atMs: faultsEndMs, fraction: 0.5 });
  return {
    ...mishap(scenario, { meter: random.chance(0.8) ? meterFaults(scenario, random) : [] }),
    site: withLoad(site),
    siteBelieved: withLoad(siteBelieved),
    building,
  };
}

const LOAD_A = 12;

/** The same room for vehicles beside a larger building. */
function withLoad(site: Scenario['site']): Scenario['site'] {
  return {
    ...site,
    circuits: site.circuits.map((circuit) =>
      circuit.parentId === undefined ? withBaseLoad(circuit, LOAD_A) : circuit,
    ),
  };
}

/** Nothing else goes wrong: whatever draws more than W is another system's doing, and is found out. */
export function foreignTx(scenario: Scenario, random: Dice): Scenario {
  const world = withoutFaults(scenario);
  const stations = world.stations.map((spec): StationSpec => ({ ...spec, ...planMeters(random) }));
  const steady = { ...world, stations };
  return mishap(steady, { foreignTx: foreignTxs(steady, random, 0.5) });
}

/** One takes watts for amperes; many answer in a unit that they were not asked for. */
export function unitsConfused(scenario: Scenario, random: Dice): Scenario {
  return confusedUnits(withoutFaults(scenario), random, 0.4);
}

function withoutFaults(scenario: Scenario): Scenario {
  const { faults } = scenario;
  const calm = { ...faults, lossFraction: 0, stallFraction: 0, reboots: [], links: [], engine: [] };
  const stations = scenario.stations.map(({ lie: _none, ...honest }): StationSpec => honest);
  return { ...scenario, faults: calm, operatorCalls: [], stations };
}

/** Meters of stations lose count, each once in one sample, and begin anew. */
export function metersDisturbed(scenario: Scenario, random: Dice): Scenario {
  const stations = scenario.stations.map(({ lie: _none, ...honest }): StationSpec => honest);
  const world = { ...scenario, stations };
  return mishap(world, { samples: sampleFaults(world, random, 0.8) });
}

/** Stations look at what has come every so often; our process stands still, and commits take minutes. */
export function slowPeers(scenario: Scenario, random: Dice): Scenario {
  const { faults } = scenario;
  const engine = [...stalls(scenario, random), ...stalls(scenario, random)];
  return slowReaders({ ...scenario, faults: { ...faults, engine } }, random, 0.6);
}

/** Two versions of ours take the site from each other; neither knows all fields of the other's rows. */
export function mixedVersions(scenario: Scenario, random: Dice): Scenario {
  const { faults, faultsEndMs } = scenario;
  const engine = Array.from(
    { length: random.int(4, 9) },
    (): EngineFault => ({
      atMs: random.int(START_MS + MINUTE_MS, faultsEndMs),
      kind: random.pick([
        'takeover-before-commit',
        'takeover-after-commit',
        'crash-after-commit',
        'crash-after-dispatch',
      ] as const),
      durationMs: random.int(500, 120_000),
    }),
  );
  return mishap({ ...scenario, faults: { ...faults, engine } }, { isMixed: true });
}

/** Most frames come twice, to stations that refuse some of what they are told, and drop links. */
export function framesTwice(scenario: Scenario, random: Dice): Scenario {
  const stations = scenario.stations.map((spec): StationSpec => {
    const rejectFraction = random.chance(0.3) ? 0.1 + random.next() * 0.3 : 0;
    return { ...spec, parallel: random.chance(0.7), rejectFraction };
  });
  return mishap({ ...scenario, stations }, { copiedFraction: 0.3 + 0.6 * random.next() });
}

/** Processes follow each other within seconds, each with a clock of its own, while limits go up and down. */
export function clocksHandedOver(scenario: Scenario, random: Dice): Scenario {
  const world = otherClocks(scenario, random, random.int(8, 16));
  const { faults } = world;
  const prompt = (it: EngineFault): EngineFault => ({
    ...it,
    durationMs: random.chance(0.7) ? random.int(100, 3000) : it.durationMs,
  });
  return { ...world, faults: { ...faults, engine: faults.engine.map(prompt) } };
}

/**
 * Meters stick at any moment, for minutes or for good, where vehicles come and go: one uses one phase, the
 * next one all of them.
 */
export function metersStuck(scenario: Scenario, random: Dice): Scenario {
  const { site, siteBelieved, faultsEndMs } = scenario;
  const stations = scenario.stations.map((spec): StationSpec => {
    const { lie: _none, ...honest } = spec;
    const meters = random.chance(0.8) ? ('currents' as const) : spec.meters;
    const visits = spec.visits.map(([first]) =>
      first === undefined ? [] : inTurn(first, faultsEndMs, random),
    );
    return { ...honest, meters, visits };
  });
  const known = { ...siteBelieved, evses: site.evses };
  const world = { ...scenario, siteBelieved: known, stations };
  return mishap(world, { stuckMeters: stuckMeters(world, random, 0.9) });
}

function inTurn(first: Visit, faultsEndMs: number, random: Dice): readonly Visit[] {
  const visits: Visit[] = [];
  let arriveMs = START_MS + random.int(1000, 60_000);
  while (arriveMs < faultsEndMs) {
    const leaveMs = arriveMs + random.int(4 * MINUTE_MS, 9 * MINUTE_MS);
    const lingerMs = random.int(0, 20_000);
    const singlePhase = visits.length % 2 === 0;
    const stay = { arriveMs, leaveMs, lingerMs, singlePhase, energyWh: 100_000 };
    visits.push({ ...first, ...stay, authorizeMs: random.int(1000, 10_000) });
    arriveMs = leaveMs + lingerMs + random.int(5000, 60_000);
  }
  return visits;
}
