/**
 * Asking an EVSE again which lease it follows, where nobody has said yet. What it may hold in the place of the
 * one that it was told last is found, and cut, by its composite schedule alone (SAFETY R1, R8, R10).
 */
import { inForce, newestAccepted, type PossibleCommand, worstCaseAt } from '../../ledger/index.js';
import type { RateUnit } from '../../profiles/index.js';
import type { EvseId } from '../../solver/index.js';
import type { SiteEvse } from '../sites/site.js';
import type { EvseStanding } from '../sites/snapshot.js';
import { unitFor } from './charge-rate.js';
import { type Draft, plan, updateEvse, wakeAt, without } from './draft.js';
import { isTelling } from './replacement.js';
import type { EvseState, PendingCommand, StationState } from './state.js';

/**
 * A lost read-back is asked for again this long after its grant was planned: without it what nobody
 * answered before is not fenced off, and a lease earns no credit.
 */
const READ_BACK_FOR_MS = 120_000;
/** A station that refuses to show its schedule is busy, some of them for the first half minute of a transaction. */
const REFUSED_AGAIN_MS = 30_000;

/** All of the lease that it should follow, from now on. */
export function readBackLease(
  draft: Draft,
  evse: SiteEvse,
  of: { readonly station: StationState; readonly newest: PossibleCommand },
): void {
  const { station, newest } = of;
  readBackUntil(draft, evse, { untilMs: newest.boundaryAtMs, unit: unitFor(station, evse) });
}

/** Its schedule up to an instant, and far enough behind it to show that by any clock within the budget. */
export function readBackUntil(
  draft: Draft,
  { id, stationId, evseNumber }: SiteEvse,
  { untilMs, unit }: { readonly untilMs: number; readonly unit: RateUnit },
): void {
  const aheadSec = Math.max(0, Math.ceil((untilMs - draft.nowMs) / 1000));
  const durationSec = aheadSec + 4 * draft.site.settings.skewSec;
  plan(draft, {
    stationId,
    evseId: id,
    purpose: 'lease-read-back',
    command: { kind: 'get-composite-schedule', evseNumber, durationSec, unit },
  });
}

/** Reading changes nothing at the station; a newer grant asks for itself. */
export function readBackAgain(
  draft: Draft,
  { stationId, evseId, purpose, command }: PendingCommand,
): void {
  const state = evseId === undefined ? undefined : draft.evses.get(evseId);
  const newest = state?.ledger.commands.at(-1);
  if (evseId === undefined || newest?.state !== 'accepted') return;
  const sinceMs = newest.plannedAtMs ?? Number.NEGATIVE_INFINITY;
  if (draft.nowMs - sinceMs > READ_BACK_FOR_MS) return readBackLater(draft, evseId);
  plan(draft, { stationId, evseId, purpose, command });
}

/** It refused to show its schedule, or nobody has answered for long. */
export function readBackLater(draft: Draft, evseId: EvseId | undefined): void {
  const state = evseId === undefined ? undefined : draft.evses.get(evseId);
  if (evseId === undefined || state === undefined || !mayHoldMore(draft, state)) return;
  const readBackAtMs = draft.nowMs + REFUSED_AGAIN_MS;
  updateEvse(draft, evseId, (it) => ({ ...it, readBackAtMs }));
}

/** Once the grants of a cycle are planned: what is told now asks for itself when it is accepted. */
export function readBackDue(draft: Draft, all: readonly EvseStanding[]): void {
  for (const { evse, station, controllable } of all) {
    const state = draft.evses.get(evse.id);
    if (state?.readBackAtMs === undefined) continue;
    if (draft.nowMs < state.readBackAtMs) {
      wakeAt(draft, state.readBackAtMs);
      continue;
    }
    updateEvse(draft, evse.id, (it) => without(it, 'readBackAtMs'));
    const newest = newestAccepted(state.ledger);
    if (!controllable || newest === undefined || !mayHoldMore(draft, state)) continue;
    if (state.ledger.commands.every(({ seq }) => seq <= newest.seq)) {
      readBackLease(draft, evse, { station, newest });
    }
  }
}

/** It may go on with more than it was told last. One that has not shown its fallback shows no lease either. */
function mayHoldMore({ nowMs, site }: Draft, { ledger }: EvseState): boolean {
  if (ledger.fallbackIdleA === undefined || !isTelling(ledger)) return false;
  return worstCaseAt(ledger, nowMs, site.settings) > inForce(ledger, nowMs);
}
