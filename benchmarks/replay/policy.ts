/** What a policy sees, and what it answers. */
import type { ReplaySite } from './site.js';

export type ClaimKind = 'true' | 'user';

/** A vehicle that is plugged in and not full. */
export interface Guest {
  readonly evseIndex: number;
  readonly sessionId: string;
  readonly arrivedAtMs: number;
  readonly maxA: number;
  /** False: nobody said, or what was said is over; the next two are then what is assumed. */
  readonly isClaimed: boolean;
  /** What is still wanted, Wh; above 0. */
  readonly remainingWh: number;
  readonly departureAtMs: number;
  readonly deliveredWh: number;
  /** The pilot in force, and since when the EVSE is on or off. */
  readonly pilotA: number;
  readonly sinceMs: number;
}

export interface View {
  readonly nowMs: number;
  /** True on the grid of the plan, and when somebody arrived or left. */
  readonly isPlanDue: boolean;
  readonly guests: readonly Guest[];
  /** Highest mean power of a demand interval so far, W. */
  readonly peakSoFarW: number;
}

export interface PolicySettings {
  readonly site: ReplaySite;
  /** A session that was switched on or off stays so at least this long. */
  readonly onOffMinSec: number;
  /** False: the policy does not look at energies and departures. */
  readonly isNeedKnown: boolean;
}

export interface Decision {
  /** One for each guest, in their order. */
  readonly pilotsA: readonly number[];
  /** When the policy wants to be asked again whatever happens. */
  readonly wakeAtMs?: number | undefined;
}

export interface Policy {
  /** Asked at each arrival, departure, full battery, instant of the grid, and wake. */
  readonly decide: (view: View) => Decision;
}
