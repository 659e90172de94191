/**
 * When a sample was measured, as far as two clocks tell: before it came, and after its stamp, less what a clock
 * may be wrong by. A sample that is stamped later than it came is of a clock that is ahead: how much so nobody
 * knows where the link loses messages, since it may have waited in the station as well. Sent again, since its
 * answer got lost, it comes when the instant of its stamp is over, and would tell of a time that was another.
 */
import type { EvseId } from '../../solver/index.js';
import { evseById } from '../sites/site-index.js';
import type { MeterSample } from '../ocpp/messages.js';
import { type Draft, updateEvse } from './draft.js';
import { isLossy } from './lease.js';
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
    if (known?.stampedAtMs === stampedAtMs) return seen(draft, evseId, it, known);
    const ahead = { stampedAtMs, seenAtMs: nowMs };
    if (stampedAtMs > nowMs) updateEvse(draft, evseId, (state) => ({ ...state, ahead }));
    return seen(draft, evseId, it, ahead);
  });
}

function seen(
  draft: Draft,
  evseId: EvseId,
  sample: MeterSample,
  { stampedAtMs, seenAtMs }: SampleAhead,
): SeenSample {
  const atMs = Math.min(sample.atMs, seenAtMs);
  const skewMs = draft.site.settings.skewSec * 1000;
  const stationId = evseById(draft.site, evseId)?.stationId;
  const station = stationId === undefined ? undefined : draft.stations.get(stationId);
  const mayHaveWaited = station === undefined || isLossy(station, draft.nowMs);
  const isUnknown = stampedAtMs - seenAtMs > skewMs && mayHaveWaited;
  const notBeforeMs = isUnknown ? undefined : atMs - skewMs;
  return { ...sample, atMs, stampedAtMs, notBeforeMs };
}
