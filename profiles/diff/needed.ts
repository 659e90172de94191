/** Which commands a difference needs, without their order. */
import { amps } from '../../solver/index.js';
import type { ChargingProfile } from '../charging-profile.js';
import type { ProfileClear, ProfileSet } from '../command.js';
import { isRival } from '../profile-set.js';
import { compareSchedules, type Schedule } from '../schedule.js';
import type { DiffOptions } from './allowance.js';

export type BareCommand = ProfileSet | (ProfileClear & { readonly profileId: number });

/** Sets of what is new or changed; clears of what is neither wanted nor replaced by a set. */
export function neededCommands(
  installed: readonly ChargingProfile[],
  wanted: readonly ChargingProfile[],
  options: DiffOptions,
): BareCommand[] {
  const { version } = options.station;
  const sets = wanted
    .filter((profile) => !isGoodEnough(installed, profile, options))
    .map((profile) => ({ kind: 'set-charging-profile', profile }) as const);
  const replaced = (held: ChargingProfile) =>
    version === 'ocpp1.6' && sets.some(({ profile }) => isRival(held, profile, version));
  const clears = installed
    .filter((held) => !wanted.some(({ id }) => id === held.id) && !replaced(held))
    .map(({ id }) => ({ kind: 'clear-charging-profile', profileId: id }) as const);
  return [...sets, ...clears];
}

/** The id of the profile that a command sets or clears. */
export function idOf(command: BareCommand): number {
  return command.kind === 'set-charging-profile' ? command.profile.id : command.profileId;
}

/** The EVSE numbers whose profiles a command changes. */
export function numberOf(
  command: BareCommand,
  installed: readonly ChargingProfile[],
): readonly number[] {
  const set = command.kind === 'set-charging-profile' ? [command.profile] : [];
  const replaced = installed.filter(({ id }) => id === idOf(command));
  return [...new Set([...set, ...replaced].map(({ evseNumber }) => evseNumber))];
}

function isGoodEnough(
  installed: readonly ChargingProfile[],
  profile: ChargingProfile,
  options: DiffOptions,
): boolean {
  const held = installed.find(({ id }) => id === profile.id);
  if (!held || !isSameButForLimits(held, profile)) return false;
  const { raiseMaxA, cutMaxA } = compareSchedules(
    ownCurve(held, options.station),
    ownCurve(profile, options.station),
    options.nowMs,
  );
  return cutMaxA === 0 && raiseMaxA <= options.deadbandA;
}

function isSameButForLimits(a: ChargingProfile, b: ChargingProfile): boolean {
  return (
    a.purpose === b.purpose &&
    a.evseNumber === b.evseNumber &&
    a.stackLevel === b.stackLevel &&
    a.transactionId === b.transactionId &&
    a.unit === b.unit &&
    a.periods.at(-1)?.numberPhases === b.periods.at(-1)?.numberPhases
  );
}

/** The limits that one profile writes, A; watts at the station's nominal voltage. */
function ownCurve(profile: ChargingProfile, station: DiffOptions['station']): Schedule {
  return profile.periods.map(({ startSec, limit, numberPhases }) => {
    const wattsPerAmp = station.voltageV * (numberPhases ?? station.defaultPhaseCount);
    return {
      fromMs: profile.startAtMs + startSec * 1000,
      limitA: amps(profile.unit === 'A' ? limit : limit / wattsPerAmp),
    };
  });
}
