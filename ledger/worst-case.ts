/** W(t): the most that one EVSE may draw from now on, under every order and loss of messages. */
import { type Amps, amps } from '../solver/index.js';
import { ownSettings } from './own-settings.js';
import type { EvseLedger, LedgerSettings, PossibleCommand, Step } from './types.js';

/**
 * W from `nowMs` on as a step function: the first step starts at `nowMs`, ascending, the last one
 * holds for ever. The maximum over everything that the EVSE may obey:
 * - R0 hardware maximum for ever while F0 is not read back, and for models without offline tests;
 * - R9 hardware maximum for ever while distrusted;
 * - R0 F0, always: a reboot may drop every profile of a transaction;
 * - R1, R2, R3, R6, R10 every command, see `commandAt`.
 */
export function worstCase(entry: EvseLedger, nowMs: number, settings: LedgerSettings): Step[] {
  const steps: Step[] = [{ fromMs: nowMs, currentA: worstCaseAt(entry, nowMs, settings) }];
  if (isUnbounded(entry)) return steps;
  let lastA: number = steps[0]?.currentA ?? 0;
  for (const fromMs of breakpoints(entry, nowMs, settings)) {
    const currentA = worstCaseAt(entry, fromMs, settings);
    if (currentA === lastA) continue;
    steps.push({ fromMs, currentA });
    lastA = currentA;
  }
  return steps;
}

/** W at one instant, A; the same rules as `worstCase`. */
export function worstCaseAt(entry: EvseLedger, atMs: number, settings: LedgerSettings): Amps {
  if (isUnbounded(entry) || isSettling(entry, atMs)) return entry.currentMaxA;
  const own = ownSettings(entry, settings);
  let currentA: number = entry.fallbackIdleA ?? entry.currentMaxA;
  for (const command of entry.commands) {
    currentA = Math.max(currentA, commandAt(command, atMs, own, entry.leaseShown));
  }
  return amps(Math.min(currentA, entry.currentMaxA));
}

/**
 * The most that one command lets the EVSE draw at `atMs` if the station holds it:
 *
 *   grant > tail   |---- grant ----|--- grant ---|--- tail, for ever
 *   grant < tail   |---- grant ----|--- tail, for ever
 *              boundary-skew   boundary+skew+settle
 *
 * - R6 the station's clock may be `skewSec` early or late, so both values are possible around the
 *   boundary; after the later one the vehicle still needs the settle time (R1) to follow down;
 * - R6 unless leases have been shown, the grant counts for ever;
 * - R1 a superseded command counts until its successor has settled, whatever its own boundary;
 * - R3, R10 unanswered and unknown ones count to their own end, like accepted ones.
 */
export function commandAt(
  command: PossibleCommand,
  atMs: number,
  settings: LedgerSettings,
  leaseShown: boolean,
): number {
  const { grantA, tailA, boundaryAtMs } = command;
  if (command.countsUntilMs !== undefined && atMs >= command.countsUntilMs) return 0;
  if (atMs < boundaryAtMs - settings.skewSec * 1000) return grantA;
  if (leaseShown && atMs >= commandEndsAtMs(command, settings)) return tailA;
  return Math.max(grantA, tailA);
}

/** When the grant of a command is over for certain, provided that leases work: R3 and R6. */
export function commandEndsAtMs(
  command: { readonly boundaryAtMs: number },
  settings: LedgerSettings,
): number {
  return command.boundaryAtMs + (settings.skewSec + settings.settleSec) * 1000;
}

/**
 * The same EVSE with every passing reserve taken away: what W falls back to at the best, once F0 is
 * read back, the lease shown and trust restored. A command that raises this must fit too, even
 * while the reserve hides it; otherwise the end of the reserve would reveal an overload.
 */
export function told(entry: EvseLedger): EvseLedger {
  if (isLasting(entry)) return entry;
  const { fallbackSettlesAtMs: _passing, ...lasting } = entry;
  return {
    ...lasting,
    offlineTested: true,
    distrusted: false,
    leaseShown: true,
    fallbackIdleA: entry.fallbackIdleA ?? amps(0),
  };
}

/** The value of a step function at an instant not before its first step. */
export function stepAt(steps: readonly Step[], atMs: number): number {
  let currentA = 0;
  for (const step of steps) {
    if (step.fromMs > atMs) break;
    currentA = step.currentA;
  }
  return currentA;
}

function isUnbounded(entry: EvseLedger): boolean {
  return entry.distrusted || !entry.offlineTested || entry.fallbackIdleA === undefined;
}

function isLasting(entry: EvseLedger): boolean {
  return !isUnbounded(entry) && entry.leaseShown && entry.fallbackSettlesAtMs === undefined;
}

/** F0 was read back a moment ago (R1). */
export function isSettling({ fallbackSettlesAtMs }: EvseLedger, atMs: number): boolean {
  return fallbackSettlesAtMs !== undefined && atMs < fallbackSettlesAtMs;
}

function breakpoints(entry: EvseLedger, nowMs: number, settings: LedgerSettings): number[] {
  const instants: number[] = [];
  const skewMs = settings.skewSec * 1000;
  const { fallbackSettlesAtMs } = entry;
  if (fallbackSettlesAtMs !== undefined && fallbackSettlesAtMs > nowMs) {
    instants.push(fallbackSettlesAtMs);
  }
  for (const command of entry.commands) {
    const { boundaryAtMs, countsUntilMs } = command;
    const endsAtMs = commandEndsAtMs(command, ownSettings(entry, settings));
    if (boundaryAtMs - skewMs > nowMs) instants.push(boundaryAtMs - skewMs);
    if (endsAtMs > nowMs) instants.push(endsAtMs);
    if (countsUntilMs !== undefined && countsUntilMs > nowMs) instants.push(countsUntilMs);
  }
  return instants.length > 1 ? instants.sort((a, b) => a - b) : instants;
}
