import type { PlanGroup, PlanProblem } from '../problem.js';
import type { PlanColumns } from './columns.js';
import { addTerm, endRow, type LinearModel } from './linear-model.js';

export const groupsOf = ({ groups }: PlanProblem): readonly PlanGroup[] => groups ?? [];

/** Each group and slot: the sums of its vehicles per phase, and the cuts that bound them. */
export function addGroupRows(model: LinearModel, problem: PlanProblem, columns: PlanColumns): void {
  const { slotSec, phaseCount } = problem;
  for (const [index, group] of groupsOf(problem).entries()) {
    const below = new Set(group.panelIndices);
    const members = problem.sessions.flatMap((it, at) => (below.has(it.panelIndex) ? [at] : []));
    for (let slot = 0; slot < slotSec.length; slot += 1) {
      const sums = columns.group + (index * slotSec.length + slot) * phaseCount;
      addSumRows(model, problem, columns, { members, slot, sums });
      for (const { weights, limitW } of group.cuts) {
        for (const [phase, weight] of weights.entries()) {
          if (weight !== 0) addTerm(model, sums + phase, weight);
        }
        endRow(model, -Infinity, (limitW[slot] as number) / 1000);
      }
    }
  }
}

interface GroupSlot {
  readonly members: readonly number[];
  readonly slot: number;
  /** First column of the sums. */
  readonly sums: number;
}

function addSumRows(
  model: LinearModel,
  problem: PlanProblem,
  columns: PlanColumns,
  { members, slot, sums }: GroupSlot,
): void {
  for (let phase = 0; phase < problem.phaseCount; phase += 1) {
    for (const at of members) {
      const it = problem.sessions[at];
      if (it === undefined || slot < it.firstSlot || slot >= it.endSlot) continue;
      if (!it.phases.includes(phase)) continue;
      const column = (columns.session[at] as number) + slot - it.firstSlot;
      addTerm(model, column, 1 / it.phases.length);
    }
    addTerm(model, sums + phase, -1);
    endRow(model, 0, 0);
  }
}
