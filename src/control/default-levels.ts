/**
 * Defaults that others left are cleared level by level, by criteria. Our own F0 is never cleared while it
 * earns credit: clear-and-set is banned for it (SAFETY R10, R11).
 */
import { profileIdOf } from '../../profiles/index.js';
import type { ClearCriteria } from '../ocpp/messages.js';
import type { SiteEvse } from '../sites/site.js';
import { evsesOfStation } from '../sites/site-index.js';
import { type Draft, updateStation, without } from './draft.js';
import { forgetCreditOf } from './forget-credit.js';
import { fallbackCarrierOf } from './form.js';
import type { EvseContact, EvseState, StationState } from './state.js';

/** At most this many levels. */
const LEVELS_CLEARED_MAX = 10;

/**
 * A default under our TxProfile is shown by no composite while the transaction runs. It would lead once
 * the station forgets our profile: without a report, which 1.6 does not have, it is cleared unseen.
 */
export function isMasked({ contact, transactionId }: EvseState, station: StationState): boolean {
  const isCleared = contact.level > 0 || station.capability.stackLevelMax === 0;
  return transactionId !== undefined && !isCleared;
}

/** What a report left in it is of no more use. */
export function reportOver(contact: EvseContact): EvseContact {
  return without(contact, 'report', 'foreign', 'tried');
}

/** Where contact goes from a report that cannot be had. */
export function withoutReport(state: EvseState, station: StationState): EvseContact {
  if (state.contact.blocked === 'clears') return clearsOwnLevel(state.contact, station);
  const contact = reportOver(state.contact);
  return isMasked(state, station)
    ? firstLevel(contact, station)
    : { ...contact, step: 'clear-max' };
}

export function firstLevel(contact: EvseContact, station: StationState): EvseContact {
  return skipOwnLevel({ ...contact, step: 'clear-default', level: 0, place: undefined }, station);
}

/**
 * After the last one it reads again, and tells F0 anew before that where it may have stood at one of them; the
 * level stays above 0 then, and says that all were cleared.
 */
export function nextLevel(contact: EvseContact, station: StationState): EvseContact {
  const { blocked, place, level } = contact;
  // A default of EVSE 0 is another one, and 2.x has both in one stack (K01.FR.53).
  if (place === undefined && station.version !== 'ocpp1.6') return { ...contact, place: 'station' };
  if (blocked === 'clears') return toldAgain(contact);
  const next = skipOwnLevel({ ...contact, level: level + 1, place: undefined }, station);
  const last = Math.min(station.capability.stackLevelMax, LEVELS_CLEARED_MAX);
  if (next.level <= last) return next;
  const isGone = station.levelsTold?.some((level) => mayHoldFallback(station, level)) === true;
  return { ...next, step: isGone ? 'fallback' : 'read', attempts: contact.attempts + 1 };
}

/** What is in the way of F0 has its level: it is cleared before F0 is told. */
export function clearsOwnLevel(contact: EvseContact, { stackLevel }: StationState): EvseContact {
  return {
    ...reportOver(contact),
    step: 'clear-default',
    level: stackLevel,
    place: undefined,
  };
}

/** What was in the way of F0 was cleared, as far as it could be. */
export function toldAgain(contact: EvseContact): EvseContact {
  return { ...reportOver(contact), step: 'fallback', blocked: 'cleared', level: 0 };
}

/** What `clear-default` clears now. */
export function levelCleared(
  { blocked, place, level }: EvseContact,
  station: StationState,
  evseNumber: number,
): Required<ClearCriteria> {
  const purpose = blocked === 'clears' ? fallbackCarrierOf(station) : 'tx-default';
  const isStation = place === 'station' || purpose === 'station-max';
  return { evseNumber: isStation ? 0 : evseNumber, purpose, stackLevel: level };
}

function skipOwnLevel(contact: EvseContact, station: StationState): EvseContact {
  return contact.level === station.stackLevel ? { ...contact, level: contact.level + 1 } : contact;
}

/**
 * A station that keeps the older of two profiles with one id has F0 where it was first told. That does not
 * show in a read-back, which sees 0 A of either; and somebody else's default may stand there as well.
 */
function mayHoldFallback({ stackLevel, levelsTold }: StationState, level: number): boolean {
  return level !== stackLevel && levelsTold?.includes(level) === true;
}

/** R10: what this clear may take away earns no credit from before it leaves until F0 is read back anew. */
export function clearsFallback(
  draft: Draft,
  station: StationState,
  { id: evseId, evseNumber }: SiteEvse,
  profileId: number | undefined,
): void {
  const state = draft.evses.get(evseId);
  if (state === undefined || state.ledger.fallbackIdleA === undefined) return;
  const { blocked, step, level } = state.contact;
  const isAtLevel = step === 'clear-default' && mayHoldFallback(station, level);
  // Found at another place: there are stations that hold one id twice.
  const isItsId = profileId === fallbackId(station, evseNumber);
  if (blocked !== 'clears' && !isAtLevel && !isItsId) return;
  forgetCreditOf(draft, evseId);
}

/** Of F0 in the form of now. */
function fallbackId(station: StationState, evseNumber: number): number {
  const purpose = fallbackCarrierOf(station);
  const place = purpose === 'station-max' ? 0 : evseNumber;
  return profileIdOf(purpose, place, station.capability.externalIdMax);
}

/**
 * F0 of another EVSE of the station, found at another place: it goes where it belongs when it is told there, and
 * a clear by this id could come behind that.
 */
export function isOfSibling(
  draft: Draft,
  evse: SiteEvse,
  station: StationState,
  profileId: number,
): boolean {
  return evsesOfStation(draft.site, station.id).some(
    ({ id, evseNumber }) => id !== evse.id && fallbackId(station, evseNumber) === profileId,
  );
}

/** F0 is sent: where it stood before it may stand for longer. */
export function noteLevelTold(draft: Draft, { id }: StationState): void {
  updateStation(draft, id, (it) => {
    const { stackLevel, levelsTold = [] } = it;
    return levelsTold.includes(stackLevel)
      ? it
      : { ...it, levelsTold: [...levelsTold, stackLevel] };
  });
}
