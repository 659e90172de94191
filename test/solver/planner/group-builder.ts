/** Circuits above the panels of a planning problem, and floors of its sessions, by chance. */
import type { Random } from '../../../simulator/random.js';
import type { PlanCut, PlanGroup, PlanProblem } from '../../../solver/index.js';

/** Points of a quarter of the plane where the tangents of a delta's round limits touch. */
const TANGENTS = 8;

/** Pairs of channels (AB, BC, CA) that share a line. */
const LINES = [
  [0, 2],
  [0, 1],
  [1, 2],
] as const;

/**
 * The panels halved and halved again: a group for each half, now and then two over the same panels.
 * Limits move with the slots, down to nothing.
 */
export function withGroups(problem: PlanProblem, random: Random): PlanProblem {
  const groups: PlanGroup[] = [];
  const visit = (panelIndices: readonly number[]): void => {
    if (panelIndices.length === 0) return;
    if (random() < 0.8) groups.push(groupOf(problem, panelIndices, random, groups.length));
    if (random() < 0.15) groups.push(groupOf(problem, panelIndices, random, groups.length));
    if (panelIndices.length === 1) return;
    const middle = 1 + Math.floor(random() * (panelIndices.length - 1));
    visit(panelIndices.slice(0, middle));
    visit(panelIndices.slice(middle));
  };
  visit(problem.panels.map((_, index) => index));
  return { ...problem, groups: groups.toSorted(() => random() - 0.5) };
}

function groupOf(
  problem: PlanProblem,
  panelIndices: readonly number[],
  random: Random,
  index: number,
): PlanGroup {
  const below = problem.sessions.filter((it) => panelIndices.includes(it.panelIndex));
  const mostW = below.reduce((sum, it) => sum + it.powerMaxW, 1000) / problem.phaseCount;
  const limitW = mostW * (0.1 + 0.9 * random());
  const bySlot = (): number[] => problem.slotSec.map(() => limitOf(limitW, random));
  const isDelta = problem.phaseCount === 3 && random() < 0.4;
  const cuts = isDelta ? deltaCuts(bySlot()) : wyeCuts(problem.phaseCount, bySlot);
  return { id: `g${index}`, panelIndices, cuts };
}

function limitOf(limitW: number, random: Random): number {
  const chance = random();
  return chance < 0.03 ? 0 : limitW * (chance < 0.1 ? 0.01 : 0.5 + random());
}

function wyeCuts(phaseCount: 1 | 3, bySlot: () => number[]): PlanCut[] {
  return Array.from({ length: phaseCount }, (_, phase) => ({
    weights: Array.from({ length: phaseCount }, (_, at) => (at === phase ? 1 : 0)),
    limitW: bySlot(),
  }));
}

/** x^2 + z^2 + x z <= limit^2 for the channels of each line, by tangents from outside. */
function deltaCuts(limitW: readonly number[]): PlanCut[] {
  return LINES.flatMap(([one, other]) =>
    Array.from({ length: TANGENTS }, (_, at) => {
      const angle = (Math.PI / 2) * (at / (TANGENTS - 1));
      const size = Math.sqrt(1 + Math.sin(angle) * Math.cos(angle));
      const x = Math.cos(angle) / size;
      const z = Math.sin(angle) / size;
      const weights = [0, 0, 0];
      weights[one] = x + z / 2;
      weights[other] = z + x / 2;
      return { weights, limitW };
    }),
  );
}

/** Some sessions are to have a part of what they want, whatever it costs. */
export function withFloors(problem: PlanProblem, random: Random, fraction: number): PlanProblem {
  return {
    ...problem,
    sessions: problem.sessions.map((it) => {
      if (random() < 0.5) return it;
      const most = 1 - fraction * random();
      return { ...it, unmetMaxWh: it.energyWh * most };
    }),
  };
}
