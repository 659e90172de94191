/** One event folded into the draft: state changes and contact commands, no allocation. */
import { restarted } from '../../ledger/index.js';
import type { SignalId } from '../../solver/index.js';
import { newerPlan } from '../planning/site-plan.js';
import { transition } from '../sessions/lifecycle.js';
import type { StationEvent } from '../ocpp/messages.js';
import type { Signal } from '../signals/signal.js';
import { foldReading } from './building-readings.js';
import { watchClock } from './clock-doubt.js';
import { stepClock, stepToOwnClock } from './clock-step.js';
import { noteHeard } from './grid-link.js';
import { disturbed } from './disturb.js';
import { type Draft, updateEvse, updateStation, without } from './draft.js';
import { foldAnswered } from './fold-answer.js';
import { foldLimitCleared, foldLimitNotified } from './external-limit.js';
import { foldNeeds } from './fold-needs.js';
import { foldReported } from './profile-report.js';
import { foldEdited } from './fold-edited.js';
import {
  foldBooted,
  foldConnected,
  foldDisconnected,
  foldRebooting,
  foldStatus,
  foldUnsettled,
  foldVariables,
} from './fold-station.js';
import { foldSampled } from './fold-samples.js';
import { foldSetAside } from './fold-set-aside.js';
import { foldEnded, foldRecalled, foldStarted, foldUpdated } from './fold-transaction.js';
import { readBackAgain } from './lease-read-back.js';
import { foldOperatorCommand } from './operator-command.js';
import { foldCapability } from './offline-tests.js';
import { foldTestAsked } from './smart-charging-test/ask.js';
import { cancel } from './smart-charging-test/finish.js';
import { noteLink } from './smart-charging-test/offline-step.js';
import type { SiteEvent } from './state.js';
import { noteUnknownCall } from './unknown-call.js';

export function fold(draft: Draft, event: SiteEvent): void {
  if (isMessage(event)) {
    updateStation(draft, event.stationId, (it) => ({
      ...it,
      lastMessageAtMs: Math.max(it.lastMessageAtMs ?? 0, event.receivedAtMs),
    }));
  }
  if (event.type === 'meter.sampled' || event.type === 'transaction.updated') {
    watchClock(draft, event);
  }
  foldOne(draft, event);
  noteLink(draft, event);
}

function foldOne(draft: Draft, event: SiteEvent): void {
  switch (event.type) {
    case 'station.connected':
      return foldConnected(draft, event);
    case 'station.disconnected':
      return foldDisconnected(draft, event);
    case 'station.booted':
      return foldBooted(draft, event);
    case 'station.rebooting':
      return foldRebooting(draft, event);
    case 'station.unsettled':
      return foldUnsettled(draft, event);
    case 'profiles.reported':
      return foldReported(draft, event);
    case 'limit.notified':
      return foldLimitNotified(draft, event);
    case 'limit.cleared':
      return foldLimitCleared(draft, event);
    case 'needs.notified':
      return foldNeeds(draft, event);
    case 'station.variables':
      return foldVariables(draft, event);
    case 'evse.status':
      return foldStatus(draft, event);
    case 'transaction.started':
      return foldStarted(draft, event);
    case 'transaction.updated':
      return foldUpdated(draft, event);
    case 'transaction.ended':
      return foldEnded(draft, event);
    case 'meter.sampled':
      return foldSampled(draft, event);
    case 'command.answered':
      return foldAnswered(draft, event);
    case 'site.edited':
      return foldEdited(draft, event);
    case 'signal.received':
      return foldSignal(draft, event.signal);
    case 'session.recalled':
      return foldRecalled(draft, event.session);
    case 'claim.set':
      return foldClaim(draft, event);
    case 'plan.made':
      draft.plan = newerPlan(draft.plan, event.plan, draft.nowMs);
      return;
    case 'building.sampled':
      return foldReading(draft, event.circuitId, event.reading);
    case 'operator.command':
      return foldOperatorCommand(draft, event);
    case 'test.asked':
      return foldTestAsked(draft, event);
    case 'test.cancelled':
      return cancel(draft, event);
    case 'capability.recorded':
      return foldCapability(draft, event.card);
    case 'engine.started':
      return foldRestart(draft, event);
    case 'event.set-aside':
      return foldSetAside(draft, event);
    case 'clock.stepped':
      return stepClock(draft, event.byMs);
    case 'wake':
      return;
  }
}

function foldClaim(draft: Draft, event: Extract<SiteEvent, { type: 'claim.set' }>): void {
  const session = draft.sessions.get(event.sessionId);
  if (session === undefined) return;
  draft.sessions.set(session.id, transition(session, { type: 'claimed', claim: event.claim }));
}

type StationMessage = Exclude<StationEvent, { type: 'station.disconnected' | 'command.answered' }>;

/** The end of a connection, or of a call, need not be anything that the station said. */
function isMessage(event: SiteEvent): event is StationMessage {
  return (
    'receivedAtMs' in event &&
    event.type !== 'station.disconnected' &&
    event.type !== 'command.answered'
  );
}

/** Sequences count per issuer and type: what is older or equal never overrides. */
function foldSignal(draft: Draft, signal: Signal): void {
  const key = `${signal.issuer}/${signal.type}` as SignalId;
  const known = draft.signals.get(key);
  if (known !== undefined && known.sequence >= signal.sequence) return;
  draft.signals.set(key, { ...signal, id: key });
  noteHeard(draft, signal);
}

/** Everything that was in flight may still be obeyed; of a new process no socket is open. */
function foldRestart(draft: Draft, event: Extract<SiteEvent, { type: 'engine.started' }>): void {
  // Of two claims in a row the older one may be told of last.
  draft.epoch = Math.max(draft.epoch, event.epoch);
  for (const command of draft.pending.values()) {
    const outcome = { status: 'closed' } as const;
    draft.effects.push({ type: 'command-lost', command, outcome });
    if (command.purpose === 'operator') disturbed(draft, command, outcome);
    noteUnknownCall(draft, command, 'forgotten');
  }
  const readBacks = [...draft.pending.values()].filter((it) => it.purpose === 'lease-read-back');
  draft.pending.clear();
  stepToOwnClock(draft);
  for (const id of draft.evses.keys()) {
    updateEvse(draft, id, (it) => ({ ...it, ledger: restarted(it.ledger, draft.nowMs) }));
  }
  if (event.links === 'kept') {
    for (const readBack of readBacks) readBackAgain(draft, readBack);
    return;
  }
  for (const [id, { stage }] of draft.stations) {
    const lost = { stageSinceMs: draft.nowMs, closeReason: 'engine restarted' };
    updateStation(draft, id, (it) => ({
      ...without(it, 'generation'),
      stage: 'offline',
      // Away before as well: since when, and why, stays what it was.
      ...(stage === 'offline' ? {} : lost),
    }));
  }
}
