/** Quantities that carry their unit in the type, and the few legal conversions between them. */

declare const unit: unique symbol;
declare const kind: unique symbol;

/** A finite number that carries its unit in the type. Costs nothing at run time. */
export type Quantity<Unit extends string> = number & { readonly [unit]: Unit };

/** Current per conductor, A RMS. Positive flows from the grid into the site or the vehicle. */
export type Amps = Quantity<'A'>;
/** Active power, W. Import positive. */
export type Watts = Quantity<'W'>;
/** Energy, Wh. Import positive. */
export type WattHours = Quantity<'Wh'>;
/** Voltage, V RMS; line to neutral unless the name says line to line. */
export type Volts = Quantity<'V'>;
/** Duration in seconds. */
export type Seconds = Quantity<'s'>;

/** A string that names one kind of thing and cannot stand for another. */
export type Id<Kind extends string> = string & { readonly [kind]: Kind };
export type SiteId = Id<'site'>;
export type CircuitId = Id<'circuit'>;
/** Site-wide name of an EVSE: `{stationId}:{n}`. A station's own EVSE number is not an EvseId. */
export type EvseId = Id<'evse'>;
export type StationId = Id<'station'>;
export type SessionId = Id<'session'>;
export type SignalId = Id<'signal'>;

export const amps = (value: number): Amps => finite(value, 'A') as Amps;
export const watts = (value: number): Watts => finite(value, 'W') as Watts;
export const wattHours = (value: number): WattHours => finite(value, 'Wh') as WattHours;
export const volts = (value: number): Volts => finite(value, 'V') as Volts;
export const seconds = (value: number): Seconds => finite(value, 's') as Seconds;

export const siteId = (value: string): SiteId => value as SiteId;
export const circuitId = (value: string): CircuitId => value as CircuitId;
export const evseId = (value: string): EvseId => value as EvseId;
export const stationId = (value: string): StationId => value as StationId;
export const sessionId = (value: string): SessionId => value as SessionId;
export const signalId = (value: string): SignalId => value as SignalId;

/** Power of a balanced load of `phaseCount` conductors at `currentA` each (unity power factor). */
export function wattsFromAmps(currentA: number, phaseCount: number, voltageV: number): Watts {
  return watts(currentA * phaseCount * voltageV);
}

/** Current on each of `phaseCount` conductors of a balanced load of `powerW`. */
export function ampsFromWatts(powerW: number, phaseCount: number, voltageV: number): Amps {
  return amps(powerW / (phaseCount * voltageV));
}

function finite(value: number, unitName: string): number {
  if (!Number.isFinite(value)) throw new RangeError(`${value} ${unitName} is not a finite number`);
  return value;
}
