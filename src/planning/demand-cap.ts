/**
 * A demand charge holds against everybody, also against who follows no target: while a plan is fresh,
 * what it imports (and at least the peak that is paid already) is a limit of the goals. Dear energy is held
 * back in the same way, without a demand charge from those that are planned alone. An owner's wish and
 * no guarantee: the ledger does not know of it. Pure.
 */
import {
  type Circuit,
  type CircuitLimit,
  type EvseId,
  type Plan,
  powerBaseA,
  type SiteProblem,
  watts,
} from '../../solver/index.js';
import type { BuiltPlan } from './build-problem.js';
import { type DemandInterval, demandInterval, withinInterval } from './demand-interval.js';
import { HANDOVER_MS } from './plan-times.js';
import { rootOf } from '../sites/tiers.js';
import { powerOf } from './site-history.js';
import type { DemandCapStep, SitePlan } from './site-plan.js';
import type { Slot } from './slots.js';

/** Less is rounding of the solver. */
const POWER_MIN_W = 100;
/** Of the most room that vehicles ever have: here one may charge where none would ever have its minimum. */
const ROOMY_FRACTION = 0.5;

/** What vehicles may draw in each slot; empty where no peak costs anything, and energy always the same. */
export function demandCapOf(built: BuiltPlan, plan: Plan): readonly DemandCapStep[] {
  const { problem, slots, differs } = built;
  const { connection } = problem;
  const isPeakPaid = connection.demandChargePerKw > 0;
  if (!isPeakPaid && !differs) return [];
  const interval = demandInterval(built.input);
  const billedW = Math.max(connection.peakSoFarW, ...plan.importW);
  const parts = slots.flatMap((it, slot): readonly Part[] => partsOf(it, slot, interval));
  const at = parts.map(({ slot, isWithin }) => {
    const usedPvW = (connection.pvW[slot] ?? 0) - (plan.curtailedW[slot] ?? 0);
    const netW = (connection.loadW[slot] ?? 0) - usedPvW;
    const storageW = (plan.chargeW[slot] ?? 0) - (plan.dischargeW[slot] ?? 0);
    const importW = plan.importW[slot] ?? 0;
    const soonW = slot === 0 ? leavingW(built, plan) : 0;
    // Who said nothing charges at any price: the plan only counts on it.
    const freeW = isPeakPaid ? 0 : assumedW(built, plan, slot);
    const leftOf = (capW: number): number => Math.max(0, capW - netW - storageW) + soonW;
    const allowedW = (levelW: number): number =>
      interval !== undefined && isWithin ? withinInterval(interval, levelW, billedW) : levelW;
    return {
      otherW: Math.ceil(Math.max(0, netW) + Math.max(0, storageW)),
      peakW: leftOf(allowedW(Math.max(connection.peakSoFarW, importW))),
      plannedW: Math.max(0, leftOf(allowedW(importW)) - freeW),
    };
  });
  const vehiclesW = withMinimum(
    built,
    at.map((it) => it.peakW),
  );
  const plannedW = withMinimum(
    built,
    at.map((it) => it.plannedW),
  );
  const steps = parts.map(({ fromMs }, index) => ({
    fromMs,
    otherW: at[index]?.otherW ?? 0,
    ...(isPeakPaid ? { vehiclesW: vehiclesW[index] ?? 0 } : {}),
    ...(differs ? { plannedW: plannedW[index] } : {}),
  }));
  return steps.filter(({ fromMs }, index) => fromMs < (steps[index + 1]?.fromMs ?? Infinity));
}

/** Of a slot, while the running interval lasts, or after it. */
interface Part {
  readonly slot: number;
  readonly fromMs: number;
  readonly isWithin: boolean;
}

/** The first slot holds until the next plan has had its time to come; its interval ends by the clock. */
function partsOf(
  { startMs, endMs }: Slot,
  slot: number,
  interval: DemandInterval | undefined,
): readonly Part[] {
  const fromMs = startMs + (slot === 1 ? HANDOVER_MS : 0);
  const untilMs = endMs + (slot === 0 ? HANDOVER_MS : 0);
  const endsAtMs = interval?.endsAtMs ?? fromMs;
  const rest = { slot, fromMs: Math.max(fromMs, endsAtMs), isWithin: false };
  if (fromMs >= endsAtMs) return [rest];
  const first = { slot, fromMs, isWithin: true };
  return untilMs > endsAtMs ? [first, rest] : [first];
}

/** What those draw of which nothing is known. */
function assumedW({ problem, needs }: BuiltPlan, plan: Plan, slot: number): number {
  return needs.reduce((sum, { source }, index) => {
    const { firstSlot = 0 } = problem.sessions[index] ?? {};
    return source === 'assumed' ? sum + (plan.sessionW[index]?.[slot - firstSlot] ?? 0) : sum;
  }, 0);
}

/** Nobody charges below its minimum: where no slot has room for one, the best of them make it. */
function withMinimum({ needs }: BuiltPlan, powersW: readonly number[]): readonly number[] {
  const roomiestW = Math.max(...powersW);
  const minW = Math.max(0, ...needs.map((it) => it.minW));
  const isTight = roomiestW >= POWER_MIN_W && roomiestW < minW;
  return powersW.map((powerW) =>
    Math.ceil(isTight && powerW >= ROOMY_FRACTION * roomiestW ? minW : powerW),
  );
}

/**
 * The first slot is planned as a mean of its length. Who leaves within it draws more until then and nothing
 * after, and a peak is a mean as well: by so much the cap is higher.
 */
function leavingW({ problem, slots, needs }: BuiltPlan, plan: Plan): number {
  const [first] = slots;
  if (first === undefined) return 0;
  return needs.reduce((sum, { departureAtMs }, index) => {
    const isLeaving = departureAtMs > first.startMs && departureAtMs < first.endMs;
    if (!isLeaving || problem.sessions[index]?.firstSlot !== 0) return sum;
    const stayFraction = (departureAtMs - first.startMs) / (first.endMs - first.startMs);
    return sum + (plan.sessionW[index]?.[0] ?? 0) * (1 / stayFraction - 1);
  }, 0);
}

/** The step of a plan that holds now; undefined: nothing is held back, or the plan is too old. */
export function demandCapNow(plan: SitePlan | undefined, nowMs: number): DemandCapStep | undefined {
  if (plan === undefined || nowMs >= plan.staleAtMs) return undefined;
  return plan.demandCap?.findLast(({ fromMs }) => fromMs <= nowMs);
}

/**
 * The problem of the allocator with the cap at its root. Other load above what the plan counted on
 * leaves less to vehicles; what is kept back for an EVSE and not drawn is no import.
 */
export function withinDemandCap(
  problem: SiteProblem,
  plan: SitePlan | undefined,
  nowMs: number,
): SiteProblem {
  const cap = demandCapNow(plan, nowMs);
  const root = rootOf(problem.circuits);
  if (cap === undefined || root === undefined) return problem;
  const { supply, voltageLineToNeutralV, voltageLineToLineV } = problem;
  const voltageV = supply === 'wye' ? voltageLineToNeutralV : voltageLineToLineV;
  const countedW = powerBaseA(root) * voltageV;
  const unforeseenW = Math.max(0, powerOf(problem, root.baseLoadA) - cap.otherW);
  const uncountedW = problem.evses.reduce((sum, it) => sum + uncountedA(it) * voltageV, 0);
  const { plannedW = Number.POSITIVE_INFINITY, vehiclesW = Number.POSITIVE_INFINITY } = cap;
  const peakW = Math.max(0, vehiclesW - unforeseenW);
  const isPriceAlone = cap.vehiclesW === undefined;
  const freeW = isPriceAlone
    ? problem.evses.reduce((sum, it) => sum + unplannedA(it) * voltageV, 0)
    : 0;
  const limit: CircuitLimit = {
    kind: 'power',
    limitW: watts(Math.min(peakW, plannedW) + freeW + countedW + uncountedW),
    voltageV,
    source: { kind: plannedW < peakW ? 'price' : 'demand-charge' },
  };
  const capped = (it: Circuit): Circuit =>
    it === root ? { ...it, limits: [...it.limits, limit] } : it;
  return { ...problem, circuits: problem.circuits.map(capped) };
}

/**
 * The cap where so much more is kept back for EVSEs and not drawn, A on each channel: no import either.
 */
export function besideUndrawn(
  problem: SiteProblem,
  undrawnA: ReadonlyMap<EvseId, number>,
): SiteProblem {
  const sumA = problem.evses.reduce(
    (sum, { id, channels }) => sum + (undrawnA.get(id) ?? 0) * countOf(channels),
    0,
  );
  if (sumA === 0) return problem;
  const raised = (it: CircuitLimit): CircuitLimit =>
    it.kind === 'power' && (it.source.kind === 'price' || it.source.kind === 'demand-charge')
      ? { ...it, limitW: watts(it.limitW + sumA * it.voltageV) }
      : it;
  const circuits = problem.circuits.map((it) => ({ ...it, limits: it.limits.map(raised) }));
  return { ...problem, circuits };
}

/** The most that one takes of which the plan says nothing, on all channels together, A. */
function unplannedA({ claim, currentMaxA, channels }: SiteProblem['evses'][number]): number {
  if (claim === undefined || (claim.targetA !== undefined && claim.targetIsMax !== true)) return 0;
  // Room of one that wants nothing would go to those that are held back.
  if (claim.satisfied || claim.need?.energyWh === 0) return 0;
  return Math.min(claim.currentMaxA, currentMaxA, claim.targetA ?? currentMaxA) * countOf(channels);
}

const countOf = (channels: readonly boolean[]): number => channels.filter(Boolean).length;

/** What the allocator counts on all channels together and nobody draws, A. */
function uncountedA({ claim, reservedA, channels }: SiteProblem['evses'][number]): number {
  if (claim === undefined) return reservedA * countOf(channels);
  const { usedChannels, targetA = 0 } = claim;
  if (usedChannels === undefined) return 0;
  const used = channels.filter((isLoaded, at) => isLoaded && usedChannels[at]);
  return targetA * (countOf(channels) - used.length);
}
