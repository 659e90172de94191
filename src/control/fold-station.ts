/** What connections, boots and status messages mean for a site. */
import { type EvseId, sessionId } from '../../solver/index.js';
import type { StationEvent } from '../ocpp/messages.js';
import { believedInstant } from '../sessions/believed-instant.js';
import { openSession, transition } from '../sessions/lifecycle.js';
import type { Session } from '../sessions/session.js';
import { evsesOfStation } from '../sites/site-index.js';
import { BOOT_WAIT_MS, restartContact } from './contact.js';
import { expectReboot } from './disturb.js';
import { doubtLimits } from './external-limit.js';
import { forgetCredit } from './forget-credit.js';
import { countNoMore } from './count-as-told.js';
import { forgetForm } from './ladder.js';
import { declareTested } from './offline-tests.js';
import { type Draft, evseOf, updateEvse, updateStation, wakeAt, without } from './draft.js';
import { clearTransaction, noteSuspended } from './fold-transaction.js';
import { fitToRoom } from './profile-room.js';
import { readCapability } from './read-capability.js';
import { forgetFollowed } from './replacement.js';

type Of<T extends StationEvent['type']> = Extract<StationEvent, { type: T }>;

/**
 * Generations rise: an older connection that is reported late has been replaced already. Where the newer
 * one has ended, it may have been to another process of ours, whose clock is ahead.
 */
export function foldConnected(draft: Draft, event: Of<'station.connected'>): void {
  const { generation = 0, stage } = draft.stations.get(event.stationId) ?? {};
  if (event.generation < generation && stage !== 'offline') return;
  countNoMore(draft, event.stationId);
  updateStation(draft, event.stationId, (station) => ({
    ...without(station, 'disconnectedAtMs', 'closeReason', 'trouble'),
    stage: 'connecting',
    stageSinceMs: draft.nowMs,
    attempts: 0,
    generation: event.generation,
    version: event.version,
    connectedAtMs: event.receivedAtMs,
    lastMessageAtMs: event.receivedAtMs,
  }));
  doubtLimits(draft, event.stationId);
  // A boot that nobody heard of may have taken what it followed.
  for (const { id } of evsesOfStation(draft.site, event.stationId)) forgetFollowed(draft, id);
  wakeAt(draft, draft.nowMs + BOOT_WAIT_MS);
}

/** An old connection's end says nothing about the newer one. */
export function foldDisconnected(draft: Draft, event: Of<'station.disconnected'>): void {
  const known = draft.stations.get(event.stationId);
  if (known?.generation === event.generation && known.expectsReboot === true) {
    forgetCredit(draft, event.stationId);
  }
  updateStation(draft, event.stationId, (station) =>
    station.generation !== event.generation
      ? station
      : {
          ...station,
          stage: 'offline',
          stageSinceMs: draft.nowMs,
          disconnectedAtMs: event.receivedAtMs,
          closeReason: event.reason,
        },
  );
}

/**
 * R0: after a boot nothing that was read back before counts. One whose connection has ended already
 * is followed by a new connection, and contact begins there.
 */
export function foldBooted(draft: Draft, event: Of<'station.booted'>): void {
  // What it was until now is what had been tested.
  declareTested(draft, event.stationId);
  updateStation(draft, event.stationId, (station) => ({
    // Limits of others that still hold it tells again.
    ...without(station, 'trouble', 'expectsReboot', 'externalLimits', 'clockRightAtMs'),
    vendor: event.vendor,
    model: event.model,
    ...(event.serial === undefined ? {} : { serial: event.serial }),
    ...(event.firmware === undefined ? {} : { firmware: event.firmware }),
    lastMessageAtMs: event.receivedAtMs,
    bootedAtMs: event.receivedAtMs,
  }));
  forgetForm(draft, event.stationId);
  forgetCredit(draft, event.stationId);
  declareTested(draft, event.stationId);
  if (draft.stations.get(event.stationId)?.stage === 'offline') return;
  restartContact(draft, event.stationId);
}

/** It goes down by itself to put new firmware in force: nobody need have asked it to (R0). */
export function foldRebooting(draft: Draft, { stationId }: Of<'station.rebooting'>): void {
  expectReboot(draft, stationId);
}

/** R0: what was read back before says nothing about what is in force now. */
export function foldUnsettled(draft: Draft, { stationId }: Of<'station.unsettled'>): void {
  forgetCredit(draft, stationId);
  const stage = draft.stations.get(stationId)?.stage;
  if (stage === 'offline' || stage === 'connecting') return;
  restartContact(draft, stationId);
}

export function foldVariables(draft: Draft, event: Of<'station.variables'>): void {
  updateStation(draft, event.stationId, (station) => ({
    ...station,
    capability: readCapability(event.variables, station.capability),
  }));
  fitToRoom(draft, event.stationId);
}

/** A plugged vehicle opens a session; an empty EVSE ends one that has no running transaction. */
export function foldStatus(draft: Draft, event: Of<'evse.status'>): void {
  const evse = evseOf(draft.site, event.stationId, event.evseNumber);
  if (evse === undefined) return;
  updateEvse(draft, evse.id, (state) => ({
    ...without(state, 'errorCode'),
    status: event.status,
    ...(event.errorCode === undefined ? {} : { errorCode: event.errorCode }),
  }));
  const state = draft.evses.get(evse.id);
  const session = state?.sessionId === undefined ? undefined : draft.sessions.get(state.sessionId);
  noteSuspended(draft, evse.id);
  // The event keeps what the station said: that its clock is wrong is shown elsewhere.
  const atMs = believedInstant(event.atMs, event.receivedAtMs);
  const plugged = event.status === 'preparing' || event.status === 'occupied';
  if (plugged && (session === undefined || session.phase === 'ended')) {
    const id = sessionId(`${draft.site.id}-${draft.inboxSeq}`);
    draft.sessions.set(id, openSession({ id, evseId: evse.id, stationId: event.stationId, atMs }));
    updateEvse(draft, evse.id, (current) => ({ ...current, sessionId: id }));
  }
  if (event.status === 'available' && session !== undefined) {
    const over = endIfLost(draft, evse.id, session);
    const next = transition(over, { type: 'unplugged', atMs });
    draft.sessions.set(session.id, next);
    if (next.phase === 'ended') updateEvse(draft, evse.id, (it) => without(it, 'sessionId'));
  }
}

/**
 * A station that has booted since and is free again has lost the transaction. Its stop may still
 * arrive, and then completes the session; or it goes on, and then it is taken up again.
 */
function endIfLost(draft: Draft, evseId: EvseId, session: Session): Session {
  const bootedAtMs = draft.stations.get(session.stationId)?.bootedAtMs ?? 0;
  const started = session.startedAtMs ?? session.pluggedInAtMs;
  if (session.phase !== 'active' || bootedAtMs <= started) return session;
  updateEvse(draft, evseId, (it) => without(it, 'transactionId', 'overdraw', 'register'));
  clearTransaction(draft, evseId, session.stationId);
  return transition(session, { type: 'presumed-ended', atMs: bootedAtMs, cause: 'power-loss' });
}
