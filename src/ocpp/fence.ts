/**
 * The order of commands that change charging profiles. What was written with a higher (epoch, seq)
 * makes every lower one for the same EVSE obsolete: written later it would undo the newer order.
 */
import type { OutboxCommand, StationCommand } from './messages.js';

/** What is compared: epoch first, then seq. */
export type CommandOrder = Pick<OutboxCommand, 'epoch' | 'seq'>;

/** The highest order written, by EVSE number; 0 stands for commands that concern the whole station. */
export type Fences = Map<number, CommandOrder>;

/** Negative when `a` comes first. */
export function compareOrder(a: CommandOrder, b: CommandOrder): number {
  return a.epoch - b.epoch || a.seq - b.seq;
}

/**
 * The EVSE whose profiles a command changes, 0 for the whole station (also a clear by id, which may
 * belong to any EVSE); undefined for commands that change no profile and are never obsolete.
 */
export function fencedEvse(command: StationCommand): number | undefined {
  switch (command.kind) {
    case 'set-charging-profile':
      return command.profile.evseNumber;
    case 'clear-charging-profile':
      return command.criteria?.evseNumber ?? 0;
    default:
      return undefined;
  }
}

/** True when a command at or above this one was written for the same EVSE, or either is station-wide. */
export function isFenced(fences: Fences, row: OutboxCommand): boolean {
  const evseNumber = fencedEvse(row.command);
  if (evseNumber === undefined) return false;
  const relevant =
    evseNumber === 0 ? [...fences.values()] : [fences.get(evseNumber), fences.get(0)];
  return relevant.some((written) => written !== undefined && compareOrder(row, written) <= 0);
}

/** Records that a command was handed to the socket. */
export function raiseFence(fences: Fences, row: OutboxCommand): void {
  const evseNumber = fencedEvse(row.command);
  if (evseNumber === undefined) return;
  const written = fences.get(evseNumber);
  if (written !== undefined && compareOrder(row, written) <= 0) return;
  fences.set(evseNumber, { epoch: row.epoch, seq: row.seq });
}
