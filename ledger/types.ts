/**
 * The guaranteed ceiling as data: for each EVSE, everything that it may still be told or still obey.
 * W(t) is the most that an EVSE may draw at a future instant under every order, loss and delay of
 * messages that is still possible. See ARCHITECTURE.md, "Guaranteed ceiling", for rules R0-R12.
 */
import type {
  Amps,
  BoundBy,
  Circuit,
  CircuitId,
  EvseId,
  EvseLimit,
  NotGuaranteedCause,
  PerChannel,
  PilotSet,
  StationId,
  Supply,
} from '../solver/index.js';

/**
 * - `unanswered` row written; the call may or may not have left (R2)
 * - `unknown`    timeout, closed, rejected, error: possible until its own end (R3, R10)
 * - `accepted`   acknowledged; the newest accepted one is what the station should obey
 * - `superseded` an accepted one that a later accepted one replaced: counts until `countsUntilMs` (R1)
 */
export type CommandState = 'unanswered' | 'unknown' | 'accepted' | 'superseded';

/** A lower limit within a lease, from then on: a drop that was known when the lease was given. */
export interface LeaseStep {
  /** A whole second. */
  readonly fromMs: number;
  readonly currentA: Amps;
}

/** One TxProfile that an EVSE may hold: [start: grantA; steps; boundary: tailA], open-ended. */
export interface PossibleCommand {
  readonly seq: number;
  /** The largest pilot that the station may choose for the limit sent (R2). */
  readonly grantA: Amps;
  readonly boundaryAtMs: number;
  /** F1, what holds after the boundary. */
  readonly tailA: Amps;
  /** Ascending in time, each below the one before and above the tail, all before the boundary. */
  readonly steps?: readonly LeaseStep[] | undefined;
  readonly state: CommandState;
  readonly countsUntilMs?: number | undefined;
  /** When its row was written; a fence needs it (R3). */
  readonly plannedAtMs?: number | undefined;
  /** On `unknown`: it had left, or had been given up, by then (R3); absent: it may yet leave. */
  readonly unknownSinceMs?: number | undefined;
  /** It stands for several calls (see `coalesce`): no single answer settles it. */
  readonly merged?: true | undefined;
  /** It is told for one phase: on the others it counts for nothing once that was shown (R12). */
  readonly phases?: 1 | undefined;
  /** Accepted, and then another was that has not been shown yet to have taken its place (R1). */
  readonly held?: true | undefined;
}

/** The ledger's entry of one EVSE. A stationary battery will be one of these as well. */
export interface EvseLedger {
  readonly evseId: EvseId;
  /** Installer setting / hardware maximum, A per channel. */
  readonly currentMaxA: Amps;
  /** This model passed the offline tests; without it W is the hardware maximum always (R0). */
  readonly offlineTested: boolean;
  /**
   * Linked, and its owner's policy keeps room for untested stations that fail: it counts at what it is told
   * all the same (R0).
   */
  readonly countsAsTold?: true | undefined;
  /** Draws more than it was granted: W is the hardware maximum, or what was measured (R9). */
  readonly distrusted: boolean;
  /** The most that it was measured to draw when it was distrusted, or since (R9). */
  readonly measuredMaxA?: Amps | undefined;
  /** F0 as read back since the last boot; absent: W is the hardware maximum (R0). */
  readonly fallbackIdleA?: Amps | undefined;
  /** Until then a vehicle may still draw what it drew before F0 was read back (R1). */
  readonly fallbackSettlesAtMs?: number | undefined;
  /** A composite schedule read since the last boot showed a lease boundary within the skew budget (R6). */
  readonly leaseShown: boolean;
  /**
   * Whether a composite schedule read since the last boot showed steps within a lease, each within the
   * skew budget (R6); `unread`: one before that boot did; absent: none was read that should have.
   */
  readonly steps?: 'shown' | 'ignored' | 'unread' | undefined;
  /** Its samples came late, so that its clock may be behind: `leaseShown` is false for that alone (R6). */
  readonly clockLate?: ClockLate | undefined;
  /** Its vehicle was measured on fewer phases than it is wired to (R12). */
  readonly phaseCredit?: PhaseCredit | undefined;
  /** It switches phases when it is told to (R12). */
  readonly onePhase?: OnePhase | undefined;
  /** Its model was measured to take longer than the site's settle time, s (R1). */
  readonly settleSec?: number | undefined;
  /**
   * No composite schedule has shown yet that a profile takes the place of the one before it under the
   * same id: until then an acknowledged decrease does not count (R1, R10).
   */
  readonly replacesUnshown?: true | undefined;
  readonly commands: readonly PossibleCommand[];
}

/** R6: what counts again once a sample that was measured after `sinceMs` comes in time. */
export interface ClockLate {
  /** When the last of them came. */
  readonly sinceMs: number;
  /** Steps within a lease had been shown as well. */
  readonly stepsShown: boolean;
}

/** R12: until then it counts on these channels alone, beside F0; from then on, on all of them. */
export interface PhaseCredit {
  readonly channels: PerChannel<boolean>;
  readonly untilMs: number;
}

/** R12: where a limit for one phase counts, and whether the station has shown since its boot that it obeys. */
export interface OnePhase {
  readonly channels: PerChannel<boolean>;
  readonly shown: boolean;
  /** It had shown it before its last boot, and not since: what it was told for one phase counts on all. */
  readonly unread?: true | undefined;
  /** The phase of the EVSE that its limits for one name; absent: they name none, and it is its first. */
  readonly phaseToUse?: 1 | 2 | 3 | undefined;
  /** It drew on the others all the same: nothing shows it any more. */
  readonly refuted?: true | undefined;
}

export interface LedgerSettings {
  /** From acknowledgement to the vehicle having followed, s (R1). */
  readonly settleSec: number;
  /** Bound on the difference between the station's clock and ours, s (R6). */
  readonly skewSec: number;
}

/** The tree's limits from `fromMs` on, until the next tier. Ratings have source `rating`. */
export interface Tier {
  readonly fromMs: number;
  readonly circuits: readonly Circuit[];
}

/** One value of a step function; holds until the next. */
export interface Step {
  readonly fromMs: number;
  readonly currentA: number;
}

/** One EVSE as `grant` sees it. */
export interface GrantEvse {
  readonly id: EvseId;
  /** Absent: a station of its own. */
  readonly stationId?: StationId | undefined;
  readonly circuitId: CircuitId;
  readonly channels: PerChannel<boolean>;
  readonly pilots: PilotSet;
  readonly ledger: EvseLedger;
  /** Linked, booted and with a running transaction: a TxProfile can be sent to it. */
  readonly controllable: boolean;
  /** The allocator's goal; absent: nothing is wanted here (no session). */
  readonly goal?: EvseLimit | undefined;
  /** No raise before this instant (stable headroom, write budget); absent: free to rise. */
  readonly raiseNotBeforeMs?: number | undefined;
  readonly leaseSec: number;
  /** Periods that its station takes in one schedule. */
  readonly periodsMax: number;
  /** F1 wanted for this session; 0 is used where it is not affordable. */
  readonly tailWantedA: Amps;
  /** What it is told is for one phase; absent: for all. */
  readonly phases?: 1 | undefined;
  /** A test compares the goal: it is told as it is, or not at all. */
  readonly isExact?: boolean | undefined;
  /** Transport of this EVSE is still busy with an unanswered command. */
  readonly busy: boolean;
}

export interface GrantInput {
  readonly nowMs: number;
  readonly supply: Supply;
  /** Ascending; the first holds now. Future drops and the end of a metered tier are later entries. */
  readonly tiers: readonly Tier[];
  readonly evses: readonly GrantEvse[];
  readonly settings: LedgerSettings;
  /**
   * Untested stations that room is kept for, should they fail beside those that are offline already: an
   * owner's policy (R0). Absent: none counts as told.
   */
  readonly failuresLeft?: number | undefined;
}

export interface Grant {
  readonly evseId: EvseId;
  readonly kind: 'cut' | 'raise' | 'renew';
  readonly limitA: Amps;
  readonly steps: readonly LeaseStep[];
  readonly boundaryAtMs: number;
  readonly tailA: Amps;
  readonly phases?: 1 | undefined;
}

/** A circuit whose sum of W is above its rating, for a named cause. */
export interface NotGuaranteed {
  readonly circuitId: CircuitId;
  readonly cause: NotGuaranteedCause;
}

export interface GrantResult {
  /** Cuts first, then raises and renewals, in the order in which they must be planned. */
  readonly grants: readonly Grant[];
  /** Per EVSE of the input: what is in force after these grants and what bound it. */
  readonly limits: readonly {
    readonly evseId: EvseId;
    readonly limitA: Amps;
    readonly boundBy: BoundBy;
  }[];
  readonly notGuaranteed: readonly NotGuaranteed[];
  /** When the ledger itself changes next (a lease to renew, a settle time over); absent: never. */
  readonly nextWakeAtMs?: number | undefined;
}
