/**
 * First contact: before a station is trusted with anything, F0 is installed and read back, and only
 * then is cleared what others left (SAFETY R0, R11). A restart of ours must never unleash a charging
 * vehicle: read first, change after, and never an unfiltered clear.
 */
import { booted } from '../../ledger/index.js';
import type { EvseId, StationId } from '../../solver/index.js';
import type { CommandOutcome } from '../ocpp/messages.js';
import type { SiteEvse } from '../sites/site.js';
import { evseById, evsesOfStation } from '../sites/site-index.js';
import { askAfterAbsence } from './absence-report.js';
import { askAgain, CONTACT_START, isMute, moveOn, retryLater } from './contact-retry.js';
import { contactCommand } from './contact-command.js';
import { readBack, trouble } from './contact-read-back.js';
import { nextStep } from './contact-steps.js';
import {
  awaitsBudget,
  noteContactWrite,
  pause,
  resumed,
  takeBackContactWrite,
} from './contact-writes.js';
import { clearsFallback, noteLevelTold, withoutReport } from './default-levels.js';
import { type Draft, plan, updateEvse, updateStation, wakeAt, without } from './draft.js';
import { forgetDoubted } from './external-limit.js';
import { isCarrierDoubted } from './form.js';
import { settleLevel } from './ladder.js';
import { declaredTrouble, fitToRoom } from './profile-room.js';
import { advanceReport, withoutFallback } from './profile-report.js';
import { isFreed, refusedFallback } from './refused-fallback.js';
import type { PendingCommand, StationState } from './state.js';
import { distrustWhileUnknown, noteUnknownCall } from './unknown-call.js';
import { noteFallbackTold } from './within-fallback.js';

/** A reconnected station that does not boot within this time did not reboot. */
export const BOOT_WAIT_MS = 10_000;
/** How long a 2.x station may take to send its report. */
const REPORT_WAIT_MS = 30_000;
/** One attempt after the first one that failed. */
const FIRST_WAIT_MS = 30_000;
/** Begins anew, after a boot or on a connection that has never been ready. */
export function restartContact(draft: Draft, stationId: StationId): void {
  updateStation(draft, stationId, (station) => ({
    ...station,
    stage: 'reading',
    stageSinceMs: draft.nowMs,
    attempts: 0,
  }));
  for (const evse of evsesOfStation(draft.site, stationId)) beginAnew(draft, evse.id);
  plan(draft, { stationId, purpose: 'read-variables', command: { kind: 'read-variables' } });
}

/** The answers that it waits for say nothing of what is asked from now on. */
function beginAnew(draft: Draft, evseId: EvseId): void {
  updateEvse(draft, evseId, (it) => ({ ...it, contact: CONTACT_START }));
  for (const [seq, pending] of draft.pending) {
    if (pending.evseId !== evseId || pending.purpose !== 'contact') continue;
    noteUnknownCall(draft, pending, 'forgotten');
    draft.pending.delete(seq);
  }
}

/** Moves every station's contact on as far as it can go now. */
export function advanceContacts(draft: Draft): void {
  for (const station of draft.stations.values()) readAgainOnceSettled(draft, station);
  const awaited = awaitedNow(draft);
  for (const station of draft.stations.values()) {
    if (station.stage === 'connecting') leaveConnecting(draft, station);
    else if (station.stage === 'reading') leaveReading(draft, station, awaited);
    if (station.stage !== 'offline' && station.stage !== 'connecting') {
      contactEvses(draft, station, awaited);
    }
  }
}

/** Whose answers contact waits for; each is looked at once, before anything more is asked of it. */
interface Awaited {
  readonly reading: ReadonlySet<StationId>;
  readonly contact: ReadonlySet<EvseId>;
}

function awaitedNow(draft: Draft): Awaited {
  const reading = new Set<StationId>();
  const contact = new Set<EvseId>();
  for (const { purpose, stationId, evseId } of draft.pending.values()) {
    if (purpose === 'read-variables') reading.add(stationId);
    if (purpose === 'contact' && evseId !== undefined) contact.add(evseId);
  }
  return { reading, contact };
}

/**
 * Until then it was told what to do, and is: but what it showed was not believed, and F0 that was told may have
 * been taken away since, which a transaction would hide.
 */
function readAgainOnceSettled(draft: Draft, station: StationState): void {
  const { id, unsettledUntilMs } = station;
  if (unsettledUntilMs === undefined) return;
  if (unsettledUntilMs > draft.nowMs) return wakeAt(draft, unsettledUntilMs);
  // Its next sample says whether that clock is right, or its next schedule.
  if (isCarrierDoubted(station)) return;
  updateStation(draft, id, (it) => without(it, 'unsettledUntilMs'));
  const awaited = awaitedNow(draft).contact;
  for (const evse of evsesOfStation(draft.site, id)) {
    updateEvse(draft, evse.id, (it) => ({
      ...it,
      ledger: booted(it.ledger),
      followedSeq: undefined,
    }));
    const contact = draft.evses.get(evse.id)?.contact;
    const isToldYet = contact?.step === 'fallback' && !awaited.has(evse.id);
    if (!isToldYet && contact?.blocked !== 'clears') beginAnew(draft, evse.id);
  }
}

function leaveConnecting(draft: Draft, station: StationState): void {
  const dueMs = station.stageSinceMs + BOOT_WAIT_MS;
  if (draft.nowMs < dueMs) return wakeAt(draft, dueMs);
  const evses = evsesOfStation(draft.site, station.id);
  const known = evses.every((evse) => draft.evses.get(evse.id)?.ledger.fallbackIdleA !== undefined);
  if (!known) {
    forgetDoubted(draft, station.id);
    return restartContact(draft, station.id);
  }
  updateStation(draft, station.id, (it) => ({
    ...it,
    stage: 'ready',
    stageSinceMs: draft.nowMs,
  }));
  if (station.version !== 'ocpp1.6') askAfterAbsence(draft, station.id);
  for (const evse of evses) updateEvse(draft, evse.id, (it) => ({ ...it, reassert: true }));
}

function leaveReading(draft: Draft, station: StationState, awaited: Awaited): void {
  // Its answer wakes the site in any case: every command ends.
  if (awaited.reading.has(station.id)) return;
  const dueMs = station.stageSinceMs + REPORT_WAIT_MS;
  const report = station.version !== 'ocpp1.6' && station.capability.stackLevelMax === 0;
  if (report && draft.nowMs < dueMs) return wakeAt(draft, dueMs);
  updateStation(draft, station.id, (it) => ({
    ...it,
    stage: 'installing',
    stageSinceMs: draft.nowMs,
  }));
  settleLevel(draft, station.id);
  fitToRoom(draft, station.id);
  const declared = declaredTrouble(draft, station);
  if (declared !== undefined) trouble(draft, station.id, declared);
  plan(draft, {
    stationId: station.id,
    purpose: 'configure-sampling',
    command: {
      kind: 'configure-sampling',
      intervalSec: draft.site.settings.sampleIntervalSec,
    },
  });
}

function contactEvses(draft: Draft, { id }: StationState, awaited: Awaited): void {
  const station = draft.stations.get(id);
  if (station === undefined || station.stage === 'reading') return;
  const evses = evsesOfStation(draft.site, id);
  for (const evse of evses) contactEvse(draft, station, evse, awaited);
  const done = evses.every((evse) => draft.evses.get(evse.id)?.contact.step === 'done');
  if (done && station.stage === 'installing') {
    updateStation(draft, id, (it) => ({ ...it, stage: 'ready', stageSinceMs: draft.nowMs }));
  }
}

/**
 * Its vehicle draws what it can until contact is over. Once that has failed twice, or while ratings are
 * exceeded, limits leave between two attempts, although they hide F0 from its read-back then.
 */
function isCutMeanwhile({ nowMs, control }: Draft, notBeforeMs: number): boolean {
  return notBeforeMs - nowMs > FIRST_WAIT_MS || control.notGuaranteed.length > 0;
}

function contactEvse(draft: Draft, station: StationState, evse: SiteEvse, awaited: Awaited): void {
  const known = draft.evses.get(evse.id);
  const state = known === undefined ? undefined : resumed(known);
  if (state === undefined || state.contact.step === 'done') return;
  if (awaited.contact.has(evse.id)) return;
  const { notBeforeMs } = state.contact;
  const isEarly = draft.nowMs < notBeforeMs && !isFreed(draft, evse, state.contact);
  if (isEarly && isCutMeanwhile(draft, notBeforeMs)) pause(draft, evse);
  if (isEarly) return wakeAt(draft, notBeforeMs);
  if (state.contact.step === 'report') {
    const next = advanceReport(draft, evse);
    return next === undefined ? undefined : moveOn(draft, evse.id, next);
  }
  const command = contactCommand(draft, station, evse, state);
  if (command === undefined) return moveOn(draft, evse.id, nextStep(state.contact, station));
  if (awaitsBudget(draft, evse, state, command)) return pause(draft, evse);
  if (state !== known) updateEvse(draft, evse.id, (it) => ({ ...it, contact: state.contact }));
  noteContactWrite(draft, evse.id, command);
  if (state.contact.step === 'fallback' && command.kind === 'set-charging-profile') {
    noteLevelTold(draft, station);
    noteFallbackTold(draft, evse, command.profile);
    distrustWhileUnknown(draft, station.id, command.profile);
  }
  if (command.kind === 'clear-charging-profile') {
    clearsFallback(draft, station, evse, command.profileId);
  }
  plan(draft, { stationId: station.id, evseId: evse.id, purpose: 'contact', command });
}

/** The answer of a contact command. */
export function foldContactAnswer(
  draft: Draft,
  pending: PendingCommand,
  outcome: CommandOutcome,
): void {
  const { evseId } = pending;
  const state = evseId === undefined ? undefined : draft.evses.get(evseId);
  const station = draft.stations.get(pending.stationId);
  const evse = evseById(draft.site, evseId);
  if (outcome.status === 'timeout' || outcome.status === 'closed') noteUnknownCall(draft, pending);
  takeBackContactWrite(draft, pending, outcome);
  if (state === undefined || station === undefined || evse === undefined) return;
  if (station.stage === 'offline' || station.stage === 'connecting') return;
  if (outcome.status === 'timeout' && !isMute(state.contact)) {
    return askAgain(draft, evse.id, without(state.contact, 'report'));
  }
  const unsent = outcome.status === 'not-sent' || outcome.status === 'closed';
  if (unsent) return retryLater(draft, evse.id);

  switch (state.contact.step) {
    case 'fallback':
      if (outcome.status === 'accepted')
        return moveOn(draft, evse.id, nextStep(state.contact, station));
      return refusedFallback(draft, station, evse, outcome);
    case 'read':
    case 'verify':
      return readBack(draft, station, evse, outcome);
    case 'report':
      if (outcome.status !== 'accepted')
        return moveOn(draft, evse.id, withoutReport(state, station));
      // Its profiles come in messages of their own.
      if (outcome.matched !== false) return;
      return moveOn(draft, evse.id, withoutFallback(draft, evse) ?? state.contact);
    case 'clear-default':
    case 'clear-foreign':
    case 'clear-max':
    case 'clear-tx':
      return moveOn(draft, evse.id, nextStep(state.contact, station));
    case 'done':
      return;
  }
}
