/** Worlds of chargers that give direct current: they lose a part of what they take, and stand by (R12). */
import type { Site, SiteEvse } from '../../src/sites/site.js';
import type { Dice } from './random.js';
import type { Scenario, StationSpec } from './scenario.js';

const EFFICIENCY_MIN = 0.85;

/** Most stations; what they have in common is that they are honest, and told W. */
export function directCurrent(scenario: Scenario, random: Dice): Scenario {
  const shares = scenario.stations.map(({ id }) => {
    // Some lose as much as is declared, most of them less.
    const efficiency = EFFICIENCY_MIN + (random.chance(0.4) ? 0 : 0.1 * random.next());
    return [id, random.chance(0.8) ? efficiency : undefined] as const;
  });
  const efficiencies = new Map(shares);
  const standbyW = random.int(0, 900);
  const stations = scenario.stations.map((spec): StationSpec => {
    const efficiency = efficiencies.get(spec.id);
    return efficiency === undefined ? spec : rectifying(spec, { efficiency }, random);
  });
  const converted = (site: Site): Site => ({
    ...site,
    evses: site.evses.map((evse): SiteEvse => {
      if (efficiencies.get(evse.stationId) === undefined) return evse;
      const { switchesPhases: _none, ...plain } = evse;
      return { ...plain, dc: { efficiencyMin: EFFICIENCY_MIN, standbyW } };
    }),
  });
  const { site, siteBelieved } = scenario;
  return { ...scenario, site: converted(site), siteBelieved: converted(siteBelieved), stations };
}

function rectifying(
  given: StationSpec,
  dc: NonNullable<StationSpec['dc']>,
  random: Dice,
): StationSpec {
  const { lie: _lie, answersIn: _unit, switchesPhases: _none, ...spec } = given;
  const meters = random.pick(['currents', 'power', 'energy'] as const);
  const visits = spec.visits.map((all) =>
    all.map(({ switchesAfterMs: _later, ...visit }) => ({ ...visit, singlePhase: false })),
  );
  return { ...spec, dc, meters, visits, takesAmps: false, takesWatts: true };
}
