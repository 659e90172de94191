/** Worlds of EVSEs that switch between three phases and one (R12), under limits that are tight in watts. */
import { watts } from '../../solver/index.js';
import { ROTATIONS } from '../../src/sites/rotation.js';
import type { Site } from '../../src/sites/site.js';
import { withRotations } from './phase-truth.js';
import type { Dice } from './random.js';
import {
  type Edit,
  MINUTE_MS,
  type Scenario,
  START_MS,
  type StationSpec,
  type Visit,
} from './scenario.js';

/** One phase at its minimum, and what three phases of some EVSEs take. */
const LIMIT_MIN_W = 1700;
const LIMIT_MAX_W = 14_000;

export function switchesPhases(scenario: Scenario, random: Dice): Scenario {
  const { site: given } = scenario;
  if (given.supply === 'delta') return scenario;
  const channels = [true, true, true] as const;
  const evses = given.evses.map((it) => ({ ...it, channels, switchesPhases: true as const }));
  const importLimitW = watts(random.int(LIMIT_MIN_W, LIMIT_MAX_W));
  const wired: Site = { ...given, evses, importLimitW };
  const site = withRotations(wired, () => random.pick(ROTATIONS));
  const stations = scenario.stations.map((spec) => ({
    ...spec,
    takesAmps: true,
    ...(random.chance(0.85) ? { switchesPhases: true as const } : {}),
    ...naming(spec, random),
    visits: spec.visits.map((visits) => visits.map(lasting)),
  }));
  return { ...scenario, site, siteBelieved: site, stations, edits: surplus(scenario, random) };
}

/** Half of those of 2.x say that they can be told which phase to use; some of them are wrong. */
function naming({ version }: StationSpec, random: Dice): Pick<StationSpec, 'phaseToUse'> {
  if (version === 'ocpp1.6' || random.chance(0.5)) return {};
  return { phaseToUse: random.chance(0.75) ? 'used' : 'ignored' };
}

function lasting({ switchesAfterMs: _none, ...visit }: Visit): Visit {
  return { ...visit, singlePhase: false, energyWh: 100_000 };
}

/** What is left for vehicles comes and goes with the sun. */
function surplus({ faultsEndMs }: Scenario, random: Dice): readonly Edit[] {
  const edits: Edit[] = [];
  let atMs = START_MS + random.int(2, 8) * MINUTE_MS;
  while (atMs < faultsEndMs) {
    edits.push({ atMs, importLimitW: random.int(LIMIT_MIN_W, LIMIT_MAX_W) });
    atMs += random.int(3, 14) * MINUTE_MS;
  }
  return edits;
}
