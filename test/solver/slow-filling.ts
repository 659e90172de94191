/**
 * A slow reference for filling, written without the allocator's code: the level rises by bisection,
 * whoever cannot rise alone stops, until everyone has stopped. Feasibility is tried on phasors.
 */
import type { SiteProblem } from '../../solver/index.js';
import { baseOfPower } from './power-base.js';

export interface Rising {
  readonly lowA: readonly number[];
  readonly highA: readonly number[];
  /** r_i(L) = slope_i (L - zero_i). */
  readonly slope: readonly number[];
  readonly zeroSec: readonly number[];
  readonly reservedA: readonly number[];
}

const NUDGE_A = 1e-5;
const SLACK_A = 1e-8;

export function fillSlowly(problem: SiteProblem, rising: Rising): number[] {
  const carry = capacityCheck(problem, rising);
  const currentA = [...rising.lowA];
  const open = new Set(rising.lowA.keys());
  for (const index of open) {
    if (at(rising.highA, index) <= at(rising.lowA, index)) open.delete(index);
  }
  let floorSec = Math.min(...rising.zeroSec) - 1e6;
  while (open.size > 0) {
    const ceilingSec = Math.max(
      ...[...open].map(
        (index) => at(rising.zeroSec, index) + at(rising.highA, index) / at(rising.slope, index),
      ),
    );
    floorSec = Math.max(
      floorSec,
      highestLevel(rising, carry, currentA, open, floorSec, ceilingSec),
    );
    for (const index of open) currentA[index] = levelCurrent(rising, index, floorSec);
    for (const index of open)
      if (stops(rising, carry, currentA, index, floorSec)) open.delete(index);
  }
  return currentA;
}

function highestLevel(
  rising: Rising,
  carry: (currentA: readonly number[]) => boolean,
  currentA: readonly number[],
  open: ReadonlySet<number>,
  floorSec: number,
  ceilingSec: number,
): number {
  const feasibleAt = (levelSec: number): boolean =>
    carry(
      currentA.map((a, index) => (open.has(index) ? levelCurrent(rising, index, levelSec) : a)),
    );
  if (feasibleAt(ceilingSec)) return ceilingSec;
  let low = floorSec;
  let high = ceilingSec;
  for (let halving = 0; halving < 80; halving += 1) {
    const middle = (low + high) / 2;
    if (feasibleAt(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** At its maximum, or unable to rise by itself: whoever still has its minimum may rise later. */
function stops(
  rising: Rising,
  carry: (currentA: readonly number[]) => boolean,
  currentA: readonly number[],
  index: number,
  levelSec: number,
): boolean {
  const hereA = at(currentA, index);
  if (hereA >= at(rising.highA, index) - 1e-9) return true;
  if (levelSec === -Infinity) return false;
  return !carry(currentA.map((a, other) => (other === index ? hereA + NUDGE_A : a)));
}

function levelCurrent(rising: Rising, index: number, levelSec: number): number {
  const lineA = at(rising.slope, index) * (levelSec - at(rising.zeroSec, index));
  return Math.min(at(rising.highA, index), Math.max(at(rising.lowA, index), lineA));
}

/** True when no conductor carries more than its capacity, or than it does at the start. */
function capacityCheck(
  problem: SiteProblem,
  rising: Rising,
): (currentA: readonly number[]) => boolean {
  const limits = problem.circuits.map((circuit, index) => allowed(problem, circuit, index));
  const before = limits.map((list) =>
    list.map(({ loadA }) => loadA(add(rising.lowA, rising.reservedA))),
  );
  return (currentA) =>
    limits.every((list, circuit) =>
      list.every(({ loadA, capacityA }, row) => {
        const most = Math.max(0, capacityA, before[circuit]?.[row] ?? 0);
        return loadA(add(currentA, rising.reservedA)) <= most + SLACK_A;
      }),
    );
}

interface Conductor {
  readonly capacityA: number;
  readonly loadA: (currentA: readonly number[]) => number;
}

function allowed(
  problem: SiteProblem,
  circuit: SiteProblem['circuits'][number],
  circuitIndex: number,
): Conductor[] {
  const members = problem.evses.map((entry) => isBelow(problem, entry.circuitId, circuitIndex));
  const sum = (currentA: readonly number[], channel: number): number =>
    currentA.reduce((totalA, a, index) => {
      const loads = members[index] === true && problem.evses[index]?.channels[channel] === true;
      return loads ? totalA + a : totalA;
    }, 0);
  const base = circuit.baseLoadA;
  return circuit.limits.flatMap((limit): Conductor[] => {
    switch (limit.kind) {
      case 'wye':
        return [0, 1, 2].map((p) => ({
          capacityA: at(limit.limitA, p) - at(base, p),
          loadA: (currentA) => sum(currentA, p),
        }));
      case 'pair-sum':
        return [
          {
            capacityA: limit.limitA - base[limit.pair],
            loadA: (currentA) => sum(currentA, limit.pair),
          },
        ];
      case 'power':
        return [
          {
            capacityA: limit.limitW / limit.voltageV - baseOfPower(circuit),
            loadA: (currentA) => sum(currentA, 0) + sum(currentA, 1) + sum(currentA, 2),
          },
        ];
      case 'line':
      case 'delta-primary':
        return [0, 1, 2].map((l) => {
          const shares = at(limit.kind === 'line' ? SECONDARY : PRIMARY, l);
          const ratio = limit.kind === 'line' ? 1 : limit.turnsRatio;
          return {
            capacityA: at(limit.limitA, l) - at(base, l),
            loadA: (currentA) =>
              worst(shares, [sum(currentA, 0), sum(currentA, 1), sum(currentA, 2)]) / ratio,
          };
        });
    }
  });
}

const SECONDARY = [
  [1, 0, -1],
  [-1, 1, 0],
  [0, -1, 1],
];
const PRIMARY = [
  [1, 1, -2],
  [-2, 1, 1],
  [1, -2, 1],
];
const ANGLES = [Math.PI / 6, -Math.PI / 2, (5 * Math.PI) / 6];

function worst(shares: readonly number[], sums: readonly number[]): number {
  let most = 0;
  for (let corner = 1; corner < 8; corner += 1) {
    let re = 0;
    let im = 0;
    for (let pair = 0; pair < 3; pair += 1) {
      const a = (corner >> pair) % 2 === 1 ? at(shares, pair) * at(sums, pair) : 0;
      re += a * Math.cos(at(ANGLES, pair));
      im += a * Math.sin(at(ANGLES, pair));
    }
    most = Math.max(most, Math.hypot(re, im));
  }
  return most;
}

function isBelow(problem: SiteProblem, id: string, circuitIndex: number): boolean {
  const target = problem.circuits[circuitIndex]?.id;
  let here: string | undefined = id;
  while (here !== undefined) {
    if (here === target) return true;
    here = problem.circuits.find((candidate) => candidate.id === here)?.parentId;
  }
  return false;
}

function add(left: readonly number[], right: readonly number[]): number[] {
  return left.map((value, index) => value + at(right, index));
}

function at<T>(values: readonly T[], index: number): T {
  const value = values[index];
  if (value === undefined) throw new RangeError(`no entry ${index}`);
  return value;
}
