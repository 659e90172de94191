/** Whether a station can know of which transaction it is told a limit. */
import type { Session } from '../sessions/session.js';
import type { SiteEvse } from '../sites/site.js';
import { type Draft, updateStation } from './draft.js';
import { isLossy } from './lease.js';
import { currentSession } from './running.js';

/** By then a start that was not answered has come again; where frames get lost, with an answer. */
const TOLD_AGAIN_MS = 60_000;
const ANSWERED_MS = 600_000;

/**
 * 1.6 has the id of a transaction from our answer to its start, which may have got lost: what the station refuses
 * then says nothing of the form of a limit.
 */
export function knowsTransaction(draft: Draft, { id, stationId }: SiteEvse): boolean {
  const station = draft.stations.get(stationId);
  if (station?.version !== 'ocpp1.6') return true;
  const startedAtMs = currentSession(draft, id)?.startedAtMs ?? Number.NEGATIVE_INFINITY;
  const knownByMs = isLossy(station, draft.nowMs) ? ANSWERED_MS : TOLD_AGAIN_MS;
  return draft.nowMs - startedAtMs >= knownByMs;
}

/** A start that is told again was not answered, as far as the station knows: frames get lost. */
export function noteToldAgain(draft: Draft, { stationId, marks = [] }: Session): void {
  if (!marks.includes('start-told')) return;
  updateStation(draft, stationId, (it) => ({ ...it, lostCallAtMs: draft.nowMs }));
}
