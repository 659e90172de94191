/** Worlds in which another system was there before us, and left defaults at places of its own. */
import { type Dice, dice } from './random.js';
import {
  type Edit,
  type LeftProfile,
  MINUTE_MS,
  type Scenario,
  START_MS,
  type StationSpec,
} from './scenario.js';
import type { RebootFault } from './scenario-faults.js';

/** Of ids that another system gives. */
const THEIR_ID = 70;
/** A pilot of every EVSE. */
const RAISED_A = 8;
const RAISES = 8;
/** Of ids that we give to F0: another system may give them too, at other places. */
const OUR_ID = 1000;

/**
 * 2.x stations hold defaults of others, for one EVSE or for all, many at the level of F0, which is refused
 * beside them. Some keep the F0 that they have, at whatever level, and declare late which levels they know;
 * the owner's F0
 * is raised meanwhile, so that they are told it anew.
 */
export function foreignDuplicate(scenario: Scenario, random: Dice): Scenario {
  const { site, edits, faults, faultsEndMs } = scenario;
  const stations = scenario.stations.map((spec): StationSpec => {
    const { fuss: _none, foreign: _nobody, ...any } = spec;
    const evseNumbers = site.evses
      .filter(({ stationId }) => stationId === spec.id)
      .map(({ evseNumber }) => evseNumber);
    const hides = dice(scenario.seed, `hides ${spec.id}`);
    const isKeeper = random.chance(0.4);
    const stackLevelMax = isKeeper ? random.int(1, 2) : random.pick([0, 0, 1, 2, 8]);
    return {
      ...any,
      version: random.pick(['ocpp2.0.1', 'ocpp2.0.1', 'ocpp2.1'] as const),
      stackLevelMax,
      left: leftProfiles(random, { evseNumbers, stackLevelMax, isKeeper }),
      ...(isKeeper || random.chance(0.5) ? { tellsNoProfiles: true } : {}),
      ...(random.chance(0.1) ? { keepsLeft: true } : {}),
      ...(isKeeper ? { keepsOldDefault: true, declaresFromBoot: 1, amnesia: false } : {}),
      ...(random.chance(0.4) ? lateDefaultsOf(random) : {}),
      ...(hides.chance(0.3) ? { hidesDefaults: true } : {}),
    };
  });
  const reboots = stations.flatMap(({ id, declaresFromBoot }): RebootFault[] => {
    if (declaresFromBoot === undefined) return [];
    const atMs = START_MS + random.int(2, 8) * MINUTE_MS;
    return [{ stationId: id, atMs, downMs: random.int(2000, 30_000) }];
  });
  // It is taken once there is room for it.
  const raised = Array.from({ length: RAISES }, (): Edit => {
    const atMs = random.int(START_MS + 9 * MINUTE_MS, faultsEndMs);
    const importLimitW = edits.findLast((it) => it.atMs <= atMs)?.importLimitW;
    return { atMs, importLimitW, fallbackIdleA: RAISED_A };
  });
  return {
    ...scenario,
    stations,
    edits: [...edits, ...raised].sort((a, b) => a.atMs - b.atMs),
    faults: { ...faults, reboots: [...faults.reboots, ...reboots] },
  };
}

/**
 * Stations say which levels they know from their first boot on, and F0 that was told before may be applied behind
 * the one that is told then, over a default that somebody else left in between. The owner's F0 goes up and down.
 */
export function lateLevels(scenario: Scenario, random: Dice): Scenario {
  const { edits, faults, faultsEndMs } = scenario;
  const stations = scenario.stations.map((spec): StationSpec => {
    const { fuss: _none, foreign: _nobody, ...any } = spec;
    const stackLevelMax = random.int(1, 8);
    const foreign = { stackLevel: random.int(0, stackLevelMax - 1), limitA: random.int(6, 32) };
    return {
      ...any,
      ...lateDefaultsOf(random),
      ...(random.chance(0.5) ? { foreign } : {}),
      stackLevelMax,
      declaresFromBoot: 1,
      amnesia: false,
    };
  });
  const reboots = stations.map(({ id }): RebootFault => {
    const atMs = START_MS + random.int(1, 4) * MINUTE_MS;
    return { stationId: id, atMs, downMs: random.int(2000, 30_000) };
  });
  const instants = Array.from({ length: RAISES }, () =>
    random.int(START_MS + 6 * MINUTE_MS, faultsEndMs),
  ).sort((a, b) => a - b);
  const changed = instants.map((atMs, index): Edit => {
    const importLimitW = edits.findLast((it) => it.atMs <= atMs)?.importLimitW;
    return { atMs, importLimitW, fallbackIdleA: index % 2 === 0 ? RAISED_A : 0 };
  });
  return {
    ...scenario,
    stations,
    edits: [...edits, ...changed].sort((a, b) => a.atMs - b.atMs),
    faults: { ...faults, reboots: [...faults.reboots, ...reboots] },
  };
}

function lateDefaultsOf(random: Dice): Partial<StationSpec> {
  return {
    lateCalls: 'defaults',
    lateFraction: 0.1 + random.next() * 0.3,
    lateMaxMs: random.int(30_000, 300_000),
    parallel: random.chance(0.8),
  };
}

/** Such as a station holds: each id once, and no two that would be duplicates of each other. */
function leftProfiles(
  random: Dice,
  of: {
    readonly evseNumbers: readonly number[];
    readonly stackLevelMax: number;
    readonly isKeeper: boolean;
  },
): readonly LeftProfile[] {
  const { stackLevelMax, isKeeper } = of;
  const left: LeftProfile[] = [];
  if (stackLevelMax > 0 && !isKeeper && random.chance(0.5)) return aliased(random, of);
  const count = random.int(1, 3);
  const anyOf = (all: readonly number[]): number => all[random.int(0, all.length - 1)] ?? 1;
  for (let index = 0; index < count; index += 1) {
    const purpose = random.chance(0.85) ? 'tx-default' : 'station-max';
    const place = random.chance(0.5) ? 0 : anyOf(of.evseNumbers);
    const evseNumber = purpose === 'station-max' ? 0 : place;
    const stackLevel = random.chance(0.6) ? of.stackLevelMax : random.int(0, of.stackLevelMax);
    const ourId = OUR_ID + anyOf(of.evseNumbers);
    // A keeper would never hold F0.
    const id = random.chance(0.2) && !of.isKeeper ? ourId : THEIR_ID + index;
    const limitA = random.int(6, 32);
    const isTaken = left.some(
      (it) =>
        it.id === id ||
        (it.purpose === purpose &&
          it.stackLevel === stackLevel &&
          (it.evseNumber === evseNumber || it.evseNumber === 0 || evseNumber === 0)),
    );
    if (!isTaken) left.push({ id, purpose, evseNumber, stackLevel, limitA });
  }
  return left;
}

/** One in the way of F0 of an EVSE, and under the id of that F0 another one for the whole station. */
function aliased(
  random: Dice,
  of: { readonly evseNumbers: readonly number[]; readonly stackLevelMax: number },
): readonly LeftProfile[] {
  const { stackLevelMax, evseNumbers } = of;
  const evseNumber = evseNumbers[random.int(0, evseNumbers.length - 1)] ?? 1;
  const purpose = 'tx-default';
  const limitA = random.int(6, 32);
  const stackLevel = random.int(0, stackLevelMax - 1);
  return [
    { id: OUR_ID + evseNumber, purpose, evseNumber: 0, stackLevel, limitA },
    { id: THEIR_ID, purpose, evseNumber, stackLevel: stackLevelMax, limitA },
  ];
}
