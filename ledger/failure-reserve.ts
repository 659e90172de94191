/**
 * R0 under an owner's policy: untested stations that are linked count at what they are told, and beside
 * them there is room for the largest of them to fail at the same time. A station that fails draws the
 * hardware maximum of all its EVSEs, so that it adds what is between that and W.
 *
 *   on each circuit and channel, at each instant:
 *   sum of W + the `failures` largest of (hardware maximum - W), counted by station
 */
import type { EvseId, PerChannel, StationId } from '../solver/index.js';
import { channelLoads, type ChannelLoad } from './phase-credit.js';
import type { Segment } from './load-over-time.js';
import type { EvseLedger, Step } from './types.js';

/** Sums per channel, A. */
export type Sums = readonly [number, number, number];

/** An EVSE that may fail to obey. */
interface Doubtful {
  readonly evseId: EvseId;
  /** Of its station, or its own where it is one by itself. */
  readonly stationId: StationId | EvseId;
  readonly currentMaxA: number;
  readonly channels: PerChannel<boolean>;
  readonly loads: readonly ChannelLoad[];
  /** Of the command that was granted to it since. */
  raised: readonly Segment[];
}

export interface FailureReserve {
  readonly failures: number;
  /** By index of circuit. */
  readonly below: ReadonlyMap<number, readonly Doubtful[]>;
}

export interface ReservedEvse {
  readonly stationId?: StationId | undefined;
  readonly path: readonly number[];
  readonly channels: PerChannel<boolean>;
  readonly ledger: EvseLedger;
  /** W from now on. */
  readonly worst: readonly Step[];
}

const NONE: Sums = [0, 0, 0];

/** Undefined where there is nothing to reserve: no failures are left, or nobody counts as told. */
export function failureReserve(
  evses: readonly ReservedEvse[],
  failures: number | undefined,
): FailureReserve | undefined {
  if (failures === undefined || failures <= 0) return undefined;
  const below = new Map<number, Doubtful[]>();
  for (const { stationId, path, channels, ledger, worst } of evses) {
    if (ledger.countsAsTold !== true) continue;
    const { evseId, currentMaxA } = ledger;
    const loads = channelLoads(ledger, channels, worst);
    const own: Doubtful = {
      evseId,
      stationId: stationId ?? evseId,
      currentMaxA,
      channels,
      loads,
      raised: [],
    };
    for (const circuitIndex of path) {
      const known = below.get(circuitIndex);
      if (known === undefined) below.set(circuitIndex, [own]);
      else known.push(own);
    }
  }
  return below.size === 0 ? undefined : { failures, below };
}

/** What is kept free on a circuit at an instant; `rising`: as if this was granted as well. */
export function reservedAt(
  reserve: FailureReserve | undefined,
  circuitIndex: number,
  atMs: number,
  rising: readonly Segment[] = [],
): Sums {
  const doubtful = reserve?.below.get(circuitIndex);
  if (reserve === undefined || doubtful === undefined) return NONE;
  const largest = (channel: 0 | 1 | 2): number => {
    const gapsA = new Map<StationId | EvseId, number>();
    for (const it of doubtful) {
      if (!it.channels[channel]) continue;
      const own = rising.filter(({ evseId }) => evseId === it.evseId);
      const gapA = it.currentMaxA - currentOn(it, channel, atMs) - raisedOn(own, channel, atMs);
      gapsA.set(it.stationId, (gapsA.get(it.stationId) ?? 0) + Math.max(0, gapA));
    }
    const sorted = [...gapsA.values()].sort((a, b) => b - a);
    return sorted.slice(0, reserve.failures).reduce((sumA, gapA) => sumA + gapA, 0);
  };
  return [largest(0), largest(1), largest(2)];
}

/** Keeps what was granted: the gap of that EVSE is smaller from here on. */
export function narrow(reserve: FailureReserve | undefined, segments: readonly Segment[]): void {
  const evseId = segments[0]?.evseId;
  if (reserve === undefined || evseId === undefined) return;
  for (const it of new Set([...reserve.below.values()].flat())) {
    if (it.evseId === evseId) it.raised = [...it.raised, ...segments];
  }
}

function currentOn(it: Doubtful, channel: 0 | 1 | 2, atMs: number): number {
  const load = it.loads.find(({ channels }) => channels[channel]);
  const currentA = load?.steps.findLast(({ fromMs }) => fromMs <= atMs)?.currentA ?? 0;
  return currentA + raisedOn(it.raised, channel, atMs);
}

function raisedOn(segments: readonly Segment[], channel: 0 | 1 | 2, atMs: number): number {
  return segments.reduce(
    (sumA, { fromMs, toMs, addA, channels }) =>
      channels[channel] && fromMs <= atMs && atMs < toMs ? sumA + addA : sumA,
    0,
  );
}
