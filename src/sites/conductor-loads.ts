/** What a circuit's conductors carry for given sums of EVSE current per channel. */
import type { CircuitLimit, Conductor, PerChannel, Supply } from '../../solver/index.js';

export interface ConductorLoad {
  readonly conductor: Conductor;
  readonly unit: 'A' | 'W';
  readonly load: number;
  readonly limit: number;
}

const PAIRS = ['AB', 'BC', 'CA'] as const;
const PHASES = ['L1', 'L2', 'L3'] as const;
const LINES = ['line a', 'line b', 'line c'] as const;
const PRIMARIES = ['primary A', 'primary B', 'primary C'] as const;

/**
 * Loads of one limit, EVSEs plus uncontrolled base, by the formulas at `CircuitLimit`.
 * `sumA` is per channel: phases on wye, line pairs on delta; never negative.
 */
export function conductorLoads(
  limit: CircuitLimit,
  sumA: PerChannel<number>,
  baseA: PerChannel<number>,
): readonly ConductorLoad[] {
  switch (limit.kind) {
    case 'wye':
      return three(PHASES, sumA, baseA, limit.limitA);
    case 'pair-sum': {
      const load = sumA[limit.pair] + baseA[limit.pair];
      return [{ conductor: PAIRS[limit.pair], unit: 'A', load, limit: limit.limitA }];
    }
    case 'line':
      return three(LINES, lineCurrents(sumA), baseA, limit.limitA);
    case 'delta-primary':
      return three(PRIMARIES, primaryCurrents(sumA, limit.turnsRatio), baseA, limit.limitA);
    case 'power': {
      const totalA = total(sumA) + total(baseA);
      const load = totalA * limit.voltageV;
      return [{ conductor: 'total power', unit: 'W', load, limit: limit.limitW }];
    }
  }
}

/** The kinds of limit that a supply has. */
export function limitFits(kind: CircuitLimit['kind'], supply: Supply): boolean {
  if (kind === 'power') return true;
  return supply === 'wye' ? kind === 'wye' : kind !== 'wye';
}

function three(
  names: PerChannel<Conductor>,
  load: PerChannel<number>,
  base: PerChannel<number>,
  limitA: PerChannel<number>,
): ConductorLoad[] {
  return ([0, 1, 2] as const).map((i) => ({
    conductor: names[i],
    unit: 'A',
    load: load[i] + base[i],
    limit: limitA[i],
  }));
}

function lineCurrents([x, y, z]: PerChannel<number>): PerChannel<number> {
  return [
    Math.sqrt(x * x + z * z + x * z),
    Math.sqrt(x * x + y * y + x * y),
    Math.sqrt(y * y + z * z + y * z),
  ];
}

function primaryCurrents([x, y, z]: PerChannel<number>, turnsRatio: number): PerChannel<number> {
  const squares = [
    x * x + y * y + 4 * z * z - x * y + 2 * x * z + 2 * y * z,
    4 * x * x + y * y + z * z + 2 * x * y + 2 * x * z - y * z,
    x * x + 4 * y * y + z * z + 2 * x * y - x * z + 2 * y * z,
  ] as const;
  return [
    Math.sqrt(squares[0]) / turnsRatio,
    Math.sqrt(squares[1]) / turnsRatio,
    Math.sqrt(squares[2]) / turnsRatio,
  ];
}

function total([a, b, c]: PerChannel<number>): number {
  return a + b + c;
}
