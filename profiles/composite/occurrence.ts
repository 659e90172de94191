/** When the schedule of a profile runs: occurrences of a period in absolute time. */
import type { InstalledPeriod, InstalledProfile, InstalledSchedule } from '../installed-profile.js';
import type { StationFacts, TransactionFacts } from './facts.js';

const DAY_MS = 86_400_000;
const RECURRENCE_MS = { daily: DAY_MS, weekly: 7 * DAY_MS };

/** One run of a schedule, [startAtMs, endAtMs). */
interface Run {
  readonly startAtMs: number;
  /** Infinite for an open-ended schedule. */
  readonly endAtMs: number;
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
  const validToMs = endOfValidity(profile, clockwork.station);
  const validFromMs = profile.validFromMs ?? -Infinity;
  if (atMs < validFromMs) return { schedule, untilMs: validFromMs };
  if (atMs >= validToMs) return { schedule, untilMs: Infinity };

  const run = runAt(profile, schedule, atMs, clockwork);
  if (atMs < run.startAtMs) return { schedule, untilMs: Math.min(run.startAtMs, validToMs) };
  if (atMs >= run.endAtMs) {
    return { schedule, untilMs: Math.min(nextRunAtMs(profile, run), validToMs) };
  }
  const sinceMs = atMs - run.startAtMs;
  const index = schedule.periods.findLastIndex((period) => period.startSec * 1000 <= sinceMs);
  const period = schedule.periods[index];
  const next = schedule.periods[index + 1];
  const nextAtMs = next ? run.startAtMs + next.startSec * 1000 : Infinity;
  const untilMs = Math.min(nextAtMs, run.endAtMs, validToMs);
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

function endOfValidity(profile: InstalledProfile, station: StationFacts): number {
  const validToMs = profile.validToMs ?? Infinity;
  if (profile.maxOfflineSec === undefined || station.offlineSinceMs === undefined) return validToMs;
  return Math.min(validToMs, station.offlineSinceMs + profile.maxOfflineSec * 1000);
}

/**
 * The run that covers an instant, or the one before it. A recurring schedule recurs before its
 * startSchedule too: only validFrom stops it (stations do so; set validFrom = startSchedule).
 */
function runAt(
  profile: InstalledProfile,
  schedule: InstalledSchedule,
  atMs: number,
  clockwork: Clockwork,
): Run {
  const firstAtMs = firstStartMs(profile, schedule, clockwork);
  const durationMs = (schedule.durationSec ?? Infinity) * 1000;
  const everyMs = recurrenceMs(profile);
  if (everyMs === undefined) return { startAtMs: firstAtMs, endAtMs: firstAtMs + durationMs };
  const startAtMs = firstAtMs + Math.floor((atMs - firstAtMs) / everyMs) * everyMs;
  return { startAtMs, endAtMs: startAtMs + Math.min(durationMs, everyMs) };
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
  const offsetSec = schedule.useLocalTime ? (clockwork.station.utcOffsetSec ?? 0) : 0;
  const startAtMs =
    profile.kind === 'dynamic' ? (profile.dynUpdateAtMs ?? schedule.startAtMs) : schedule.startAtMs;
  if (startAtMs === undefined) return profile.validFromMs ?? clockwork.windowFromMs;
  return startAtMs - offsetSec * 1000;
}

function nextRunAtMs(profile: InstalledProfile, run: Run): number {
  const everyMs = recurrenceMs(profile);
  return everyMs === undefined ? Infinity : run.startAtMs + everyMs;
}

/** recurrencyKind on a profile that is not Recurring is ignored. */
function recurrenceMs(profile: InstalledProfile): number | undefined {
  if (profile.kind !== 'recurring') return undefined;
  return RECURRENCE_MS[profile.recurrency ?? 'daily'];
}
