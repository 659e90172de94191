/** What was read back of a station does not count any more (SAFETY R0). */
import { booted } from '../../ledger/index.js';
import type { EvseId, StationId } from '../../solver/index.js';
import { evsesOfStation } from '../sites/site-index.js';
import { type Draft, updateEvse } from './draft.js';

/** W of every EVSE of the station is its hardware maximum until F0 is read back. */
export function forgetCredit(draft: Draft, stationId: StationId): void {
  for (const { id } of evsesOfStation(draft.site, stationId)) {
    forgetCreditOf(draft, id);
    updateEvse(draft, id, (it) => ({ ...it, fallbackProvisional: false }));
  }
}

/** The same of one EVSE. */
export function forgetCreditOf(draft: Draft, evseId: EvseId): void {
  updateEvse(draft, evseId, (it) => ({ ...it, ledger: booted(it.ledger), followedSeq: undefined }));
}
