/**
 * The form in which a station is told its limits, as far as it was found out. A rung is one step down from the
 * preferred form; see `ladder.ts`.
 */
import type { ProfilePurpose, RateUnit } from '../../profiles/index.js';
import type { EvseId, StationId } from '../../solver/index.js';
import type { Kind } from './smart-charging-test/card.js';
import type { StationState } from './state.js';

/**
 * - `level-0`      stack level 0 in place of the highest declared one
 * - `watts`        W in place of A
 * - `relative`     kind Relative in place of Absolute: nobody knows when a lease ends, so that none counts
 *                  as ending (no lease credit)
 * - `tx-default`   leases written over F0, as TxDefaultProfile, in place of a TxProfile
 * - `station-max`  F0 and leases as maximum of the station, where it has one EVSE
 * - `clear-first`  a lease is cleared before the next is set; never F0 (SAFETY R10)
 */
export type Rung = 'level-0' | 'watts' | 'relative' | 'tx-default' | 'station-max' | 'clear-first';

/** On what it showed itself. `kept`: a profile that was accepted, or refused, under the id of one still followed. */
export type RungCause = 'fallback' | 'lease' | 'kept';

export interface TakenRung {
  readonly rung: Rung;
  readonly on: RungCause;
  /** What was observed in the form above. */
  readonly observed: string;
  readonly sinceMs: number;
  /** It holds for this EVSE alone; absent: for all of the station. */
  readonly evseId?: EvseId | undefined;
}

/** What was seen of leases on one EVSE in its form. */
export interface LeasesSeen {
  /** One was accepted. */
  readonly held: boolean;
  /** Refused in a row. */
  readonly refusals: number;
  /** Answered by an error; absent: never. */
  readonly errors?: number | undefined;
  /** One was accepted and not gone by, since then; told again since. Absent: none, or not any more. */
  readonly ignored?: { readonly sinceMs: number; readonly isRepeated?: true } | undefined;
}

/** The form of a station as found out so far. */
export interface FormFound {
  /** Vendor, model and firmware of which it was found out. */
  readonly kind: string | undefined;
  readonly taken: readonly TakenRung[];
  /** F0 was read back in this form: a refusal of it is no news of the form. */
  readonly fallbackHeld: boolean;
  /** F0 stays at this level while transactions hide it from a read-back. */
  readonly level?: number | undefined;
  /** Absent: none yet. */
  readonly leases?: Readonly<Partial<Record<EvseId, LeasesSeen>>> | undefined;
}

/** Of a station, for one of its EVSEs; without one for any of them. */
type Told = Pick<StationState, 'form'>;

/** A form that was taken, of a station that has said what it is. */
export interface FormHeld {
  readonly stationId: StationId;
  readonly kind: Kind;
  readonly rungs: readonly TakenRung[];
}

export function hasTaken({ form }: Told, rung: Rung, evseId?: EvseId): boolean {
  return form !== undefined && form.taken.some((it) => it.rung === rung && isFor(it, evseId));
}

/** What was found on one EVSE is nothing to another. */
export function isFor(taken: TakenRung, evseId: EvseId | undefined): boolean {
  return evseId === undefined || taken.evseId === undefined || taken.evseId === evseId;
}

/** In which our profiles are written. What it has declared since W was tried counts more (K01.FR.26). */
export function unitOf(station: Pick<StationState, 'capability' | 'form'>): RateUnit {
  const { units } = station.capability;
  if (!units.includes('A')) return 'W';
  return units.includes('W') && hasTaken(station, 'watts') ? 'W' : 'A';
}

/** The purpose that carries F0. */
export function fallbackCarrierOf(station: Told): 'tx-default' | 'station-max' {
  return hasTaken(station, 'station-max') ? 'station-max' : 'tx-default';
}

/** The purpose that carries leases of an EVSE; without one those of any that is not told by TxProfiles. */
export function leaseCarrierOf(station: Told, evseId: EvseId | undefined): ProfilePurpose {
  if (hasTaken(station, 'station-max')) return 'station-max';
  return hasTaken(station, 'tx-default', evseId) ? 'tx-default' : 'tx';
}

/** By a clock that is known to be slow a lease in the place of F0 may leave nothing in force (R0, R6). */
export function isCarrierDoubted(station: StationState): boolean {
  return station.clockBehind !== undefined && leaseCarrierOf(station, undefined) !== 'tx';
}

/** The level of our profiles. Highest where it may be: a foreign profile above ours would lead. */
export function levelOf({ capability, form }: Pick<StationState, 'capability' | 'form'>): number {
  if (form?.level !== undefined) return form.level;
  return form !== undefined && hasTaken({ form }, 'level-0') ? 0 : capability.stackLevelMax;
}
