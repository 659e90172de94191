/** F0 of stations on which a default holds within transactions only. */
import type { SiteEvse } from '../sites/site.js';
import type { Draft } from './draft.js';
import { fallbackCarrierOf, type TakenRung } from './form.js';
import { forgetCreditOf } from './forget-credit.js';
import { putForm, tell } from './form-found.js';
import { isOpen } from './ladder.js';

/**
 * F0 was accepted, and without a transaction nothing limits the EVSE: of some a default holds within transactions only
 * (MicroOcpp), and does not show otherwise. False: F0 cannot be the maximum of the station, or is it already.
 */
export function moveToMaximum(
  draft: Draft,
  { id, stationId }: SiteEvse,
  observed: string,
): boolean {
  const station = draft.stations.get(stationId);
  if (station === undefined || fallbackCarrierOf(station) === 'station-max') return false;
  if (!isOpen(draft, station, { rung: 'station-max', evseId: id })) return false;
  const rung: TakenRung = { rung: 'station-max', on: 'fallback', observed, sinceMs: draft.nowMs };
  tell(draft, stationId, [rung]);
  putForm(draft, station, {
    taken: [rung],
    leases: undefined,
    level: undefined,
    fallbackHeld: false,
  });
  forgetCreditOf(draft, id);
  return true;
}
