/**
 * R0, an owner's decision: of the stations without offline tests so many may fail at the same time as the
 * site has room for. See `ledger/failure-reserve.ts`. Pure.
 */
import {
  carries,
  channelLoads,
  compileTree,
  failureReserve,
  pathOf,
  reservedAt,
  worstCase,
} from '../../ledger/index.js';
import {
  amps,
  type Circuit,
  type CircuitId,
  type PerChannel,
  type StationId,
} from '../../solver/index.js';
import type { SiteState } from '../control/state.js';
import { evsesOfStation } from './site-index.js';
import type { EvseStanding } from './snapshot.js';

type PolicyView = Pick<SiteState, 'site' | 'stations' | 'evses'>;

/** Stations that did not pass the offline tests, and whether they are away. */
export function untestedStations(
  view: PolicyView,
): readonly { readonly stationId: StationId; readonly isOffline: boolean }[] {
  return [...view.stations.values()].flatMap(({ id, stage }) => {
    const [first] = evsesOfStation(view.site, id);
    const ledger = first === undefined ? undefined : view.evses.get(first.id)?.ledger;
    if (ledger === undefined || ledger.offlineTested) return [];
    return [{ stationId: id, isOffline: stage === 'offline' }];
  });
}

/**
 * Failures that room is kept for beside the stations that are offline already and count at their maximum;
 * undefined where the owner has decided nothing.
 */
export function failuresLeft(view: PolicyView): number | undefined {
  const { untestedFailures } = view.site.settings;
  if (untestedFailures === undefined || untestedFailures === null) return undefined;
  const offline = untestedStations(view).filter((it) => it.isOffline).length;
  return Math.max(0, untestedFailures - offline);
}

/** The owner's decision on stations without offline tests, as it stands now. */
export interface UntestedPolicy {
  /** May fail at the same time; null: all of them. */
  readonly failures: number | null;
  readonly untested: number;
  readonly offline: number;
  readonly text: string;
}

/** What it keeps free on a circuit now. */
export interface UntestedReserve {
  readonly currentA: PerChannel<number>;
  /** The rating would carry it as well if all of them failed. */
  readonly carriesAll: boolean;
}

/** Undefined where every station has passed the tests. */
export function untestedPolicy(view: PolicyView): UntestedPolicy | undefined {
  const stations = untestedStations(view);
  if (stations.length === 0) return undefined;
  const failures = view.site.settings.untestedFailures ?? null;
  const untested = stations.length;
  const offline = stations.filter((it) => it.isOffline).length;
  return { failures, untested, offline, text: policyText({ failures, untested, offline }) };
}

function policyText({ failures, untested, offline }: Omit<UntestedPolicy, 'text'>): string {
  const all = `${untested} ${untested === 1 ? 'station has' : 'stations have'} not passed the offline tests`;
  if (failures === null) return `${all}: each is reserved at its maximum`;
  const kept = `the owner keeps room for ${failures} of them to fail at the same time`;
  const away = offline === 0 ? '' : `, of which ${offline} ${offline === 1 ? 'is' : 'are'} offline`;
  const beyond = offline > failures ? ': more than there is room for' : '';
  return `${all}, and ${kept}${away}${beyond}`;
}

/** By circuit; undefined without a policy. */
export function untestedReserves(
  view: PolicyView,
  all: readonly EvseStanding[],
  { circuits, nowMs }: { readonly circuits: readonly Circuit[]; readonly nowMs: number },
): ReadonlyMap<CircuitId, UntestedReserve> | undefined {
  const left = failuresLeft(view);
  if (left === undefined) return undefined;
  const tree = compileTree([{ fromMs: nowMs, circuits }]);
  const places = placesOf(view, all, tree, nowMs);
  const own = failureReserve(places, left);
  const whole = failureReserve(places, Number.POSITIVE_INFINITY);
  return new Map(
    circuits.map((circuit, index) => {
      const sums = [0, 0, 0] as [number, number, number];
      for (const { path, loads } of places) {
        if (!path.includes(index)) continue;
        for (const { channels, steps } of loads) {
          for (const channel of [0, 1, 2] as const) {
            if (channels[channel]) sums[channel] += steps[0]?.currentA ?? 0;
          }
        }
      }
      const [x, y, z] = reservedAt(whole, index, nowMs);
      const carriesAll = carries(circuit, sums[0] + x, sums[1] + y, sums[2] + z, 'ratings');
      return [circuit.id, { currentA: reservedAt(own, index, nowMs), carriesAll }];
    }),
  );
}

function placesOf(
  view: PolicyView,
  all: readonly EvseStanding[],
  tree: ReturnType<typeof compileTree>,
  nowMs: number,
) {
  return all.map(({ evse: { stationId, circuitId, channels }, state: { ledger } }) => {
    const worst = worstCase(ledger, nowMs, view.site.settings);
    const loads = channelLoads(ledger, channels, worst);
    return { stationId, path: pathOf(tree, circuitId), channels, ledger, worst, loads };
  });
}

/** Circuits with what they keep free for failures. */
export interface PolicyReserve {
  on(circuits: readonly Circuit[], atMs: number): readonly Circuit[];
}

/** Undefined where nothing is kept free. */
export function policyReserve(
  view: PolicyView,
  all: readonly EvseStanding[],
  { circuits, nowMs }: { readonly circuits: readonly Circuit[]; readonly nowMs: number },
): PolicyReserve | undefined {
  const left = failuresLeft(view);
  if (left === undefined || left === 0) return undefined;
  const tree = compileTree([{ fromMs: nowMs, circuits }]);
  const reserve = failureReserve(placesOf(view, all, tree, nowMs), left);
  if (reserve === undefined) return undefined;
  return {
    on: (given, atMs) =>
      given.map((circuit) => {
        const index = tree.circuitIds.indexOf(circuit.id);
        return index < 0 ? circuit : keeping(circuit, reservedAt(reserve, index, atMs));
      }),
  };
}

/** The circuit with so much more kept free on each channel. */
export function keeping(circuit: Circuit, [x, y, z]: PerChannel<number>): Circuit {
  const [a, b, c]: PerChannel<number> = circuit.keptA ?? [0, 0, 0];
  return { ...circuit, keptA: [amps(a + x), amps(b + y), amps(c + z)] };
}
