/** Everything that the engine knows of one site: plain readonly data, persisted row by row. */
import type { EvseLedger } from '../../ledger/types.js';
import type { SmartChargingCapability } from '../../profiles/charging-profile.js';
import type {
  Amps,
  BoundBy,
  CircuitId,
  EvseId,
  NotGuaranteedCause,
  PerChannel,
  SessionId,
  SignalId,
  StationId,
} from '../../solver/index.js';
import type {
  CommandOutcome,
  EvseStatus,
  ExternalLimitStep,
  OcppVersion,
  StationCommand,
  StationEvent,
} from '../ocpp/messages.js';
import type { SitePlan } from '../planning/site-plan.js';
import type { Session, SessionClaim } from '../sessions/session.js';
import type { GridLinkState } from '../signals/grid-link.js';
import type { Signal } from '../signals/signal.js';
import type { Site, SiteEvse } from '../sites/site.js';
import type { AbsenceReport } from './absence-report.js';
import type { ContactWrites } from './contact-writes.js';
import type { EvseContact } from './evse-contact.js';
import type { ForeignTransaction } from './foreign-transaction.js';
import type { Headroom } from './headroom.js';
import type { KindCredit } from './kind.js';
import type { FormFound, FormHeld } from './form.js';
import type { LateSamples } from './late-samples.js';
import type { SampleAhead } from './samples-ahead.js';
import type { RegisterSeen } from './live-register.js';
import type { PhasesTold } from './phase-switch.js';
import type { RoundingCredit } from './rounding-credit.js';
import type { SmartChargingTest, TestPart } from './smart-charging-test/test-record.js';
import type { UnknownCall } from './unknown-call.js';
import type { OverdrawWatch } from './watch-overdraw.js';
import type { RegisterWatch } from './watch-register.js';

/** How far the first contact with a station has come (after each connection and boot). */
export type ContactStage =
  | 'offline'
  /** Just connected: a BootNotification may follow, and changes what we may believe. */
  | 'connecting'
  /** Reading what the station declares. */
  | 'reading'
  /** F0 is being installed and read back, EVSE by EVSE. */
  | 'installing'
  | 'ready';

/** What others limit an EVSE to, or the whole station (0). */
export interface ExternalLimit {
  readonly source: string;
  readonly evseNumber: number;
  readonly steps: readonly ExternalLimitStep[];
  /** Told on an earlier connection: it may have been cleared while there was none. */
  readonly isDoubted?: true | undefined;
}

/** By such a clock a lease, which begins a minute early, has begun, or has not. */
export type ClockBehind = 'begun' | 'unbegun';

export interface StationState {
  readonly id: StationId;
  readonly stage: ContactStage;
  readonly generation?: number | undefined;
  readonly version?: OcppVersion | undefined;
  readonly vendor?: string | undefined;
  readonly model?: string | undefined;
  readonly firmware?: string | undefined;
  readonly serial?: string | undefined;
  readonly connectedAtMs?: number | undefined;
  readonly bootedAtMs?: number | undefined;
  readonly disconnectedAtMs?: number | undefined;
  readonly closeReason?: string | undefined;
  readonly lastMessageAtMs?: number | undefined;
  /** When a call to it was last left unanswered. */
  readonly lostCallAtMs?: number | undefined;
  /** When its newest sample was measured of those that came within the skew budget of their stamps. */
  readonly clockRightAtMs?: number | undefined;
  readonly capability: SmartChargingCapability;
  /** Stack level in use for our profiles: see `form`. */
  readonly stackLevel: number;
  /** Levels at which F0 was sent: there it may still be (R11). */
  readonly levelsTold?: readonly number[] | undefined;
  /** In which form it takes its limits, as far as it had to be found out. */
  readonly form?: FormFound | undefined;
  readonly stageSinceMs: number;
  readonly attempts: number;
  readonly trouble?: string | undefined;
  /** It was told to reboot, or may: the next end of its connection is taken for a boot. */
  readonly expectsReboot?: true | undefined;
  /** A command that disturbs it may still be applied until then: what it shows earns no credit. */
  readonly unsettledUntilMs?: number | undefined;
  /** When it last told of now its clock was behind, beyond the budget (R6). */
  readonly clockBehind?: ClockBehind | undefined;
  /** Calls of first contact, and clears, that nobody answered, while they may yet be applied (R3, R10). */
  readonly unknownCalls?: readonly UnknownCall[] | undefined;
  /** Its energy registers were found to count kWh under the name of Wh. */
  readonly registerUnit?: 'kWh' | undefined;
  /** Limits of others that it told of, and keeps by itself. */
  readonly externalLimits?: readonly ExternalLimit[] | undefined;
  /** Under way, of what it still holds after it was away. */
  readonly absenceReport?: AbsenceReport | undefined;
  /** Vendor, model and firmware for which the offline tests were recorded; absent: none yet. */
  readonly testedAs?: string | undefined;
  /** What tests have shown of stations of a kind: it speaks for this one while it is of that kind. */
  readonly card?: KindCredit | undefined;
}

export type { EvseContact } from './evse-contact.js';

/** Phases on which a transaction was measured to draw nothing while it charged. */
export interface PhaseWatch {
  readonly transactionId: string;
  readonly rotation: SiteEvse['rotation'];
  readonly sampledAtMs: number;
  readonly idleSinceMs: PerChannel<number | undefined>;
  /** Whether its meter measures at all; absent: its samples have no register. */
  readonly register?: RegisterSeen | undefined;
  /** It took a phase that it had not used: no credit any more. */
  readonly isRevoked: boolean;
}

/** What was last decided for an EVSE and why. */
export interface Decision {
  readonly evseId: EvseId;
  readonly sessionId?: SessionId | undefined;
  readonly atMs: number;
  /** In force, or on its way, A. */
  readonly limitA: number;
  /** The allocator's goal before the ledger, A. */
  readonly goalA: number;
  readonly boundBy: BoundBy;
}

export interface EvseState {
  readonly id: EvseId;
  readonly status?: EvseStatus | undefined;
  readonly errorCode?: string | undefined;
  readonly ledger: EvseLedger;
  readonly sessionId?: SessionId | undefined;
  /** The running transaction as the station names it. */
  readonly transactionId?: string | undefined;
  readonly decision?: Decision | undefined;
  readonly contact: EvseContact;
  /** F0 was read back while a transaction ran: to be read again when idle. */
  readonly fallbackProvisional: boolean;
  /** The most that was told or seen in the place of F0 since it was last shown; absent: it never was. */
  readonly fallbackMayBeA?: Amps | undefined;
  /** In which form F0 was told last. */
  readonly fallbackForm?: string | undefined;
  readonly cutAtMs?: number | undefined;
  /** What its goal has been lately, for the hold before raises. */
  readonly headroom?: Headroom | undefined;
  /** No raise before: after a refusal. */
  readonly refusedUntilMs?: number | undefined;
  /** What was refused, A: less may be asked for at once. Absent: no profile can be written for it. */
  readonly refusedA?: Amps | undefined;
  /** The profile in force is to be sent again: the station may have lost it. */
  readonly reassert: boolean;
  /** When what may be left of unanswered commands was last fenced off. */
  readonly sweptAtMs?: number | undefined;
  /** How often in a row; absent: nothing is left of them. */
  readonly sweeps?: number | undefined;
  /** The last accepted clear of our lease, by its sequence: what was told since may be held. */
  readonly clearedSeq?: number | undefined;
  /** Of this transaction, since this boot: the lease that a composite schedule showed last. */
  readonly followedSeq?: number | undefined;
  /** The transaction in which it showed more than it can have been told; see `shown-above.ts`. */
  readonly overruledIn?: string | undefined;
  /** It refused to show which lease it follows: asked again then. */
  readonly readBackAtMs?: number | undefined;
  /** On or off since. */
  readonly sinceMs: number;
  /** Instants of limit changes in the last hour, ascending: the write budget. */
  readonly changesAtMs: readonly number[];
  /** Calls of first contact that change what the station keeps; absent: none yet. */
  readonly contactWrites?: ContactWrites | undefined;
  /** Raises sent once more because nobody answered them, like `changesAtMs`. */
  readonly repeatsAtMs?: readonly number[] | undefined;
  /** What the samples of its transaction show of the phases that it uses (R12). */
  readonly phaseWatch?: PhaseWatch | undefined;
  readonly phases?: PhasesTold | undefined;
  /** Readings of the running transaction above what was allowed (R9). */
  readonly overdraw?: OverdrawWatch | undefined;
  /** Its energy register, where it reports nothing else (R9). */
  readonly register?: RegisterWatch | undefined;
  /** Its samples come late (R9). */
  readonly late?: LateSamples | undefined;
  /** Its newest sample of a clock that was ahead, which may come again (R9). */
  readonly ahead?: SampleAhead | undefined;
  /** Begun under another system, and told to people. */
  readonly foreignTransaction?: ForeignTransaction | undefined;
  /** A smart-charging test under way. */
  readonly test?: SmartChargingTest | undefined;
}

/** A command that was planned and has no answer yet, with what to do when it comes. */
export interface PendingCommand {
  readonly seq: number;
  readonly epoch: number;
  readonly stationId: StationId;
  readonly evseId?: EvseId | undefined;
  readonly purpose:
    | 'grant'
    | 'contact'
    | 'lease-read-back'
    /** What a 2.x station holds after it was away. */
    | 'resync'
    | 'clear-transaction'
    | 'read-variables'
    | 'configure-sampling'
    | 'trigger'
    | 'stop-refused'
    | 'test'
    | 'operator';
  readonly command: StationCommand;
  readonly priority: 'cut' | 'normal';
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  /** Of an operator's command: by this id it is looked up, and its end is told. */
  readonly commandId?: string | undefined;
  /** Who asked for it; absent: the engine. */
  readonly actor?: string | undefined;
  /** Of the request that asked; for the log only, and no row has it. */
  readonly traceId?: string | undefined;
}

export interface LoadReading {
  readonly atMs: number;
  readonly currentA: PerChannel<number>;
}

export interface BuildingLoad {
  readonly circuitId: CircuitId;
  /** Ascending: what makes its trailing maximum, and no fewer than show that its meter is stuck. */
  readonly readings: readonly LoadReading[];
}

/** Goals hold until something changes; least laxity needs a fresh look every few minutes. */
export interface ControlState {
  /** EVSEs that left the site while they were distrusted (R9), and what was measured of them. */
  readonly distrusted?: readonly EvseId[] | undefined;
  readonly measuredMaxA?: Readonly<Partial<Record<EvseId, number>>> | undefined;
  /** Of a site with a grid link: what was heard on it. */
  readonly gridLink?: GridLinkState | undefined;
  /** Circuits whose sum of W is above their rating, for a named cause, since when. */
  readonly notGuaranteed: readonly {
    readonly circuitId: CircuitId;
    readonly cause: NotGuaranteedCause;
    readonly sinceMs: number;
  }[];
  readonly goalsAtMs?: number | undefined;
  /** What the goals depend on, as text; goals are made anew when it changes. */
  readonly goalsKey?: string | undefined;
  /** What rounding owes sessions since these goals. */
  readonly credits?: readonly RoundingCredit[] | undefined;
  readonly goals: readonly {
    readonly evseId: EvseId;
    readonly limitA: number;
    readonly boundBy: BoundBy;
  }[];
}

export interface SiteState {
  readonly site: Site;
  /** One writer per site: raised at each start of an engine. */
  readonly epoch: number;
  /** The next command's sequence. */
  readonly nextSeq: number;
  /** The highest inbox sequence already folded in. */
  readonly inboxSeq: number;
  readonly stations: ReadonlyMap<StationId, StationState>;
  readonly evses: ReadonlyMap<EvseId, EvseState>;
  /** Sessions that are not `ended`, and those ended in the last hours. */
  readonly sessions: ReadonlyMap<SessionId, Session>;
  readonly signals: ReadonlyMap<SignalId, Signal>;
  readonly buildingLoad: ReadonlyMap<CircuitId, BuildingLoad>;
  readonly pending: ReadonlyMap<number, PendingCommand>;
  readonly control: ControlState;
  /** The newest plan. No row has it: after a start the site is planned anew. */
  readonly plan?: SitePlan | undefined;
}

/** What the engine reacts to: one inbox row each (samples of the building may bypass the inbox). */
export type SiteEvent =
  | StationEvent
  /** A session that was forgotten: the next message is about it. */
  | { readonly type: 'session.recalled'; readonly session: Session }
  | {
      readonly type: 'site.edited';
      readonly site: Site;
      readonly actor: string;
      /** What somebody says is without power: it leaves the site whatever it might draw. */
      readonly deEnergised?: readonly EvseId[] | undefined;
      /** Their offline tests are recorded anew, for what they are now. */
      readonly retested?: readonly StationId[] | undefined;
    }
  | { readonly type: 'signal.received'; readonly signal: Signal }
  /** A plan came back, or there is none any more. Never waited for; bypasses the inbox. */
  | { readonly type: 'plan.made'; readonly plan: SitePlan | undefined }
  | { readonly type: 'claim.set'; readonly sessionId: SessionId; readonly claim: SessionClaim }
  /** Somebody asked for a smart-charging test; `evseId` absent: the EVSE that charges. */
  | {
      readonly type: 'test.asked';
      readonly number: number;
      readonly stationId: StationId;
      readonly evseId?: EvseId | undefined;
      readonly parts: readonly TestPart[];
      readonly actor: string;
    }
  /** Somebody ends a running one: repeated, or too late, it changes nothing. */
  | {
      readonly type: 'test.cancelled';
      readonly number: number;
      readonly stationId: StationId;
      readonly actor: string;
    }
  /** What the tests of all stations of one vendor, model and firmware have shown. */
  | { readonly type: 'capability.recorded'; readonly card: KindCredit }
  | {
      readonly type: 'building.sampled';
      readonly circuitId: CircuitId;
      readonly reading: LoadReading;
    }
  | {
      readonly type: 'operator.command';
      readonly stationId: StationId;
      readonly command: StationCommand;
      readonly commandId: string;
      readonly actor: string;
      readonly traceId?: string | undefined;
    }
  /** An engine took the site over after a start of ours (`closed`: no socket) or without SQL (`kept`). */
  | {
      readonly type: 'engine.started';
      readonly epoch: number;
      readonly links: 'closed' | 'kept';
    }
  /** An event on which the engine failed: see `stepPast`. */
  | {
      readonly type: 'event.set-aside';
      readonly of: {
        readonly type: string;
        readonly stationId?: StationId | undefined;
        readonly commandId?: string | undefined;
        /** Of an answer: the command that ends with it, as one that nobody answered. */
        readonly seq?: number | undefined;
      };
      readonly detail: string;
    }
  /** Our clock was set, forward where above 0; it bypasses the inbox. */
  | { readonly type: 'clock.stepped'; readonly byMs: number }
  | { readonly type: 'wake' };

/** An inbox row as the engine reads it. `seq` is absent on what bypasses the inbox. */
export interface InboxItem {
  readonly seq?: number | undefined;
  readonly event: SiteEvent;
}

export type Effect =
  /** Commit this row, then hand it to the gateway. */
  | { readonly type: 'command'; readonly command: PendingCommand }
  /**
   * Ends without an answer. Withheld: it never leaves, and its row is written together with its end.
   * Lost: an earlier life of this engine left it without one, so that the station may have acted.
   */
  | {
      readonly type: 'command-withheld' | 'command-lost';
      readonly command: PendingCommand;
      readonly outcome: CommandOutcome;
    }
  /** A smart-charging test began, moved on or ended. */
  | { readonly type: 'test'; readonly test: SmartChargingTest }
  /** A station of a kind holds its limits in this form: for the capability card. */
  | { readonly type: 'form-held'; readonly form: FormHeld }
  /** A decision changed: history and stream. */
  | { readonly type: 'decision'; readonly decision: Decision }
  | {
      readonly type: 'alarm';
      readonly code: string;
      readonly evseId?: EvseId | undefined;
      readonly stationId?: StationId | undefined;
      readonly detail: string;
    };

export interface StepResult {
  readonly state: SiteState;
  readonly effects: readonly Effect[];
  /** Site time at which the site wants to be woken; absent: only by an event. */
  readonly nextWakeAtMs?: number | undefined;
}
