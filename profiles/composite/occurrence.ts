/** When the schedule of a profile runs: occurrences of a period in absolute time. */
import type { InstalledPeriod, InstalledProfile, InstalledSchedule } from '../installed-profile.js';
import type { StationFacts, TransactionFacts, UtcOffset } from './facts.js';
import { instantOfWall, wallMsAt } from './local-time.js';

const DAY_MS = 86_400_000;
const RECURRENCE_MS = { daily: DAY_MS, weekly: 7 * DAY_MS };

/** One run of a schedule, [startAtMs, endAtMs). */
interface Run {
  readonly startAtMs: number;
  /** Infinite for an open-ended schedule. */
  readonly endAtMs: number;
  /** When the next run starts; infinite where there is none. */
  readonly nextAtMs: number;
}

/** A period in force, and the instant at which something may change. */
export interface Occurrence {
  readonly schedule: InstalledSchedule;
  /** Absent: the profile says nothing at this instant. */
  readonly period?: InstalledPeriod;
  /** Infinite when nothing changes any more. */
  readonly untilMs: number;
}

export interface Clockwork {
  readonly station: StationFacts;
  readonly transaction: TransactionFacts | undefined;
  /** Start of the window: where relative schedules of an assumed transaction begin. */
  readonly windowFromMs: number;
}

/** What a profile says at an instant, whatever its purpose and stack level. */
export function occurrenceAt(
  profile: InstalledProfile,
  atMs: number,
  clockwork: Clockwork,
): Occurrence | undefined {
  const schedule = chosenSchedule(profile, clockwork.transaction);
  if (!schedule) return undefined;
  const { untilMs: validityUntilMs, isValid } = validityAt(profile, atMs, clockwork.station);
  if (!isValid) return { schedule, untilMs: validityUntilMs };

  const run = runAt(profile, schedule, atMs, clockwork);
  if (atMs < run.startAtMs) return { schedule, untilMs: Math.min(run.startAtMs, validityUntilMs) };
  if (atMs >= run.endAtMs) return { schedule, untilMs: Math.min(run.nextAtMs, validityUntilMs) };
  const sinceMs = atMs - run.startAtMs;
  const index = schedule.periods.findLastIndex((period) => period.startSec * 1000 <= sinceMs);
  const period = schedule.periods[index];
  const next = schedule.periods[index + 1];
  const nextAtMs = next ? run.startAtMs + next.startSec * 1000 : Infinity;
  const untilMs = Math.min(nextAtMs, run.endAtMs, validityUntilMs);
  return period ? { schedule, period, untilMs } : { schedule, untilMs };
}

function chosenSchedule(
  profile: InstalledProfile,
  transaction: TransactionFacts | undefined,
): InstalledSchedule | undefined {
  const selected = transaction?.selectedScheduleId;
  const picked = profile.schedules.find(
    (schedule) => selected !== undefined && schedule.id === selected,
  );
  return picked ?? profile.schedules[0];
}

/**
 * Whether a profile is valid, and until when that stays so. After maxOfflineSec without a link it is
 * not: until the link is back, or for ever where it says so.
 */
function validityAt(
  profile: InstalledProfile,
  atMs: number,
  { offlineSinceMs, onlineAgainAtMs = Infinity }: StationFacts,
): { readonly isValid: boolean; readonly untilMs: number } {
  const { validFromMs = -Infinity, validToMs = Infinity, maxOfflineSec } = profile;
  if (atMs < validFromMs) return { isValid: false, untilMs: validFromMs };
  if (atMs >= validToMs) return { isValid: false, untilMs: Infinity };
  if (maxOfflineSec === undefined || offlineSinceMs === undefined) {
    return { isValid: true, untilMs: validToMs };
  }
  const lapsedAtMs = offlineSinceMs + maxOfflineSec * 1000;
  if (lapsedAtMs >= onlineAgainAtMs) return { isValid: true, untilMs: validToMs };
  if (atMs < lapsedAtMs) return { isValid: true, untilMs: Math.min(lapsedAtMs, validToMs) };
  if (profile.invalidAfterOffline) return { isValid: false, untilMs: Infinity };
  if (atMs < onlineAgainAtMs) return { isValid: false, untilMs: onlineAgainAtMs };
  return { isValid: true, untilMs: validToMs };
}

/**
 * The run that covers an instant, or the one before it. A recurring schedule recurs before its
 * startSchedule too: only validFrom stops it (stations do so; set validFrom = startSchedule). In
 * local time it recurs at the same hour of the wall clock, so that a day may have 23 or 25 hours.
 */
function runAt(
  profile: InstalledProfile,
  schedule: InstalledSchedule,
  atMs: number,
  clockwork: Clockwork,
): Run {
  const offsets = wallClockOf(profile, schedule, clockwork.station);
  const first = firstStartMs(profile, schedule, clockwork);
  const durationMs = (schedule.durationSec ?? Infinity) * 1000;
  const everyMs = recurrenceMs(profile);
  if (everyMs === undefined) {
    const startAtMs = instantOfWall(first, offsets);
    return { startAtMs, endAtMs: startAtMs + durationMs, nextAtMs: Infinity };
  }
  const startOf = (count: number): number => instantOfWall(first + count * everyMs, offsets);
  let count = Math.floor((wallMsAt(atMs, offsets) - first) / everyMs);
  // Where the wall clock was put back or forward just now, the neighbour is the one.
  if (startOf(count + 1) <= atMs) count += 1;
  if (startOf(count) > atMs) count -= 1;
  const startAtMs = startOf(count);
  const nextAtMs = startOf(count + 1);
  return { startAtMs, endAtMs: Math.min(startAtMs + durationMs, nextAtMs), nextAtMs };
}

/** Only dates that the schedule itself writes are local; none means UTC. */
function wallClockOf(
  { kind, dynUpdateAtMs }: InstalledProfile,
  { startAtMs, useLocalTime }: InstalledSchedule,
  { utcOffsets = [] }: StationFacts,
): readonly UtcOffset[] {
  const isWritten = kind === 'dynamic' ? dynUpdateAtMs === undefined : kind !== 'relative';
  return useLocalTime && isWritten && startAtMs !== undefined ? utcOffsets : [];
}

/**
 * Start of an Absolute or Recurring schedule; transaction start of a Relative one; last update of a
 * Dynamic one. An Absolute one without startSchedule (1.6 only) starts with its validity, else with
 * the window.
 */
function firstStartMs(
  profile: InstalledProfile,
  schedule: InstalledSchedule,
  clockwork: Clockwork,
): number {
  if (profile.kind === 'relative') {
    return clockwork.transaction?.startedAtMs ?? clockwork.windowFromMs;
  }
  const startAtMs =
    profile.kind === 'dynamic' ? (profile.dynUpdateAtMs ?? schedule.startAtMs) : schedule.startAtMs;
  return startAtMs ?? profile.validFromMs ?? clockwork.windowFromMs;
}

/** recurrencyKind on a profile that is not Recurring is ignored. */
function recurrenceMs(profile: InstalledProfile): number | undefined {
  if (profile.kind !== 'recurring') return undefined;
  return RECURRENCE_MS[profile.recurrency ?? 'daily'];
}
