/**
 * What a site would get with other limits, other prices or more vehicles: the same plan twice, as it is
 * and as it would be. Nothing is told to anybody. Pure but for who solves.
 */
import { type FairShare, type Plan, type PlanProblem, watts } from '../../solver/index.js';
import { type PriceType, priceSignal, type ToldPrices } from '../signals/prices.js';
import type { Signal } from '../signals/signal.js';
import type { Site } from '../sites/site.js';
import { type BindingLimit, bindingLimits } from './binding-limits.js';
import { type BuiltPlan, buildAnyPlan } from './build-problem.js';
import type { PlanInput, PlannedVisit } from './plan-input.js';
import { siteCostMicros } from './read-plan.js';
import type { SolvedPlan, SolverChoice } from './solve.js';

export interface WhatIf {
  /** The owner's limit; null: the ratings alone. */
  readonly importLimitW?: number | null;
  /** Every rating of these circuits times this. */
  readonly ratings?: readonly { readonly circuitId: string; readonly factor: number }[];
  readonly prices?: Readonly<Partial<Record<PriceType, ToldPrices>>>;
  readonly demandCharge?: Site['settings']['demandCharge'];
  /** Of those that are there; `all`: every one. */
  readonly withoutSessions?: readonly string[] | 'all';
  /** Besides those that are there. */
  readonly visits?: readonly PlannedVisit[];
}

export interface Outcome {
  readonly vehicles: number;
  /** Those that get all that they want, but for rounding. */
  readonly vehiclesServed: number;
  readonly wantedWh: number;
  readonly servedWh: number;
  readonly unmetWh: number;
  readonly peakW: number;
  /** Longest first. */
  readonly boundBy: readonly BindingLimit[];
  readonly currency: string | undefined;
  /** Absent: no prices are known. */
  readonly costMicros: number | undefined;
  /** Of `peakW`, for the whole billing month; absent: there is no demand charge. */
  readonly demandCostMicros: number | undefined;
  readonly horizonEndsAtMs: number;
}

/** Of what one wants, what rounding of the solver may leave. */
const SERVED_FRACTION = 0.99;
const MICROS_PER_KILO = 1000;

/** Undefined: no plan passed the check. */
export async function outcomeOf(
  input: PlanInput,
  solve: (problem: PlanProblem, fair?: FairShare) => Promise<SolvedPlan | undefined>,
): Promise<Outcome | undefined> {
  const built = buildAnyPlan(input);
  const solved = await solve(built.problem, built.fair);
  return solved === undefined ? undefined : outcome(built, solved.plan);
}

/** A site without plans is asked about all the same. */
export function solverOfQuestions({ settings: { solver = 'auto' } }: Site): SolverChoice {
  return solver === 'off' ? 'auto' : solver;
}

export function changedInput(input: PlanInput, change: WhatIf): PlanInput {
  const { state, nowMs } = input;
  const { importLimitW, withoutSessions = [], visits = [] } = change;
  const { importLimitW: _, ...rest } = state.site;
  const limit = importLimitW === undefined ? state.site.importLimitW : (importLimitW ?? undefined);
  const { demandCharge = state.site.settings.demandCharge } = change;
  const site: Site = {
    ...rest,
    ...(limit === undefined ? {} : { importLimitW: watts(limit) }),
    circuits: state.site.circuits.map((circuit) => {
      const factor = change.ratings?.find((it) => it.circuitId === circuit.id)?.factor ?? 1;
      return { ...circuit, limits: circuit.limits.map((it) => scaled(it, factor)) };
    }),
    settings: { ...state.site.settings, ...(demandCharge === undefined ? {} : { demandCharge }) },
  };
  return {
    ...input,
    state: { ...state, site, signals: withTold(state.signals, site, change, nowMs) },
    without: new Set(withoutSessions === 'all' ? state.sessions.keys() : withoutSessions),
    visits,
  };
}

type Limit = Site['circuits'][number]['limits'][number];

function scaled(limit: Limit, factor: number): Limit {
  if (limit.kind === 'power') return { ...limit, limitW: watts(limit.limitW * factor) };
  if (limit.kind === 'pair-sum') return { ...limit, limitA: (limit.limitA * factor) as never };
  return { ...limit, limitA: limit.limitA.map((it) => it * factor) as never };
}

/** Told prices take the place of all that is known. */
function withTold(
  signals: PlanInput['state']['signals'],
  site: Site,
  { prices = {} }: WhatIf,
  nowMs: number,
): PlanInput['state']['signals'] {
  const kept = [...signals].filter(([, it]) => prices[it.type as PriceType] === undefined);
  const told = (['price', 'export-price'] as const).flatMap((type) => {
    const series = prices[type];
    return series === undefined
      ? []
      : [priceSignal(site, type, series, { nowMs, afterSequence: 0 })];
  });
  return new Map<Signal['id'], Signal>([...kept, ...told.map((it) => [it.id, it] as const)]);
}

function outcome(built: BuiltPlan, plan: Plan): Outcome {
  const { problem, slots, needs, input } = built;
  const given = problem.sessions.map((session, index) => {
    const wantedWh = needs[index]?.energyWh ?? session.energyWh;
    const servedWh = (plan.sessionW[index] ?? new Float64Array()).reduce(
      (sum, powerW, at) =>
        sum + Math.max(0, powerW) * ((problem.slotSec[session.firstSlot + at] ?? 0) / 3600),
      0,
    );
    return { wantedWh, servedWh: Math.min(wantedWh, servedWh) };
  });
  const wantedWh = given.reduce((sum, it) => sum + it.wantedWh, 0);
  const servedWh = given.reduce((sum, it) => sum + it.servedWh, 0);
  const peakW = Math.round(Math.max(input.peakSoFarW, ...plan.importW));
  const { demandChargePerKw } = problem.connection;
  const rootId = input.state.site.circuits.find((it) => it.parentId === undefined)?.id ?? '';
  return {
    vehicles: given.length,
    vehiclesServed: given.filter((it) => it.servedWh >= SERVED_FRACTION * it.wantedWh).length,
    wantedWh: Math.round(wantedWh),
    servedWh: Math.round(servedWh),
    unmetWh: Math.round(wantedWh - servedWh),
    peakW,
    boundBy: bindingLimits(problem, plan, rootId),
    currency: built.currency,
    costMicros: siteCostMicros(built, plan),
    demandCostMicros:
      demandChargePerKw > 0 ? Math.round(peakW * demandChargePerKw * MICROS_PER_KILO) : undefined,
    horizonEndsAtMs: slots.at(-1)?.endMs ?? input.nowMs,
  };
}
