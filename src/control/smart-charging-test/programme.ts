/** Which steps a test has, from what the station declares and the EVSE can be told. */
import type { SmartChargingCapability } from '../../../profiles/charging-profile.js';
import { pilotAtLeast, pilotAtMost, type PilotSet } from '../../../solver/index.js';
import type { OcppVersion } from '../../ocpp/messages.js';
import type { TestPart, TestStep } from './test-record.js';

/** IEC 61851-1 begins at 6 A; 10 and 16 A are what every AC vehicle of today takes. */
const LEVELS_A = [6, 10, 16] as const;

export interface Tested {
  readonly pilots: PilotSet;
  readonly currentMaxA: number;
  readonly capability: SmartChargingCapability;
  readonly stackLevel: number;
  readonly version: OcppVersion;
  readonly charging: boolean;
  /** Somebody says that it switches phases. */
  readonly switches: boolean;
  /** It says that it can be told which phase to use. */
  readonly takesPhaseToUse: boolean;
}

/** In order. Without a vehicle only what needs none. */
export function programmeOf(tested: Tested, parts: readonly TestPart[]): readonly TestStep[] {
  if (!tested.charging) return withoutVehicle(tested);
  return parts.flatMap((part) => {
    if (part === 'online') return onlineSteps(tested);
    return [...approach(tested, part), { name: part, required: true }];
  });
}

function withoutVehicle({ version }: Tested): readonly TestStep[] {
  return [{ name: 'fallback' }, ...profilesStep(version)];
}

/** 1.6 has no such request. */
function profilesStep(version: OcppVersion): readonly TestStep[] {
  return version === 'ocpp1.6' ? [] : [{ name: 'profiles' }];
}

function onlineSteps(tested: Tested): readonly TestStep[] {
  const levels = levelsOf(tested);
  const [lowestA = 0, secondA = lowestA] = levels;
  return [
    ...levels.map((wantedA): TestStep => ({ name: 'limit', wantedA, required: true })),
    { name: 'pause', wantedA: 0, required: true },
    { name: 'resume', wantedA: secondA, required: true },
    ...phaseSteps(tested, secondA),
    { name: 'relative' },
    ...otherUnit(tested),
    ...otherLevel(tested),
    { name: 'replace', wantedA: secondA, required: true },
    ...profilesStep(tested.version),
    { name: 'clear' },
    { name: 'resume', wantedA: lowestA },
  ];
}

/** At a limit that the vehicle was just seen to follow; a station that does not switch fails nothing else. */
function phaseSteps({ switches, takesPhaseToUse }: Tested, wantedA: number): readonly TestStep[] {
  if (!switches) return [];
  const back: TestStep = { name: 'three-phases', wantedA };
  const one: readonly TestStep[] = [{ name: 'one-phase', wantedA }, back];
  // Another than the first, which is used where nothing is understood of it.
  return takesPhaseToUse ? [...one, { name: 'phase-to-use', wantedA, phaseToUse: 2 }, back] : one;
}

/** Three pilots at or above 6, 10 and 16 A; or from its least to its most where that is above. */
export function levelsOf({ pilots, currentMaxA }: Tested): readonly number[] {
  const leastA = pilotAtLeast(pilots, LEVELS_A[0]) ?? 0;
  const mostA = pilotAtMost(pilots, currentMaxA);
  const wanted =
    leastA <= LEVELS_A[1] ? LEVELS_A : ([leastA, (leastA + mostA) / 2, mostA] as const);
  const found = wanted.map((wantedA) => Math.min(pilotAtLeast(pilots, wantedA) ?? mostA, mostA));
  return [...new Set(found)].filter((levelA) => levelA > 0);
}

/** The unit that our profiles do not use, if it takes both. */
function otherUnit({ capability: { units } }: Tested): readonly TestStep[] {
  return units.length < 2 ? [] : [{ name: 'unit', unit: 'W' }];
}

/** Level 0 where our profiles are above it, the declared one where they had to fall to 0. */
function otherLevel({ capability, stackLevel }: Tested): readonly TestStep[] {
  const other = stackLevel === 0 ? capability.stackLevelMax : 0;
  return other === stackLevel ? [] : [{ name: 'stack-level', stackLevel: other }];
}

/**
 * To a limit that the vehicle is seen to exceed where it may: only then does silence prove anything.
 * A lease can end visibly only above the tail, so that it takes a higher one.
 */
function approach(tested: Tested, part: TestPart): readonly TestStep[] {
  const [lowestA = 0, secondA = lowestA, thirdA = secondA] = levelsOf(tested);
  const [highA, lowA] = part === 'lease-expiry' ? [thirdA, secondA] : [secondA, lowestA];
  return [
    { name: 'limit', wantedA: highA, aboveA: lowA, required: true },
    { name: 'limit', wantedA: lowA, required: true },
  ];
}
