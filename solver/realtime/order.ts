/** Who comes first: for a minimum, and for the steps that rounding left. Ties end at the EVSE's id. */
import type { Claim, Evse } from '../problem.js';
import { type ClaimTable, STARVING, urgencySec } from './claim-table.js';

/** Negative when a comes first. */
type Compare = (a: Candidate, b: Candidate) => number;

interface Candidate {
  readonly index: number;
  readonly evse: Evse;
  readonly claim: Claim;
  readonly standing: number;
  readonly urgencySec: number;
}

/**
 * Claims in the order in which their minimums are admitted: by standing; among the starving the
 * longest off first, whatever its priority, so that all of them get their turn; then by priority,
 * laxity (a session that is on has a bonus), time of plug-in, id.
 */
export function admissionOrder(
  evses: readonly Evse[],
  table: ClaimTable,
  members: readonly number[],
): number[] {
  return sorted(evses, table, members, byStanding);
}

/** Admitted claims by urgency: priority, laxity, time of plug-in, id. */
export function urgencyOrder(
  evses: readonly Evse[],
  table: ClaimTable,
  members: readonly number[],
): number[] {
  return sorted(evses, table, members, byUrgency);
}

function sorted(
  evses: readonly Evse[],
  table: ClaimTable,
  members: readonly number[],
  compare: Compare,
): number[] {
  const candidates: Candidate[] = [];
  for (const index of members) {
    const evse = evses[index];
    if (evse?.claim === undefined) continue;
    candidates.push({
      index,
      evse,
      claim: evse.claim,
      standing: table.standing[index] as number,
      urgencySec: urgencySec(table, index, evse.claim),
    });
  }
  return candidates.sort(compare).map((candidate) => candidate.index);
}

function byStanding(a: Candidate, b: Candidate): number {
  if (a.standing !== b.standing) return a.standing - b.standing;
  if (a.standing === STARVING && a.claim.sinceMs !== b.claim.sinceMs) {
    return a.claim.sinceMs - b.claim.sinceMs;
  }
  return byUrgency(a, b);
}

function byUrgency(a: Candidate, b: Candidate): number {
  if (a.claim.priority !== b.claim.priority) return b.claim.priority - a.claim.priority;
  if (a.urgencySec !== b.urgencySec) return a.urgencySec - b.urgencySec;
  if (a.claim.pluggedInAtMs !== b.claim.pluggedInAtMs) {
    return a.claim.pluggedInAtMs - b.claim.pluggedInAtMs;
  }
  return a.evse.id < b.evse.id ? -1 : 1;
}
