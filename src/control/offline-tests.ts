/** R0: the offline tests speak for the vendor, model and firmware that passed them, and no other. */
import type { StationId } from '../../solver/index.js';
import { evsesOfStation } from '../sites/site-index.js';
import { type Draft, updateEvse, updateStation, without } from './draft.js';
import { creditNow, isTested } from './initial-state.js';
import { type KindCredit, kindOf } from './kind.js';

/** After a boot, an edit of the site, or a test: what the EVSEs of the station are credited with. */
export function declareTested(draft: Draft, stationId: StationId): void {
  const isRecorded = draft.site.stations.find((it) => it.id === stationId)?.offlineTested === true;
  updateStation(draft, stationId, (it) => {
    if (!isRecorded) return it.testedAs === undefined ? it : without(it, 'testedAs');
    const kind = kindOf(it);
    return it.testedAs !== undefined || kind === undefined ? it : { ...it, testedAs: kind };
  });
  const station = draft.stations.get(stationId);
  const offlineTested = isTested(draft.site, stationId, station);
  const settleSec = creditNow(station)?.settleSec;
  for (const evse of evsesOfStation(draft.site, stationId)) {
    updateEvse(draft, evse.id, (it) => {
      const { ledger } = it;
      if (ledger.offlineTested === offlineTested && ledger.settleSec === settleSec) return it;
      return { ...it, ledger: { ...ledger, offlineTested, settleSec } };
    });
  }
}

/** R1: the tests of a kind were judged anew; every station of it is believed as far as they go. */
export function foldCapability(draft: Draft, card: KindCredit): void {
  for (const station of draft.stations.values()) {
    if (kindOf(station) !== card.kind || isNewer(station.card, card)) continue;
    updateStation(draft, station.id, (it) => ({ ...it, card }));
    declareTested(draft, station.id);
  }
}

/** What was read before a test had ended must not come after it. */
function isNewer(known: KindCredit | undefined, card: KindCredit): boolean {
  return known?.kind === card.kind && known.asOfMs >= card.asOfMs;
}
