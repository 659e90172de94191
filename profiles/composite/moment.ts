/** What one EVSE, or the station, may draw at one instant. */
import type { RateUnit } from '../charging-profile.js';
import type { InstalledProfile } from '../installed-profile.js';
import type { StationFacts, TransactionFacts } from './facts.js';
import {
  combine,
  definedBounds,
  isSplit,
  splitLayer,
  splitValue,
  type Bounds,
  type Layer,
  type Value,
} from './layer.js';
import { leadAt, type Lead } from './lead.js';
import { boundsIn, mergeLayers, type Electrics } from './merge.js';

export interface Moment {
  readonly profiles: readonly InstalledProfile[];
  readonly station: StationFacts;
  readonly atMs: number;
  readonly windowFromMs: number;
}

/** Bounds in the unit asked for; `limit` is always there. */
export interface Outcome {
  readonly bounds: Bounds & { readonly limit: Value };
  readonly numberPhases?: number;
  readonly phaseToUse?: number;
  /** Nothing changes before this instant. */
  readonly untilMs: number;
}

interface MergedLead {
  readonly layer: Layer;
  readonly untilMs: number;
}

/**
 * An EVSE: the lowest of its transaction's profile, external constraints and the station maximum.
 */
export function evseOutcome(moment: Moment, evseNumber: number, unit: RateUnit): Outcome {
  const demand = transactionLead(moment, evseNumber);
  const capacity = capacityLead(moment, [0, evseNumber], ['external-constraints', 'station-max']);
  const electrics = electricsOf(moment.station);
  const layer = mergeLayers([demand.layer, capacity.layer], electrics);
  return outcomeOf(layer, unit, moment.station, Math.min(demand.untilMs, capacity.untilMs));
}

/**
 * The station: the sum of its EVSEs, capped by the station maximum and by external constraints on
 * the whole station. An EVSE without any limit counts with the station's default.
 */
export function stationOutcome(moment: Moment, unit: RateUnit): Outcome {
  const { station } = moment;
  const electrics = electricsOf(station);
  const evses = Array.from({ length: station.evseCount }, (_, index) => {
    const evseNumber = index + 1;
    const demand = transactionLead(moment, evseNumber);
    const capacity = capacityLead(moment, [0, evseNumber], ['external-constraints']);
    const layer = mergeLayers([demand.layer, capacity.layer], electrics);
    return outcomeOf(layer, unit, station, Math.min(demand.untilMs, capacity.untilMs));
  });
  const cap = capacityLead(moment, [0], ['external-constraints', 'station-max']);
  const layer = mergeLayers([sumOf(evses, unit, electrics), cap.layer], electrics);
  const untilMs = Math.min(cap.untilMs, ...evses.map((evse) => evse.untilMs));
  return outcomeOf(layer, unit, station, untilMs);
}

/**
 * The profile that speaks for the transaction: an activated PriorityCharging, else the TxProfile,
 * else the default. In 1.6 a connector's own default replaces that of connector 0; in 2.x both are
 * one stack. A gap in the TxProfile falls back to the default at that moment.
 */
function transactionLead(moment: Moment, evseNumber: number): Lead {
  const transaction = transactionOn(moment.station, evseNumber);
  const both = [0, evseNumber];
  const defaults = moment.station.version === 'ocpp1.6' ? [[evseNumber], [0]] : [both];
  const scopes = [
    { purpose: 'priority-charging', evseNumbers: both } as const,
    { purpose: 'tx', evseNumbers: [evseNumber] } as const,
    ...defaults.map((evseNumbers) => ({ purpose: 'tx-default', evseNumbers }) as const),
  ];
  const clockwork = { station: moment.station, transaction, windowFromMs: moment.windowFromMs };
  let untilMs = Infinity;
  for (const scope of scopes) {
    const lead = leadAt(moment.profiles, scope, moment.atMs, clockwork);
    untilMs = Math.min(untilMs, lead.untilMs);
    if (lead.layer) return { layer: lead.layer, untilMs };
  }
  return { untilMs };
}

/**
 * Limits of the grid side, each raised by local generation. The station maximum lives on 0 only.
 */
function capacityLead(
  moment: Moment,
  evseNumbers: readonly number[],
  purposes: readonly ('external-constraints' | 'station-max')[],
): MergedLead {
  const { station, windowFromMs } = moment;
  const clockwork = { station, transaction: undefined, windowFromMs };
  const leads = purposes.map((purpose) => {
    const scope = { purpose, evseNumbers: purpose === 'station-max' ? [0] : evseNumbers };
    return leadAt(moment.profiles, scope, moment.atMs, clockwork);
  });
  const extraScope = { purpose: 'local-generation', evseNumbers } as const;
  const extra = leadAt(moment.profiles, extraScope, moment.atMs, clockwork);
  const electrics = electricsOf(station);
  const merged = mergeLayers(
    leads.map((lead) => lead.layer),
    electrics,
  );
  return {
    layer: extra.layer ? raise(merged, extra.layer, electrics) : merged,
    untilMs: Math.min(extra.untilMs, ...leads.map((lead) => lead.untilMs)),
  };
}

/** Each split over its own phases where one of them is given per phase. */
function raise(given: Layer, givenExtra: Layer, electrics: Electrics): Layer {
  const isPerPhase = isSplit(given) || isSplit(givenExtra);
  const alike = (layer: Layer): Layer =>
    isPerPhase ? splitLayer(layer, electrics.defaultPhaseCount) : layer;
  const [layer, extra] = [alike(given), alike(givenExtra)];
  const raised = (unit: RateUnit): Bounds => {
    const { limit } = layer[unit];
    const extraLimit = boundsIn(extra, unit, electrics).limit;
    const sum = combine(limit, extraLimit, (a, b) => a + b);
    return limit === undefined || sum === undefined ? layer[unit] : { ...layer[unit], limit: sum };
  };
  return { ...layer, A: raised('A'), W: raised('W') };
}

function sumOf(evses: readonly Outcome[], unit: RateUnit, electrics: Electrics): Layer {
  const phaseCounts = evses.flatMap((evse) => evse.numberPhases ?? []);
  const phaseCount = phaseCounts.length > 0 ? Math.max(...phaseCounts) : undefined;
  const sum = (name: keyof Bounds): Value | undefined => {
    const values = evses.flatMap((evse) => evse.bounds[name] ?? []);
    return values.length === 0
      ? undefined
      : sumValues(values, unit, phaseCount ?? electrics.defaultPhaseCount);
  };
  const everySetpoint = evses.every((evse) => evse.bounds.setpoint !== undefined);
  const bounds = definedBounds({
    limit: sum('limit'),
    dischargeLimit: sum('dischargeLimit'),
    setpoint: everySetpoint ? sum('setpoint') : undefined,
  });
  return {
    A: unit === 'A' ? bounds : {},
    W: unit === 'W' ? bounds : {},
    ...(phaseCount === undefined ? {} : { numberPhases: phaseCount }),
  };
}

function sumValues(values: readonly Value[], unit: RateUnit, phaseCount: number): Value {
  const split = values.some((value) => typeof value === 'object');
  const alike = split
    ? values.map((value) => splitValue(value, unit === 'A' ? 1 : phaseCount))
    : values;
  return alike.reduce((sum, value) => combine(sum, value, (a, b) => a + b) ?? sum);
}

function outcomeOf(layer: Layer, unit: RateUnit, station: StationFacts, untilMs: number): Outcome {
  const bounds = boundsIn(layer, unit, electricsOf(station));
  const defaultLimit = unit === 'A' ? station.defaultLimitA : station.defaultLimitW;
  return {
    bounds: { ...bounds, limit: bounds.limit ?? defaultLimit },
    ...(layer.numberPhases === undefined ? {} : { numberPhases: layer.numberPhases }),
    ...(layer.phaseToUse === undefined ? {} : { phaseToUse: layer.phaseToUse }),
    untilMs,
  };
}

function transactionOn(station: StationFacts, evseNumber: number): TransactionFacts | undefined {
  const running = station.transactions.find((candidate) => candidate.evseNumber === evseNumber);
  return running ?? (station.assumeTransactions ? { evseNumber } : undefined);
}

function electricsOf(station: StationFacts): Electrics {
  return { voltageV: station.voltageV, defaultPhaseCount: station.defaultPhaseCount };
}
