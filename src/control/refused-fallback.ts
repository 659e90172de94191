/**
 * F0 was refused. 2.x refuses a default beside another one of its level, on EVSE 0 as against an EVSE, where
 * 1.6 replaces it (K01.FR.06, FR.39, FR.52, FR.53): what stands in the way is cleared before F0 is told again.
 * Nothing holds in between, so that a vehicle that charges under it would be unleashed: it is waited for, or
 * F0 goes to another level first (SAFETY R11).
 */
import type { StationId } from '../../solver/index.js';
import type { CommandOutcome, HeldProfile } from '../ocpp/messages.js';
import type { SiteEvse } from '../sites/site.js';
import { evsesOfStation } from '../sites/site-index.js';
import { moveOn, retryLater } from './contact-retry.js';
import { clearsOwnLevel, isOfSibling, reportOver } from './default-levels.js';
import { type Draft, updateEvse, updateStation } from './draft.js';
import { fallbackCarrierOf } from './form.js';
import { fallbackRefused, preferFallback } from './ladder.js';
import { declaredTrouble } from './profile-room.js';
import type { EvseContact, StationState } from './state.js';

/** So often in a row a form that was taken before is refused for another reason than itself. */
const REFUSALS_OF_THE_MOMENT = 3;
/** More are cleared in a later round, if F0 is refused again. */
const CLEARED_AT_ONCE_MAX = 16;

/**
 * What stands in its way is cleared, or another form is tried; else it is told on the page. In a form that
 * was read back before it is about the moment, unless it goes on.
 */
export function refusedFallback(
  draft: Draft,
  station: StationState,
  evse: SiteEvse,
  outcome: CommandOutcome,
): void {
  const contact = draft.evses.get(evse.id)?.contact;
  if (contact === undefined) return;
  const detail = 'detail' in outcome ? outcome.detail : outcome.status;
  const observed = `refuses the fallback profile: ${detail}`;
  tellTrouble(draft, station, observed);
  const mayClear =
    station.version !== 'ocpp1.6' &&
    outcome.status === 'rejected' &&
    contact.blocked !== 'cleared' &&
    mayClearAt(draft, evse, evse.evseNumber);
  // Refused before, it was refused in every form.
  const isInTheWay = namesDuplicate(detail) || contact.attempts > 0;
  if (mayClear && isInTheWay) return clearFirst(draft, evse, contact);

  const isHeld = station.form?.fallbackHeld === true;
  const isOfTheMoment = isHeld && contact.attempts < REFUSALS_OF_THE_MOMENT;
  const isError = outcome.status === 'error';
  const isOther = !isOfTheMoment && fallbackRefused(draft, station.id, { observed, isError });
  const now = draft.stations.get(station.id);
  const isDefault = now !== undefined && fallbackCarrierOf(now) === 'tx-default';
  if (mayClear && !isOfTheMoment && !(isOther && isDefault)) {
    // As maximum of the station it would be taken beside the default of somebody else.
    preferFallback(draft, station.id);
    return clearFirst(draft, evse, contact);
  }
  // All of them at once, and once only: then one each time that it is tried again.
  if (isOther && contact.attempts === 0) return;
  retryLater(draft, evse.id);
  waitForIdle(draft, station, evse);
}

/** The reason code of 2.x, in whatever spelling. */
function namesDuplicate(detail: string): boolean {
  return /duplicate/i.test(detail);
}

function tellTrouble(draft: Draft, station: StationState, observed: string): void {
  const declared = declaredTrouble(draft, station);
  const trouble = declared === undefined ? observed : `${observed}; it ${declared}`;
  updateStation(draft, station.id, (it) => ({ ...it, trouble }));
}

function clearFirst(draft: Draft, evse: SiteEvse, contact: EvseContact): void {
  moveOn(draft, evse.id, { ...contact, step: 'report', blocked: 'clears', notBeforeMs: 0 });
}

/** On EVSE 0 what is cleared limits all of them. */
export function mayClearAt(draft: Draft, evse: SiteEvse, place: number): boolean {
  const others = evsesOfStation(draft.site, evse.stationId).filter(({ id }) => id !== evse.id);
  if (draft.evses.get(evse.id)?.transactionId !== undefined) return false;
  if (place !== 0) return true;
  return others.every(({ id }) => {
    const state = draft.evses.get(id);
    // Where F0 of another EVSE stands no default of EVSE 0 is in its way, and none is cleared beside it.
    return state?.transactionId === undefined && state?.ledger.fallbackIdleA === undefined;
  });
}

function waitForIdle(draft: Draft, station: StationState, evse: SiteEvse): void {
  if (station.version === 'ocpp1.6' || isIdle(draft, station.id)) return;
  updateEvse(draft, evse.id, (it) => ({ ...it, contact: { ...it.contact, blocked: 'waits' } }));
  updateStation(draft, station.id, (it) => ({
    ...it,
    trouble: `${it.trouble}; what others left is cleared once no transaction runs`,
  }));
}

/** The transactions that it has waited for are over: it need not wait any longer. */
export function isFreed(draft: Draft, { stationId }: SiteEvse, { blocked }: EvseContact): boolean {
  return blocked === 'waits' && isIdle(draft, stationId);
}

function isIdle(draft: Draft, stationId: StationId): boolean {
  const own = evsesOfStation(draft.site, stationId);
  return own.every(({ id }) => draft.evses.get(id)?.transactionId === undefined);
}

/** Of what a report shows, what may be in the way and may be cleared now. */
export function isInTheWay(
  draft: Draft,
  evse: SiteEvse,
  station: StationState,
  { id, purpose, evseNumber }: HeldProfile,
): boolean {
  if (purpose !== fallbackCarrierOf(station) || isOfSibling(draft, evse, station, id)) {
    return false;
  }
  return mayClearAt(draft, evse, evseNumber);
}

/** From a report that shows what may be in the way, or from none. */
export function clearShown(contact: EvseContact, station: StationState): EvseContact {
  const foreign = contact.report?.foreign.slice(0, CLEARED_AT_ONCE_MAX) ?? [];
  if (foreign.length === 0) return clearsOwnLevel(contact, station);
  return { ...reportOver(contact), step: 'clear-foreign', foreign };
}
