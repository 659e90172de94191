/** R0: the offline tests speak for the vendor, model and firmware that passed them, and no other. */
import type { StationId } from '../../solver/index.js';
import { type Draft, updateEvse, updateStation, without } from './draft.js';
import { isTested, kindOf } from './initial-state.js';

/** After a boot, and after an edit of the site: which EVSEs of the station may earn credit offline. */
export function declareTested(draft: Draft, stationId: StationId): void {
  const isRecorded = draft.site.stations.find((it) => it.id === stationId)?.offlineTested === true;
  updateStation(draft, stationId, (it) => {
    if (!isRecorded) return it.testedAs === undefined ? it : without(it, 'testedAs');
    const kind = kindOf(it);
    return it.testedAs !== undefined || kind === undefined ? it : { ...it, testedAs: kind };
  });
  const offlineTested = isTested(draft.site, stationId, draft.stations.get(stationId));
  for (const evse of draft.site.evses) {
    if (evse.stationId !== stationId) continue;
    updateEvse(draft, evse.id, (it) =>
      it.ledger.offlineTested === offlineTested
        ? it
        : { ...it, ledger: { ...it.ledger, offlineTested } },
    );
  }
}
