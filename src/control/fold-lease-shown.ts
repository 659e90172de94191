/** What a station shows of the lease that it follows (SAFETY R1, R3, R6). */
import { fenced, leaseShown, type PossibleCommand, stepsRead } from '../../ledger/index.js';
import { type CompositeSchedule, roundDownToStep } from '../../profiles/index.js';
import type { StationEvent } from '../ocpp/messages.js';
import type { SiteEvse } from '../sites/site.js';
import { evseById } from '../sites/site-index.js';
import { ampsOfComposite, LIMIT_TOLERANCE_A } from './charge-rate.js';
import { noteAhead } from './clock-ahead.js';
import { noteRight } from './clock-doubt.js';
import { type Draft, updateEvse } from './draft.js';
import { noteIgnored } from './ignored-lease.js';
import { readBackAgain, readBackLater } from './lease-read-back.js';
import { notePhases } from './phase-switch.js';
import { CAPABILITY_ASSUMED } from './read-capability.js';
import { isFollowed, noteReplacement } from './replacement.js';
import { noteShownAbove } from './shown-above.js';
import type { PendingCommand } from './state.js';

type Answered = Extract<StationEvent, { type: 'command.answered' }>;

export function foldLeaseShown(draft: Draft, pending: PendingCommand, answer: Answered): void {
  const { outcome, sentAtMs } = answer;
  const sinceMs = sentAtMs ?? pending.createdAtMs;
  // Its clock is known no better than the answer was quick (R6).
  const isSlow = draft.nowMs - sinceMs > (draft.site.settings.skewSec * 1000) / 2;
  if (outcome.status === 'timeout' || isSlow) return readBackAgain(draft, pending);
  const evse = evseById(draft.site, pending.evseId);
  if (evse === undefined) return;
  const isUnlimited = outcome.status === 'error' && outcome.isUnlimited === true;
  if (isUnlimited && noteShownAbove(draft, evse, undefined, sinceMs)) return;
  const isRefused = outcome.status === 'rejected' || outcome.status === 'error';
  if (isRefused) return readBackLater(draft, pending.evseId);
  const schedule = outcome.status === 'accepted' ? outcome.schedule : undefined;
  const state = draft.evses.get(evse.id);
  if (state === undefined || schedule === undefined) return;
  if (noteShownAbove(draft, evse, schedule, sinceMs)) return;
  const newest = state.ledger.commands.findLast((it) => it.state === 'accepted');
  if (newest === undefined) return;
  const { settings } = draft.site;
  if (newest.seq < pending.seq && isFollowed(draft, evse, schedule, newest)) {
    noteAhead(draft, evse, schedule, newest);
    const fence = { seq: newest.seq, atMs: draft.nowMs };
    updateEvse(draft, evse.id, (it) => ({ ...it, ledger: fenced(it.ledger, fence, settings) }));
  }
  noteReplacement(draft, evse, schedule, pending);
  noteIgnored(draft, evse, schedule, pending);
  notePhases(draft, evse, schedule, newest);
  const byMs = newest.boundaryAtMs + settings.skewSec * 1000;
  if (!isInTime(draft, schedule, sinceMs) || !isGranting(draft, evse, schedule, newest)) return;
  if (!endsBy(draft, evse, schedule, { byMs, tailA: newest.tailA })) return;
  const found = stepsIn(draft, evse, schedule, newest);
  // Another lease that it follows may fall as well or not: it shows nothing of the steps of this one.
  const isOther = !isFollowed(draft, evse, schedule, newest);
  updateEvse(draft, evse.id, ({ ledger, ...rest }) => {
    const shown = leaseShown(ledger);
    const isProof = !isOther || (found === 'ignored' && ledger.steps === undefined);
    const steps = isProof ? found : undefined;
    return { ...rest, ledger: steps === undefined ? shown : stepsRead(shown, steps) };
  });
  noteRight(draft, evse.stationId, Math.min(schedule.startAtMs, draft.nowMs));
}

/**
 * R6 for steps: from each one on the schedule is at or below it, and above it before. Undefined where the
 * command has none that is still to come and to be seen.
 */
function stepsIn(
  draft: Draft,
  evse: SiteEvse,
  schedule: CompositeSchedule,
  { steps = [], grantA, boundaryAtMs }: PossibleCommand,
): 'shown' | 'ignored' | undefined {
  const skewMs = draft.site.settings.skewSec * 1000;
  const { stepA } = draft.stations.get(evse.stationId)?.capability ?? CAPABILITY_ASSUMED;
  const written = (currentA: number): number => roundDownToStep(currentA, stepA);
  const ahead = steps.filter(({ fromMs, currentA }, index) => {
    // Written as what was before it, it is no period of its own.
    const isLower = written(currentA) < written(steps[index - 1]?.currentA ?? grantA);
    return isLower && fromMs - skewMs > schedule.startAtMs;
  });
  if (ahead.length === 0) return undefined;
  const isShown = ahead.every(({ fromMs, currentA }, index) => {
    const untilMs = ahead[index + 1]?.fromMs ?? boundaryAtMs;
    const within = highestBetween(draft, evse, schedule, [fromMs + skewMs, untilMs - skewMs]);
    const before = highestBetween(draft, evse, schedule, [schedule.startAtMs, fromMs - skewMs]);
    const isLower = within !== undefined && within <= currentA + LIMIT_TOLERANCE_A;
    return isLower && before !== undefined && before > currentA + LIMIT_TOLERANCE_A;
  });
  return isShown ? 'shown' : 'ignored';
}

/** The highest limit of a schedule at any instant between two; undefined where it has none. */
function highestBetween(
  draft: Draft,
  evse: SiteEvse,
  { startAtMs, durationSec, unit, periods }: CompositeSchedule,
  [fromMs, toMs]: readonly [number, number],
): number | undefined {
  const limits = periods.flatMap((period, index) => {
    const endSec = periods[index + 1]?.startSec ?? durationSec;
    const isBetween =
      startAtMs + period.startSec * 1000 < toMs && startAtMs + endSec * 1000 > fromMs;
    return isBetween ? [ampsOfComposite(draft.site, evse, unit, period)] : [];
  });
  return limits.length === 0 ? undefined : Math.max(...limits);
}

/**
 * The station made it between our call and its answer: whenever that was, its clock is then within the skew
 * budget (R6). An answer that took longer than twice the budget proves nothing.
 */
function isInTime(
  { nowMs, site }: Draft,
  { startAtMs }: CompositeSchedule,
  sinceMs: number,
): boolean {
  const skewMs = site.settings.skewSec * 1000;
  return startAtMs >= nowMs - skewMs && startAtMs <= sinceMs + skewMs;
}

/** An end proves something only where more than the tail was shown before it. */
function isGranting(
  draft: Draft,
  evse: SiteEvse,
  { periods, unit }: CompositeSchedule,
  { tailA }: PossibleCommand,
): boolean {
  const [first] = periods;
  if (first === undefined) return false;
  return ampsOfComposite(draft.site, evse, unit, first) > tailA + LIMIT_TOLERANCE_A;
}

/** The schedule is at or below the tail from `byMs` on, and reaches that far. */
function endsBy(
  draft: Draft,
  evse: SiteEvse,
  schedule: CompositeSchedule,
  lease: { readonly byMs: number; readonly tailA: number },
): boolean {
  const endMs = schedule.startAtMs + schedule.durationSec * 1000;
  if (endMs <= lease.byMs) return false;
  return schedule.periods.every((period, index) => {
    const nextSec = schedule.periods[index + 1]?.startSec ?? schedule.durationSec;
    if (schedule.startAtMs + nextSec * 1000 <= lease.byMs) return true;
    const limitA = ampsOfComposite(draft.site, evse, schedule.unit, period);
    return limitA <= lease.tailA + LIMIT_TOLERANCE_A;
  });
}
