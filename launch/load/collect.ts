/** What the fleets have reported: the newest of each, and all that came since a restart. */
import type { CallEnd } from '../../simulator/station/link.js';
import type { Child } from '../child.js';
import { type Percentiles, percentiles } from '../percentiles.js';
import type { EndedCall, FleetReady, FleetReport, FleetStart } from './fleet-messages.js';

export type Fleet = Child<FleetReport | FleetReady, FleetStart>;

export interface Collected {
  restart(): void;
  readonly newest: () => Newest;
  readonly calls: () => CallFigures;
  readonly lagMs: () => Percentiles;
}

/** Sums over the fleets. */
export interface Newest {
  readonly booted: number;
  readonly charging: number;
  readonly overLimitAmpSeconds: number;
  readonly profilesAccepted: number;
  readonly callsWaiting: number;
}

export interface CallFigures {
  /** How many ended how since the restart; `waiting` have not ended yet. */
  readonly calls: Readonly<Record<CallEnd | 'waiting', number>>;
  /** Of those that were answered. */
  readonly answerMs: Percentiles;
  readonly byAction: Readonly<Record<string, Percentiles & { readonly count: number }>>;
}

export function collect(fleets: readonly Fleet[]): Collected {
  const newestOf = new Map<Fleet, FleetReport>();
  let calls: EndedCall[] = [];
  let lagMs: number[] = [];
  for (const fleet of fleets) {
    fleet.onMessage((message) => {
      if (message.type !== 'report') return;
      newestOf.set(fleet, message);
      for (const call of message.calls) calls.push(call);
      lagMs.push(message.ownLagMs);
    });
  }
  const newest = (): Newest => {
    const sum = (of: (report: FleetReport) => number): number =>
      [...newestOf.values()].reduce((all, report) => all + of(report), 0);
    return {
      booted: sum((it) => it.booted),
      charging: sum((it) => it.charging),
      overLimitAmpSeconds: sum((it) => it.overLimitAmpSeconds),
      profilesAccepted: sum((it) => it.profilesAccepted),
      callsWaiting: sum((it) => it.callsWaiting),
    };
  };
  return {
    restart(): void {
      calls = [];
      lagMs = [];
    },
    newest,
    calls: () => figuresOf(calls, newest().callsWaiting),
    lagMs: () => percentiles(lagMs),
  };
}

function figuresOf(calls: readonly EndedCall[], waiting: number): CallFigures {
  const count = (end: CallEnd): number => calls.filter((it) => it.end === end).length;
  const answered = calls.filter((it) => it.end === 'answered');
  const actions = [...new Set(answered.map((it) => it.action))].toSorted();
  const tookMs = (some: readonly EndedCall[]): number[] => some.map((it) => it.tookMs);
  return {
    calls: {
      answered: answered.length,
      refused: count('refused'),
      lost: count('lost'),
      waiting,
    },
    answerMs: percentiles(tookMs(answered)),
    byAction: Object.fromEntries(
      actions.map((action) => {
        const own = tookMs(answered.filter((it) => it.action === action));
        return [action, { count: own.length, ...percentiles(own) }];
      }),
    ),
  };
}
