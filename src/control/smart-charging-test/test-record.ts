/** A smart-charging test as data: what is asked of one EVSE step by step, and what was seen. */
import type { RateUnit, SmartChargingCapability } from '../../../profiles/charging-profile.js';
import type { EvseId, PerChannel, SessionId, StationId } from '../../../solver/index.js';
import type { OcppVersion } from '../../ocpp/messages.js';

/** `online` needs nobody; the others need a person at the station, one after the other. */
export type TestPart = 'online' | OfflinePart;
/** With the network unplugged (SAFETY R0). */
export type OfflinePart = 'lease-expiry' | 'link-loss' | 'power-cycle';
export const OFFLINE_PARTS: readonly OfflinePart[] = ['link-loss', 'lease-expiry', 'power-cycle'];

/**
 * - `passed`         measured, and as it should be
 * - `failed`         measured, and not
 * - `not-judgeable`  not enough was measured to say either
 * - `refused`        the station says that it cannot; no harm, and no credit
 * - `skipped`        not tried, `detail` says why
 */
export type StepVerdict = 'passed' | 'failed' | 'not-judgeable' | 'refused' | 'skipped';

/**
 * - `limit`        `wantedA` in force, shown in the composite, and followed by the draw
 * - `pause`, `resume` the same with 0 A, and after it
 * - `one-phase` told to use one phase at the same limit, and measured to;  `three-phases`: and back;
 *   `phase-to-use`: 2.x, told to use its second (R12)
 * - `stack-level`, `unit`, `relative` our profile in another form, read back only
 * - `replace`      after those the usual form holds again under the same id
 * - `clear`        without it the fallback holds
 * - `fallback`     F0 written again under its id and shown; needs no vehicle
 * - `profiles`     2.x: GetChargingProfiles; what it reports are records of the station
 */
export type StepName =
  | 'limit'
  | 'pause'
  | 'resume'
  | 'one-phase'
  | 'three-phases'
  | 'phase-to-use'
  | 'stack-level'
  | 'unit'
  | 'relative'
  | 'replace'
  | 'clear'
  | 'fallback'
  | 'profiles'
  | OfflinePart;

/** What a station answered to the one request of a step. */
export interface StepAnswer {
  readonly status: string;
  readonly detail?: string;
  /** From the row of the request to its answer, s. */
  readonly afterSec: number;
}

/** What GetCompositeSchedule showed after it. */
export interface StepShown {
  /** A per phase at that moment; absent: no schedule could be read. */
  readonly limitA?: number;
  readonly unit?: RateUnit;
  readonly numberPhases?: number;
  readonly phaseToUse?: number;
  /** The end of the lease stands in it, within the skew budget; absent: there was none to show. */
  readonly boundaryShown?: boolean;
  readonly detail?: string;
}

/** What the meter said of it. Currents in A of the most loaded phase; see `drawnOf` for watts. */
export interface StepReaction {
  readonly drawnBeforeA?: number;
  readonly drawnA?: number;
  /** On each phase as the EVSE numbers them, of `one-phase` and `three-phases`. */
  readonly phasesA?: PerChannel<number>;
  /** From the acknowledgement to the first sample after which none was above the limit, s. */
  readonly reactionSec?: number;
  /** Above the limit once it had been reached, A. */
  readonly overshootA?: number;
  readonly sampleCount: number;
}

export interface TestStep {
  readonly name: StepName;
  /** Of `limit`, `pause`, `resume`, `replace`: what is wanted, A. */
  readonly wantedA?: number;
  /** Of a `limit` before a guided test: the vehicle must be seen to take more than this, A. */
  readonly aboveA?: number;
  /** Of `stack-level` and `unit`. */
  readonly stackLevel?: number;
  readonly unit?: RateUnit;
  /** Of `phase-to-use`: as the EVSE numbers them. */
  readonly phaseToUse?: 2;
  /** In force in the end, A: less than wanted where the site could not spare more. */
  readonly limitA?: number;
  /** A part's verdict rests on it. */
  readonly required?: true;
  readonly startedAtMs?: number;
  readonly endedAtMs?: number;
  readonly request?: object;
  readonly answer?: StepAnswer;
  readonly shown?: StepShown;
  readonly reaction?: StepReaction;
  /** Absent: under way, or still to come. */
  readonly verdict?: StepVerdict;
  readonly detail?: string;
}

/** A sample of the tested EVSE: `atMs` is our time of receipt, or the station's while it was away. */
export interface TestSample {
  readonly atMs: number;
  readonly drawnA: number;
  /** Absent: it does not say for each phase. */
  readonly phasesA?: PerChannel<number>;
}

/** A step while it is under way. */
export interface StepWork {
  readonly phase: 'settling' | 'asking' | 'measuring' | 'reading' | 'unplug' | 'away' | 'back';
  readonly sinceMs: number;
  /** In force when it began, A. */
  readonly beforeA: number;
  readonly drawnBeforeA?: number;
  readonly ackAtMs?: number;
  /** Accepted on the way to what is wanted, since when. */
  readonly partialAtMs?: number;
  readonly boundaryAtMs?: number;
  readonly tailA?: number;
  readonly askAgainAtMs?: number;
  readonly samples: readonly TestSample[];
  readonly offline?: OfflineWork;
}

/** A guided test between unplugging and judging. */
export interface OfflineWork {
  readonly grantA: number;
  readonly tailA: number;
  readonly boundaryAtMs: number;
  /** The vehicle was seen to take this much, A: more than `grantA`. */
  readonly takesA: number;
  readonly lostAtMs: number;
  readonly replugAtMs: number;
  readonly sessionId?: SessionId;
  /** Of the session, by the last sample before. */
  readonly energyBeforeWh?: number;
  readonly energyBeforeAtMs?: number;
  /** Phases that the vehicle used. */
  readonly phaseCount: number;
  readonly backAtMs?: number;
  readonly bootedAtMs?: number;
  readonly bootReason?: string;
  /** What it followed when it came back, before it was told anything; asked for once. */
  readonly shown?: StepShown;
  readonly shownAsked?: true;
}

/** Under way, or how it ended. `refused`: it never began. `cancelled`: somebody ended it. */
export type TestStatus =
  | 'running'
  | 'passed'
  | 'failed'
  | 'not-judgeable'
  | 'refused'
  | 'cancelled';

export interface SmartChargingTest {
  /** Unique in the installation. */
  readonly number: number;
  readonly stationId: StationId;
  readonly evseId?: EvseId;
  readonly actor: string;
  readonly parts: readonly TestPart[];
  readonly status: TestStatus;
  readonly detail?: string;
  readonly startedAtMs: number;
  readonly endedAtMs?: number;
  readonly version?: OcppVersion;
  readonly vendor?: string;
  readonly model?: string;
  readonly firmware?: string;
  /** What the station declared, and the stack level in use. */
  readonly declared: SmartChargingCapability;
  readonly stackLevel: number;
  /** What a person is to do next. */
  readonly instruction?: string;
  readonly steps: readonly TestStep[];
  /** The step under way. */
  readonly at: number;
  readonly work?: StepWork;
  /** It earned trust back for its EVSE (SAFETY R9). */
  readonly trustRestored?: true;
}
