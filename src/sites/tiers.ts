/**
 * The limits of a site's tree over time: ratings, the owner's limit and orders of the grid, with the
 * uncontrolled load that they must also carry (SAFETY "Contract": guaranteed and metered tier).
 */
import type { Tier } from '../../ledger/types.js';
import {
  amps,
  type Circuit,
  type CircuitId,
  type CircuitLimit,
  circuitId,
  memoized,
  type PerChannel,
  type Volts,
  watts,
} from '../../solver/index.js';
import type { Signal, SignalScope } from '../signals/signal.js';
import type { Site, SiteCircuit } from './site.js';
import { standbyA } from './standby.js';

/** What the tiers are made from. */
export interface TierInput {
  readonly site: Site;
  readonly signals: Iterable<Signal>;
  readonly buildingLoad: ReadonlyMap<CircuitId, MeasuredLoad>;
  /** Highest voltage over one channel, for limits in W. */
  readonly voltageMaxV: Volts;
  /** How far ahead known changes become tiers; absent: an hour, longer than any lease. */
  readonly aheadMs?: number;
}

interface MeasuredLoad {
  readonly readings: readonly { readonly atMs: number; readonly currentA: PerChannel<number> }[];
}

/** A limit on the managed devices alone has a node of its own above the grid connection point. */
export const MANAGED_DEVICES = circuitId('managed-devices');

/** The grid connection: the top of the tree, but for the node of the managed devices while an order binds them. */
export function rootOf(circuits: readonly Circuit[]): Circuit | undefined {
  return circuits.find(({ id, parentId }) =>
    parentId === undefined ? id !== MANAGED_DEVICES : parentId === MANAGED_DEVICES,
  );
}

const AHEAD_MS = 3_600_000;
/** The metered tier is 0 when its meter is older than this, or stuck for this many readings. */
const METER_STALE_MS = 60_000;
export const METER_STUCK_COUNT = 30;
/** The largest of so long counts. */
export const TRAILING_MS = 300_000;
const METERED_MARGIN_A = 1;

/**
 * Tiers from `nowMs` on, ascending. The metered tier, where a fresh meter shows less than the declared
 * worst load, ends after `meteredSec`: nothing granted on it may outlive it.
 */
export function tiersOf(input: TierInput, nowMs: number, meteredSec: number): readonly Tier[] {
  const meteredEndMs = nowMs + meteredSec * 1000;
  const aheadMs = input.aheadMs ?? AHEAD_MS;
  const edges = new Set<number>([nowMs]);
  if (hasMeteredTier(input, nowMs)) edges.add(meteredEndMs);
  for (const signal of input.signals) {
    for (const atMs of [...signal.series.map((point) => point.atMs), signal.endsAtMs]) {
      if (atMs > nowMs && atMs <= nowMs + aheadMs) edges.add(atMs);
    }
  }
  const instants = [...edges].sort((a, b) => a - b);
  // One tree for all tiers: the node is there before its first order and after its last.
  const managed = instants.some((atMs) => orders(input, atMs, 'managed-devices').length > 0);
  return instants.map((fromMs) => ({
    fromMs,
    circuits: circuitsAt(input, { nowMs, atMs: fromMs, metered: fromMs < meteredEndMs, managed }),
  }));
}

/** True where a meter shows that less is in use than the declared worst. */
export function hasMeteredTier(
  input: Pick<TierInput, 'site' | 'buildingLoad'>,
  nowMs: number,
): boolean {
  return input.site.circuits.some(
    (it) => it.baseLoadMaxA.some((a) => a > 0) && freshReadings(input, it.id, nowMs) !== undefined,
  );
}

/** The earliest instant after `nowMs` at which a meter that is fresh now would be stale. */
export function meterStaleAtMs(
  { site, buildingLoad }: Pick<TierInput, 'site' | 'buildingLoad'>,
  nowMs: number,
): number | undefined {
  let soonestMs: number | undefined;
  for (const { id } of site.circuits) {
    const last = buildingLoad.get(id)?.readings.at(-1);
    if (last === undefined || nowMs - last.atMs > METER_STALE_MS) continue;
    const staleMs = last.atMs + METER_STALE_MS + 1;
    soonestMs = Math.min(soonestMs ?? staleMs, staleMs);
  }
  return soonestMs;
}

function circuitsAt(
  input: TierInput,
  when: {
    readonly nowMs: number;
    readonly atMs: number;
    readonly metered: boolean;
    /** Whether there is a node for the managed devices. */
    readonly managed: boolean;
  },
): readonly Circuit[] {
  const { site, voltageMaxV } = input;
  const own = ownerLimit(site)(voltageMaxV);
  const total = [...own, ...orders(input, when.atMs, 'total-import')];
  const managed = when.managed ? orders(input, when.atMs, 'managed-devices') : undefined;
  if (!when.metered) return declaredCircuits(site)(total, managed);
  return circuitsOf(site, { total, managed }, (it) => baseLoadMeasured(input, it, when.nowMs));
}

interface Orders {
  /** With the owner's. */
  readonly total: readonly CircuitLimit[];
  /** Undefined: there is no node for the managed devices. */
  readonly managed: readonly CircuitLimit[] | undefined;
}

function circuitsOf(
  site: Site,
  { total, managed }: Orders,
  baseLoadOf: (circuit: SiteCircuit) => Circuit['baseLoadA'],
): readonly Circuit[] {
  const circuits = parentsFirst(site.circuits).map((circuit): Circuit => {
    const isRoot = circuit.parentId === undefined;
    return {
      id: circuit.id,
      parentId: isRoot && managed !== undefined ? MANAGED_DEVICES : circuit.parentId,
      limits: isRoot ? [...circuit.limits, ...total] : circuit.limits,
      baseLoadA: baseLoadOf(circuit),
      ...keptOf(site, circuit.id),
    };
  });
  if (managed === undefined) return circuits;
  const none = amps(0);
  const kept = keptOf(site, site.circuits.find((it) => it.parentId === undefined)?.id);
  return [
    { id: MANAGED_DEVICES, limits: managed, baseLoadA: [none, none, none], ...kept },
    ...circuits,
  ];
}

function keptOf(site: Site, id: CircuitId | undefined): Pick<Circuit, 'keptA'> {
  const keptA = standbyA(site, id);
  return keptA === undefined ? {} : { keptA };
}

/** With the declared load they are the same ones for as long as the same orders are in force. */
const declaredCircuits = memoized((site: Site) => {
  let known: (Orders & { readonly circuits: readonly Circuit[] }) | undefined;
  return (total: Orders['total'], managed: Orders['managed']): readonly Circuit[] => {
    if (
      known === undefined ||
      !isSameList(known.total, total) ||
      !isSameList(known.managed, managed)
    ) {
      const circuits = circuitsOf(site, { total, managed }, (it) => it.baseLoadMaxA);
      known = { total, managed, circuits };
    }
    return known.circuits;
  };
});

function isSameList<T>(a: readonly T[] | undefined, b: readonly T[] | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((it, index) => it === b[index]);
}

/** A site file may list its circuits in any order; a tree is built from its root. */
const parentsFirst = memoized((circuits: readonly SiteCircuit[]): readonly SiteCircuit[] => {
  const depthOf = (circuit: SiteCircuit): number => {
    const parent = circuits.find((it) => it.id === circuit.parentId);
    return parent === undefined ? 0 : depthOf(parent) + 1;
  };
  return circuits.toSorted((a, b) => depthOf(a) - depthOf(b));
});

const ownerLimit = memoized(({ importLimitW }: Site) =>
  ofLast((voltageV: Volts): readonly CircuitLimit[] =>
    importLimitW === undefined
      ? []
      : [{ kind: 'power', limitW: importLimitW, voltageV, source: { kind: 'owner' } }],
  ),
);

function orders(input: TierInput, atMs: number, scope: SignalScope): CircuitLimit[] {
  const found: CircuitLimit[] = [];
  for (const signal of input.signals) {
    if (signal.type !== 'import-limit' || signal.scope !== scope) continue;
    const index = pointAt(signal, atMs);
    const limit = index < 0 ? undefined : limitsOf(signal)(input.voltageMaxV)[index];
    if (limit !== undefined) found.push(limit);
  }
  return found;
}

/** What a signal orders, point by point: the same limits whenever they are asked for. */
const limitsOf = memoized(({ id: signalId, series }: Signal) =>
  ofLast((voltageV: Volts): readonly CircuitLimit[] =>
    series.map(({ value }) => ({
      kind: 'power',
      limitW: watts(value),
      voltageV,
      source: { kind: 'signal', signalId },
    })),
  ),
);

/** Computed anew where it is asked for another voltage than before. */
function ofLast<Value>(compute: (voltageV: Volts) => Value): (voltageV: Volts) => Value {
  let known: { readonly voltageV: Volts; readonly value: Value } | undefined;
  return (voltageV) => {
    if (known?.voltageV !== voltageV) known = { voltageV, value: compute(voltageV) };
    return known.value;
  };
}

/** The value of a signal at an instant; undefined before its first point and from its end on. */
export function orderAt(signal: Signal, atMs: number): number | undefined {
  return signal.series[pointAt(signal, atMs)]?.value;
}

/** Index of the point in force; -1 before the first, and from the end on. */
function pointAt({ series, endsAtMs }: Signal, atMs: number): number {
  return atMs >= endsAtMs ? -1 : series.findLastIndex((point) => point.atMs <= atMs);
}

function freshReadings(
  input: Pick<TierInput, 'buildingLoad'>,
  id: CircuitId,
  nowMs: number,
): MeasuredLoad['readings'] | undefined {
  const readings = input.buildingLoad.get(id)?.readings ?? [];
  const last = readings.at(-1);
  if (last === undefined || nowMs - last.atMs > METER_STALE_MS) return undefined;
  const tail = readings.slice(-METER_STUCK_COUNT);
  const stuck =
    tail.length === METER_STUCK_COUNT &&
    tail.every((it) => it.currentA.every((a, i) => a === last.currentA[i]));
  return stuck ? undefined : readings.filter((it) => it.atMs > nowMs - TRAILING_MS);
}

/** What a circuit carries beside EVSEs, A: the newest fresh reading, else the declared worst. */
export function baseLoadNow(
  input: Pick<TierInput, 'buildingLoad'>,
  circuit: SiteCircuit,
  nowMs: number,
): PerChannel<number> {
  const readings = freshReadings(input, circuit.id, nowMs);
  return readings?.at(-1)?.currentA ?? circuit.baseLoadMaxA;
}

/** The newest fresh reading of its meter, A; negative where more is generated than used. */
export function measuredNow(
  input: Pick<TierInput, 'buildingLoad'>,
  id: CircuitId,
  nowMs: number,
): PerChannel<number> | undefined {
  return freshReadings(input, id, nowMs)?.at(-1)?.currentA;
}

/** The trailing maximum and a margin up to the declared worst; a load above that counts as it is. */
function baseLoadMeasured(
  input: TierInput,
  circuit: SiteCircuit,
  nowMs: number,
): Circuit['baseLoadA'] {
  const readings = freshReadings(input, circuit.id, nowMs);
  if (readings === undefined) return circuit.baseLoadMaxA;
  const worst = (channel: 0 | 1 | 2) => {
    const measuredA = Math.max(0, ...readings.map((it) => it.currentA[channel]));
    const declaredA = circuit.baseLoadMaxA[channel];
    return amps(Math.max(measuredA, Math.min(declaredA, measuredA + METERED_MARGIN_A)));
  };
  return [worst(0), worst(1), worst(2)];
}
