/** What is known of clocks, those of stations and our own: pure, (entry, fact) -> entry. */
import { flightOverAtMs } from './flight.js';
import { shapedCommand, shapedEntry } from './shape.js';
import type { EvseLedger, PossibleCommand } from './types.js';

/** R6: its clock may be wrong by now: what was shown of boundaries and steps counts no more. */
export function clockDoubted(entry: EvseLedger): EvseLedger {
  const steps = entry.steps === 'shown' ? 'unread' : entry.steps;
  return shapedEntry({ ...entry, leaseShown: false, steps, clockLate: undefined });
}

/**
 * R6: a sample came late at `atMs`: on a slow way, or the clock is behind. What was shown counts no more until
 * one of the two is known.
 */
export function sampledLate(entry: EvseLedger, atMs: number): EvseLedger {
  const { leaseShown: wasShown, clockLate, steps } = entry;
  if (!wasShown && clockLate === undefined) return entry;
  const stepsShown = wasShown ? steps === 'shown' : clockLate?.stepsShown === true;
  const sinceMs = Math.max(atMs, clockLate?.sinceMs ?? atMs);
  return shapedEntry({ ...clockDoubted(entry), clockLate: { sinceMs, stepsShown } });
}

/**
 * R6: a sample came within the skew budget of its stamp. Where it was measured after the last that came late,
 * that one was slow, and the clock is not behind.
 */
export function sampledInTime(entry: EvseLedger, stampedAtMs: number): EvseLedger {
  const { clockLate } = entry;
  if (clockLate === undefined || stampedAtMs < clockLate.sinceMs) return entry;
  const steps = clockLate.stepsShown && entry.steps === 'unread' ? 'shown' : entry.steps;
  return shapedEntry({ ...entry, leaseShown: true, steps, clockLate: undefined });
}

/**
 * R1, R3 where our clock was set forward by `byMs`, and may have shown `beforeMs` before: what had not settled
 * by then takes as long as it would have, and so does a call under way. Set back, everything counts longer
 * anyway.
 */
export function clockStepped(
  entry: EvseLedger,
  { byMs, beforeMs }: { readonly byMs: number; readonly beforeMs: number },
): EvseLedger {
  if (byMs <= 0) return entry;
  const later = (untilMs: number | undefined): number | undefined =>
    untilMs !== undefined && untilMs > beforeMs ? untilMs + byMs : untilMs;
  const commands = entry.commands.map((it): PossibleCommand => {
    const countsUntilMs = later(it.countsUntilMs);
    const { unknownSinceMs: sinceMs } = it;
    const isUnderWay = it.state === 'unknown' && flightOverAtMs(it) > beforeMs;
    const unknownSinceMs = isUnderWay && sinceMs !== undefined ? sinceMs + byMs : sinceMs;
    const isSame = countsUntilMs === it.countsUntilMs && unknownSinceMs === it.unknownSinceMs;
    return isSame ? it : shapedCommand({ ...it, countsUntilMs, unknownSinceMs });
  });
  const fallbackSettlesAtMs = later(entry.fallbackSettlesAtMs);
  const { clockLate } = entry;
  const isSame =
    fallbackSettlesAtMs === entry.fallbackSettlesAtMs &&
    clockLate === undefined &&
    commands.every((it, at) => it === entry.commands[at]);
  if (isSame) return entry;
  const late = clockLate && { ...clockLate, sinceMs: clockLate.sinceMs + byMs };
  return shapedEntry({ ...entry, fallbackSettlesAtMs, commands, clockLate: late });
}
