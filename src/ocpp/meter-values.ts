/**
 * Sampled values of both versions as one MeterSample. A station's numbers are never trusted to be
 * numbers, complete or unique; what cannot be read is left out, so a NaN never gets in.
 *
 * - An unphased current (or one on N alone) counts on every phase: which one carries it is unknown, and
 *   the worst case is safe. Where voltages of phases are reported, on those that have any.
 * - Total power is the unphased value, else the sum of the phases; without either it stays undefined.
 * - A value of context Transaction.Begin repeats the register of another moment: it counts only where
 *   the measurand has no value of Transaction.End, and that only where it has no live one.
 * - kWh labelled Wh cannot be recognised from one sample and is passed on as it is labelled.
 */
import type { PerChannel } from '../../solver/index.js';
import type { BelievedStamp } from '../sessions/believed-instant.js';
import { toldStamp } from './instants.js';
import type { MeterSample } from './messages.js';
import { readNumber } from './repair.js';

/** A sampled value of either version. */
export interface WireSampledValue {
  readonly value: string | number;
  readonly context?: string;
  /** 1.6: `SignedData` holds no number. */
  readonly format?: string;
  readonly measurand?: string;
  readonly phase?: string;
  /** 1.6 */
  readonly unit?: string;
  /** 2.x */
  readonly unitOfMeasure?: { readonly unit?: string; readonly multiplier?: number };
}

export interface WireMeterValue {
  readonly timestamp: string;
  readonly sampledValue: readonly WireSampledValue[];
}

type Place = 'total' | 'L1' | 'L2' | 'L3' | 'N';
type Readings = ReadonlyMap<Place, number>;

const UNITS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  energy: { Wh: 1, kWh: 1000 },
  power: { W: 1, kW: 1000 },
  current: { A: 1, mA: 0.001 },
  soc: { Percent: 0.01, '%': 0.01 },
  voltage: { V: 1, kV: 1000 },
};
const MEASURANDS: Readonly<Record<string, { readonly kind: string; readonly unit: string }>> = {
  'Energy.Active.Import.Register': { kind: 'energy', unit: 'Wh' },
  'Power.Active.Import': { kind: 'power', unit: 'W' },
  'Current.Import': { kind: 'current', unit: 'A' },
  'Current.Offered': { kind: 'current', unit: 'A' },
  SoC: { kind: 'soc', unit: 'Percent' },
  Voltage: { kind: 'voltage', unit: 'V' },
};
const PLACES: Readonly<Record<string, Place>> = {
  L1: 'L1',
  L2: 'L2',
  L3: 'L3',
  N: 'N',
  'L1-N': 'L1',
  'L2-N': 'L2',
  'L3-N': 'L3',
  'L1-L2': 'L1',
  'L2-L3': 'L2',
  'L3-L1': 'L3',
};
const PHASES = ['L1', 'L2', 'L3'] as const;
const CONTEXT_RANKS: Readonly<Record<string, number>> = {
  'Transaction.Begin': 0,
  'Transaction.End': 1,
};
const LIVE_RANK = 2;
const NO_READINGS: Readings = new Map();

/** One sample per meter value that holds anything we read, in the order received. */
export function readMeterValues(
  meterValues: readonly WireMeterValue[] | undefined,
  receivedAtMs: number,
): MeterSample[] {
  return (meterValues ?? []).flatMap((meterValue) => {
    const stamp = toldStamp(meterValue.timestamp, receivedAtMs);
    const { voltageV, ...said } = readSampledValues(meterValue.sampledValue);
    if (Object.keys(said).length === 0) return [];
    return [{ ...stamp, ...said, ...(voltageV !== undefined && { voltageV }) }];
  });
}

/** The register of a boundary context, Wh: what a transaction started or ended with. */
export function boundaryEnergyWh(
  meterValues: readonly WireMeterValue[] | undefined,
  context: 'Transaction.Begin' | 'Transaction.End',
): number | undefined {
  const values = (meterValues ?? []).flatMap((meterValue) => meterValue.sampledValue);
  const marked = values.filter((value) => value.context === context);
  return total(collect(marked).get('Energy.Active.Import.Register') ?? NO_READINGS);
}

function readSampledValues(
  values: readonly WireSampledValue[],
): Omit<MeterSample, keyof BelievedStamp> {
  const readings = collect(values);
  const of = (measurand: string): Readings => readings.get(measurand) ?? NO_READINGS;
  const voltageV = voltages(of('Voltage'));
  const currentA = currents(of('Current.Import'), voltageV);
  const powerW = total(of('Power.Active.Import'));
  const energyWh = total(of('Energy.Active.Import.Register'));
  const offeredA = highest(of('Current.Offered'));
  const socFraction = of('SoC').get('total');
  return {
    ...(currentA !== undefined && { currentA }),
    ...(powerW !== undefined && { powerW }),
    ...(energyWh !== undefined && { energyWh }),
    ...(offeredA !== undefined && { offeredA }),
    ...(isFraction(socFraction) && { socFraction }),
    ...(voltageV !== undefined && { voltageV }),
  };
}

interface Ranked {
  readonly rank: number;
  readonly places: Map<Place, number>;
}

/** Readings by measurand and place, of the most live context that the measurand has. */
function collect(values: readonly WireSampledValue[]): ReadonlyMap<string, Readings> {
  const ranked = new Map<string, Ranked>();
  for (const value of values) {
    const measurand = value.measurand ?? 'Energy.Active.Import.Register';
    const place = measurand === 'Voltage' ? neutralPlaceOf(value.phase) : placeOf(value.phase);
    const number = scaled(value, measurand);
    if (place === undefined || number === undefined) continue;
    const rank = CONTEXT_RANKS[value.context ?? ''] ?? LIVE_RANK;
    const known = ranked.get(measurand);
    if (known === undefined || known.rank < rank) {
      ranked.set(measurand, { rank, places: new Map([[place, number]]) });
    } else if (known.rank === rank) known.places.set(place, number);
  }
  return new Map([...ranked].map(([measurand, { places }]) => [measurand, places]));
}

function placeOf(phase: string | undefined): Place | undefined {
  if (phase === undefined || phase === '') return 'total';
  return Object.hasOwn(PLACES, phase) ? PLACES[phase] : undefined;
}

/** Voltages between lines are no voltages of a phase. */
function neutralPlaceOf(phase: string | undefined): Place | undefined {
  return /^L\d-L\d$/.test(phase ?? '') ? undefined : placeOf(phase);
}

/** The value in A, W, Wh or as a fraction; undefined when it, its measurand or its unit is unknown. */
function scaled(value: WireSampledValue, measurand: string): number | undefined {
  const known = Object.hasOwn(MEASURANDS, measurand) ? MEASURANDS[measurand] : undefined;
  if (known === undefined || value.format === 'SignedData') return undefined;
  const unit = value.unit ?? value.unitOfMeasure?.unit ?? known.unit;
  const factors = UNITS[known.kind] ?? {};
  const factor = Object.hasOwn(factors, unit) ? factors[unit] : undefined;
  const number = typeof value.value === 'number' ? value.value : readNumber(value.value);
  if (factor === undefined || number === undefined) return undefined;
  // Adding 0 makes -0 a plain one.
  const result = number * factor * 10 ** (value.unitOfMeasure?.multiplier ?? 0) + 0;
  return Number.isFinite(result) ? result : undefined;
}

/** Below this a phase is not wired. */
const LIVE_V = 50;

function currents(
  readings: Readings,
  voltageV: PerChannel<number | undefined> | undefined,
): PerChannel<number | undefined> | undefined {
  if (PHASES.some((phase) => readings.has(phase))) {
    return [readings.get('L1'), readings.get('L2'), readings.get('L3')];
  }
  const everyA = readings.get('total') ?? readings.get('N');
  if (everyA === undefined) return undefined;
  const isWired = (index: 0 | 1 | 2): boolean => (voltageV?.[index] ?? LIVE_V) >= LIVE_V;
  const wired = [isWired(0), isWired(1), isWired(2)] as const;
  if (!wired.includes(true)) return [everyA, everyA, everyA];
  return [wired[0] ? everyA : 0, wired[1] ? everyA : 0, wired[2] ? everyA : 0];
}

/** By phase; one value for all is the voltage of each. */
function voltages(readings: Readings): PerChannel<number | undefined> | undefined {
  if (PHASES.some((phase) => readings.has(phase))) {
    return [readings.get('L1'), readings.get('L2'), readings.get('L3')];
  }
  const everyV = readings.get('total');
  return everyV === undefined ? undefined : [everyV, everyV, everyV];
}

function total(readings: Readings): number | undefined {
  const unphased = readings.get('total');
  if (unphased !== undefined) return unphased;
  const phased = PHASES.flatMap((phase) => readings.get(phase) ?? []);
  if (phased.length === 0) return readings.get('N');
  return phased.reduce((sum, value) => sum + value, 0);
}

function highest(readings: Readings): number | undefined {
  return readings.size === 0 ? undefined : Math.max(...readings.values());
}

function isFraction(value: number | undefined): value is number {
  return value !== undefined && value >= 0 && value <= 1;
}
