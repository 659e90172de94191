/**
 * How a station is told its limits: in the form that costs least of those that it takes. A rung is one
 * step down from the preferred form. Which ones are taken is found out from what the station refuses or
 * does not follow, never looked up by its name, and is found out anew for another firmware.
 */
import { newestAccepted } from '../../ledger/index.js';
import type { ProfilePurpose } from '../../profiles/index.js';
import type { EvseId, StationId } from '../../solver/index.js';
import type { SiteEvse } from '../sites/site.js';
import { evsesOfStation } from '../sites/site-index.js';
import { CONTACT_START } from './contact-retry.js';
import { type Draft, updateEvse, updateStation } from './draft.js';
import {
  fallbackCarrierOf,
  hasTaken,
  isFor,
  leaseCarrierOf,
  levelOf,
  type Rung,
  type TakenRung,
} from './form.js';
import { formNow, formTaken, note, putForm, putSeen, seenOf, tell, unseen } from './form-found.js';
import { forgetCreditOf } from './forget-credit.js';
import { fewestFirst, goTogether, isSame } from './rung-sets.js';
import type { EvseContact, StationState } from './state.js';

/**
 * In the order in which they are tried. A lease over F0 and the maximum of a station keep their end, a
 * Relative one does not. F0 was taken at this level and in this unit when a lease is refused.
 */
const CANDIDATES: Readonly<Record<'fallback' | 'lease', readonly Rung[]>> = {
  fallback: ['level-0', 'watts', 'relative', 'station-max'],
  lease: ['tx-default', 'station-max', 'relative'],
};
/**
 * Rungs that a lease alone is told by. F0 stays as it is, so that each EVSE has them for itself: what one refuses
 * or ignores may be of its hardware or of its state, such as a transaction that only it does not know.
 */
const CLIMBED: readonly Rung[] = ['tx-default', 'clear-first'];
/** Rungs that say how F0 is told as well as a lease in its place. */
const OF_BOTH: readonly Rung[] = ['level-0', 'watts', 'relative'];
/** A refusal may be about the moment, a second one is about the form; so are many errors: some say no by them. */
const [LEASE_REFUSALS, LEASE_ERRORS] = [2, 6];
/** Where one was taken the form is right, and a station is busy for minutes: it has no room for another then. */
const HELD_REFUSALS = 8;

/** Another firmware is another station: everything is tried from the top again. */
export function forgetForm(draft: Draft, stationId: StationId): void {
  const station = draft.stations.get(stationId);
  if (station === undefined || formNow(station) === station.form) return;
  updateStation(draft, stationId, (it) => ({ ...it, form: undefined }));
  distrustReplacement(draft, stationId);
}

/**
 * F0 was refused, or is not followed. False: no other form is left, and it starts from the top. An error
 * may have nothing to do with the form; but some answer one to a level that they do not know.
 */
export function fallbackRefused(
  draft: Draft,
  stationId: StationId,
  { observed, isError }: { readonly observed: string; readonly isError: boolean },
): boolean {
  const station = draft.stations.get(stationId);
  if (station === undefined) return false;
  if (isError && station.stackLevel === 0) return false;
  // A lease moved F0 to where it is refused: that form of a lease was none.
  const isMoved = station.form?.taken.some((it) => it.on === 'lease' && it.rung !== 'tx-default');
  return fall(draft, station, { on: isMoved === true ? 'lease' : 'fallback', observed });
}

/** `isFull`: by what it declares there is no room for another one. True: another form is tried at once. */
export function leaseRefused(
  draft: Draft,
  evse: SiteEvse,
  of: { readonly observed: string; readonly isError: boolean; readonly isFull: boolean },
): boolean {
  const { id, stationId } = evse;
  const { observed, isError, isFull } = of;
  const station = draft.stations.get(stationId);
  if (station === undefined) return false;
  const { held, refusals, errors = 0 } = seenOf(station, id);
  const refusalsMax = held && !isFull ? HELD_REFUSALS : LEASE_REFUSALS;
  const isForm = isError ? errors + 1 >= LEASE_ERRORS : refusals + 1 >= refusalsMax;
  if (isForm && held) return refusedBesideOne(draft, station, evse, observed);
  if (isForm) return fall(draft, station, { on: 'lease', evseId: id, observed });
  putSeen(draft, station, id, isError ? { errors: errors + 1 } : { refusals: refusals + 1 });
  return false;
}

/**
 * Some have no room for a profile in the place of another: the lease is cleared first, where F0 below it holds
 * then (R10). Refused after a clear as well, it was not for that.
 */
function refusedBesideOne(
  draft: Draft,
  station: StationState,
  evse: SiteEvse,
  observed: string,
): boolean {
  const { id } = evse;
  const taken = formTaken(station);
  const others = taken.filter((it) => it.rung !== 'clear-first' || !isFor(it, id));
  const seen = { ...seenOf(station, id), refusals: 0, errors: undefined };
  putForm(draft, station, { taken: others, leases: { ...station.form?.leases, [id]: seen } });
  const ledger = draft.evses.get(id)?.ledger;
  const newest = ledger === undefined ? undefined : newestAccepted(ledger);
  const { fallbackIdleA } = ledger ?? {};
  if (others.length < taken.length) return false;
  if (newest === undefined || fallbackIdleA === undefined) return false;
  const isBelow = fallbackIdleA <= Math.min(newest.grantA, newest.tailA);
  return isBelow && clearFirst(draft, evse, observed);
}

/** What its composite schedule shows is the lease. */
export function leaseFollowed(draft: Draft, { id, stationId }: SiteEvse): void {
  const station = draft.stations.get(stationId);
  if (station === undefined || seenOf(station, id).ignored === undefined) return;
  putSeen(draft, station, id, { ignored: undefined });
}

/** A lease was accepted, and is not what is shown. True: seen for the second time. */
export function leaseUnfollowed(
  draft: Draft,
  { id, stationId }: Pick<SiteEvse, 'id' | 'stationId'>,
): boolean {
  const station = draft.stations.get(stationId);
  if (station === undefined) return false;
  if (seenOf(station, id).ignored !== undefined) return true;
  putSeen(draft, station, id, { ignored: { sinceMs: draft.nowMs } });
  return false;
}

/**
 * A lease was accepted and the default is gone by. True: seen for the second time, so that leases are
 * told in its place from now on.
 */
export function leaseIgnored(draft: Draft, { id, stationId }: SiteEvse, observed: string): boolean {
  const station = draft.stations.get(stationId);
  if (station === undefined || leaseCarrierOf(station, id) !== 'tx') return false;
  if (!leaseUnfollowed(draft, { id, stationId })) return false;
  const found = { on: 'lease', observed, sinceMs: draft.nowMs, evseId: id } as const;
  const rung: TakenRung = { rung: 'tx-default', ...found };
  const taken = formTaken(station).filter((it) => it.on !== 'kept' || !isFor(it, id));
  tell(draft, stationId, [rung]);
  putForm(draft, station, { taken: [...taken, rung], leases: unseen(station, id) });
  return true;
}

/**
 * A lease in the place of F0 was accepted, and F0 of before is gone by, which may be that of another level. True:
 * seen for the second time, so that F0 and leases are told at level 0 from now on.
 */
export function levelIgnored(draft: Draft, { id, stationId }: SiteEvse, observed: string): boolean {
  const station = draft.stations.get(stationId);
  if (station === undefined || leaseCarrierOf(station, id) !== 'tx-default') return false;
  if (!leaseUnfollowed(draft, { id, stationId })) return false;
  const isFirst = formTaken(station).every(({ on }) => on !== 'fallback');
  if (!isFirst || station.stackLevel === 0) return false;
  putSeen(draft, station, id, { ignored: undefined });
  return fallbackRefused(draft, stationId, { observed, isError: false });
}

/** It was told once more. */
export function leaseRepeated(draft: Draft, { id, stationId }: SiteEvse): void {
  const station = draft.stations.get(stationId);
  const ignored = station === undefined ? undefined : seenOf(station, id).ignored;
  if (station === undefined || ignored === undefined) return;
  putSeen(draft, station, id, { ignored: { ...ignored, isRepeated: true } });
}

/**
 * A smart-charging test was passed: the rung that a lease was told by last is left again, since what was
 * observed then may have been of the moment. Not where F0 would have to move with it. Undefined: none.
 */
export function climb(draft: Draft, { id, stationId }: SiteEvse): Rung | undefined {
  const station = draft.stations.get(stationId);
  const taken = station === undefined ? [] : formTaken(station);
  const last = taken.findLast((it) => isFor(it, id));
  if (station === undefined || last === undefined || !CLIMBED.includes(last.rung)) return undefined;
  const left = taken.filter((it) => it !== last);
  putForm(draft, station, { taken: left, leases: unseen(station, id) });
  distrustReplacement(draft, stationId);
  const detail = `a smart-charging test was passed: limits are told without ${last.rung} again`;
  draft.effects.push({ type: 'alarm', code: 'form-changed', stationId, detail });
  return last.rung;
}

/** R1: of a form that has not shown it yet. */
function distrustReplacement(draft: Draft, stationId: StationId): void {
  for (const { id } of evsesOfStation(draft.site, stationId)) {
    updateEvse(draft, id, (it) => ({ ...it, ledger: { ...it.ledger, replacesUnshown: true } }));
  }
}

/**
 * Accepted, or refused, under the id of a profile that it goes on to follow. False: what is in the place of F0 cannot
 * be cleared first (R10), and what it keeps counts until its own end.
 */
export function clearFirst(draft: Draft, { id, stationId }: SiteEvse, observed: string): boolean {
  const station = draft.stations.get(stationId);
  if (station === undefined || hasTaken(station, 'clear-first', id)) return false;
  if (leaseCarrierOf(station, id) !== 'tx') return false;
  const found = { on: 'kept', observed, sinceMs: draft.nowMs, evseId: id } as const;
  const rung: TakenRung = { rung: 'clear-first', ...found };
  tell(draft, stationId, [rung]);
  putForm(draft, station, { taken: [...formTaken(station), rung] });
  note(draft, stationId);
  return true;
}

/**
 * What a station declares was read anew. While a transaction runs, its TxProfile hides from a read-back
 * whether F0 is taken at another level than before: it is left where it was read back (R0, R11).
 */
export function settleLevel(draft: Draft, stationId: StationId): void {
  const station = draft.stations.get(stationId);
  if (station === undefined) return;
  const isHidden = evsesOfStation(draft.site, stationId).some(
    ({ id }) => draft.evses.get(id)?.transactionId !== undefined,
  );
  const known = formNow(station);
  const level = isHidden && known?.fallbackHeld === true ? station.stackLevel : undefined;
  if (level !== known?.level) putForm(draft, station, { level });
  updateStation(draft, stationId, (it) => ({ ...it, stackLevel: levelOf(it) }));
}

/** F0 was read back. */
export function holdFallback(draft: Draft, stationId: StationId): void {
  const station = draft.stations.get(stationId);
  if (station === undefined || station.form?.fallbackHeld === true) return;
  putForm(draft, station, { fallbackHeld: true });
  note(draft, stationId);
}

/** F0 was refused for what others left, not for its form: it is told in the preferred one again. */
export function preferFallback(draft: Draft, stationId: StationId): void {
  const station = draft.stations.get(stationId);
  if (station === undefined) return;
  const taken = formTaken(station).filter(({ on }) => on !== 'fallback');
  putForm(draft, station, { taken, fallbackHeld: false, level: undefined });
}

/** A lease was accepted; one that was still under way in another form says nothing of this one. */
export function holdLease(
  draft: Draft,
  { id, stationId }: SiteEvse,
  purpose: ProfilePurpose,
): void {
  const station = draft.stations.get(stationId);
  if (station === undefined || leaseCarrierOf(station, id) !== purpose) return;
  const { held, refusals, errors } = seenOf(station, id);
  if (held && refusals === 0 && errors === undefined) return;
  putSeen(draft, station, id, { held: true, refusals: 0, errors: undefined });
  if (!held) note(draft, stationId);
}

/** A lease was refused, and the form that is tried next is another for F0 as well. */
export function movesFallback(draft: Draft, stationId: StationId): boolean {
  const station = draft.stations.get(stationId);
  return station !== undefined && fallbackCarrierOf(station) === 'station-max';
}

/**
 * To the next form: those with the fewest rungs come first, so that what is held in the end has none
 * that it would not need.
 */
function fall(
  draft: Draft,
  station: StationState,
  from: {
    readonly on: 'fallback' | 'lease';
    /** On which it was observed; absent: it concerns all of them. */
    readonly evseId?: EvseId;
    readonly observed: string;
  },
): boolean {
  const { on, evseId, observed } = from;
  const taken = formTaken(station);
  const own = taken.filter((it) => it.on === on && isFor(it, evseId));
  const others = taken.filter((it) => !own.includes(it));
  const candidates = CANDIDATES[on].filter(
    (rung) =>
      isOpen(draft, station, { rung, evseId }) &&
      !others.some((it) => it.rung === rung && isFor(it, evseId)),
  );
  const kept = others.map(({ rung }) => rung);
  const sets = fewestFirst(candidates).filter((set) => goTogether(set, kept));
  const now = own.map(({ rung }) => rung);
  const at = sets.findIndex((set) => isSame(set, now));
  const next = sets[at + 1];
  const rungs = (next ?? []).map((rung): TakenRung => {
    const found = { rung, on, observed, sinceMs: draft.nowMs };
    return CLIMBED.includes(rung) && evseId !== undefined ? { ...found, evseId } : found;
  });
  tell(draft, station.id, rungs);
  // Whichever of the two it goes to, F0 goes with the leases.
  const isMoved = [...now, ...rungs.map(({ rung }) => rung)].includes('station-max');
  const isOwn = [...own, ...rungs].every((it) => it.evseId !== undefined);
  putForm(draft, station, {
    taken: [...others, ...rungs],
    leases: isOwn && evseId !== undefined ? unseen(station, evseId) : undefined,
    level: undefined,
    ...(on === 'fallback' || isMoved ? { fallbackHeld: false } : {}),
  });
  tellFallbackAnew(draft, station);
  return next !== undefined;
}

/**
 * Where leases were told over F0 and are no longer, or in another form, the last of them stands in its place (R0): the
 * next one would put what nobody has seen there. Contact that waits to try again tells F0 then: it does not begin
 * anew, or a station that takes no form would hear of us without end.
 */
function tellFallbackAnew(draft: Draft, before: StationState): void {
  const now = draft.stations.get(before.id);
  for (const { id } of evsesOfStation(draft.site, before.id)) {
    if (now === undefined || !hasTaken(before, 'tx-default', id)) continue;
    const isSameForm = OF_BOTH.every((it) => hasTaken(before, it) === hasTaken(now, it));
    if (hasTaken(now, 'tx-default', id) && isSameForm) continue;
    forgetCreditOf(draft, id);
    updateEvse(draft, id, (it) =>
      it.contact.step === 'done' ? { ...it, contact: toldAnew(it.contact) } : it,
    );
  }
}

function toldAnew({ paused, attempts, notBeforeMs }: EvseContact): EvseContact {
  if (paused === undefined) return CONTACT_START;
  return { ...CONTACT_START, step: 'done', paused: 'fallback', attempts, notBeforeMs };
}

/** Whether it would change anything, and may be used. */
export function isOpen(
  draft: Draft,
  station: StationState,
  { rung, evseId }: { readonly rung: Rung; readonly evseId: EvseId | undefined },
): boolean {
  const { id, capability } = station;
  switch (rung) {
    // What another EVSE was told, and took, the station knows.
    case 'relative':
      return evsesOfStation(draft.site, id).every(
        (it) => it.id === evseId || evseId === undefined || !seenOf(station, it.id).held,
      );
    case 'level-0':
      return capability.stackLevelMax > 0;
    case 'watts':
      return capability.units.includes('A') && capability.units.includes('W');
    // A lease that has not begun leaves nothing in force in the place of F0 (R0, R6).
    case 'tx-default':
      return station.clockBehind !== 'unbegun';
    // What limits a whole station does not say who of several takes it.
    case 'station-max':
      return station.clockBehind !== 'unbegun' && evsesOfStation(draft.site, id).length === 1;
    default:
      return true;
  }
}
