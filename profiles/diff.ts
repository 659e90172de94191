/** From the profiles that a station holds to those that it should hold, in a safe order. */
import { amps } from '../solver/index.js';
import type { ChargingProfile } from './charging-profile.js';
import type { ProfileClear, ProfileSet } from './command.js';
import { predictComposite } from './composite.js';
import type { StationFacts } from './composite/facts.js';
import { installedFrom, type ProfileVersion } from './installed-profile.js';
import { applyProfileCommand, isRival } from './profile-set.js';
import {
  compareSchedules,
  limitAt,
  SAME_LIMIT_A,
  type Schedule,
  type ScheduleChange,
} from './schedule.js';

/**
 * What a command does to the current of any EVSE, now or later.
 * `cut` lowers at some instant and raises at none; `none` changes nothing that counts now.
 */
export type CommandEffect = 'cut' | 'none' | 'mixed' | 'raise';

export type ProfileCommand = (ProfileSet | ProfileClear) & { readonly effect: CommandEffect };

export interface DiffOptions {
  readonly nowMs: number;
  /** Raises of at most this much, everywhere, are not worth a write; cuts always are. A, 0 sends all. */
  readonly deadbandA: number;
  /** What the station does without profiles, and how it converts; transactions are assumed. */
  readonly station: Omit<StationFacts, 'transactions' | 'assumeTransactions'>;
}

/**
 * The fewest commands that turn `installed` into `wanted`, cuts first.
 *
 * Applied in order, no EVSE is ever allowed more than before or after all of them, whichever is more,
 * with and without its TxProfile. Where only the combination of two changed profiles is safe (each
 * alone raises some instant), one of them first goes to its lowest limit: one command more.
 * A profile is unchanged when it allows the same from now on; its startSchedule does not matter.
 *
 * Not covered: a rival of ours on 2.x (same purpose and level, other id) must be cleared before ours
 * can be set, and between the two commands the next lower profile holds.
 *
 * Preconditions: ids are unique within each list; every wanted profile has started.
 */
export function diffProfiles(
  installed: readonly ChargingProfile[],
  wanted: readonly ChargingProfile[],
  options: DiffOptions,
): ProfileCommand[] {
  let pending = neededCommands(installed, wanted, options);
  if (pending.length === 0) return [];
  const world = worldOf(installed, wanted, options);
  const ceilings = [world.curves(installed), world.curves(wanted)];
  const ordered: ProfileCommand[] = [];
  let held = installed;

  while (pending.length > 0) {
    const judged = pending
      .filter((command) => !waitsForClear(command, held, options.station.version))
      .map((command) => judge(command, held, ceilings, world));
    const best = judged.sort(byUrgency)[0];
    if (!best) break;
    const bridge = best.excessA > SAME_LIMIT_A ? bridgeFor(pending, held, ordered) : undefined;
    const next = bridge ? judge(bridge, held, ceilings, world) : best;
    ordered.push({ ...next.command, effect: next.effect });
    pending = pending.filter((command) => command !== next.command);
    held = applyProfileCommand(held, next.command, options.station.version);
  }
  return ordered;
}

type Bare = ProfileSet | ProfileClear;

interface Judged {
  readonly command: Bare;
  readonly effect: CommandEffect;
  /** By how much some EVSE could exceed both the state before and the state wanted, A. */
  readonly excessA: number;
}

const URGENCY: Readonly<Record<CommandEffect, number>> = { cut: 0, none: 1, mixed: 2, raise: 3 };

function byUrgency(a: Judged, b: Judged): number {
  const aUnsafe = a.excessA > SAME_LIMIT_A ? 1 : 0;
  const bUnsafe = b.excessA > SAME_LIMIT_A ? 1 : 0;
  return (
    aUnsafe - bUnsafe || URGENCY[a.effect] - URGENCY[b.effect] || idOf(a.command) - idOf(b.command)
  );
}

/** Sets of what is new or changed; clears of what is neither wanted nor replaced by a set. */
function neededCommands(
  installed: readonly ChargingProfile[],
  wanted: readonly ChargingProfile[],
  options: DiffOptions,
): Bare[] {
  const sets = wanted
    .filter((profile) => !isGoodEnough(installed, profile, options))
    .map((profile): ProfileSet => ({ kind: 'set-charging-profile', profile }));
  const { version } = options.station;
  const clears = installed
    .filter((held) => !wanted.some((profile) => profile.id === held.id))
    .filter(
      (held) =>
        version !== 'ocpp1.6' || !sets.some(({ profile }) => isRival(held, profile, version)),
    )
    .map(({ id }): ProfileClear => ({ kind: 'clear-charging-profile', profileId: id }));
  return [...sets, ...clears];
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

/** How a set of profiles turns into current, EVSE by EVSE, with and without a TxProfile. */
interface World {
  readonly nowMs: number;
  readonly version: ProfileVersion;
  curves(profiles: readonly ChargingProfile[]): readonly Schedule[];
}

function worldOf(
  installed: readonly ChargingProfile[],
  wanted: readonly ChargingProfile[],
  { nowMs, station }: DiffOptions,
): World {
  const facts: StationFacts = { ...station, transactions: [], assumeTransactions: true };
  const boundaries = [...installed, ...wanted].flatMap((profile) =>
    profile.periods.map(({ startSec }) => profile.startAtMs + startSec * 1000),
  );
  const toMs = Math.max(nowMs, ...boundaries) + 1000;
  const evseNumbers = Array.from({ length: station.evseCount }, (_, index) => index + 1);
  const curves = (profiles: readonly ChargingProfile[]): Schedule[] => {
    const stored = profiles.map(installedFrom);
    const idle = stored.filter(({ purpose }) => purpose !== 'tx');
    return evseNumbers.flatMap((evseNumber) =>
      [stored, idle].map((held): Schedule => {
        const request = { evseNumber, fromMs: nowMs, toMs, unit: 'A' } as const;
        const { periods } = predictComposite(held, facts, request);
        return periods.map(({ startSec, limit }) => ({
          fromMs: nowMs + startSec * 1000,
          limitA: amps(limit),
        }));
      }),
    );
  };
  return { nowMs, version: station.version, curves };
}

function judge(
  command: Bare,
  held: readonly ChargingProfile[],
  ceilings: readonly (readonly Schedule[])[],
  world: World,
): Judged {
  const before = world.curves(held);
  const after = world.curves(applyProfileCommand(held, command, world.version));
  const changes = after.map((curve, index) =>
    compareSchedules(before[index] ?? [], curve, world.nowMs),
  );
  const excesses = after.map((curve, index) =>
    excessOver(curve, ceilings.map((ceiling) => ceiling[index] ?? [])),
  );
  return { command, effect: effectOf(changes), excessA: Math.max(0, ...excesses) };
}

function effectOf(changes: readonly ScheduleChange[]): CommandEffect {
  const raises = changes.some(({ raiseMaxA }) => raiseMaxA > 0);
  const cuts = changes.some(({ cutMaxA }) => cutMaxA > 0);
  if (raises) return cuts ? 'mixed' : 'raise';
  return cuts ? 'cut' : 'none';
}

function excessOver(curve: Schedule, ceilings: readonly Schedule[]): number {
  const instants = [curve, ...ceilings].flatMap((each) => each.map(({ fromMs }) => fromMs));
  const excesses = instants.map((atMs) => {
    const highestA = Math.max(...ceilings.map((each) => limitAt(each, atMs) ?? Infinity));
    const limitA = limitAt(curve, atMs) ?? Infinity;
    return limitA === highestA ? 0 : limitA - highestA;
  });
  return Math.max(0, ...excesses);
}

/** On 2.x ours is refused as long as a rival stands. */
function waitsForClear(
  command: Bare,
  held: readonly ChargingProfile[],
  version: ProfileVersion,
): boolean {
  return (
    version !== 'ocpp1.6' &&
    command.kind === 'set-charging-profile' &&
    held.some((other) => isRival(other, command.profile, version))
  );
}

/** A profile that is still to change, at the lowest of all its old and new limits. */
function bridgeFor(
  pending: readonly Bare[],
  held: readonly ChargingProfile[],
  ordered: readonly ProfileCommand[],
): ProfileSet | undefined {
  for (const command of pending) {
    if (command.kind !== 'set-charging-profile') continue;
    const { profile } = command;
    const old = held.find(({ id }) => id === profile.id);
    const bridged = ordered.some((earlier) => idOf(earlier) === profile.id);
    const [first] = profile.periods;
    if (!old || !first || bridged || old.unit !== profile.unit) continue;
    const limits = [...old.periods, ...profile.periods].map(({ limit }) => limit);
    const periods = [{ ...first, startSec: 0, limit: Math.min(...limits) }];
    return { kind: 'set-charging-profile', profile: { ...profile, periods } };
  }
  return undefined;
}

function idOf(command: Bare): number {
  return command.kind === 'set-charging-profile' ? command.profile.id : (command.profileId ?? 0);
}
