/**
 * Which conductors a rating bounds and what they carry, from the circuit laws alone: currents of a
 * delta supply are phasors at unity power factor, and line currents are their sums and differences.
 */
import type { Rating, Triple } from './site-file.js';

/** A complex current, A. */
interface Phasor {
  readonly re: number;
  readonly im: number;
}

const at = (degrees: number): Phasor => ({
  re: Math.cos((degrees * Math.PI) / 180),
  im: Math.sin((degrees * Math.PI) / 180),
});

/** Line-to-line voltages, and with them the currents of AB, BC and CA, stand at these angles. */
const PAIR_DIRECTION: Triple<Phasor> = [at(30), at(-90), at(150)];

/** How much of AB, BC and CA each line carries: Kirchhoff's law at the three terminals. */
const LINE_WEIGHTS: Triple<Triple<number>> = [
  [1, 0, -1],
  [-1, 1, 0],
  [0, -1, 1],
];

/** A line ahead of a delta-wye transformer carries the difference of two secondary lines. */
const PRIMARY_WEIGHTS: Triple<Triple<number>> = [
  [1, 1, -2],
  [-2, 1, 1],
  [1, -2, 1],
];

const PAIR_NAMES: Triple<string> = ['AB', 'BC', 'CA'];
const PHASE_NAMES: Triple<string> = ['L1', 'L2', 'L3'];
const LINE_NAMES: Triple<string> = ['line a', 'line b', 'line c'];
const PRIMARY_NAMES: Triple<string> = ['primary A', 'primary B', 'primary C'];

/**
 * One bounded quantity: |sum of weight * current * direction| + base <= limit. `real` conductors
 * add as plain numbers. A `power` rating is such a sum in W.
 */
export interface Conductor {
  readonly name: string;
  readonly kind: 'real' | 'phasor';
  /** Of the three channels. */
  readonly weights: Triple<number>;
  /** Of the three values of the uncontrolled load. */
  readonly baseWeights: Triple<number>;
  readonly limit: number;
}

const unit = (index: number, value = 1): Triple<number> => [
  index === 0 ? value : 0,
  index === 1 ? value : 0,
  index === 2 ? value : 0,
];

const INDICES = [0, 1, 2] as const;

export function conductorsOf(rating: Rating): readonly Conductor[] {
  switch (rating.kind) {
    case 'wye':
      return INDICES.map((phase) => ({
        name: PHASE_NAMES[phase],
        kind: 'real',
        weights: unit(phase),
        baseWeights: unit(phase),
        limit: rating.limitA[phase],
      }));
    case 'pair-sum':
      return [
        {
          name: PAIR_NAMES[rating.pair],
          kind: 'real',
          weights: unit(rating.pair),
          baseWeights: unit(rating.pair),
          limit: rating.limitA,
        },
      ];
    case 'line':
      return INDICES.map((line) => ({
        name: LINE_NAMES[line],
        kind: 'phasor',
        weights: LINE_WEIGHTS[line],
        baseWeights: unit(line),
        limit: rating.limitA[line],
      }));
    case 'delta-primary':
      return INDICES.map((line) => ({
        name: PRIMARY_NAMES[line],
        kind: 'phasor',
        weights: scaled(PRIMARY_WEIGHTS[line], 1 / rating.turnsRatio),
        baseWeights: unit(line),
        limit: rating.limitA[line],
      }));
    case 'power':
      return [
        {
          name: 'total power',
          kind: 'real',
          weights: [rating.voltageV, rating.voltageV, rating.voltageV],
          baseWeights: [rating.voltageV, rating.voltageV, rating.voltageV],
          limit: rating.limitW,
        },
      ];
  }
}

const scaled = (weights: Triple<number>, factor: number): Triple<number> => [
  weights[0] * factor,
  weights[1] * factor,
  weights[2] * factor,
];

/** The two components of what a conductor carries; a real one has no second. */
export function componentsOf(conductor: Conductor): Triple<Phasor> {
  const part = (index: 0 | 1 | 2): Phasor => {
    const weight = conductor.weights[index];
    if (conductor.kind === 'real') return { re: weight, im: 0 };
    return { re: weight * PAIR_DIRECTION[index].re, im: weight * PAIR_DIRECTION[index].im };
  };
  return [part(0), part(1), part(2)];
}

/** What the conductor carries with these channel currents and this uncontrolled load. */
export function loadOf(
  conductor: Conductor,
  currentsA: Triple<number>,
  baseA: Triple<number>,
): number {
  const [a, b, c] = componentsOf(conductor);
  const [x, y, z] = currentsA;
  const managed = Math.hypot(a.re * x + b.re * y + c.re * z, a.im * x + b.im * y + c.im * z);
  const weights = conductor.baseWeights;
  return managed + weights[0] * baseA[0] + weights[1] * baseA[1] + weights[2] * baseA[2];
}
