/** What a policy sees, and what it answers. */
import type { ReplaySite } from './site.js';
import { baseW, type BatterySpec } from './surroundings.js';

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

/** What shares the grid connection with the vehicles, as its meters show it now. */
export interface Around {
  readonly loadW: number;
  readonly pvW: number;
  readonly battery?: { readonly spec: BatterySpec; readonly energyWh: number };
  readonly outlook: Outlook;
}

/** Means that are expected of a while to come, W. */
export interface Outlook {
  readonly loadW: (fromMs: number, toMs: number) => number;
  readonly pvW: (fromMs: number, toMs: number) => number;
}

export interface View {
  readonly nowMs: number;
  /** True on the grid of the plan, and when somebody arrived or left. */
  readonly isPlanDue: boolean;
  readonly guests: readonly Guest[];
  /** Plugged in and full: they draw nothing whatever their pilot is. */
  readonly full: readonly Guest[];
  /** Highest mean import of a demand interval so far, W. */
  readonly peakSoFarW: number;
  /** Mean import of the demand interval that runs, W; absent: it begins now. */
  readonly importSoFarW?: number | undefined;
  /** Absent: the vehicles are alone. */
  readonly around?: Around;
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
  /** What the battery is to do, W: positive charges it; absent: nothing. */
  readonly batteryW?: number;
}

export interface Policy {
  /** Asked at each arrival, departure, full battery, instant of the grid, and wake. */
  readonly decide: (view: View) => Decision | Promise<Decision>;
  /**
   * Where no vehicle is there it is asked too: `battery` on the grid of the plan where there is one to
   * move, `always` whenever anything happens. Absent: it is not.
   */
  readonly asked?: 'battery' | 'always';
}

/** What the limits at the grid connection carry beside the vehicles, W. */
export const baseOf = ({ around }: View): number =>
  around === undefined ? 0 : baseW(around.loadW, around.pvW);
