/** What samples of meters mean for a site: energy, what a vehicle takes, and who draws too much. */
import { inForce, valueAt } from '../../ledger/index.js';
import type { SessionId } from '../../solver/index.js';
import type { MeterSample, StationEvent } from '../ocpp/messages.js';
import { learnVehicle } from '../sessions/learn-vehicle.js';
import { transition } from '../sessions/lifecycle.js';
import {
  meterReading,
  NEED_MET_WH,
  remainingNeed,
  type Session,
  type VehicleLearnt,
} from '../sessions/session.js';
import type { SiteEvse } from '../sites/site.js';
import { evseById } from '../sites/site-index.js';
import { channelCount, channelVoltageV } from './charge-rate.js';
import { onSupplySide } from './dc-samples.js';
import { externalLimitOf } from './external-limit.js';
import { type Draft, evseOf, updateStation, without } from './draft.js';
import { noteForeign } from './foreign-transaction.js';
import { freshOf, lateOf } from './late-samples.js';
import { noteAppliedLate } from './late-applied.js';
import { atMostA } from './overdraw.js';
import { seenBy } from './samples-ahead.js';
import { watchPhases } from './phase-watch.js';
import { findByTransaction, resumed } from './running.js';
import { noteSamples } from './smart-charging-test/answers.js';
import type { EvseState } from './state.js';
import { watchOverdraw } from './watch-overdraw.js';

type Of<T extends StationEvent['type']> = Extract<StationEvent, { type: T }>;

export function foldSampled(draft: Draft, event: Of<'meter.sampled'>): void {
  const evse = evseOf(draft.site, event.stationId, event.evseNumber);
  const state = evse === undefined ? undefined : draft.evses.get(evse.id);
  const session =
    event.transactionId === undefined
      ? state?.sessionId === undefined
        ? undefined
        : draft.sessions.get(state.sessionId)
      : findByTransaction(draft, event.stationId, event.transactionId);
  if (session !== undefined) {
    foldSamples(draft, carriedOn(draft, session, event), event.samples, false);
  }
  if (evse !== undefined && event.foreignTransactionId !== undefined) {
    noteForeign(draft, { ...event, evseId: evse.id }, event.foreignTransactionId);
  }
  // Whatever it draws without a transaction counts as well.
  const isIdle = session === undefined || !isLive(session);
  if (isIdle && evse !== undefined) {
    const samples = event.samples.map((it) => onSupplySide(draft.site, evse, it));
    watchOverdraw(draft, evse.id, freshOf(draft, seenBy(draft, evse.id, samples)));
  }
}

/** Values under the number of a transaction that we took for over: it may be running. */
function carriedOn(draft: Draft, session: Session, event: Of<'meter.sampled'>): Session {
  if (event.transactionId === undefined) return session;
  const fresh = freshOf(draft, event.samples);
  if (fresh.length === 0) return session;
  const newestMs = Math.max(...fresh.map((it) => it.atMs));
  return resumed(draft, session, newestMs);
}

/** `offline`: they tell of the past, and say nothing about what is drawn now. */
export function foldSamples(
  draft: Draft,
  session: Session,
  reported: readonly MeterSample[],
  offline: boolean,
): void {
  const evse = evseById(draft.site, session.evseId);
  const samples = seenBy(draft, session.evseId, reported).map((it) => completed(draft, evse, it));
  const live = isLive(session);
  const sampled = transition(session, { type: 'sampled', samples });
  const kept = live ? sampled : { ...sampled, drawnA: [0, 0, 0] as const, powerW: 0 };
  draft.sessions.set(session.id, kept);
  learnUnit(draft, kept);
  noteSamples(draft, { evseId: session.evseId, stationId: session.stationId, samples });
  if (!live) return;
  watchOverdraw(draft, session.evseId, lateOf(draft, session.evseId, samples));
  if (offline) return;
  const fresh = freshOf(draft, samples);
  watchOverdraw(draft, session.evseId, fresh);
  noteAppliedLate(draft, session.evseId, fresh);
  watchPhases(draft, evse, session, fresh);
  for (const sample of fresh) learn(draft, kept.id, sample);
}

/**
 * Where no power was reported it is current times voltage: the measured one, else the nominal. Only as
 * many conductors count as the EVSE has, because an unphased current stands on all three.
 */
export function completed<Sample extends MeterSample>(
  { site }: Draft,
  evse: SiteEvse | undefined,
  sample: Sample,
): Sample {
  if (evse?.dc !== undefined) return onSupplySide(site, evse, sample);
  const { currentA, voltageV, powerW } = sample;
  if (powerW !== undefined || currentA === undefined || evse === undefined) return sample;
  const nominalV = channelVoltageV(site);
  const watts = currentA.map((it, index) => Math.max(0, it ?? 0) * (voltageV?.[index] ?? nominalV));
  const largest = watts.toSorted((a, b) => b - a).slice(0, channelCount(evse));
  return { ...sample, powerW: largest.reduce((sum, it) => sum + it, 0) };
}

/** Power shows what registers of the station count; later sessions without power go by that. */
export function learnUnit(draft: Draft, session: Session): void {
  const known = draft.stations.get(session.stationId)?.registerUnit;
  const shown = meterReading(session).unitShown;
  if (shown === undefined && session.registerUnit !== known && known !== undefined) {
    draft.sessions.set(session.id, { ...session, registerUnit: known });
  }
  if (shown === undefined || (shown === 'kWh') === (known === 'kWh')) return;
  updateStation(draft, session.stationId, (it) => ({
    ...without(it, 'registerUnit'),
    ...(shown === 'kWh' ? { registerUnit: shown } : {}),
  }));
  if (shown !== 'kWh') return;
  const { stationId } = session;
  const detail = 'its energy registers count kWh under the name of Wh; they are read as kWh';
  draft.effects.push({ type: 'alarm', code: 'registers-in-kwh', stationId, detail });
}

function isLive({ phase }: Session): boolean {
  return phase === 'active' || phase === 'plugged';
}

function learn(draft: Draft, id: SessionId, sample: MeterSample): void {
  const session = draft.sessions.get(id);
  const state = session === undefined ? undefined : draft.evses.get(session.evseId);
  const evse = session === undefined ? undefined : evseById(draft.site, session.evseId);
  const station = session === undefined ? undefined : draft.stations.get(session.stationId);
  const drawnA = atMostA(draft.site, sample);
  if (session === undefined || state === undefined || drawnA === undefined) return;
  if (evse === undefined || station === undefined) return;
  const externalA = externalLimitOf(draft.site, evse, station, draft.nowMs)?.limitA ?? Infinity;
  const need = remainingNeed(session);
  const vehicle = learnVehicle(withChannels(session.vehicle, state), {
    isNeedMet: need !== undefined && need.energyWh < NEED_MET_WH,
    atMs: sample.atMs,
    drawnA,
    limitA: Math.min(inForce(state.ledger, draft.nowMs), externalA),
    limitSinceMs: isItsOwnChoice(state, draft.nowMs) ? limitSinceMs(state) : draft.nowMs,
    onSinceMs: state.sinceMs,
  });
  if (vehicle !== session.vehicle) draft.sessions.set(session.id, { ...session, vehicle });
}

/**
 * What samples proved of its phases (R12) is expected of the vehicle for as long as it is there; what
 * counts is the proof, which ends with its samples.
 */
function withChannels(vehicle: VehicleLearnt, state: EvseState): VehicleLearnt {
  const { ledger, phaseWatch, transactionId } = state;
  if (phaseWatch === undefined || phaseWatch.transactionId !== transactionId) return vehicle;
  const known = vehicle.channels;
  const channels = phaseWatch.isRevoked ? undefined : (ledger.phaseCredit?.channels ?? known);
  const isSame = channels === known || channels?.every((it, at) => it === known?.[at]) === true;
  return isSame ? vehicle : { ...vehicle, channels };
}

/** Not where the station gives no current, or may follow a lower limit that it has not acknowledged. */
function isItsOwnChoice({ ledger, status }: EvseState, nowMs: number): boolean {
  if (status === 'suspended-evse' || status === 'faulted' || status === 'unavailable') return false;
  const limitA = inForce(ledger, nowMs);
  return ledger.commands.every(
    (it) => it.state === 'accepted' || it.state === 'superseded' || valueAt(it, nowMs) >= limitA,
  );
}

export function limitSinceMs(state: EvseState): number {
  return Math.max(state.sinceMs, state.changesAtMs.at(-1) ?? 0, state.cutAtMs ?? 0);
}
