/**
 * Line currents of delta sites for linear programs. A line carries the most that any corner of what its
 * pairs may draw adds up to: a norm of a sum, which lies above each of its tangents.
 */
import type { SiteProblem } from '../../solver/index.js';
import type { Row } from './lexicographic-lp.js';
import type { Rising } from './slow-filling.js';

type Uses = readonly (0 | 1)[];

/** One line of one circuit. */
export interface PhasorRow {
  /** What one ampere of each pair is in this line, as a complex number. */
  readonly phasors: readonly (readonly [re: number, im: number])[];
  /** Per pair: the EVSEs below the circuit that load it. */
  readonly uses: readonly Uses[];
  readonly reservedA: readonly number[];
  readonly capacityA: number;
}

/** A line counts as overloaded above this, A. */
const EXCESS_A = 1e-7;

/** Of the voltages between a, b and c, which currents at unity power factor follow. */
const PAIR_ANGLES = [Math.PI / 6, -Math.PI / 2, (5 * Math.PI) / 6];
/** What AB draws flows on a and back on b, and so on. */
const SECONDARY = [
  [1, 0, -1],
  [-1, 1, 0],
  [0, -1, 1],
];
/** What each pair draws through the lines ahead of a delta-wye transformer of turns ratio 1. */
const PRIMARY = [
  [1, 1, -2],
  [-2, 1, 1],
  [1, -2, 1],
];

export function phasorRows(problem: SiteProblem, rising: Rising): PhasorRow[] {
  return problem.circuits.flatMap((circuit) =>
    circuit.limits.flatMap((limit): PhasorRow[] => {
      if (limit.kind !== 'line' && limit.kind !== 'delta-primary') return [];
      const shares = limit.kind === 'line' ? SECONDARY : PRIMARY;
      const ratio = limit.kind === 'line' ? 1 : limit.turnsRatio;
      const uses = usesOf(problem, circuit.id);
      return shares.map((ofLine, line) => {
        const phasors = ofLine.map((share, pair) => {
          const angle = PAIR_ANGLES[pair] ?? Number.NaN;
          return [(share / ratio) * Math.cos(angle), (share / ratio) * Math.sin(angle)] as const;
        });
        const freeA = (limit.limitA[line] ?? 0) - (circuit.baseLoadA[line] ?? 0);
        const row = { phasors, uses, reservedA: rising.reservedA };
        // As with linear limits: what is there at the start may be above it, and no more than that.
        const startA = worstCorner(row, sumsOf(row, rising.lowA)).loadA;
        return { ...row, capacityA: Math.max(0, freeA, startA) };
      });
    }),
  );
}

/** Per channel: 1 for the EVSEs below the circuit that load it. */
export function usesOf(problem: SiteProblem, circuit: string): readonly [Uses, Uses, Uses] {
  const parents = new Map(problem.circuits.map((it) => [it.id, it.parentId]));
  const below = problem.evses.map((evse) => {
    let here: (typeof evse)['circuitId'] | undefined = evse.circuitId;
    while (here !== undefined && here !== circuit) here = parents.get(here);
    return here !== undefined;
  });
  const uses = (channel: 0 | 1 | 2): Uses =>
    problem.evses.map((evse, at) => (below[at] === true && evse.channels[channel] ? 1 : 0));
  return [uses(0), uses(1), uses(2)];
}

/** The tangent at the line's worst corner; undefined where the line is not overloaded. */
export function tangentAt(row: PhasorRow, currentA: readonly number[]): Row | undefined {
  const { corner, loadA, re, im } = worstCorner(row, sumsOf(row, currentA));
  if (loadA <= row.capacityA + EXCESS_A) return undefined;
  const perAmp = row.phasors.map(([x, y], pair) =>
    (corner >> pair) % 2 === 1 ? (x * re + y * im) / loadA : 0,
  );
  const coefficients = row.reservedA.map((_, at) =>
    perAmp.reduce((sum, a, pair) => sum + a * (row.uses[pair]?.[at] ?? 0), 0),
  );
  const reservedA = coefficients.reduce((sum, a, at) => sum + a * (row.reservedA[at] ?? 0), 0);
  return {
    terms: coefficients.flatMap((a, at) => (a === 0 ? [] : [[at, a] as const])),
    lower: -Infinity,
    upper: row.capacityA - reservedA,
  };
}

function sumsOf(row: Pick<PhasorRow, 'uses' | 'reservedA'>, currentA: readonly number[]): number[] {
  return row.uses.map((uses) =>
    uses.reduce<number>(
      (sum, use, at) => sum + use * ((currentA[at] ?? Number.NaN) + (row.reservedA[at] ?? 0)),
      0,
    ),
  );
}

/** Of all that the pairs may draw from nothing to their sums the corner at which the line carries most. */
function worstCorner({ phasors }: Pick<PhasorRow, 'phasors'>, sumsA: readonly number[]) {
  let worst = { corner: 0, loadA: 0, re: 0, im: 0 };
  for (let corner = 1; corner < 8; corner += 1) {
    let re = 0;
    let im = 0;
    for (const [pair, [x, y]] of phasors.entries()) {
      if ((corner >> pair) % 2 === 0) continue;
      re += x * (sumsA[pair] ?? Number.NaN);
      im += y * (sumsA[pair] ?? Number.NaN);
    }
    const loadA = Math.hypot(re, im);
    if (loadA > worst.loadA) worst = { corner, loadA, re, im };
  }
  return worst;
}
