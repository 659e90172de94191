/**
 * Entries and commands written with every field, absent ones as undefined. Each site of a spread makes
 * a hidden class of its own in V8, and what reads objects of twenty classes is an order slower than
 * what reads one. The ledger is read by every event, so that all of its objects are of one.
 */
import type { EvseLedger, PossibleCommand } from './types.js';

/** The same entry; equal, and not identical. */
export function shapedEntry(it: EvseLedger): EvseLedger {
  return {
    evseId: it.evseId,
    currentMaxA: it.currentMaxA,
    offlineTested: it.offlineTested,
    countsAsTold: it.countsAsTold,
    distrusted: it.distrusted,
    measuredMaxA: it.measuredMaxA,
    fallbackIdleA: it.fallbackIdleA,
    fallbackSettlesAtMs: it.fallbackSettlesAtMs,
    leaseShown: it.leaseShown,
    steps: it.steps,
    clockLate: it.clockLate,
    phaseCredit: it.phaseCredit,
    onePhase: it.onePhase,
    settleSec: it.settleSec,
    replacesUnshown: it.replacesUnshown,
    commands: it.commands,
  } satisfies Record<keyof EvseLedger, unknown>;
}

/** The same command; equal, and not identical. */
export function shapedCommand(it: PossibleCommand): PossibleCommand {
  return {
    seq: it.seq,
    grantA: it.grantA,
    boundaryAtMs: it.boundaryAtMs,
    tailA: it.tailA,
    steps: it.steps,
    state: it.state,
    countsUntilMs: it.countsUntilMs,
    plannedAtMs: it.plannedAtMs,
    unknownSinceMs: it.unknownSinceMs,
    merged: it.merged,
    phases: it.phases,
    held: it.held,
  } satisfies Record<keyof PossibleCommand, unknown>;
}
