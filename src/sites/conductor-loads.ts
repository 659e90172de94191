/** What the conductors of one limit carry for given sums of EVSE current per channel. */
import {
  amps,
  type CircuitLimit,
  type Conductor,
  circuitId,
  compileTree,
  evseId,
  type PerChannel,
  type Supply,
  conductorLoads as treeLoads,
} from '../../solver/index.js';

export interface ConductorLoad {
  readonly conductor: Conductor;
  readonly unit: 'A' | 'W';
  readonly load: number;
  readonly limit: number;
}

/** One place of load a channel, so that sums can be given as they are. */
const CIRCUIT = circuitId('limit');
const CHANNELS = [
  { id: evseId('0'), circuitId: CIRCUIT, channels: [true, false, false] },
  { id: evseId('1'), circuitId: CIRCUIT, channels: [false, true, false] },
  { id: evseId('2'), circuitId: CIRCUIT, channels: [false, false, true] },
] as const;

/**
 * Loads of one limit, EVSEs plus uncontrolled base, by the formulas at `CircuitLimit`.
 * `sumA` is per channel: phases on wye, line pairs on delta; never negative.
 */
export function conductorLoads(
  limit: CircuitLimit,
  sumA: PerChannel<number>,
  baseA: PerChannel<number>,
): readonly ConductorLoad[] {
  const baseLoadA = [amps(baseA[0]), amps(baseA[1]), amps(baseA[2])] as const;
  const tree = compileTree({
    supply: limit.kind === 'wye' ? 'wye' : 'delta',
    circuits: [{ id: CIRCUIT, limits: [limit], baseLoadA }],
    evses: CHANNELS,
  });
  return treeLoads(tree, Float64Array.from(sumA)).map((load) =>
    'limitW' in load
      ? { conductor: load.conductor, unit: 'W', load: load.loadW, limit: load.limitW }
      : { conductor: load.conductor, unit: 'A', load: load.loadA, limit: load.limitA },
  );
}

/** The kinds of limit that a supply has. */
export function limitFits(kind: CircuitLimit['kind'], supply: Supply): boolean {
  if (kind === 'power') return true;
  return supply === 'wye' ? kind === 'wye' : kind !== 'wye';
}
