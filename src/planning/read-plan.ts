/** What the solver answered, as the engine and people read it. Pure. */
import { type Plan, pilotAtLeast } from '../../solver/index.js';
import type { BuiltPlan } from './build-problem.js';
import { demandCapOf } from './demand-cap.js';
import type { PlannedNeed } from './needs.js';
import { meanSteps } from './mean-steps.js';
import type { SessionPlan, SitePlan } from './site-plan.js';
import { splitStorage } from './storage-plan.js';

/** The next plan comes after five minutes; two may be missed. */
export const PLAN_KEPT_MS = 900_000;
/** A need counts as met although so much of it is missing: rounding of the solver. */
const UNMET_MAX_FRACTION = 0.02;
const UNMET_MAX_WH = 100;
/** A vehicle counts as finished where no more than this comes later: the solver's own tolerance. */
const REST_MAX_FRACTION = 0.005;
const MICROS = 1_000_000;

export function readPlan(built: BuiltPlan, plan: Plan, engine: SitePlan['engine']): SitePlan {
  const { input, slots, currency } = built;
  const costMicros = siteCostMicros(built, plan);
  const demandCap = demandCapOf(built, plan);
  return {
    madeAtMs: input.nowMs,
    staleAtMs: input.nowMs + PLAN_KEPT_MS,
    engine,
    currency,
    costMicros,
    horizonEndsAtMs: slots.at(-1)?.endMs ?? input.nowMs,
    peakW: Math.round(Math.max(...plan.importW)),
    demandCap,
    sessions: built.needs.flatMap((need, index): SessionPlan[] =>
      need.source === 'assumed' && built.problem.connection.demandChargePerKw <= 0
        ? []
        : [sessionPlan(built, need, plan, index)],
    ),
    storage: splitStorage(input, slots, plan),
  };
}

function sessionPlan(built: BuiltPlan, need: PlannedNeed, plan: Plan, index: number): SessionPlan {
  const { slots, problem, importPerKwh } = built;
  const { firstSlot, endSlot, energyWh: feasibleWh } = problem.sessions[index] ?? NO_WINDOW;
  const powerW = [...(plan.sessionW[index] ?? [])].map((it) => Math.max(0, it));
  const own = slots.slice(firstSlot, endSlot);
  const hours = own.map(({ startMs, endMs }) => (endMs - startMs) / 3_600_000);
  const plannedWh = powerW.reduce((sum, it, at) => sum + it * (hours[at] ?? 0), 0);
  const unmetWh = need.energyWh - plannedWh;
  const isMet = unmetWh <= Math.max(UNMET_MAX_WH, UNMET_MAX_FRACTION * feasibleWh);
  // Beside a demand charge what the peak leaves may be had. Who said nothing is never held back alone.
  const isPeakPaid = problem.connection.demandChargePerKw > 0;
  const isMax = built.differs && !isPeakPaid && isMet && need.source !== 'assumed';
  const cost = powerW.reduce(
    (sum, it, at) => sum + (it / 1000) * (hours[at] ?? 0) * (importPerKwh?.[firstSlot + at] ?? 0),
    0,
  );
  const lastSlot = lastSlotOf(powerW, hours, REST_MAX_FRACTION * plannedWh);
  const ends = own[lastSlot];
  return {
    sessionId: need.session.id,
    evseId: need.evse.id,
    need: {
      source: need.source,
      energyWh: Math.round(need.energyWh),
      departureAtMs: need.departureAtMs,
    },
    steps: stepsOf(built, need, powerW, endSlot),
    targetIsMax: isMax,
    plannedWh: Math.round(plannedWh),
    finishedAtMs:
      ends === undefined ? undefined : finishMs(ends, (powerW[lastSlot] ?? 0) / need.powerMaxW),
    costMicros: importPerKwh === undefined ? undefined : Math.round(cost * MICROS),
  };
}

/** The slot after which no more than `restWh` comes; -1 where nothing comes at all. */
function lastSlotOf(powerW: readonly number[], hours: readonly number[], restWh: number): number {
  let laterWh = 0;
  return powerW.findLastIndex((it, at) => {
    laterWh += it * (hours[at] ?? 0);
    return laterWh > restWh;
  });
}

const NO_WINDOW = { firstSlot: 0, endSlot: 0, energyWh: 0 };

/** The last slot may be filled only in part, and then from its start. */
function finishMs(
  slot: { readonly startMs: number; readonly endMs: number },
  fraction: number,
): number {
  return Math.round(slot.startMs + Math.min(1, fraction) * (slot.endMs - slot.startMs));
}

/**
 * Targets are left to the allocator's rounding, which knows who else wants current. After its time in the
 * plan nothing holds a vehicle back: what is still missing is to be had fast.
 */
function stepsOf(
  { slots, voltageV }: BuiltPlan,
  { evse, powerMaxW }: PlannedNeed,
  powerW: readonly number[],
  endSlot: number,
): SessionPlan['steps'] {
  const wattsPerAmp = voltageV * evse.channels.filter(Boolean).length;
  const maxA = powerMaxW / wattsPerAmp;
  const currentA = powerW.map((it) => it / wattsPerAmp);
  const firstSlot = endSlot - powerW.length;
  const own = slots.slice(firstSlot, endSlot);
  const { pilots, claim } = evse;
  const steps = meanSteps(own, currentA, {
    inForceA: firstSlot === 0 ? claim.lastLimitA : 0,
    minA: pilotAtLeast(pilots, claim.currentMinA) ?? claim.currentMinA,
  });
  const startMs = slots[0]?.startMs;
  const afterMs = slots[endSlot]?.startMs;
  return [
    // Who may not charge yet competes with nobody.
    ...(firstSlot > 0 && startMs !== undefined ? [{ fromMs: startMs, targetA: 0 }] : []),
    ...steps,
    ...(afterMs === undefined ? [] : [{ fromMs: afterMs, targetA: maxA }]),
  ];
}

/** Of all import over the horizon, less what export earns; undefined: no prices are known. */
export function siteCostMicros(
  { slots, importPerKwh, problem }: BuiltPlan,
  plan: Plan,
): number | undefined {
  if (importPerKwh === undefined) return undefined;
  const { exportPricePerKwh } = problem.connection;
  const cost = slots.reduce((sum, { startMs, endMs }, slot) => {
    const hours = (endMs - startMs) / 3_600_000;
    const imported = ((plan.importW[slot] ?? 0) / 1000) * (importPerKwh[slot] ?? 0);
    const exported = ((plan.exportW[slot] ?? 0) / 1000) * (exportPricePerKwh[slot] ?? 0);
    return sum + hours * (imported - exported);
  }, 0);
  return Math.round(cost * MICROS);
}
