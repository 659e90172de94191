/** How a command ended, and what that allows us to believe. */
import { answered, cleared, flightOverAtMs, newestAccepted } from '../../ledger/index.js';
import type { Amps, EvseId } from '../../solver/index.js';
import type { CommandOutcome, StationEvent } from '../ocpp/messages.js';
import { requestNumber } from '../ocpp/request-number.js';
import { evseById, evsesOfStation } from '../sites/site-index.js';
import { doubtCarrier, watchSchedule } from './clock-doubt.js';
import { CONTACT_START } from './contact-retry.js';
import { foldContactAnswer, restartContact } from './contact.js';
import { disturbed } from './disturb.js';
import { type Draft, plan, updateEvse, updateStation, wakeAt } from './draft.js';
import { absenceReportOver } from './absence-report.js';
import { forgetDoubted } from './external-limit.js';
import { foldLeaseShown } from './fold-lease-shown.js';
import { clearHidden, clearTransaction } from './fold-transaction.js';
import { forgetCredit } from './forget-credit.js';
import { isForOnePhase } from './phase-switch.js';
import { hasTaken, leaseCarrierOf } from './form.js';
import { knowsTransaction } from './knows-transaction.js';
import { holdLease, leaseRefused, movesFallback } from './ladder.js';
import { readBackUntil } from './lease-read-back.js';
import { isFilled } from './profile-room.js';
import { forgetFollowed, isTelling } from './replacement.js';
import { readCapability } from './read-capability.js';
import { noteAnswer } from './smart-charging-test/answers.js';
import type { PendingCommand } from './state.js';
import { noteUnknownCall } from './unknown-call.js';

/** After a refusal the same grant is not sent again at once. */
const REFUSED_HOLD_MS = 30_000;
/** Variables are asked for this often before the least is assumed of a station. */
const READ_ATTEMPTS_MAX = 3;
/** Lost calls of one contact, its variables included, until its own sampling interval is left to it. */
const SAMPLING_ATTEMPTS_MAX = 8;

type Answered = Extract<StationEvent, { type: 'command.answered' }>;

export function foldAnswered(draft: Draft, event: Answered): void {
  const pending = draft.pending.get(event.seq);
  if (pending === undefined) return;
  draft.pending.delete(event.seq);
  noteLink(draft, pending, event.outcome);
  watchSchedule(draft, pending, event.outcome);
  foldPurpose(draft, pending, event);
  noteAnswer(draft, pending, event);
}

function noteLink(draft: Draft, { stationId }: PendingCommand, { status }: CommandOutcome): void {
  const { nowMs } = draft;
  if (status === 'accepted') {
    updateStation(draft, stationId, (it) => ({ ...it, lastMessageAtMs: nowMs }));
  }
  if (status === 'timeout')
    updateStation(draft, stationId, (it) => ({ ...it, lostCallAtMs: nowMs }));
}

function foldPurpose(draft: Draft, pending: PendingCommand, event: Answered): void {
  switch (pending.purpose) {
    case 'grant':
      return foldGrantAnswer(draft, pending, event.outcome);
    case 'clear-transaction':
      return foldClearAnswer(draft, pending, event.outcome);
    case 'lease-read-back':
      return foldLeaseShown(draft, pending, event);
    case 'contact':
      return foldContactAnswer(draft, pending, event.outcome);
    case 'read-variables':
      return foldVariablesRead(draft, pending, event.outcome);
    case 'operator':
      disturbed(draft, pending, event.outcome);
      return wakeAt(draft, draft.nowMs);
    case 'configure-sampling':
      return foldSamplingConfigured(draft, pending, event.outcome);
    case 'resync':
      foldReportAsked(draft, pending, event.outcome);
      return wakeAt(draft, draft.nowMs);
    case 'test':
    case 'trigger':
    case 'stop-refused':
      return wakeAt(draft, draft.nowMs);
  }
}

/** Its profiles come in messages of their own, or not at all. After another connection it is asked again. */
function foldReportAsked(
  draft: Draft,
  { stationId, seq }: PendingCommand,
  it: CommandOutcome,
): void {
  const isToCome = it.status === 'accepted' && it.matched !== false;
  const isCut = it.status === 'closed' || it.status === 'not-sent';
  if (!isToCome && !isCut) forgetDoubted(draft, stationId);
  const isEmpty = it.status === 'accepted' && it.matched === false;
  if (isEmpty) absenceReportOver(draft, stationId, requestNumber(seq));
}

/** 1.6 answers with the values; 2.x sends them as a report of its own. A lost call is repeated. */
function foldVariablesRead(draft: Draft, pending: PendingCommand, outcome: CommandOutcome): void {
  wakeAt(draft, draft.nowMs);
  const { stationId, purpose, command } = pending;
  const station = draft.stations.get(stationId);
  const isLost = outcome.status === 'timeout' && station?.stage === 'reading';
  if (isLost && station.attempts < READ_ATTEMPTS_MAX - 1) {
    updateStation(draft, stationId, (it) => ({ ...it, attempts: it.attempts + 1 }));
    plan(draft, { stationId, purpose, command });
    return;
  }
  if (outcome.status !== 'accepted' || outcome.variables === undefined) return;
  const { variables } = outcome;
  updateStation(draft, pending.stationId, (it) => ({
    ...it,
    capability: readCapability(variables, it.capability),
  }));
}

/** R9 judges by samples: their interval is set by us, and a lost call is repeated. */
function foldSamplingConfigured(
  draft: Draft,
  { stationId, purpose, command }: PendingCommand,
  outcome: CommandOutcome,
): void {
  wakeAt(draft, draft.nowMs);
  const station = draft.stations.get(stationId);
  if (outcome.status !== 'timeout' || station === undefined) return;
  if (station.stage === 'offline' || station.stage === 'connecting') return;
  if (station.attempts >= SAMPLING_ATTEMPTS_MAX) return;
  updateStation(draft, stationId, (it) => ({ ...it, attempts: it.attempts + 1 }));
  plan(draft, { stationId, purpose, command });
}

function foldGrantAnswer(draft: Draft, pending: PendingCommand, outcome: CommandOutcome): void {
  const { evseId, command } = pending;
  if (evseId === undefined || command.kind !== 'set-charging-profile') return;
  const { settings } = draft.site;
  // Read first: what was refused may be merged with larger ones that are as unknown.
  const askedA = askedOf(draft, pending);
  updateEvse(draft, evseId, (it) => ({
    ...it,
    ledger: answered(
      it.ledger,
      { seq: pending.seq, outcome: outcome.status, atMs: draft.nowMs },
      settings,
    ),
  }));
  if (outcome.status !== 'accepted' && outcome.status !== 'not-sent') {
    forgetFollowed(draft, evseId);
  }
  const refused =
    outcome.status === 'rejected' ||
    outcome.status === 'error' ||
    outcome.status === 'not-supported';
  if (refused) return foldRefused(draft, pending, askedA, outcome);
  const state = draft.evses.get(evseId);
  if (outcome.status !== 'accepted' || state === undefined) return;
  const evse = evseById(draft.site, evseId);
  if (evse !== undefined) holdLease(draft, evse, command.profile.purpose);
  const { commands, leaseShown: isShown, steps } = state.ledger;
  const fences = commands.some((it) => flightOverAtMs(it) <= pending.createdAtMs);
  const hasSteps = (newestAccepted(state.ledger)?.steps ?? []).length > 0;
  const isKnown = steps === 'shown' || steps === 'ignored';
  const showsEnd = !isShown && command.profile.kind !== 'relative';
  const isAsked = showsEnd || fences || (hasSteps && !isKnown);
  const isSwitching = state.ledger.onePhase?.shown === false && isForOnePhase(command.profile);
  if (isAsked || isSwitching || isTelling(state.ledger)) askForLease(draft, pending);
}

type Refused = Extract<CommandOutcome, { readonly detail: string }>;

/** The same is not sent again at once, but in another form where there is one. */
function foldRefused(
  draft: Draft,
  { evseId, stationId }: PendingCommand,
  refusedA: Amps | undefined,
  { status, detail }: Refused,
): void {
  const evse = evseById(draft.site, evseId);
  if (evseId === undefined || evse === undefined) return;
  const station = draft.stations.get(stationId);
  const observed = `refuses a limit of a transaction: ${detail}`;
  const isFull = station !== undefined && isFilled(draft, station);
  if (
    knowsTransaction(draft, evse) &&
    leaseRefused(draft, evse, { observed, isError: status === 'error', isFull })
  ) {
    // F0 goes where leases go: it is written and read back there first.
    if (movesFallback(draft, stationId)) {
      forgetCredit(draft, stationId);
      restartContact(draft, stationId);
    }
    doubtCarrier(draft, stationId);
    for (const own of evsesOfStation(draft.site, stationId)) clearHidden(draft, own);
    return wakeAt(draft, draft.nowMs);
  }
  holdRefused(draft, evseId, refusedA);
  draft.effects.push({ type: 'alarm', code: 'profile-refused', evseId, detail });
}

/** What a grant asked for, A. */
export function askedOf(draft: Draft, { evseId, seq }: PendingCommand): Amps | undefined {
  const commands = evseId === undefined ? [] : (draft.evses.get(evseId)?.ledger.commands ?? []);
  return commands.find((it) => it.seq === seq)?.grantA;
}

/** Less may be asked for at once. */
export function holdRefused(draft: Draft, evseId: EvseId, refusedA: Amps | undefined): void {
  const refusedUntilMs = draft.nowMs + REFUSED_HOLD_MS;
  updateEvse(draft, evseId, (it) => ({
    ...it,
    refusedUntilMs,
    ...(refusedA === undefined ? {} : { refusedA }),
  }));
}

/** R6: a lease end earns credit once the station itself has shown it. */
function askForLease(draft: Draft, pending: PendingCommand): void {
  const { evseId, command } = pending;
  const evse = evseById(draft.site, evseId);
  if (evse === undefined || command.kind !== 'set-charging-profile') return;
  const boundarySec = command.profile.periods.at(-1)?.startSec ?? 0;
  const untilMs = command.profile.startAtMs + boundarySec * 1000;
  readBackUntil(draft, evse, { untilMs, unit: command.profile.unit });
}

/**
 * Cleared, or nothing matched: either way our TxProfile is not there any more. Anything else leaves
 * the profile counted until its lease ends.
 */
function foldClearAnswer(draft: Draft, pending: PendingCommand, outcome: CommandOutcome): void {
  const { evseId } = pending;
  const state = evseId === undefined ? undefined : draft.evses.get(evseId);
  if (evseId === undefined || state === undefined) return;
  forgetFollowed(draft, evseId);
  const { status } = outcome;
  if (status === 'timeout' || status === 'closed') noteUnknownCall(draft, pending);
  const evse = evseById(draft.site, evseId);
  const station = draft.stations.get(pending.stationId);
  // A lease that was written over F0 is there as before (R10).
  const isOther =
    pending.command.kind === 'clear-charging-profile' &&
    station !== undefined &&
    leaseCarrierOf(station, evseId) !== 'tx';
  if (status === 'timeout') {
    if (isOther && evse !== undefined) clearHidden(draft, evse);
    else if (state.transactionId === undefined) clearTransaction(draft, evseId, pending.stationId);
    return;
  }
  if (outcome.status !== 'accepted') return;
  const isKept = station !== undefined && hasTaken(station, 'clear-first', evseId);
  updateEvse(draft, evseId, (it) => ({
    ...it,
    clearedSeq: isKept ? pending.seq : undefined,
    ledger: isOther
      ? it.ledger
      : cleared(
          it.ledger,
          { seq: pending.seq, atMs: draft.nowMs, plannedAtMs: pending.createdAtMs },
          draft.site.settings,
        ),
    // Contact that has begun anew reads it back by itself; beside a transaction it would be as provisional.
    ...(it.fallbackProvisional && it.contact.step === 'done' && it.transactionId === undefined
      ? { fallbackProvisional: false, contact: { ...CONTACT_START, step: 'read' as const } }
      : {}),
  }));
}
