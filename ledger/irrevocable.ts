/** R3: what no command that leaves now can take back. */
import { type Amps, amps } from '../solver/index.js';
import { flightOverAtMs } from './flight.js';
import { ownSettings } from './own-settings.js';
import type { EvseLedger, LedgerSettings } from './types.js';
import { commandAt, commandEndsAtMs } from './worst-case.js';

export interface Irrevocable {
  readonly currentA: Amps;
  /** The first instant from which it may be less; infinite where something has to happen first. */
  readonly untilMs: number;
}

/**
 * The most that unknown commands let the EVSE draw at `atMs` whatever it is told until then: each may be
 * applied behind any later one for as long as it may be under way. Undefined: nothing. What is held is asked
 * about (R1), and may be over at once; where no answer has told for as long, nobody else can have it either.
 */
export function irrevocableAt(
  entry: EvseLedger,
  atMs: number,
  settings: LedgerSettings,
): Irrevocable | undefined {
  let mostA = 0;
  let untilMs = Number.POSITIVE_INFINITY;
  const own = ownSettings(entry, settings);
  for (const command of entry.commands) {
    if (command.state !== 'unknown') continue;
    const flightMs = flightOverAtMs(command);
    if ((command.held === true) !== flightMs <= atMs) continue;
    mostA = Math.max(mostA, commandAt(command, atMs, own, entry));
    const lateMs = (own.skewSec + own.settleSec) * 1000;
    const steps = (command.steps ?? []).map(({ fromMs }) => fromMs + lateMs);
    for (const endMs of [flightMs, commandEndsAtMs(command, own), ...steps]) {
      if (endMs > atMs) untilMs = Math.min(untilMs, endMs);
    }
  }
  return mostA > 0 ? { currentA: amps(mostA), untilMs } : undefined;
}
