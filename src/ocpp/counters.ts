/** What the gateway counts; the names are part of its metrics. */
import type { CallEnd } from './call-meter.js';

export const COUNTERS = [
  'framesIn',
  'framesOut',
  'badFrames',
  'callErrorsSent',
  'lateAnswers',
  'sendsTaken',
  'sendsIgnored',
  'refusedAnswers',
  'repairedPayloads',
  'unansweredCalls',
  'refusedUpgrades',
  'acceptedConnections',
  'repeatedCalls',
  'replacedConnections',
  'fencedCommands',
  'repeatedCommands',
  'slowedConnections',
] as const;

export type Counter = (typeof COUNTERS)[number];

/** Counts since the start, and the latest round trips of our calls. */
export interface Counts {
  add(counter: Counter): void;
  roundTrip(roundTripMs: number): void;
  callEnded(end: CallEnd): void;
  readonly totals: () => Readonly<Record<Counter, number>>;
  /** Real ms, the latest 1,024, oldest first. */
  readonly roundTripMs: () => readonly number[];
}

const ROUND_TRIPS_MAX = 1024;

export function createCounts(onCallEnd?: (end: CallEnd) => void): Counts {
  const totals = Object.fromEntries(COUNTERS.map((name) => [name, 0])) as Record<Counter, number>;
  const roundTrips: number[] = [];
  let nextIndex = 0;
  return {
    add: (counter) => {
      totals[counter] += 1;
    },
    roundTrip: (roundTripMs) => {
      roundTrips[nextIndex] = roundTripMs;
      nextIndex = (nextIndex + 1) % ROUND_TRIPS_MAX;
    },
    callEnded: (end) => onCallEnd?.(end),
    totals: () => ({ ...totals }),
    roundTripMs: () => [...roundTrips.slice(nextIndex), ...roundTrips.slice(0, nextIndex)],
  };
}
