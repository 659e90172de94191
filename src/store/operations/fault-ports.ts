/** Faults as they are kept: what is wrong, since when, by which evidence, and who looks after it. */
import type { SiteId, StationId } from '../../../solver/index.js';
import type { Page } from '../ports.js';

export const FAULT_KINDS = [
  'clock-skew',
  'distrusted',
  'energy-falling',
  'engine-alarm',
  'errors-rising',
  'evse-faulted',
  'firmware-failed',
  'flapping',
  'meter-silent',
  'no-heartbeat',
  'not-guaranteed',
  'profile-refused',
  'reconnects-rising',
  'retest-due',
  'security-event',
  'sessions-failing',
  'station-offline',
  'temperature-rising',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];
export type Severity = 'info' | 'warning' | 'error';
export type FaultState = 'open' | 'acknowledged' | 'solved';

/** Where a person can look the matter up. */
export interface Evidence {
  /** Rows of station_records, and of the message log. */
  readonly recordIds?: readonly number[];
  readonly messageIds?: readonly number[];
  readonly figures?: Readonly<Record<string, number | string>>;
  /** What a trend was seen in, one value a day. */
  readonly series?: readonly { readonly atMs: number; readonly value: number }[];
}

/** Something that is wrong now, as found. */
export interface Condition {
  /** One fault at a time has this key. */
  readonly key: string;
  readonly kind: FaultKind;
  /** What it has in common with other faults, in words: the heading that they are grouped under. */
  readonly cause: string;
  readonly severity: Severity;
  readonly stationId?: StationId;
  readonly evseNumber?: number;
  readonly summary: string;
  readonly evidence: Evidence;
}

export interface Fault extends Condition {
  readonly id: string;
  readonly tenantId: string;
  readonly siteId: SiteId;
  readonly state: FaultState;
  readonly firstSeenAtMs: number;
  readonly lastSeenAtMs: number;
  /** How often it happened, for what happens at instants; 1 for what lasts. */
  readonly count: number;
  /** Who brought it into its state. */
  readonly actor: string;
  readonly note?: string;
  readonly acknowledgedAtMs?: number;
  readonly solvedAtMs?: number;
  readonly version: number;
}

export interface FaultGroup {
  readonly cause: string;
  readonly kind: FaultKind;
  readonly severity: Severity;
  readonly faults: number;
  readonly stations: number;
  readonly firstSeenAtMs: number;
  readonly lastSeenAtMs: number;
}

export interface FaultScope {
  readonly tenantId: string;
  readonly siteId: SiteId;
}

export interface FaultStore {
  /**
   * What lasts: opens what is new, keeps what is known, and solves those of these kinds at this site
   * that are not among the conditions any more.
   */
  reconcile(
    scope: FaultScope,
    kinds: readonly FaultKind[],
    conditions: readonly Condition[],
    atMs: number,
  ): Promise<void>;
  /** What happens at an instant: counts one more, or opens. */
  occur(scope: FaultScope, conditions: readonly Condition[], atMs: number): Promise<void>;
  /** Solves those of these kinds that have not been seen since. */
  solveQuiet(kinds: readonly FaultKind[], sinceMs: number, atMs: number): Promise<void>;
  /** Newest first. */
  list(query: {
    readonly tenantId: string;
    readonly siteId?: SiteId;
    readonly stationId?: StationId;
    readonly states?: readonly FaultState[];
    readonly kinds?: readonly FaultKind[];
    readonly limit: number;
    readonly after?: string;
  }): Promise<Page<Fault>>;
  find(tenantId: string, id: string): Promise<Fault | undefined>;
  /** Unsolved ones by cause, the most severe first. */
  groups(tenantId: string): Promise<readonly FaultGroup[]>;
  /** A person's word on it. Undefined: there is none, or it is solved already. */
  change(ask: {
    readonly tenantId: string;
    readonly id: string;
    readonly state: FaultState;
    readonly note?: string;
    readonly actor: string;
    readonly atMs: number;
  }): Promise<Fault | undefined>;
  /** Up to which id a reader has read; 0 at first. */
  mark(name: string): Promise<number>;
  setMark(name: string, position: number): Promise<void>;
}
