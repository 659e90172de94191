/**
 * After an absence without a boot a 2.x station says what it still holds (K09): what it lost unseen no
 * composite schedule shows while a lease leads. F0 that a whole report leaves out is gone, whatever was
 * read back before, and counts again once it is told and read back anew (SAFETY R0). A lease that is
 * left out is told again after every absence, and never bounds W below F0.
 */
import type { EvseId, StationId } from '../../solver/index.js';
import { requestNumber } from '../ocpp/request-number.js';
import { evsesOfStation } from '../sites/site-index.js';
import { CONTACT_START } from './contact-retry.js';
import { type Draft, plan, updateEvse, updateStation, wakeAt, without } from './draft.js';
import { forgetCreditOf } from './forget-credit.js';

export interface AbsenceReport {
  readonly requestId: number;
  /** EVSEs whose F0 counted when it was asked for, and has not been shown since. */
  readonly unshown: readonly EvseId[];
}

/** Beside everything else that the station is asked. Of several requests the last one counts. */
export function askAfterAbsence(draft: Draft, stationId: StationId): void {
  const { seq } = plan(draft, {
    stationId,
    purpose: 'resync',
    command: { kind: 'get-charging-profiles' },
  });
  const unshown = evsesOfStation(draft.site, stationId)
    .map(({ id }) => id)
    .filter((id) => countsFallback(draft, id));
  const absenceReport = { requestId: requestNumber(seq), unshown };
  updateStation(draft, stationId, (it) => ({ ...it, absenceReport }));
}

/** F0 of this EVSE is among what is reported, or was read back behind the request. */
export function fallbackFound(draft: Draft, stationId: StationId, evseId: EvseId): void {
  if (draft.stations.get(stationId)?.absenceReport?.unshown.includes(evseId) !== true) return;
  updateStation(draft, stationId, (it) => {
    const { absenceReport: known } = it;
    if (known === undefined) return it;
    const unshown = known.unshown.filter((id) => id !== evseId);
    return { ...it, absenceReport: { ...known, unshown } };
  });
}

/** The report is whole: what it left out begins anew, as after a boot. One of an earlier request is none. */
export function absenceReportOver(draft: Draft, stationId: StationId, requestId: number): void {
  const known = draft.stations.get(stationId)?.absenceReport;
  if (known?.requestId !== requestId) return;
  updateStation(draft, stationId, (it) => without(it, 'absenceReport'));
  for (const id of known.unshown) {
    // First contact under way has a report of its own.
    if (!countsFallback(draft, id)) continue;
    forgetCreditOf(draft, id);
    updateEvse(draft, id, (it) => ({ ...it, contact: CONTACT_START, fallbackProvisional: false }));
    wakeAt(draft, draft.nowMs);
  }
}

function countsFallback(draft: Draft, evseId: EvseId): boolean {
  const state = draft.evses.get(evseId);
  return state?.contact.step === 'done' && state.ledger.fallbackIdleA !== undefined;
}
