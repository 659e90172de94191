/** Vehicles that do not charge again by themselves after 0 A, under limits that go down and up. */
import { seconds } from '../../solver/index.js';
import type { Dice } from './random.js';
import type { Edit, Scenario } from './scenario.js';

/** Turns come soon; of one of two models it is known, of the vehicles of the other it is to be learnt. */
export function fallsAsleep(scenario: Scenario, random: Dice, edits: readonly Edit[]): Scenario {
  const { site, siteBelieved, stations, endMs } = scenario;
  const { allocator } = site.settings;
  const settings = {
    ...site.settings,
    allocator: { ...allocator, onMinSec: seconds(60), offMaxSec: seconds(180) },
  };
  const specs = stations.map((spec) => ({
    ...spec,
    visits: spec.visits.map((visits) =>
      visits.slice(0, 1).map((visit) => ({
        ...visit,
        leaveMs: random.chance(0.7) ? endMs : visit.leaveMs,
        afterPause: random.pick(['sleeps', 'wakes-on-raise'] as const),
      })),
    ),
  }));
  return {
    ...scenario,
    site: { ...site, settings },
    siteBelieved: { ...siteBelieved, settings },
    stations: specs,
    edits,
    resumesFailed: random.pick(['tested', 'untested'] as const),
  };
}
