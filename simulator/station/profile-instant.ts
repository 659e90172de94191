/** What one profile says at an instant: its validity, its runs, its periods. */
import type { Period, Profile } from './profile.js';
import { type ClockOffset, wallClock, whenShown } from './wall-clock.js';

export interface Circumstances {
  readonly transaction?: { readonly startedAtMs: number };
  readonly clockOffsets?: readonly ClockOffset[];
  /** The link was lost; `toMs` where it is back. */
  readonly linkLost?: { readonly fromMs: number; readonly toMs?: number };
}

/** Absent without a period: the profile says nothing. The same until `untilMs`. */
export interface Instant {
  readonly period?: Period;
  readonly untilMs: number;
}

const FOREVER_MS = Number.POSITIVE_INFINITY;
const EVER_MS = Number.NEGATIVE_INFINITY;

export function instantOf(profile: Profile, now: Circumstances, atMs: number): Instant {
  const gaps = invalidTimes(profile, now);
  const within = gaps.find(([fromMs, toMs]) => fromMs <= atMs && atMs < toMs);
  if (within !== undefined) return { untilMs: within[1] };
  const nextGapMs = gaps.reduce(
    (soonestMs, [fromMs]) => (fromMs > atMs ? Math.min(soonestMs, fromMs) : soonestMs),
    FOREVER_MS,
  );
  const said = inRun(profile, now, atMs);
  return { ...said, untilMs: Math.min(said.untilMs, nextGapMs) };
}

/** [from, to) in which the profile is not valid. */
function invalidTimes(
  profile: Profile,
  { linkLost }: Circumstances,
): readonly (readonly [number, number])[] {
  const gaps: (readonly [number, number])[] = [];
  if (profile.validFromMs !== undefined) gaps.push([EVER_MS, profile.validFromMs]);
  if (profile.validToMs !== undefined) gaps.push([profile.validToMs, FOREVER_MS]);
  if (profile.offline !== undefined && linkLost !== undefined) {
    const { fromMs, toMs: backMs = FOREVER_MS } = linkLost;
    const lapsesMs = fromMs + profile.offline.validSec * 1000;
    const endMs = profile.offline.endsForGood ? FOREVER_MS : backMs;
    if (lapsesMs < backMs) gaps.push([lapsesMs, endMs]);
  }
  return gaps;
}

function inRun(profile: Profile, now: Circumstances, atMs: number): Instant {
  const [first] = profile.periods;
  // Relative to a transaction that would start at any moment: its first period at each of them.
  if (profile.kind === 'relative' && now.transaction === undefined) {
    return first === undefined ? { untilMs: FOREVER_MS } : { period: first, untilMs: FOREVER_MS };
  }
  const { startMs, againMs } = runAround(profile, now, atMs);
  if (atMs < startMs) return { untilMs: startMs };
  const endMs = Math.min(againMs, startMs + (profile.durationSec ?? FOREVER_MS) * 1000);
  if (atMs >= endMs) return { untilMs: againMs };
  let said: Period | undefined;
  for (const period of profile.periods) {
    const fromMs = startMs + period.startSec * 1000;
    if (fromMs > atMs) {
      const untilMs = Math.min(fromMs, endMs);
      return said === undefined ? { untilMs } : { period: said, untilMs };
    }
    said = period;
  }
  return said === undefined ? { untilMs: endMs } : { period: said, untilMs: endMs };
}

/**
 * The start of the run that `atMs` is in, and of the next. A recurrence has no first run: stations
 * count it back from its startSchedule as well.
 */
function runAround(
  profile: Profile,
  now: Circumstances,
  atMs: number,
): { readonly startMs: number; readonly againMs: number } {
  if (profile.kind === 'relative') {
    return { startMs: now.transaction?.startedAtMs ?? atMs, againMs: FOREVER_MS };
  }
  const offsets = profile.isLocalTime === true ? (now.clockOffsets ?? []) : [];
  const writtenMs = profile.startAtMs ?? profile.validFromMs ?? profile.receivedAtMs;
  const { recurrenceSec } = profile;
  if (recurrenceSec === undefined) {
    return { startMs: whenShown(writtenMs, offsets), againMs: FOREVER_MS };
  }
  const everyMs = recurrenceSec * 1000;
  const passed = Math.floor((wallClock(atMs, offsets) - writtenMs) / everyMs);
  const starts = [-1, 0, 1, 2].map((more) =>
    whenShown(writtenMs + (passed + more) * everyMs, offsets),
  );
  const startMs = Math.max(...starts.filter((candidateMs) => candidateMs <= atMs));
  const againMs = Math.min(...starts.filter((candidateMs) => candidateMs > atMs));
  return { startMs, againMs };
}
