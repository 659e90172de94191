/**
 * A sample that is stamped later than it came is of a clock that is ahead: it was measured by then. Sent again,
 * since its answer got lost, it comes when that instant is over, and would tell of a time that was another.
 */
import type { EvseId } from '../../solver/index.js';
import type { MeterSample } from '../ocpp/messages.js';
import { type Draft, updateEvse } from './draft.js';
import type { SeenSample } from './overdraw.js';

/** The newest one whose stamp was in the future. */
export interface SampleAhead {
  readonly stampedAtMs: number;
  readonly seenAtMs: number;
}

/** Nothing was measured after now, nor after it came for the first time, whatever the station's clock says. */
export function seenBy(
  draft: Draft,
  evseId: EvseId,
  samples: readonly MeterSample[],
): readonly SeenSample[] {
  const { nowMs } = draft;
  return samples.map((it) => {
    const { atMs, stampedAtMs = atMs } = it;
    const known = draft.evses.get(evseId)?.ahead;
    if (known?.stampedAtMs === stampedAtMs) {
      return { ...it, atMs: Math.min(atMs, known.seenAtMs), stampedAtMs };
    }
    if (stampedAtMs <= nowMs) return it;
    const ahead = { stampedAtMs, seenAtMs: nowMs };
    updateEvse(draft, evseId, (state) => ({ ...state, ahead }));
    return { ...it, atMs: Math.min(atMs, nowMs), stampedAtMs };
  });
}
