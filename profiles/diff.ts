/** From the profiles that a station holds to those that it should hold, in a safe order. */
import { assert } from '../solver/index.js';
import type { ChargingProfile } from './charging-profile.js';
import type { ProfileClear, ProfileSet } from './command.js';
import { allowancesOf, type CommandEffect, type DiffOptions } from './diff/allowance.js';
import { neededCommands, numberOf, type BareCommand } from './diff/needed.js';
import { orderCommands, URGENCY } from './diff/order.js';
import { isRival } from './profile-set.js';

export type { CommandEffect, DiffOptions } from './diff/allowance.js';

export type ProfileCommand = (ProfileSet | ProfileClear) & { readonly effect: CommandEffect };

/**
 * The fewest commands that turn `installed` into `wanted`, cuts first.
 *
 * Applied in order, no EVSE is ever allowed more than before or after all of them, whichever is
 * more, with and without its TxProfile. Where only the combination of two changed profiles is safe
 * (each alone raises some instant), one of them first goes to its lowest limit: one command more. A
 * profile is unchanged when it allows the same from now on; its startSchedule does not matter.
 *
 * Not covered: a rival of ours on 2.x (same purpose and level, other id) must be cleared before
 * ours can be set, and between the two commands the next lower profile holds.
 *
 * Preconditions: ids are unique within each list; no two wanted profiles are rivals; every wanted
 * profile has started.
 */
export function diffProfiles(
  installed: readonly ChargingProfile[],
  wanted: readonly ChargingProfile[],
  options: DiffOptions,
): ProfileCommand[] {
  const { version } = options.station;
  assert(
    !wanted.some((a) => wanted.some((b) => isRival(a, b, version))),
    'two wanted profiles share purpose, level and EVSE',
  );
  const allowances = allowancesOf(installed, wanted, options);
  const groups = groupByEvse(neededCommands(installed, wanted, options), installed);
  return interleave(groups.map((group) => orderCommands(group, installed, wanted, allowances)));
}

/**
 * EVSEs do not touch each other, so each is ordered by itself; a change for the whole station makes
 * one group of all.
 */
function groupByEvse(
  commands: readonly BareCommand[],
  installed: readonly ChargingProfile[],
): readonly (readonly BareCommand[])[] {
  const groups = new Map<number, BareCommand[]>();
  const touched = commands.map((command) => numberOf(command, installed));
  const together = touched.some((numbers) => numbers.length !== 1 || numbers.includes(0));
  commands.forEach((command, index) => {
    const key = together ? 0 : (touched[index]?.[0] ?? 0);
    groups.set(key, [...(groups.get(key) ?? []), command]);
  });
  return [...groups.entries()].sort(([a], [b]) => a - b).map(([, group]) => group);
}

/** The most urgent head of all groups goes next; order within a group stays. */
function interleave(groups: readonly (readonly ProfileCommand[])[]): ProfileCommand[] {
  const queues = groups.map((group) => [...group]);
  const ordered: ProfileCommand[] = [];
  for (;;) {
    const heads = queues.filter((queue) => queue.length > 0);
    const urgent = heads.reduce<ProfileCommand[] | undefined>((best, queue) => {
      const [a, b] = [best?.[0], queue[0]];
      return a && b && URGENCY[a.effect] <= URGENCY[b.effect] ? best : queue;
    }, undefined);
    const next = urgent?.shift();
    if (!next) return ordered;
    ordered.push(next);
  }
}
