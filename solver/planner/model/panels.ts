import type { PlanProblem } from '../problem.js';
import type { PlanColumns } from './columns.js';
import { addTerm, endRow, type LinearModel } from './linear-model.js';

/** What a panel leaves to its EVSEs on one phase in one slot, kW; 0 where other load takes all. */
export function panelCapacityKw(
  problem: PlanProblem,
  panelIndex: number,
  phase: number,
  slot: number,
): number {
  const panel = problem.panels[panelIndex];
  const limitW = panel?.limitW[phase] ?? 0;
  return Math.max(0, limitW - (panel?.loadW?.[phase]?.[slot] ?? 0)) / 1000;
}

/** Each panel, slot and phase: its vehicles stay within what the panel leaves to them. */
export function addPanelRows(model: LinearModel, problem: PlanProblem, columns: PlanColumns): void {
  for (const [panelIndex, members] of membersOf(problem).entries()) {
    for (let slot = 0; slot < problem.slotSec.length; slot += 1) {
      for (let phase = 0; phase < problem.phaseCount; phase += 1) {
        for (const index of members) {
          const it = problem.sessions[index];
          if (it === undefined || slot < it.firstSlot || slot >= it.endSlot) continue;
          if (!it.phases.includes(phase)) continue;
          const column = (columns.session[index] as number) + slot - it.firstSlot;
          addTerm(model, column, 1 / it.phases.length);
        }
        endRow(model, -Infinity, panelCapacityKw(problem, panelIndex, phase, slot));
      }
    }
  }
}

function membersOf(problem: PlanProblem): readonly (readonly number[])[] {
  const members = problem.panels.map((): number[] => []);
  for (const [index, it] of problem.sessions.entries()) members[it.panelIndex]?.push(index);
  return members;
}
