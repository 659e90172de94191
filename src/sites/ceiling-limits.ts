/** Every limit of every circuit over time, with what counts against it. Pure. */
import type { Step, Tier } from '../../ledger/types.js';
import {
  type Circuit,
  type CircuitId,
  compileTree,
  type Conductor,
  type ConductorLoad,
  conductorLoads,
  type LimitSource,
} from '../../solver/index.js';
import type { SiteState } from '../control/state.js';
import { worstLoads } from './channel-loads.js';
import { liveCircuits } from './live-circuits.js';
import type { EvseStanding } from './snapshot.js';
import { policyReserve, type PolicyReserve } from './untested-policy.js';

/**
 * A limit from `fromMs` on; all values in its unit, and as it counts them. With `fromMs` alone: it
 * does not hold from then on.
 */
export interface LimitStep {
  readonly fromMs: number;
  readonly limit?: number;
  /** What vehicles may have for certain: the limit without the declared worst other load. */
  readonly guaranteed?: number;
  /** What they may have while a meter shows less other load; absent: the tier is not granted. */
  readonly metered?: number;
  /** Other load that is counted on. */
  readonly otherLoad?: number;
  /** W of all EVSEs below, and `otherLoad`. */
  readonly ceiling?: number;
}

/** One conductor of one limit. */
export interface LimitSeries {
  readonly conductor: Conductor;
  readonly unit: 'A' | 'W';
  readonly source: LimitSource;
  /** Who sent the order; on signals only. */
  readonly issuer?: string;
  /** Drawn now, other load included; absent where the limit does not hold yet. */
  readonly actual?: number;
  /** W once every lease has ended, and the declared worst other load. */
  readonly floor: number;
  readonly steps: readonly LimitStep[];
}

interface When {
  readonly tiers: readonly Tier[];
  readonly nowMs: number;
  readonly untilMs: number;
}

interface TierTime {
  readonly tier: Tier;
  readonly endMs: number;
  readonly worst: ReturnType<typeof worstLoads>;
  readonly kept: PolicyReserve | undefined;
}

interface TierRow {
  readonly name: ConductorLoad;
  readonly floor: number;
  readonly steps: readonly LimitStep[];
}

/** By circuit, in the order of its limits; of a limit that only comes later as well. */
export function limitSeries(
  state: SiteState,
  all: readonly EvseStanding[],
  when: When,
): ReadonlyMap<CircuitId, readonly LimitSeries[]> {
  const worst = worstLoads(state, all, when.nowMs);
  const { nowMs } = when;
  const kept = policyReserve(state, all, { circuits: when.tiers[0]?.circuits ?? [], nowMs });
  const byTier = when.tiers.map((tier, index) => {
    const endMs = when.tiers[index + 1]?.fromMs ?? when.untilMs + 1;
    return { fromMs: tier.fromMs, rows: rowsOf(state, { tier, endMs, worst, kept }) };
  });
  const actual = actualNow(state, all, when);
  const found = new Map<CircuitId, LimitSeries[]>();
  for (const [key, { name, floor }] of new Map(byTier.flatMap(({ rows }) => [...rows]))) {
    const { circuitId, conductor, source } = name;
    const issuer =
      source.kind === 'signal' ? state.signals.get(source.signalId)?.issuer : undefined;
    const now = actual.get(key);
    const steps = byTier.flatMap(({ fromMs, rows }) => rows.get(key)?.steps ?? [{ fromMs }]);
    const series = {
      conductor,
      unit: 'limitW' in name ? ('W' as const) : ('A' as const),
      source,
      ...(issuer === undefined ? {} : { issuer }),
      ...(now === undefined ? {} : { actual: now }),
      floor,
      steps: changed(steps, sameValues),
    };
    found.set(circuitId, [...(found.get(circuitId) ?? []), series]);
  }
  return found;
}

/** What every conductor of every limit of a tier carries at worst, until the tier ends. */
function rowsOf({ site }: SiteState, at: TierTime): ReadonlyMap<string, TierRow> {
  const treeOf = (circuits: readonly Circuit[]) =>
    compileTree({ supply: site.supply, circuits, evses: at.worst });
  const tree = treeOf(at.tier.circuits);
  const declaredTree = treeOf(withDeclaredLoad(site, at.tier.circuits));
  const none = new Float64Array(at.worst.length);
  const other = conductorLoads(tree, none);
  const declared = conductorLoads(declaredTree, none);
  const { kept } = at;
  const lastMs = Math.max(...at.worst.map(({ steps }) => steps.at(-1)?.fromMs ?? 0));
  const floor = conductorLoads(
    kept === undefined
      ? declaredTree
      : treeOf(kept.on(withDeclaredLoad(site, at.tier.circuits), lastMs)),
    Float64Array.from(at.worst, ({ steps }) => steps.at(-1)?.currentA ?? 0),
  );
  const series = instantsOf(at).map((fromMs) => {
    const currentA = Float64Array.from(at.worst, ({ steps }) => valueAt(steps, fromMs));
    const then = kept === undefined ? tree : treeOf(kept.on(at.tier.circuits, fromMs));
    return { fromMs, loads: conductorLoads(then, currentA) };
  });
  return new Map(
    other.map((name, row): [string, TierRow] => {
      const tier = tierOf(name, declared[row]);
      const steps = series.map(({ fromMs, loads }) => ({
        ...tier,
        fromMs,
        ceiling: loadOf(loads[row]),
      }));
      return [keyOf(name), { name, floor: loadOf(floor[row]), steps }];
    }),
  );
}

/** What a limit leaves to vehicles. `other` is what is counted on, `declared` the worst. */
function tierOf(
  other: ConductorLoad,
  declared: ConductorLoad | undefined,
): Pick<LimitStep, 'limit' | 'guaranteed' | 'metered' | 'otherLoad'> {
  const limit = 'limitW' in other ? other.limitW : other.limitA;
  const [otherLoad, declaredLoad] = [loadOf(other), loadOf(declared)];
  return {
    limit,
    guaranteed: Math.max(0, limit - declaredLoad),
    ...(otherLoad < declaredLoad ? { metered: Math.max(0, limit - otherLoad) } : {}),
    otherLoad,
  };
}

/** The circuits with the declared worst of other load, whatever a meter says now. */
export function withDeclaredLoad(
  site: SiteState['site'],
  circuits: readonly Circuit[],
): readonly Circuit[] {
  return circuits.map((circuit) => {
    const known = site.circuits.find((it) => it.id === circuit.id);
    return known === undefined ? circuit : { ...circuit, baseLoadA: known.baseLoadMaxA };
  });
}

/** What limits that hold now carry now, as the live picture counts it. */
function actualNow(
  state: SiteState,
  all: readonly EvseStanding[],
  { tiers, nowMs }: When,
): ReadonlyMap<string, number> {
  const [tier] = tiers;
  if (tier === undefined) return new Map();
  const { supply } = state.site;
  const tree = compileTree({ supply, circuits: tier.circuits, evses: all.map((it) => it.evse) });
  const rows = conductorLoads(tree, new Float64Array(all.length));
  const loads = liveCircuits(state, all, { tier, nowMs }).flatMap((it) => it.conductors);
  return new Map(rows.map((row, index) => [keyOf(row), loads[index]?.load ?? 0]));
}

function instantsOf(at: TierTime): readonly number[] {
  const instants = new Set([at.tier.fromMs]);
  for (const { fromMs } of at.worst.flatMap(({ steps }) => steps)) {
    if (fromMs > at.tier.fromMs && fromMs < at.endMs) instants.add(fromMs);
  }
  return [...instants].sort((a, b) => a - b);
}

function keyOf({ circuitId, conductor, source }: ConductorLoad): string {
  const signal = source.kind === 'signal' ? source.signalId : '';
  return JSON.stringify([circuitId, conductor, source.kind, signal]);
}

function loadOf(row: ConductorLoad | undefined): number {
  if (row === undefined) return 0;
  return 'loadW' in row ? row.loadW : row.loadA;
}

function valueAt(steps: readonly Step[], atMs: number): number {
  return steps.findLast(({ fromMs }) => fromMs <= atMs)?.currentA ?? 0;
}

/** Without the steps that change nothing. */
export function changed<T>(steps: readonly T[], same: (a: T, b: T) => boolean): readonly T[] {
  return steps.filter((step, index) => {
    const before = steps[index - 1];
    return before === undefined || !same(before, step);
  });
}

function sameValues({ fromMs: _a, ...a }: LimitStep, { fromMs: _b, ...b }: LimitStep): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
