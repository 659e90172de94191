/** Worlds in which many stations did not pass the offline tests, and their owner lets some of them fail. */
import type { Dice } from './random.js';
import type { Scenario, StationSpec } from './scenario.js';

/** Without a link an untested station charges as if nobody had limited it, or forgets what it was told. */
export function untestedPolicy(scenario: Scenario, random: Dice): Scenario {
  const tested = new Map(scenario.stations.map(({ id }) => [id, random.chance(0.35)]));
  const untestedFailures = random.int(0, 3);
  const stations = scenario.stations.map((spec): StationSpec => {
    const offlineTested = tested.get(spec.id) === true;
    const { lie: _none, ...any } = spec;
    const unboundOffline = !offlineTested && random.chance(0.7);
    return { ...any, offlineTested, unboundOffline };
  });
  const under = (site: Scenario['site']): Scenario['site'] => ({
    ...site,
    stations: site.stations.map(({ id }) => ({ id, offlineTested: tested.get(id) === true })),
    settings: { ...site.settings, untestedFailures },
  });
  return {
    ...scenario,
    stations,
    site: under(scenario.site),
    siteBelieved: under(scenario.siteBelieved),
  };
}
