/**
 * Whether a profile takes the place of the one before it under the same id, by the station's own
 * composite schedule: some accept the new one and go on with the old (SAFETY R1, R10).
 */
import { newestAccepted, replacementKept, replacementShown } from '../../ledger/index.js';
import type { EvseLedger, PossibleCommand } from '../../ledger/types.js';
import type { CompositeSchedule } from '../../profiles/index.js';
import type { EvseId } from '../../solver/index.js';
import type { SiteEvse } from '../sites/site.js';
import { ampsOfComposite, LIMIT_TOLERANCE_A } from './charge-rate.js';
import { type Draft, updateEvse, wakeAt } from './draft.js';
import { clearFirst } from './ladder.js';
import type { PendingCommand } from './state.js';
import { mayBeCleared } from './unknown-call.js';

/** Limits are rounded down to the station's step. */
const LIMIT_STEP_A = 1;

/** A composite schedule read now may show which of two it follows. */
export function isTelling(ledger: EvseLedger): boolean {
  return ledger.replacesUnshown === true && ledger.commands.some((it) => it.held === true);
}

/** `pending`: the read-back that was answered with `schedule`. */
export function noteReplacement(
  draft: Draft,
  evse: SiteEvse,
  schedule: CompositeSchedule,
  pending: PendingCommand,
): void {
  const state = draft.evses.get(evse.id);
  const newest = state === undefined ? undefined : newestAccepted(state.ledger);
  if (state?.ledger.replacesUnshown !== true || newest === undefined) return;
  const { ledger, followedSeq } = state;
  // What was sent behind the question may be what it shows.
  if (newest.seq > pending.seq || ledger.commands.some((it) => it.seq > newest.seq)) return;
  const follows = (it: PossibleCommand): boolean => isFollowed(draft, evse, schedule, it);
  const rivals = isTelling(ledger) ? ledger.commands.filter((it) => it.held === true) : [];
  if (!follows(newest)) return noteKept(draft, evse, { newest, kept: rivals.findLast(follows) });
  const gone = rivals.filter((it) => !follows(it));
  const isCertain = !mayBeCleared(draft, evse);
  const isProof = isCertain && gone.some((it) => it.seq === followedSeq);
  const shown = { atMs: draft.nowMs, isProof };
  const settled = gone.length === 0 ? ledger : replacementShown(ledger, shown, draft.site.settings);
  const seq = isCertain && !isProof ? newest.seq : undefined;
  if (settled === ledger && followedSeq === seq) return;
  updateEvse(draft, evse.id, (it) => ({ ...it, followedSeq: seq, ledger: settled }));
}

function noteKept(
  draft: Draft,
  evse: SiteEvse,
  of: { readonly newest: PossibleCommand; readonly kept: PossibleCommand | undefined },
): void {
  const { newest, kept } = of;
  if (kept === undefined) return;
  const observed = `accepts ${newest.grantA} A and goes on with ${kept.grantA} A as before`;
  if (!clearFirst(draft, evse, observed)) return;
  updateEvse(draft, evse.id, (it) => ({
    ...it,
    ledger: replacementKept(it.ledger, { seq: kept.seq, atMs: draft.nowMs }),
  }));
  wakeAt(draft, draft.nowMs);
}

/**
 * What it was shown to follow may be gone by other ways than a replacement: a boot, another transaction,
 * a refusal that deletes.
 */
export function forgetFollowed(draft: Draft, evseId: EvseId): void {
  if (draft.evses.get(evseId)?.followedSeq === undefined) return;
  updateEvse(draft, evseId, (it) => ({ ...it, followedSeq: undefined }));
}

/** The station says that it follows this command: its limit now, and its tail from its end on (R3). */
export function isFollowed(
  draft: Draft,
  evse: SiteEvse,
  schedule: CompositeSchedule,
  command: PossibleCommand,
): boolean {
  const skewMs = draft.site.settings.skewSec * 1000;
  if (schedule.periods.length === 0) return false;
  return schedule.periods.every((period, index) => {
    const fromMs = schedule.startAtMs + period.startSec * 1000;
    const nextSec = schedule.periods[index + 1]?.startSec ?? schedule.durationSec;
    const isGrant = schedule.startAtMs + nextSec * 1000 <= command.boundaryAtMs + skewMs;
    const isTail = fromMs >= command.boundaryAtMs - skewMs;
    const limitA = ampsOfComposite(draft.site, evse, schedule.unit, period);
    const isAt = (wantedA: number): boolean =>
      limitA <= wantedA + LIMIT_TOLERANCE_A && limitA > wantedA - LIMIT_STEP_A;
    // Rounded down they may be one period.
    const isEither = isAt(command.grantA) && isAt(command.tailA);
    const isStep = (command.steps ?? []).some(
      (step) => isGrant && fromMs >= step.fromMs - skewMs && isAt(step.currentA),
    );
    return (
      isEither || isStep || (isGrant && isAt(command.grantA)) || (isTail && isAt(command.tailA))
    );
  });
}
