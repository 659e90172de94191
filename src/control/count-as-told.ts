/**
 * R0 under an owner's policy: a station without offline tests counts at what it is told while it is linked,
 * and what it had shown before it was away counts for nothing. See `sites/untested-policy.ts`.
 */
import { booted, shapedEntry } from '../../ledger/index.js';
import type { StationId } from '../../solver/index.js';
import { evsesOfStation } from '../sites/site-index.js';
import { restartContact } from './contact.js';
import { type Draft, updateEvse } from './draft.js';

/** Before anything is decided: who counts as told now. */
export function countAsTold(draft: Draft): void {
  const { untestedFailures } = draft.site.settings;
  const isPolicy = untestedFailures !== undefined && untestedFailures !== null;
  for (const { id, stage } of draft.stations.values()) {
    let isBegun = false;
    for (const evse of evsesOfStation(draft.site, id)) {
      const ledger = draft.evses.get(evse.id)?.ledger;
      if (ledger === undefined) continue;
      const counts = isPolicy && stage !== 'offline' && !ledger.offlineTested;
      if (counts === (ledger.countsAsTold === true)) continue;
      isBegun ||= counts && ledger.fallbackIdleA !== undefined;
      const countsAsTold = counts ? (true as const) : undefined;
      const known = counts ? booted(ledger) : ledger;
      const next = shapedEntry({ ...known, countsAsTold });
      updateEvse(draft, evse.id, (it) => ({ ...it, ledger: next, followedSeq: undefined }));
    }
    if (isBegun && stage !== 'connecting') restartContact(draft, id);
  }
}

/** A new connection: the old one may have ended long before. */
export function countNoMore(draft: Draft, stationId: StationId): void {
  for (const { id } of evsesOfStation(draft.site, stationId)) {
    if (draft.evses.get(id)?.ledger.countsAsTold !== true) continue;
    updateEvse(draft, id, (it) => ({
      ...it,
      ledger: shapedEntry({ ...it.ledger, countsAsTold: undefined }),
    }));
  }
}
