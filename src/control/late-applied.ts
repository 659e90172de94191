/**
 * A station may apply a call from its own queue after newer ones that it has acknowledged (SAFETY R3). Where
 * samples show it, what is in force is told again at once, and not only when that call's flight is over.
 */
import { inForce, newestAccepted, valueAt } from '../../ledger/index.js';
import type { EvseLedger } from '../../ledger/types.js';
import type { EvseId } from '../../solver/index.js';
import type { MeterSample } from '../ocpp/messages.js';
import { evseById } from '../sites/site-index.js';
import { type Draft, updateEvse } from './draft.js';
import { atLeastA, isOverdrawn } from './overdraw.js';

/** So long after a grant was told its vehicle follows it, and it is not told once more. */
const TOLD_AGAIN_MS = 30_000;

/** Precondition: fresh samples of the transaction that runs at this EVSE. */
export function noteAppliedLate(
  draft: Draft,
  evseId: EvseId,
  samples: readonly MeterSample[],
): void {
  const state = draft.evses.get(evseId);
  const sample = samples.at(-1);
  if (state === undefined || sample === undefined) return;
  const drawnA = atLeastA(draft.site, evseById(draft.site, evseId), sample);
  if (drawnA === undefined) return;
  const { ledger } = state;
  const isOver = isOverdrawn(drawnA, inForce(ledger, draft.nowMs));
  if (!isOver || !mayFollowOlder(ledger, sample.atMs, draft.nowMs)) return;
  updateEvse(draft, evseId, (it) => ({ ...it, reassert: true }));
}

/** Told and settled when it was measured, and an older call that nobody answered asks for more. */
function mayFollowOlder(ledger: EvseLedger, measuredAtMs: number, nowMs: number): boolean {
  const newest = newestAccepted(ledger);
  if (newest?.plannedAtMs === undefined) return false;
  if (measuredAtMs - newest.plannedAtMs < TOLD_AGAIN_MS) return false;
  const limitA = valueAt(newest, nowMs);
  return ledger.commands.some(
    (it) => it.state === 'unknown' && it.seq < newest.seq && valueAt(it, nowMs) > limitA,
  );
}
