/** Smart-charging capability from a station's own variables, the careful default where it is silent. */
import type { RateUnit, SmartChargingCapability } from '../../profiles/charging-profile.js';
import { leavesRoomForIds } from '../../profiles/index.js';

/** What OCPP can carry; more is no number of anything. */
const INTEGER_MAX = 2 ** 31 - 1;

/** What is assumed of a station that declares nothing. Either unit may be refused then: A is tried first. */
export const CAPABILITY_ASSUMED: SmartChargingCapability = {
  units: ['A', 'W'],
  stackLevelMax: 0,
  periodsMax: 2,
  stepA: 1,
};

/**
 * Keys are 1.6 configuration keys or `Component.Variable` of 2.x; both vocabularies are read, whichever
 * is there. Unreadable values leave what was known.
 */
export function readCapability(
  variables: Readonly<Record<string, string>>,
  known: SmartChargingCapability,
): SmartChargingCapability {
  const find = (...names: string[]): string | undefined =>
    names.map((name) => variables[name]).find((value) => value !== undefined);
  const units = readUnits(
    find('ChargingScheduleAllowedChargingRateUnit', 'SmartChargingCtrlr.RateUnit'),
  );
  const stackLevelMax = readCount(
    find('ChargeProfileMaxStackLevel', 'SmartChargingCtrlr.ProfileStackLevel'),
  );
  const periodsMax = readCount(
    find('ChargingScheduleMaxPeriods', 'SmartChargingCtrlr.PeriodsPerSchedule'),
  );
  return {
    units: units ?? known.units,
    stackLevelMax: stackLevelMax ?? known.stackLevelMax,
    // Without a period there is no schedule: such a station has not understood the question.
    periodsMax: periodsMax === undefined || periodsMax < 1 ? known.periodsMax : periodsMax,
    stepA: known.stepA,
    ...readPhases(variables, known),
    ...readExternalIds(variables, known),
    ...readRoom(variables, known),
    ...readSmartCharging(variables, known),
  };
}

/** 2.1. Above a number that leaves no room for ours we can but go on as if it had said nothing. */
function readExternalIds(
  variables: Readonly<Record<string, string>>,
  known: SmartChargingCapability,
): Pick<SmartChargingCapability, 'externalIdMax'> {
  const said = readCount(variables['SmartChargingCtrlr.MaxExternalConstraintsId']);
  const isUsable = said !== undefined && leavesRoomForIds(said);
  const externalIdMax = isUsable ? said : known.externalIdMax;
  return externalIdMax === undefined ? {} : { externalIdMax };
}

/**
 * 2.x says it as the highest value of a variable that tells how many there are. A station that says none, and takes
 * profiles, has not understood the question.
 */
function readRoom(
  variables: Readonly<Record<string, string>>,
  known: SmartChargingCapability,
): Pick<SmartChargingCapability, 'profilesMax'> {
  const said =
    variables.MaxChargingProfilesInstalled ??
    variables['SmartChargingCtrlr.Entries[ChargingProfiles].maxLimit'];
  const count = readCount(said);
  const profilesMax = count === 0 ? undefined : (count ?? known.profilesMax);
  return profilesMax === undefined ? {} : { profilesMax };
}

/** 2.x: what it says of itself, and nothing is left untried for it. */
function readSmartCharging(
  variables: Readonly<Record<string, string>>,
  known: SmartChargingCapability,
): Pick<SmartChargingCapability, 'smartCharging'> {
  const isOff = (before: boolean, value: string | undefined): boolean =>
    value === undefined ? before : value.trim().toLowerCase() === 'false';
  const available = variables['SmartChargingCtrlr.Available'];
  if (isOff(known.smartCharging === 'unavailable', available)) {
    return { smartCharging: 'unavailable' };
  }
  const enabled = variables['SmartChargingCtrlr.Enabled'];
  return isOff(known.smartCharging === 'disabled', enabled) ? { smartCharging: 'disabled' } : {};
}

/** A station that can be told which phase to use can be told to use one. */
function readPhases(
  variables: Readonly<Record<string, string>>,
  known: SmartChargingCapability,
): Pick<SmartChargingCapability, 'switchesPhases' | 'takesPhaseToUse'> {
  const says = (value: string | undefined, before: true | undefined): boolean =>
    value === undefined ? before === true : value.trim().toLowerCase() === 'true';
  const { takesPhaseToUse: tookPhase, switchesPhases: switched } = known;
  const takesPhaseToUse = says(
    variables['SmartChargingCtrlr.ACPhaseSwitchingSupported'],
    tookPhase,
  );
  const switching =
    variables['SmartChargingCtrlr.Phases3to1'] ?? variables.ConnectorSwitch3to1PhaseSupported;
  const switchesPhases = takesPhaseToUse || says(switching, switched);
  return {
    ...(switchesPhases ? { switchesPhases } : {}),
    ...(takesPhaseToUse ? { takesPhaseToUse } : {}),
  };
}

/** `Current,Power` (1.6, any case, any separator) or `A,W` (2.x); some 1.6 stations write `W` too. */
function readUnits(value: string | undefined): readonly RateUnit[] | undefined {
  if (value === undefined) return undefined;
  const words = value.toLowerCase().split(/[^a-z]+/);
  const units: RateUnit[] = [];
  if (words.includes('current') || words.includes('a')) units.push('A');
  if (words.includes('power') || words.includes('w')) units.push('W');
  return units.length > 0 ? units : undefined;
}

function readCount(value: string | undefined): number | undefined {
  if (value === undefined || !/^\d{1,10}$/.test(value.trim())) return undefined;
  const count = Number(value);
  return count <= INTEGER_MAX ? count : undefined;
}
