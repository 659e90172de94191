/** Keeps an EVSE's list of commands short without ever lowering W, in any future. */
import { amps, assert } from '../solver/index.js';
import { shapedCommand } from './shape.js';
import type { PossibleCommand } from './types.js';

/** Commands of one state that are kept apart, far above what a lossy hour leaves (about five). */
const APART_MAX = 24;
/** Unanswered, unknown and superseded ones, and the accepted one. */
export const COMMANDS_MAX = 3 * APART_MAX + 1;

/**
 * The list without what another command covers, ascending by seq, at most `COMMANDS_MAX` long.
 * W(t) is exactly what it was, unless more than `APART_MAX` of a state remain: then the two oldest
 * are merged and W may rise, which is safe and visible.
 */
export function coalesce(commands: readonly PossibleCommand[]): readonly PossibleCommand[] {
  if (commands.length < 3) return commands;
  const unanswered = commands.filter(({ state }) => state === 'unanswered');
  const surplus = new Set(unanswered.slice(0, -APART_MAX));
  const given = commands.map((command) =>
    // Unknown never counts for less than unanswered, and its answer settles nothing.
    surplus.has(command) ? shapedCommand({ ...command, state: 'unknown', merged: true }) : command,
  );
  const kept = [
    ...given.filter(({ state }) => state === 'unanswered' || state === 'accepted'),
    ...fewest(given.filter(({ state }) => state === 'unknown')),
    ...fewest(given.filter(({ state }) => state === 'superseded')),
  ].sort((a, b) => a.seq - b.seq);
  assert(kept.length <= COMMANDS_MAX, `${kept.length} commands of one EVSE are possible`);
  return kept;
}

/**
 * One command that stands for both: pointwise at least each of them, with leases shown or not, and
 * vanishing no earlier than either would have. Superseded ones vanish by time alone: it has the
 * later one. Unknown ones vanish by a fence: it has the later seq and the later `unknownSinceMs`
 * (absent when one is absent); or by an answer: `merged` excludes that. Steps are kept only where both
 * ask for the same throughout.
 */
export function merged(a: PossibleCommand, b: PossibleCommand): PossibleCommand {
  const boundaryAtMs = Math.max(a.boundaryAtMs, b.boundaryAtMs);
  const tailOfEarlierA = a.boundaryAtMs < b.boundaryAtMs ? a.tailA : b.tailA;
  const withTailA = a.boundaryAtMs === b.boundaryAtMs ? 0 : tailOfEarlierA;
  return {
    seq: Math.max(a.seq, b.seq),
    grantA: amps(Math.max(a.grantA, b.grantA, withTailA)),
    boundaryAtMs,
    tailA: amps(Math.max(a.tailA, b.tailA)),
    steps: isSame(a, b) ? a.steps : undefined,
    state: a.state,
    countsUntilMs: later(a.countsUntilMs, b.countsUntilMs),
    plannedAtMs: undefined,
    unknownSinceMs: later(a.unknownSinceMs, b.unknownSinceMs),
    merged: true,
    phases: a.phases === 1 && b.phases === 1 ? 1 : undefined,
    held: a.held === true && b.held === true ? true : undefined,
  };
}

/** Precondition: all of one state, unknown or superseded, ascending by seq. */
function fewest(commands: readonly PossibleCommand[]): PossibleCommand[] {
  const kept: PossibleCommand[] = [];
  for (const command of commands) {
    let incoming = command;
    for (let index = kept.length - 1; index >= 0; index -= 1) {
      const other = kept[index];
      if (other === undefined || !isOneOf(other, incoming)) continue;
      incoming = incoming.state === 'unknown' ? merged(other, incoming) : longer(other, incoming);
      kept.splice(index, 1);
    }
    kept.push(incoming);
  }
  while (kept.length > APART_MAX) {
    const [first, second, ...rest] = kept;
    if (first === undefined || second === undefined) break;
    kept.splice(0, kept.length, merged(first, second), ...rest);
  }
  return kept;
}

/** Which of two is still followed is asked about (`held`): such a one is not lost among those that are not. */
function isOneOf(a: PossibleCommand, b: PossibleCommand): boolean {
  return a.held === b.held && (covers(a, b) || covers(b, a));
}

/**
 * Whether `a` is at or above `b` at every instant, with leases shown or not. `b` may reach its tail
 * while `a` is still at its grant, so that tail has to be below `a`'s grant as well. A merge is
 * then exactly `a`, but for when it vanishes; superseded ones must not gain time by it.
 */
export function covers(a: PossibleCommand, b: PossibleCommand): boolean {
  if (hasSteps(a) && !isSame(a, b)) return false;
  if (a.phases === 1 && b.phases !== 1) return false;
  const timeA = a.countsUntilMs ?? Number.POSITIVE_INFINITY;
  const timeB = b.countsUntilMs ?? Number.POSITIVE_INFINITY;
  return (
    a.grantA >= b.grantA &&
    a.tailA >= b.tailA &&
    a.boundaryAtMs >= b.boundaryAtMs &&
    (a.boundaryAtMs === b.boundaryAtMs || a.grantA >= b.tailA) &&
    timeA >= timeB
  );
}

function hasSteps({ steps = [] }: PossibleCommand): boolean {
  return steps.length > 0;
}

function isSame(a: PossibleCommand, b: PossibleCommand): boolean {
  const [stepsA, stepsB] = [a.steps ?? [], b.steps ?? []];
  if (a.phases !== b.phases) return false;
  if (a.grantA !== b.grantA || a.tailA !== b.tailA || a.boundaryAtMs !== b.boundaryAtMs) {
    return false;
  }
  return (
    stepsA.length === stepsB.length &&
    stepsA.every(
      (step, at) => step.fromMs === stepsB[at]?.fromMs && step.currentA === stepsB[at]?.currentA,
    )
  );
}

function longer(a: PossibleCommand, b: PossibleCommand): PossibleCommand {
  return covers(a, b) ? a : b;
}

/** The later of two instants; absent when one of them is. */
function later(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : Math.max(a, b);
}
