/**
 * A ClearChargingProfile of first contact that nobody answered may be applied as long as any call may be
 * under way (SAFETY R3, R10). It was for defaults of others; where F0 has moved since to what it names, it
 * would take F0 away behind its read-back.
 */
import { FLIGHT_MAX_SEC } from '../../ledger/index.js';
import type { ChargingProfile } from '../../profiles/index.js';
import type { StationId } from '../../solver/index.js';
import type { ClearCriteria } from '../ocpp/messages.js';
import { type Draft, updateStation } from './draft.js';
import type { PendingCommand } from './state.js';

export interface UnknownClear {
  readonly criteria: ClearCriteria;
  readonly untilMs: number;
}

/** A call that is forgotten on its way out still waits for those before it on its line. */
const WAITS_MAX_MS = 120_000;

/** `pending` ended without an answer, or will have ended so as far as anybody is told. */
export function noteUnknownClear(
  draft: Draft,
  { command, purpose, stationId }: PendingCommand,
  end: 'ended' | 'forgotten' = 'ended',
): void {
  if (purpose !== 'contact' || command.kind !== 'clear-charging-profile') return;
  const { criteria } = command;
  if (criteria === undefined) return;
  const waitsMs = end === 'forgotten' ? WAITS_MAX_MS : 0;
  const untilMs = draft.nowMs + waitsMs + FLIGHT_MAX_SEC * 1000;
  updateStation(draft, stationId, (it) => {
    const known = (it.unknownClears ?? []).filter((old) => old.untilMs > draft.nowMs);
    const lastMs = known.find((old) => isSame(old.criteria, criteria))?.untilMs ?? 0;
    const others = known.filter((old) => !isSame(old.criteria, criteria));
    return { ...it, unknownClears: [...others, { criteria, untilMs: Math.max(lastMs, untilMs) }] };
  });
}

/** F0 is told as `profile`: what its read-back shows is believed once no clear can take it away. */
export function distrustUntilCleared(
  draft: Draft,
  stationId: StationId,
  profile: ChargingProfile,
): void {
  const clears = draft.stations.get(stationId)?.unknownClears ?? [];
  const untilMs = clears.reduce(
    (latestMs, it) => (names(it.criteria, profile) ? Math.max(latestMs, it.untilMs) : latestMs),
    draft.nowMs,
  );
  if (untilMs <= draft.nowMs) return;
  updateStation(draft, stationId, (it) => ({
    ...it,
    unsettledUntilMs: Math.max(it.unsettledUntilMs ?? 0, untilMs),
  }));
}

function names(criteria: ClearCriteria, profile: ChargingProfile): boolean {
  const { evseNumber, purpose, stackLevel } = criteria;
  if (evseNumber !== undefined && evseNumber !== profile.evseNumber) return false;
  if (purpose !== undefined && purpose !== profile.purpose) return false;
  return stackLevel === undefined || stackLevel === profile.stackLevel;
}

function isSame(a: ClearCriteria, b: ClearCriteria): boolean {
  return a.evseNumber === b.evseNumber && a.purpose === b.purpose && a.stackLevel === b.stackLevel;
}
