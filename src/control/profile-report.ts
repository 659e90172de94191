/**
 * What a 2.x station holds, by its own report (K09): the surest way to find what others left, whatever
 * its start, its level or its purpose (SAFETY R11). What is not ours is cleared by id. External
 * constraints are not ours to clear (K10.FR.06) and only lower; whatever else stays keeps the EVSE at
 * its hardware maximum, be it a priority or a local generation that nobody has activated.
 */
import { profileIdOf, type ProfilePurpose } from '../../profiles/index.js';
import type { HeldProfile, StationEvent } from '../ocpp/messages.js';
import { requestNumber } from '../ocpp/request-number.js';
import type { SiteEvse } from '../sites/site.js';
import { absenceReportOver, fallbackFound } from './absence-report.js';
import { restartContact } from './contact.js';
import { endUncredited } from './contact-retry.js';
import { foldHeldLimits } from './external-limit.js';
import { forgetCredit, forgetCreditOf } from './forget-credit.js';
import { isOfSibling, reportOver, withoutReport } from './default-levels.js';
import { clearHidden } from './fold-transaction.js';
import { type Draft, plan, updateEvse, updateStation, wakeAt } from './draft.js';
import { fallbackCarrierOf } from './form.js';
import { clearShown, isInTheWay } from './refused-fallback.js';
import type { EvseContact, EvseState, StationState } from './state.js';
import { isHidden, noteFallbackExceeded } from './within-fallback.js';

/** How long a station may take to send all of its report. */
const REPORT_WAIT_MS = 30_000;
/** More than these are cleared in a later round, once the next report shows them. */
const CLEARED_AT_ONCE_MAX = 16;
/** Enough to clear some and to see that more are left, whatever a station sends. */
const NOTED_MAX = 256;
/** A station that always shows others than before is not cleared any further. */
const TRIED_MAX = 64;

/** Asks, waits, and says where contact goes from here; undefined while it waits. */
export function advanceReport(draft: Draft, evse: SiteEvse): EvseContact | undefined {
  const state = draft.evses.get(evse.id);
  const station = draft.stations.get(evse.stationId);
  if (state === undefined || station === undefined) return undefined;
  const { contact } = state;
  const { report } = contact;
  if (report === undefined) {
    const { seq } = plan(draft, {
      stationId: evse.stationId,
      evseId: evse.id,
      purpose: 'contact',
      command: { kind: 'get-charging-profiles' },
    });
    const requestId = requestNumber(seq);
    const dueAtMs = draft.nowMs + REPORT_WAIT_MS;
    const none = { foreign: [], surelyForeign: [], isCredible: false, isComplete: false };
    const asked = { requestId, dueAtMs, ...none };
    updateEvse(draft, evse.id, (it) => ({ ...it, contact: { ...it.contact, report: asked } }));
    return undefined;
  }
  if (contact.blocked === 'clears' && (report.isComplete || draft.nowMs >= report.dueAtMs)) {
    return clearShown(contact, station);
  }
  if (!report.isComplete && draft.nowMs < report.dueAtMs) {
    wakeAt(draft, report.dueAtMs);
    return undefined;
  }
  // A report without an end, or without what we have just installed, is none but for what it shows: what
  // can be cleared unseen is cleared by criteria.
  const isNone = !report.isComplete || !report.isCredible;
  const foreign = isNone ? (report.surelyForeign ?? []) : report.foreign;
  if (foreign.length > 0) return clearForeign(draft, evse, station, { contact, foreign });
  if (!isNone) return { ...reportOver(contact), step: 'verify', attempts: 0 };
  return report.isComplete ? withoutFallback(draft, evse) : withoutReport(state, station);
}

/**
 * All that the station holds, and F0 is not among it: a report tells what is installed, whether or not it leads
 * now (K09). Where nothing of ours hides F0 from a read-back, that is the better witness. A lease hides
 * whether F0 is not there or not told of: it earns no credit until it is shown (R0).
 */
export function withoutFallback(draft: Draft, evse: SiteEvse): EvseContact | undefined {
  const state = draft.evses.get(evse.id);
  const station = draft.stations.get(evse.stationId);
  if (state === undefined || station === undefined) return undefined;
  if (isHidden(state)) {
    noteFallbackExceeded(draft, evse);
    forgetCreditOf(draft, evse.id);
  }
  return withoutReport(state, station);
}

/** Undefined: what was cleared before is there as before, and the EVSE stays reserved at its maximum. */
function clearForeign(
  draft: Draft,
  evse: SiteEvse,
  station: StationState,
  shown: { readonly contact: EvseContact; readonly foreign: readonly number[] },
): EvseContact | undefined {
  const { contact } = shown;
  const { tried = [] } = contact;
  const fresh = shown.foreign.filter(
    (id) => !tried.includes(id) && !isOfSibling(draft, evse, station, id),
  );
  if (fresh.length > 0 && tried.length < TRIED_MAX) {
    const foreign = fresh.slice(0, CLEARED_AT_ONCE_MAX);
    const step = 'clear-foreign' as const;
    return { ...reportOver(contact), step, foreign, tried: [...tried, ...foreign] };
  }
  const ids = shown.foreign.slice(0, CLEARED_AT_ONCE_MAX).join(', ');
  const detail = `holds profile ${ids} of others: reserved at its maximum`;
  updateStation(draft, evse.stationId, (it) => ({ ...it, trouble: detail }));
  draft.effects.push({
    type: 'alarm',
    code: 'contact-trouble',
    stationId: evse.stationId,
    detail,
  });
  endUncredited(draft, evse.id);
  return undefined;
}

/**
 * What contact asked for, it gets. A report that anybody else asked for may show what was set while we
 * were away: then nothing that was read back before counts.
 */
export function foldReported(
  draft: Draft,
  event: Extract<StationEvent, { readonly type: 'profiles.reported' }>,
): void {
  foldHeldLimits(draft, event);
  const asked = draft.stations.get(event.stationId)?.absenceReport;
  const isAfterAbsence = asked?.requestId === event.requestId;
  let isUnexpected = false;
  for (const evse of draft.site.evses) {
    const state = draft.evses.get(evse.id);
    const station = draft.stations.get(evse.stationId);
    if (evse.stationId !== event.stationId || state === undefined) continue;
    if (station === undefined) continue;
    const { externalIdMax } = station.capability;
    const own = { evse, externalIdMax, fallback: fallbackCarrierOf(station) };
    const { contact } = state;
    const isCleared = (it: HeldProfile): boolean =>
      contact.blocked !== 'clears' || isInTheWay(draft, evse, station, it);
    const others = event.profiles.filter((it) => isForeign(it, own, state) && isCleared(it));
    const foreign = others.map(idOf);
    // F0 may have been given another id.
    const surelyForeign = others.filter(({ purpose }) => purpose !== own.fallback).map(idOf);
    const leaseId = profileIdOf('tx', evse.evseNumber, externalIdMax);
    if (event.profiles.some(({ id }) => id === leaseId)) clearHidden(draft, evse);
    const isShown = event.profiles.some((it) => isFallback(it, own));
    if (isShown && isAfterAbsence) fallbackFound(draft, event.stationId, evse.id);
    if (contact.step === 'done') {
      isUnexpected ||= foreign.length > 0 && state.ledger.fallbackIdleA !== undefined;
    } else if (contact.report?.requestId === event.requestId) {
      const report = {
        ...contact.report,
        foreign: joined(contact.report.foreign, foreign),
        surelyForeign: joined(contact.report.surelyForeign ?? [], surelyForeign),
        isCredible: contact.report.isCredible || isShown,
        isComplete: event.isLast,
      };
      updateEvse(draft, evse.id, (it) => ({ ...it, contact: { ...contact, report } }));
    }
  }
  if (event.isLast) absenceReportOver(draft, event.stationId, event.requestId);
  if (!isUnexpected) return;
  forgetCredit(draft, event.stationId);
  const stage = draft.stations.get(event.stationId)?.stage;
  if (stage === 'offline' || stage === 'connecting') return;
  restartContact(draft, event.stationId);
}

const idOf = ({ id }: HeldProfile): number => id;

function joined(known: readonly number[], more: readonly number[]): readonly number[] {
  return [...new Set([...known, ...more])].slice(0, NOTED_MAX);
}

interface Own {
  readonly evse: SiteEvse;
  /** Of its station: see `profileIdOf`. */
  readonly externalIdMax: number | undefined;
  /** The purpose that carries F0. */
  readonly fallback: ProfilePurpose;
}

/** Not ours, and perhaps more than ours. Without a transaction our TxProfile has no business there. */
function isForeign(held: HeldProfile, own: Own, { transactionId, contact }: EvseState): boolean {
  const { id, evseNumber, purpose } = held;
  const { evse, externalIdMax } = own;
  if (evseNumber !== 0 && evseNumber !== evse.evseNumber) return false;
  if (purpose === 'external-constraints') return false;
  if (isFallback(held, own)) return false;
  const leaseId = profileIdOf('tx', evse.evseNumber, externalIdMax);
  const isLease = purpose === 'tx' && id === leaseId && evseNumber > 0;
  return !isLease || (transactionId === undefined && contact.step !== 'done');
}

/** F0 as we install it, or a lease in its place. */
function isFallback({ id, evseNumber, purpose }: HeldProfile, own: Own): boolean {
  const { evse, fallback, externalIdMax } = own;
  const place = fallback === 'station-max' ? 0 : evse.evseNumber;
  const isInPlace = purpose === fallback && evseNumber === place;
  return isInPlace && id === profileIdOf(fallback, place, externalIdMax);
}
