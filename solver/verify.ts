/**
 * Independent check of an allocation, from first principles. It shares no arithmetic with the
 * allocator or the electrical model: currents are complex phasors, worst corners are tried out.
 */
import type {
  Allocation,
  Circuit,
  CircuitLimit,
  Evse,
  PerChannel,
  PilotSet,
  SiteProblem,
  Violation,
} from './problem.js';

/** A conductor counts as overloaded above this excess, A. */
const EXCESS_TOLERANCE_A = 1e-6;
/** A limit counts as a pilot within this distance, A. */
const PILOT_DISTANCE_A = 1e-6;

/** Angles of the currents of AB, BC, CA at unity power factor, degrees. */
const PAIR_ANGLES_DEG = [30, -90, 150] as const;
/** How much of AB, BC, CA flows in lines a, b, c. */
const LINE_SHARES = [
  [1, 0, -1],
  [-1, 1, 0],
  [0, -1, 1],
] as const;
/** How much of AB, BC, CA flows in primaries A, B, C of a delta-wye transformer, turns ratio 1. */
const PRIMARY_SHARES = [
  [1, 1, -2],
  [-2, 1, 1],
  [1, -2, 1],
] as const;

type Sums = [number, number, number];

/**
 * What is wrong with an allocation; empty when it is complete, in order, finite, made of pilots,
 * within hardware, 0 without a claim, and feasible at every conductor. Reserved current counts as
 * load; what base load or reserved current overload by themselves, no limit may raise further.
 */
export function verifyAllocation(problem: SiteProblem, allocation: Allocation): Violation[] {
  const found = verifyOrder(problem, allocation);
  if (found.length > 0) return found;
  for (const [index, evse] of problem.evses.entries()) {
    const limitA = allocation.limits[index]?.limitA ?? Number.NaN;
    found.push(...verifyLimit(`/limits/${index}/limitA`, evse, limitA));
  }
  return found.length > 0
    ? found
    : verifyCircuits(
        problem,
        allocation.limits.map((it): number => it.limitA),
      );
}

function verifyOrder(problem: SiteProblem, allocation: Allocation): Violation[] {
  if (allocation.limits.length !== problem.evses.length) {
    const message = `${allocation.limits.length} limits for ${problem.evses.length} EVSEs`;
    return [{ rule: 'allocation-complete', field: '/limits', message }];
  }
  return problem.evses.flatMap((evse, index) => {
    const given = allocation.limits[index]?.evseId;
    if (given === evse.id) return [];
    const message = `${given} stands where ${evse.id} is expected`;
    return [{ rule: 'allocation-order', field: `/limits/${index}/evseId`, message }];
  });
}

function verifyLimit(field: string, evse: Evse, limitA: number): Violation[] {
  const broken = (rule: string, message: string): Violation[] => [{ rule, field, message }];
  if (!Number.isFinite(limitA)) return broken('limit-finite', `${limitA} is not a finite number`);
  if (limitA === 0) return [];
  if (limitA < 0) return broken('limit-positive', `${limitA} A is below 0`);
  if (evse.claim === undefined) return broken('limit-needs-claim', `${limitA} A without a claim`);
  if (limitA > evse.currentMaxA + PILOT_DISTANCE_A) {
    return broken('limit-within-hardware', `${limitA} A is above ${evse.currentMaxA} A`);
  }
  if (limitA < evse.claim.currentMinA - PILOT_DISTANCE_A) {
    return broken('limit-above-minimum', `${limitA} A is below ${evse.claim.currentMinA} A`);
  }
  if (!isAllowed(evse.pilots, limitA)) return broken('limit-is-pilot', `${limitA} A is no pilot`);
  return [];
}

function isAllowed(pilots: PilotSet, limitA: number): boolean {
  if (pilots.kind === 'set') {
    return pilots.valuesA.some((valueA) => Math.abs(valueA - limitA) <= PILOT_DISTANCE_A);
  }
  const nearestA = Math.round(limitA / pilots.stepA) * pilots.stepA;
  const onGrid = Math.abs(nearestA - limitA) <= PILOT_DISTANCE_A;
  return onGrid && limitA >= pilots.minA - PILOT_DISTANCE_A;
}

/** Circuits that these limits (A, one an EVSE) and what is reserved overload, whatever else is wrong with them. */
export function verifyCircuits(problem: SiteProblem, limits: readonly number[]): Violation[] {
  const total = sumsBelow(problem, limits);
  const reserved = sumsBelow(
    problem,
    limits.map(() => 0),
  );
  return problem.circuits.flatMap((circuit, index) =>
    circuit.limits.flatMap((limit, at) =>
      verifyConductors(
        `/circuits/${index}/limits/${at}`,
        conductorsOf(circuit, limit),
        withKept(total.get(circuit.id), circuit),
        withKept(reserved.get(circuit.id), circuit),
      ),
    ),
  );
}

/** Limits and reserved current of all EVSEs below each circuit, per channel. */
function sumsBelow(problem: SiteProblem, limitsA: readonly number[]): Map<string, Sums> {
  const parents = new Map(problem.circuits.map((circuit) => [circuit.id, circuit.parentId]));
  const sums = new Map<string, Sums>(problem.circuits.map((circuit) => [circuit.id, [0, 0, 0]]));
  for (const [index, evse] of problem.evses.entries()) {
    const drawnA = (limitsA[index] ?? Number.NaN) + evse.reservedA;
    let circuitId: Evse['circuitId'] | undefined = evse.circuitId;
    while (circuitId !== undefined) {
      const here = sums.get(circuitId);
      if (here !== undefined) {
        if (evse.channels[0]) here[0] += drawnA;
        if (evse.channels[1]) here[1] += drawnA;
        if (evse.channels[2]) here[2] += drawnA;
      }
      circuitId = parents.get(circuitId);
    }
  }
  return sums;
}

function withKept([x, y, z]: Sums = NONE, { keptA }: Circuit): Sums {
  const [a, b, c]: Readonly<Sums> = keptA ?? NONE;
  return [x + a, y + b, z + c];
}

const NONE: Sums = [0, 0, 0];

interface ConductorCheck {
  readonly name: string;
  readonly capacityA: number;
  readonly loadA: (sums: Readonly<Sums>) => number;
}

function conductorsOf(circuit: Circuit, limit: CircuitLimit): readonly ConductorCheck[] {
  const [base0, base1, base2] = circuit.baseLoadA;
  switch (limit.kind) {
    case 'wye':
      return ([0, 1, 2] as const).map((phase) => ({
        name: `L${phase + 1}`,
        capacityA: limit.limitA[phase] - circuit.baseLoadA[phase],
        loadA: (sums) => sums[phase],
      }));
    case 'pair-sum':
      return [
        {
          name: `pair ${limit.pair}`,
          capacityA: limit.limitA - circuit.baseLoadA[limit.pair],
          loadA: (sums) => sums[limit.pair],
        },
      ];
    case 'line':
      return LINE_SHARES.map((shares, line) =>
        phasorConductor(`line ${line}`, shares, 1, circuit, limit.limitA, line),
      );
    case 'delta-primary':
      return PRIMARY_SHARES.map((shares, line) =>
        phasorConductor(`primary ${line}`, shares, limit.turnsRatio, circuit, limit.limitA, line),
      );
    case 'power':
      return [
        {
          name: 'total power',
          capacityA: limit.limitW / limit.voltageV - (base0 + base1 + base2) * baseWeight(circuit),
          loadA: (sums) => sums[0] + sums[1] + sums[2],
        },
      ];
  }
}

/** Of line currents, whose voltage is that to neutral; in full where they may be currents of pairs. */
function baseWeight({ limits }: Circuit): number {
  const kinds = new Set(limits.map((it) => it.kind));
  const isOfLines = kinds.has('line') && !kinds.has('pair-sum') && !kinds.has('delta-primary');
  return isOfLines ? 1 / Math.sqrt(3) : 1;
}

function phasorConductor(
  name: string,
  shares: PerChannel<number>,
  turnsRatio: number,
  circuit: Circuit,
  limitA: PerChannel<number>,
  line: number,
): ConductorCheck {
  const capacityA = (limitA[line] ?? Number.NaN) - (circuit.baseLoadA[line] ?? Number.NaN);
  return { name, capacityA, loadA: (sums) => worstCornerA(shares, sums) / turnsRatio };
}

/** The largest line current while each pair carries anything between nothing and its sum. */
function worstCornerA(shares: PerChannel<number>, sums: Readonly<Sums>): number {
  let worstA = 0;
  for (let corner = 0; corner < 8; corner += 1) {
    let real = 0;
    let imaginary = 0;
    for (const pair of [0, 1, 2] as const) {
      if ((corner & (1 << pair)) === 0) continue;
      const angle = (PAIR_ANGLES_DEG[pair] * Math.PI) / 180;
      real += shares[pair] * sums[pair] * Math.cos(angle);
      imaginary += shares[pair] * sums[pair] * Math.sin(angle);
    }
    worstA = Math.max(worstA, Math.hypot(real, imaginary));
  }
  return worstA;
}

function verifyConductors(
  field: string,
  conductors: readonly ConductorCheck[],
  total: Readonly<Sums>,
  reserved: Readonly<Sums>,
): Violation[] {
  return conductors.flatMap(({ name, capacityA, loadA }) => {
    const carriedA = loadA(total);
    const allowedA = Math.max(0, capacityA, loadA(reserved));
    if (carriedA <= allowedA + EXCESS_TOLERANCE_A) return [];
    const message = `${name} carries ${carriedA} A of EVSEs where ${allowedA} A are available`;
    return [{ rule: 'circuit-over-capacity', field, message }];
  });
}
