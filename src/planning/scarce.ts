/** Whether vehicles can take all that they could at once: if so there is nothing to divide. Pure. */
import type { PlanProblem } from '../../solver/index.js';

/** Rounding. */
const TOLERANCE_W = 1;

/** True where some limit binds in some slot if every vehicle that is there charges at its maximum. */
export function isScarce(problem: PlanProblem): boolean {
  return problem.slotSec.some((_, slot) => isScarceIn(problem, slot));
}

function isScarceIn(problem: PlanProblem, slot: number): boolean {
  const { panels, groups = [], connection } = problem;
  const panelW = panelPowersW(problem, slot);
  const phases = [...Array(problem.phaseCount).keys()];
  const drawnW = phases.map((phase) => panelW.reduce((sum, it) => sum + (it[phase] ?? 0), 0));
  const isPanelFull = panels.some(({ limitW, loadW }, panel) =>
    phases.some((phase) =>
      isOver(panelW[panel]?.[phase], (limitW[phase] ?? 0) - (loadW?.[phase]?.[slot] ?? 0)),
    ),
  );
  if (isPanelFull) return true;
  for (const { panelIndices, cuts } of groups) {
    const sumW = phases.map((phase) =>
      panelIndices.reduce((sum, panel) => sum + (panelW[panel]?.[phase] ?? 0), 0),
    );
    for (const { weights, limitW } of cuts) {
      const usedW = phases.reduce((sum, it) => sum + (weights[it] ?? 0) * (sumW[it] ?? 0), 0);
      if (isOver(usedW, limitW[slot] ?? 0)) return true;
    }
  }
  const otherW = (connection.loadW[slot] ?? 0) - (connection.pvW[slot] ?? 0);
  const totalW = drawnW.reduce((sum, it) => sum + it, otherW);
  if (isOver(totalW, connection.importMaxW)) return true;
  const isPhased = phases.length === 3;
  return isPhased && drawnW.some((it) => isOver(it + otherW / 3, connection.phaseMaxW));
}

const isOver = (valueW = 0, limitW: number): boolean => valueW > limitW + TOLERANCE_W;

/** By panel and phase. */
function panelPowersW(
  { sessions, panels, phaseCount }: PlanProblem,
  slot: number,
): readonly (readonly number[])[] {
  const powersW = panels.map(() => Array.from({ length: phaseCount }, () => 0));
  for (const { panelIndex, phases, firstSlot, endSlot, powerMaxW } of sessions) {
    if (slot < firstSlot || slot >= endSlot) continue;
    const own = powersW[panelIndex] ?? [];
    for (const phase of phases) own[phase] = (own[phase] ?? 0) + powerMaxW / phases.length;
  }
  return powersW;
}
