/** Which circuits a plan uses up, and for how long. Pure. */
import type { Plan, PlanProblem } from '../../solver/index.js';

export interface BindingLimit {
  readonly circuitId: string;
  /** `order`: what the grid orders, or what is kept back from import; else the circuit's own limits. */
  readonly by: 'circuit' | 'order';
  /** Over the horizon. */
  readonly durationSec: number;
}

/** As near to a limit as the solver's answer is exact. */
const NEAR_FRACTION = 0.005;
/** Below it nothing is charged. */
const POWER_MIN_W = 50;

/** Limits at which vehicles stop, longest first. @param rootId the circuit of the grid connection */
export function bindingLimits(
  problem: PlanProblem,
  plan: Plan,
  rootId: string,
): readonly BindingLimit[] {
  const found = new Map<string, BindingLimit>();
  problem.slotSec.forEach((lengthSec, slot) => {
    const note = (circuitId: string, by: BindingLimit['by']): void => {
      const key = `${by} ${circuitId}`;
      const durationSec = (found.get(key)?.durationSec ?? 0) + lengthSec;
      found.set(key, { circuitId, by, durationSec });
    };
    const panelW = drawnByPanel(problem, plan, slot);
    if (!isAnyPlugged(problem, slot)) return;
    for (const id of fullCircuits(problem, panelW, slot)) note(id, 'circuit');
    const by = fullConnection(problem, plan, panelW, slot);
    if (by !== undefined) note(rootId, by);
  });
  return [...found.values()].toSorted(
    (a, b) => b.durationSec - a.durationSec || a.circuitId.localeCompare(b.circuitId),
  );
}

const isAnyPlugged = ({ sessions }: PlanProblem, slot: number): boolean =>
  sessions.some(({ firstSlot, endSlot }) => slot >= firstSlot && slot < endSlot);

type PanelPowers = readonly (readonly number[])[];

/** By panel and phase. */
function drawnByPanel({ sessions, panels, phaseCount }: PlanProblem, plan: Plan, slot: number) {
  const powersW = panels.map(() => Array.from({ length: phaseCount }, () => 0));
  for (const [index, { panelIndex, phases, firstSlot }] of sessions.entries()) {
    const powerW = plan.sessionW[index]?.[slot - firstSlot] ?? 0;
    const own = powersW[panelIndex] ?? [];
    for (const phase of phases) own[phase] = (own[phase] ?? 0) + powerW / phases.length;
  }
  return powersW;
}

/** Ids of panels and groups; one of which nothing is plugged in below is never full. */
function fullCircuits(
  { panels, groups = [], sessions }: PlanProblem,
  panelW: PanelPowers,
  slot: number,
): ReadonlySet<string> {
  const full = new Set<string>();
  const isUsed = panels.map((_, panel) =>
    sessions.some((it) => it.panelIndex === panel && slot >= it.firstSlot && slot < it.endSlot),
  );
  for (const [panel, { id, limitW, loadW }] of panels.entries()) {
    const isFull = limitW.some((limit, phase) =>
      isNear(panelW[panel]?.[phase] ?? 0, limit - (loadW?.[phase]?.[slot] ?? 0)),
    );
    if (isFull && isUsed[panel] === true) full.add(id);
  }
  for (const { id, panelIndices, cuts } of groups) {
    if (!panelIndices.some((panel) => isUsed[panel])) continue;
    const isFull = cuts.some(({ weights, limitW }) => {
      const usedW = panelIndices.reduce(
        (sum, panel) =>
          sum + weights.reduce((w, weight, phase) => w + weight * (panelW[panel]?.[phase] ?? 0), 0),
        0,
      );
      return isNear(usedW, limitW[slot] ?? 0);
    });
    if (isFull) full.add(id);
  }
  return full;
}

function fullConnection(
  { connection, phaseCount }: PlanProblem,
  plan: Plan,
  panelW: PanelPowers,
  slot: number,
): BindingLimit['by'] | undefined {
  const importW = plan.importW[slot] ?? 0;
  const orders = connection.orders.filter((it) => slot >= it.firstSlot && slot < it.endSlot);
  const orderW = Math.min(...orders.map((it) => it.importMaxW));
  if (orderW < connection.importMaxW && isNear(importW, orderW)) return 'order';
  if (isNear(importW, connection.importMaxW)) return 'circuit';
  if (phaseCount !== 3) return undefined;
  const vehiclesW = [0, 1, 2].map((phase) => panelW.reduce((sum, it) => sum + (it[phase] ?? 0), 0));
  const netW = importW - (plan.exportW[slot] ?? 0);
  // What is no vehicle is shared alike by the phases.
  const otherW = (netW - vehiclesW.reduce((sum, it) => sum + it, 0)) / 3;
  return vehiclesW.some((it) => isNear(it + otherW, connection.phaseMaxW)) ? 'circuit' : undefined;
}

const isNear = (usedW: number, limitW: number): boolean =>
  usedW >= limitW - Math.max(POWER_MIN_W, NEAR_FRACTION * limitW);
