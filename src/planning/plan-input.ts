/** What a plan is made from, beside the state of the site. */
import type { SessionId } from '../../solver/index.js';
import type { StateView } from '../sites/snapshot.js';
import type { Habit } from './habits.js';

/** A battery that reports. */
export interface StorageNow {
  readonly storageId: string;
  readonly energyWh: number;
  /** No more may be charged now or later, whatever the battery could: see `storage-room.ts`. */
  readonly chargeMaxW: number;
  /** What it takes now, as it reported it; negative: it gives. */
  readonly powerW: number;
}

export interface PlanInput {
  readonly state: StateView;
  readonly nowMs: number;
  /** Mean power expected at an instant, W. */
  readonly loadAt: (atMs: number) => number;
  readonly pvAt: (atMs: number) => number;
  /** By session, of those without a claim whose token has a history. */
  readonly habits: ReadonlyMap<SessionId, Habit>;
  /** The highest whole quarter hour of import in the billing period so far, W. */
  readonly peakSoFarW: number;
  /** The mean import of the quarter hour that runs, W; absent: nothing was measured in it. */
  readonly importSoFarW?: number | undefined;
  /** What the peak will reach anyhow, by the period before: less is not worth saving; absent: 0. */
  readonly peakHintW?: number;
  readonly storage: readonly StorageNow[];
  /** Vehicles that are not there, on all phases: for questions. */
  readonly visits?: readonly PlannedVisit[];
  /** Sessions that are left out as if their vehicles were gone: for questions. */
  readonly without?: ReadonlySet<string>;
  /** The plan looks at least until then; absent: as far as it has to. */
  readonly horizonMs?: number;
}

export interface PlannedVisit {
  readonly circuitId: string;
  readonly arrivalAtMs: number;
  readonly departureAtMs: number;
  readonly energyWh: number;
  readonly powerMaxW: number;
}
