/** What is read back in first contact, and what of it is believed (SAFETY R0). */
import { fallbackShown } from '../../ledger/index.js';
import type { EvseId, StationId } from '../../solver/index.js';
import type { CommandOutcome } from '../ocpp/messages.js';
import type { SiteEvse } from '../sites/site.js';
import { fallbackFound } from './absence-report.js';
import { CONTACT_START, endUncredited, moveOn, retryLater } from './contact-retry.js';
import { nextStep } from './contact-steps.js';
import { firstLevel, isMasked } from './default-levels.js';
import { type Draft, updateEvse, updateStation } from './draft.js';
import { forgetCreditOf } from './forget-credit.js';
import { moveToMaximum } from './idle-fallback.js';
import { fallbackRefused, holdFallback } from './ladder.js';
import { declaredTrouble } from './profile-room.js';
import type { EvseState, StationState } from './state.js';
import { fallbackNow, noteFallbackExceeded, withinFallback } from './within-fallback.js';

/** So often defaults of others are cleared before F0 counts as not followed. */
const READS_MAX = 2;

export function readBack(
  draft: Draft,
  station: StationState,
  evse: SiteEvse,
  outcome: CommandOutcome,
): void {
  const state = draft.evses.get(evse.id);
  if (state === undefined) return;
  const schedule = outcome.status === 'accepted' ? outcome.schedule : undefined;
  // Without a period for now it says nothing.
  const isReadable = schedule !== undefined && schedule.periods[0]?.startSec === 0;
  if (!isReadable) {
    const isUnlimited = outcome.status === 'error' && outcome.isUnlimited === true;
    // Once: where the maximum is refused as well, it is over.
    const mayMove = state.transactionId === undefined && state.contact.attempts === 0;
    const observed = 'shows no limit beside our fallback profile while no transaction runs';
    if (isUnlimited && mayMove && moveToMaximum(draft, evse, observed)) {
      return moveOn(draft, evse.id, { ...CONTACT_START, attempts: 1 });
    }
    return unreadable(draft, station, evse, state, isUnlimited);
  }
  if (!withinFallback(draft, evse, state, schedule)) {
    noteFallbackExceeded(draft, evse);
    if (mayClearTransaction(station, state)) {
      forgetCreditOf(draft, evse.id);
      return moveOn(draft, evse.id, { ...state.contact, overruled: 'clears', step: 'clear-tx' });
    }
    if (state.contact.attempts >= READS_MAX) return notFollowed(draft, station, evse.id);
    return moveOn(draft, evse.id, firstLevel(state.contact, station));
  }
  if (state.contact.step === 'read') {
    const next =
      station.version === 'ocpp1.6' && isMasked(state, station)
        ? firstLevel(state.contact, station)
        : nextStep(state.contact, station);
    return moveOn(draft, evse.id, next);
  }
  believe(draft, station, evse, state);
}

/**
 * What leads a transaction hides everything else. It is cleared where F0 was shown to hold in its form before: else
 * nothing might be left in force (R11).
 */
function mayClearTransaction(
  { form }: StationState,
  { transactionId, contact }: EvseState,
): boolean {
  return (
    transactionId !== undefined && contact.overruled === undefined && form?.fallbackHeld === true
  );
}

/** Nothing above F0 is shown; behind a lease it may be hidden that something else holds. */
function believe(draft: Draft, station: StationState, evse: SiteEvse, state: EvseState): void {
  const { settings } = draft.site;
  const fallbackIdleA = fallbackNow(draft, evse, state);
  const isUseful = fallbackIdleA < evse.currentMaxA;
  const earnsCredit = station.unsettledUntilMs === undefined && isUseful;
  const shown = { fallbackIdleA, atMs: draft.nowMs };
  updateEvse(draft, evse.id, (it) => ({
    ...it,
    ledger: earnsCredit ? fallbackShown(it.ledger, shown, settings) : it.ledger,
    fallbackMayBeA: fallbackIdleA,
    fallbackProvisional: it.transactionId !== undefined,
    reassert: it.transactionId !== undefined,
    contact: { ...CONTACT_START, step: 'done' },
  }));
  fallbackFound(draft, station.id, evse.id);
  if (isUseful) holdFallback(draft, station.id);
  const hidden = `${evse.id} did not show our fallback profile, which its transaction hides now`;
  const said = isUseful ? declaredTrouble(draft, station) : hidden;
  updateStation(draft, station.id, (it) => ({ ...it, trouble: said }));
}

/** Accepted, read back, everything of others cleared, and still not what holds: as good as refused. */
function notFollowed(draft: Draft, { id, form }: StationState, evseId: EvseId): void {
  const observed = 'its composite schedule is above our fallback profile';
  trouble(draft, id, observed);
  // What was read back before does not hold.
  forgetCreditOf(draft, evseId);
  // In a form that was followed before it is somebody else's profile that leads.
  const isHeld = form?.fallbackHeld === true;
  const isOther = !isHeld && fallbackRefused(draft, id, { observed, isError: false });
  // All of them at once, and once only: then one each time that it is tried again.
  const attempts = draft.evses.get(evseId)?.contact.attempts ?? 0;
  if (isOther && attempts <= READS_MAX) {
    moveOn(draft, evseId, { ...CONTACT_START, attempts: READS_MAX });
  } else retryLater(draft, evseId);
}

/** No composite to be had: the EVSE stays reserved at its hardware maximum, and says why. */
function unreadable(
  draft: Draft,
  station: StationState,
  evse: SiteEvse,
  state: EvseState,
  isUnlimited: boolean,
): void {
  if (state.contact.step === 'verify' && state.contact.attempts === 0) {
    return moveOn(draft, evse.id, { ...state.contact, attempts: 1 });
  }
  const isIdle = state.transactionId === undefined;
  const told =
    isUnlimited && isIdle
      ? 'shows no limit while nothing charges: reserved at its maximum until then'
      : 'cannot show its composite schedule: reserved at its maximum';
  trouble(draft, station.id, told);
  endUncredited(draft, evse.id);
}

export function trouble(draft: Draft, stationId: StationId, text: string): void {
  updateStation(draft, stationId, (it) => ({ ...it, trouble: text }));
  draft.effects.push({ type: 'alarm', code: 'contact-trouble', stationId, detail: text });
}
