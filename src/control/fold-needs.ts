/** What a vehicle asks for over its cable (ISO 15118, K15) is the claim of its session. */
import { transition } from '../sessions/lifecycle.js';
import { energyDeliveredWh } from '../sessions/session.js';
import type { StationEvent } from '../ocpp/messages.js';
import { type Draft, evseOf, updateEvse, wakeAt } from './draft.js';
import type { EvseState } from './state.js';

/** Who set a claim that no person did. */
const VEHICLE = 'vehicle';

/** A vehicle that asks again and again gets no more profiles for it. */
const TOLD_MS = 30_000;

/**
 * Energy and departure become the claim, unless a person has set one. The station waits for a schedule:
 * what is in force is sent again where the claim changes nothing.
 */
export function foldNeeds(
  draft: Draft,
  event: Extract<StationEvent, { readonly type: 'needs.notified' }>,
): void {
  const { stationId, evseNumber, energyWh, departureAtMs } = event;
  const evse = evseOf(draft.site, stationId, evseNumber);
  const state = evse === undefined ? undefined : draft.evses.get(evse.id);
  if (evse === undefined || state === undefined) return;
  if (state.transactionId !== undefined && !isJustTold(draft, state)) {
    updateEvse(draft, evse.id, (it) => ({ ...it, reassert: true }));
    wakeAt(draft, draft.nowMs);
  }
  const session = state.sessionId === undefined ? undefined : draft.sessions.get(state.sessionId);
  if (session === undefined || energyWh === undefined || departureAtMs === undefined) return;
  const isOfPerson = session.claim !== undefined && session.claim.actor !== VEHICLE;
  if (isOfPerson || departureAtMs <= draft.nowMs) return;
  const claim = {
    departureAtMs,
    energyWh: (energyDeliveredWh(session) ?? 0) + energyWh,
    setAtMs: draft.nowMs,
    actor: VEHICLE,
  };
  draft.sessions.set(session.id, transition(session, { type: 'claimed', claim }));
}

function isJustTold({ nowMs }: Draft, { ledger }: EvseState): boolean {
  return ledger.commands.some(({ plannedAtMs = 0 }) => plannedAtMs > nowMs - TOLD_MS);
}
