/**
 * What a sample is held against (R9). When it was measured no clock tells exactly: the station's may be wrong,
 * and the sample may have waited for minutes. So it is held against the most that was allowed between the
 * earliest instant that its stamp leaves and now. Further back than the ledger tells, before the link, a boot
 * or another F0, the hardware maximum was: then more may have been allowed than is known now (R0).
 */
import { onOthers, worstBetween } from '../../ledger/index.js';
import type { SiteEvse } from '../sites/site.js';
import { channelCount } from './charge-rate.js';
import type { Draft } from './draft.js';
import { LATE_MAX_MS } from './late-samples.js';
import type { EvseState } from './state.js';

/** Commands that are over stay in the ledger for so long: a fresh sample, and the one before, may tell of them. */
export const LEDGER_KEPT_MS = 240_000;

export interface Allowed {
  /** On the phase that may carry most. */
  readonly mostA: number;
  /** The mean of all phases: less on those that it is told to leave out (R12). */
  readonly meanA: number;
}

/** The highest W since then; of `undefined` nobody knows how long ago it was. */
export function allowedSince(
  draft: Draft,
  evse: SiteEvse,
  { ledger, late }: Pick<EvseState, 'ledger' | 'late'>,
  sinceMs: number | undefined,
): Allowed {
  const { nowMs, site, stations } = draft;
  const { connectedAtMs = 0, bootedAtMs = 0 } = stations.get(evse.stationId) ?? {};
  const keptSinceMs =
    late === undefined ? nowMs - LEDGER_KEPT_MS : Math.max(late.sinceMs, nowMs - LATE_MAX_MS);
  const toldSinceMs = Math.max(keptSinceMs, connectedAtMs, bootedAtMs);
  const isTold = sinceMs !== undefined && sinceMs > toldSinceMs;
  const span = { fromMs: isTold ? sinceMs : nowMs, toMs: nowMs };
  const leastA = isTold ? 0 : ledger.currentMaxA;
  const mostA = Math.max(leastA, worstBetween(ledger, span, site.settings));
  const othersA = Math.max(leastA, worstBetween(onOthers(ledger), span, site.settings));
  const phases = channelCount(evse);
  return { mostA, meanA: (mostA + (phases - 1) * othersA) / phases };
}
