/** Worlds about the phases that vehicles use (R12). */
import type { Site } from '../../src/sites/site.js';
import { ROTATIONS } from '../../src/sites/rotation.js';
import { withRotations } from './phase-truth.js';
import type { Dice } from './random.js';
import { MINUTE_MS, type Scenario, START_MS, type Visit } from './scenario.js';

/**
 * Every EVSE is wired to three phases, and known to be. Most vehicles use one; some take the others
 * while they ramp up, some many minutes later, when others have been given what they left.
 */
export function phaseSwitch(scenario: Scenario, random: Dice): Scenario {
  const sampleIntervalSec = random.pick([10, 60]);
  const settings = { ...scenario.site.settings, sampleIntervalSec };
  const wired = threePhases({ ...scenario.site, settings });
  const site = withRotations(wired, () => random.pick(ROTATIONS));
  const stations = scenario.stations.map((spec) => ({
    ...spec,
    takesAmps: true,
    meters: 'currents' as const,
    visits: spec.visits.map((visits) => {
      const all = random.chance(0.4) ? oneAfterAnother(visits, scenario, random) : visits;
      return all.map((visit) => ofPhases(visit, random));
    }),
  }));
  const world = { ...scenario, site, siteBelieved: site, stations };
  return random.chance(0.5) ? quiet(world) : world;
}

function threePhases(site: Site): Site {
  if (site.supply === 'delta') return site;
  const channels = [true, true, true] as const;
  return { ...site, evses: site.evses.map((evse) => ({ ...evse, channels })) };
}

/** The next vehicle plugs in seconds after the one before has left. */
function oneAfterAnother(
  [first]: readonly Visit[],
  { faultsEndMs }: Scenario,
  random: Dice,
): readonly Visit[] {
  const visits: Visit[] = [];
  let arriveMs = START_MS + random.int(1000, 60_000);
  while (first !== undefined && arriveMs < faultsEndMs) {
    const leaveMs = arriveMs + random.int(3, 8) * MINUTE_MS;
    const lingerMs = random.int(0, 5000);
    visits.push({ ...first, arriveMs, leaveMs, lingerMs, authorizeMs: 1000 });
    arriveMs = leaveMs + lingerMs + random.int(2000, 20_000);
  }
  return visits;
}

function ofPhases({ switchesAfterMs: _none, ...visit }: Visit, random: Dice): Visit {
  const busy = { ...visit, energyWh: 100_000, singlePhase: random.chance(0.85) };
  if (!busy.singlePhase || random.chance(0.4)) return busy;
  const soon = random.chance(0.4);
  const switchesAfterMs = soon ? random.int(5000, 110_000) : random.int(150_000, 15 * MINUTE_MS);
  return { ...busy, switchesAfterMs };
}

/** Nothing is lost, late or away. */
function quiet(scenario: Scenario): Scenario {
  const { faults } = scenario;
  const calm = { lossFraction: 0, stallFraction: 0, links: [], reboots: [], engine: [] };
  const stations = scenario.stations.map(({ foreign: _none, ...spec }) => ({
    ...spec,
    lateFraction: 0,
    rejectFraction: 0,
    composite: 'works' as const,
  }));
  return { ...scenario, stations, operatorCalls: [], faults: { ...faults, ...calm } };
}
