/** Imports a phasor network file (208 V delta sites) as a circuit tree and EVSE placements. */
import type { PerChannel, PilotSet, Violation } from '../problem.js';
import {
  type Amps,
  type CircuitId,
  type EvseId,
  type Volts,
  amps,
  evseId,
  volts,
} from '../units.js';
import { type BuiltCircuit, type NamedCircuit, buildCircuits } from './network/build-circuits.js';
import { groupConstraints } from './network/group.js';
import {
  NETWORK_LINE_TO_LINE_V,
  type Network,
  type NetworkEvse,
  readNetwork,
} from './network/read-network.js';
import { type KnownConstraint, recognise } from './network/recognise.js';

export interface ImportedEvse {
  readonly id: EvseId;
  readonly circuitId: CircuitId;
  readonly channels: PerChannel<boolean>;
  readonly currentMaxA: Amps;
  readonly pilots: PilotSet;
}

export interface ImportOptions {
  /** Rescales the one transformer's limits; absent: as the file says. */
  readonly capacityKva?: number;
  /** Multiplies both sides' limits of every transformer; not together with `capacityKva`. */
  readonly transformerScale?: number;
}

export type NetworkImport =
  | {
      readonly status: 'imported';
      readonly supply: 'delta';
      readonly voltageLineToNeutralV: Volts;
      readonly voltageLineToLineV: Volts;
      /** Parents first; without base load; limits of source `rating`. */
      readonly circuits: readonly NamedCircuit[];
      /** In the order of the file. */
      readonly evses: readonly ImportedEvse[];
    }
  | { readonly status: 'refused'; readonly violations: readonly Violation[] };

/** 208 is not 120 * sqrt 3: both nominal values are data. */
const LINE_TO_NEUTRAL_V = 120;
/** Line to neutral on the 480 V side of the transformer. */
const PRIMARY_LINE_TO_NEUTRAL_V = 277;

/**
 * Feasible rates of the file are |sum of coefficient * rate * phasor| <= limit for each constraint.
 * The tree allows the same non-negative rates, except for a primary line that stands alone or whose
 * three limits differ: it counts at its worst corner, which is stricter.
 * Refuses constraints that are no line, primary line or pair, and sets that form no tree.
 */
export function importNetwork(json: unknown, options: ImportOptions = {}): NetworkImport {
  const read = readNetwork(json);
  if (read.status === 'refused') return read;
  const { network } = read;
  const known = recogniseAll(network);
  if (known.violations.length > 0) return { status: 'refused', violations: known.violations };
  const evseIds = network.evses.map((evse) => evse.id);
  const built = buildCircuits(groupConstraints(known.constraints), evseIds);
  if (built.status === 'refused') return built;
  const circuits = built.circuits.map((entry) => entry.circuit);
  const evses = network.evses.map((evse) => placeEvse(evse, built.circuits));
  const scaled = scale(circuits, options);
  if (scaled === undefined) return refuseCapacity(options);
  return {
    status: 'imported',
    supply: 'delta',
    voltageLineToNeutralV: volts(LINE_TO_NEUTRAL_V),
    voltageLineToLineV: volts(NETWORK_LINE_TO_LINE_V),
    circuits: scaled,
    evses,
  };
}

function recogniseAll(network: Network): {
  readonly constraints: readonly KnownConstraint[];
  readonly violations: readonly Violation[];
} {
  const evseOf = new Map(network.evses.map((evse) => [evse.id, evse]));
  const constraints: KnownConstraint[] = [];
  const violations: Violation[] = [];
  for (const [index, constraint] of network.constraints.entries()) {
    const known = recognise(constraint, evseOf);
    if (known !== undefined) {
      constraints.push(known);
      continue;
    }
    const message = `${constraint.name}: its coefficients are no line, primary line or pair sum`;
    const field = `/constraints/${index}/coefficients`;
    violations.push({ rule: 'network-pattern-known', field, message });
  }
  return { constraints, violations };
}

/** On the smallest circuit that holds it: circuits come larger sets first. */
function placeEvse(evse: NetworkEvse, circuits: readonly BuiltCircuit[]): ImportedEvse {
  const home = circuits.findLast((candidate) => candidate.evseIds.has(evse.id));
  if (home === undefined) throw new RangeError(`EVSE ${evse.id} is on no circuit`);
  return {
    id: evseId(evse.id),
    circuitId: home.circuit.id,
    channels: [evse.pair === 0, evse.pair === 1, evse.pair === 2],
    currentMaxA: amps(evse.currentMaxA),
    pilots: evse.pilots,
  };
}

const hasPrimary = (circuit: NamedCircuit): boolean =>
  circuit.limits.some((limit) => limit.kind === 'delta-primary');

/** Undefined where the options make no sense for these circuits. */
function scale(
  circuits: readonly NamedCircuit[],
  { capacityKva, transformerScale }: ImportOptions,
): readonly NamedCircuit[] | undefined {
  const asked = capacityKva ?? transformerScale;
  if (asked === undefined) return circuits;
  const transformers = circuits.filter(hasPrimary).length;
  if (!(asked > 0 && Number.isFinite(asked)) || transformers === 0) return undefined;
  if (capacityKva === undefined) return circuits.map((it) => times(it, asked));
  if (transformers > 1 || transformerScale !== undefined) return undefined;
  return circuits.map((it) => rescale(it, capacityKva));
}

function times(circuit: NamedCircuit, factor: number): NamedCircuit {
  if (!hasPrimary(circuit)) return circuit;
  const limits = circuit.limits.map((limit) => {
    if (limit.kind !== 'line' && limit.kind !== 'delta-primary') return limit;
    const [a, b, c] = limit.limitA;
    return { ...limit, limitA: [amps(factor * a), amps(factor * b), amps(factor * c)] as const };
  });
  return { ...circuit, limits };
}

/** Nominal currents of a transformer of this size on both sides. */
function rescale(circuit: NamedCircuit, capacityKva: number): NamedCircuit {
  if (!hasPrimary(circuit)) return circuit;
  const perPhaseVa = (capacityKva * 1000) / 3;
  const lineA = amps(perPhaseVa / LINE_TO_NEUTRAL_V);
  const primaryA = amps(perPhaseVa / PRIMARY_LINE_TO_NEUTRAL_V);
  const limits = circuit.limits.map((limit) => {
    if (limit.kind === 'line') return { ...limit, limitA: [lineA, lineA, lineA] as const };
    if (limit.kind !== 'delta-primary') return limit;
    return { ...limit, limitA: [primaryA, primaryA, primaryA] as const };
  });
  return { ...circuit, limits };
}

function refuseCapacity({ capacityKva, transformerScale }: ImportOptions): NetworkImport {
  const message =
    transformerScale === undefined
      ? `${capacityKva} kVA needs to be positive and the network to have one transformer`
      : `a scale of ${transformerScale} needs to be positive, without kVA, and a transformer to scale`;
  const field = transformerScale === undefined ? '/capacityKva' : '/transformerScale';
  return { status: 'refused', violations: [{ rule: 'network-capacity', field, message }] };
}
