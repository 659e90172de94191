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

const AHEAD_MS = 3_600_000;
/** The metered tier is 0 when its meter is older than this, or stuck for this many readings. */
const METER_STALE_MS = 60_000;
const METER_STUCK_COUNT = 30;
const TRAILING_MS = 300_000;
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
  const limits = orders(input, when.atMs, 'managed-devices');
  const total = orders(input, when.atMs, 'total-import');
  const circuits = parentsFirst(input.site.circuits).map((circuit): Circuit => {
    const isRoot = circuit.parentId === undefined;
    const own = isRoot ? [...ownerLimit(input), ...total] : [];
    const parentId = isRoot && when.managed ? MANAGED_DEVICES : circuit.parentId;
    return {
      id: circuit.id,
      parentId,
      limits: [...circuit.limits, ...own],
      baseLoadA: when.metered ? baseLoadMeasured(input, circuit, when.nowMs) : circuit.baseLoadMaxA,
    };
  });
  if (!when.managed) return circuits;
  const none = amps(0);
  return [{ id: MANAGED_DEVICES, limits, baseLoadA: [none, none, none] }, ...circuits];
}

/** A site file may list its circuits in any order; a tree is built from its root. */
const parentsFirst = memoized((circuits: readonly SiteCircuit[]): readonly SiteCircuit[] => {
  const depthOf = (circuit: SiteCircuit): number => {
    const parent = circuits.find((it) => it.id === circuit.parentId);
    return parent === undefined ? 0 : depthOf(parent) + 1;
  };
  return circuits.toSorted((a, b) => depthOf(a) - depthOf(b));
});

function ownerLimit({ site, voltageMaxV }: TierInput): CircuitLimit[] {
  if (site.importLimitW === undefined) return [];
  const source = { kind: 'owner' } as const;
  return [{ kind: 'power', limitW: site.importLimitW, voltageV: voltageMaxV, source }];
}

function orders(input: TierInput, atMs: number, scope: SignalScope): CircuitLimit[] {
  const found: CircuitLimit[] = [];
  for (const signal of input.signals) {
    if (signal.type !== 'import-limit' || signal.scope !== scope) continue;
    const limitW = orderAt(signal, atMs);
    if (limitW === undefined) continue;
    const source = { kind: 'signal', signalId: signal.id } as const;
    found.push({
      kind: 'power',
      limitW: watts(limitW),
      voltageV: input.voltageMaxV,
      source,
    });
  }
  return found;
}

/** The value of a signal at an instant; undefined before its first point and from its end on. */
export function orderAt(signal: Signal, atMs: number): number | undefined {
  if (atMs >= signal.endsAtMs) return undefined;
  return signal.series.findLast((point) => point.atMs <= atMs)?.value;
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
