/** The order of commands in which no EVSE is ever allowed more than before or after. */
import type { ChargingProfile } from '../charging-profile.js';
import type { ProfileSet } from '../command.js';
import { applyProfileCommand, isRival } from '../profile-set.js';
import { compareSchedules, SAME_LIMIT_A } from '../schedule.js';
import { effectOf, excessOver, type Allowances, type CommandEffect } from './allowance.js';
import { idOf, numberOf, type BareCommand } from './needed.js';

export const URGENCY: Readonly<Record<CommandEffect, number>> = {
  cut: 0,
  none: 1,
  mixed: 2,
  raise: 3,
};

/** A command, and what it would do if it were the next. */
interface Judged {
  readonly command: BareCommand;
  readonly effect: CommandEffect;
  /** By how much some EVSE could exceed both the state before and the state wanted, A. */
  readonly excessA: number;
}

/** Takes, again and again, the most urgent command that is safe now. */
export function orderCommands(
  commands: readonly BareCommand[],
  installed: readonly ChargingProfile[],
  wanted: readonly ChargingProfile[],
  allowances: Allowances,
): (BareCommand & { readonly effect: CommandEffect })[] {
  const ordered: (BareCommand & { readonly effect: CommandEffect })[] = [];
  const bridged = new Set<number>();
  let pending = commands;
  let held = installed;
  const judgeNow = (command: BareCommand) => judge(command, held, [installed, wanted], allowances);

  while (pending.length > 0) {
    const [best] = pending
      .filter((command) => !waitsForClear(command, held, allowances.version))
      .map(judgeNow)
      .sort(byUrgency);
    if (!best) break;
    const unsafe = best.excessA > SAME_LIMIT_A;
    const bridge = unsafe ? bridgeFor(pending, held, bridged) : undefined;
    if (bridge) bridged.add(bridge.profile.id);
    const next = bridge ? judgeNow(bridge) : best;
    ordered.push({ ...next.command, effect: next.effect });
    pending = pending.filter((command) => command !== next.command);
    held = applyProfileCommand(held, next.command, allowances.version);
  }
  return ordered;
}

function judge(
  command: BareCommand,
  held: readonly ChargingProfile[],
  ends: readonly (readonly ChargingProfile[])[],
  allowances: Allowances,
): Judged {
  const after = applyProfileCommand(held, command, allowances.version);
  const touched = numberOf(command, held);
  const evseNumbers = touched.includes(0) ? allowances.evseNumbers : touched;
  const verdicts = evseNumbers.flatMap((evseNumber) => {
    const curvesBefore = allowances.curves(held, evseNumber);
    const ceilings = ends.map((end) => allowances.curves(end, evseNumber));
    return allowances.curves(after, evseNumber).map((curve, index) => ({
      change: compareSchedules(curvesBefore[index] ?? [], curve, allowances.nowMs),
      excessA: excessOver(
        curve,
        ceilings.map((ceiling) => ceiling[index] ?? []),
      ),
    }));
  });
  return {
    command,
    effect: effectOf(verdicts.map(({ change }) => change)),
    excessA: Math.max(0, ...verdicts.map(({ excessA }) => excessA)),
  };
}

function byUrgency(a: Judged, b: Judged): number {
  const aUnsafe = a.excessA > SAME_LIMIT_A ? 1 : 0;
  const bUnsafe = b.excessA > SAME_LIMIT_A ? 1 : 0;
  return (
    aUnsafe - bUnsafe || URGENCY[a.effect] - URGENCY[b.effect] || idOf(a.command) - idOf(b.command)
  );
}

/** On 2.x ours is refused as long as a rival stands. */
function waitsForClear(
  command: BareCommand,
  held: readonly ChargingProfile[],
  version: Allowances['version'],
): boolean {
  return (
    version !== 'ocpp1.6' &&
    command.kind === 'set-charging-profile' &&
    held.some((other) => isRival(other, command.profile, version))
  );
}

/** A profile that is still to change, at the lowest of all its old and new limits. */
function bridgeFor(
  pending: readonly BareCommand[],
  held: readonly ChargingProfile[],
  bridged: ReadonlySet<number>,
): ProfileSet | undefined {
  for (const command of pending) {
    if (command.kind !== 'set-charging-profile') continue;
    const { profile } = command;
    const old = held.find(
      ({ id, purpose, evseNumber, unit }) =>
        id === profile.id &&
        purpose === profile.purpose &&
        evseNumber === profile.evseNumber &&
        unit === profile.unit,
    );
    const [first] = profile.periods;
    if (!old || !first || bridged.has(profile.id)) continue;
    const limits = [...old.periods, ...profile.periods].map(({ limit }) => limit);
    const periods = [{ ...first, startSec: 0, limit: Math.min(...limits) }];
    return { kind: 'set-charging-profile', profile: { ...profile, periods } };
  }
  return undefined;
}
