/** The site's total against the lowest limit on it, in W that can be compared. Pure. */
import type { Tier } from '../../ledger/types.js';
import {
  amps,
  type Circuit,
  type CircuitId,
  type PerChannel,
  powerBaseA,
} from '../../solver/index.js';
import type { LiveSite } from '../api/ports.js';
import { channelVoltageMaxV, channelVoltageV } from '../control/charge-rate.js';
import type { SiteState } from '../control/state.js';
import { countOf, worstLoads } from './channel-loads.js';
import type { LimitOwner } from './live-sentence.js';
import { otherLoadA } from './other-load.js';
import type { Site } from './site.js';
import type { EvseStanding } from './snapshot.js';
import { baseLoadNow, orderAt, rootOf } from './tiers.js';
import { policyReserve } from './untested-policy.js';

/** A limit on the total, and what counts against it. */
export interface TotalLimit {
  readonly limitW: number;
  readonly owner: LimitOwner;
  /** The voltage at which currents count: nominal for ratings in A, the highest for limits in W. */
  readonly voltageV: number;
  readonly countsOtherLoad: boolean;
}

/**
 * The lowest limit, the worst case as that limit counts it, and the other load below it. Ratings in A
 * are converted at nominal voltage; phases that are loaded unequally bind before the total does.
 */
export function siteTotals(
  state: SiteState,
  all: readonly EvseStanding[],
  { tier, nowMs }: { readonly tier: Tier | undefined; readonly nowMs: number },
): Pick<LiveSite, 'limitW' | 'ceilingW' | 'otherLoadW' | 'reservedOfflineW'> {
  const { site } = state;
  const limit = totalLimitAt(state, nowMs);
  const worstA = (it: EvseStanding) =>
    sum(
      worstLoads(state, [it], nowMs).map(
        ({ steps, channels }) => (steps[0]?.currentA ?? 0) * countOf(channels),
      ),
    );
  const reserved = all.filter((it) => it.station.stage === 'offline' || !it.credited);
  const otherNowA = otherTotalA(site.circuits, (it) => baseLoadNow(state, it, nowMs));
  const counted = limit.countsOtherLoad ? 1 : 0;
  return {
    limitW: limit.limitW,
    ceilingW: totalCeilingW(limit, sum(all.map(worstA)) + keptA(state, all, { tier, nowMs }), tier),
    otherLoadW: shownW(counted * otherNowA * site.voltageLineToNeutralV),
    reservedOfflineW: shownW(sum(reserved.map(worstA)) * channelVoltageV(site)),
  };
}

/** Kept free at the top for untested stations that fail, summed over channels. */
function keptA(
  state: SiteState,
  all: readonly EvseStanding[],
  { tier, nowMs }: { readonly tier: Tier | undefined; readonly nowMs: number },
): number {
  const circuits = tier?.circuits ?? [];
  const kept = policyReserve(state, all, { circuits, nowMs })?.on(circuits, nowMs) ?? circuits;
  return keptAtRootA(kept) - keptAtRootA(circuits);
}

const keptAtRootA = (circuits: readonly Circuit[]): number =>
  total(rootOf(circuits)?.keptA ?? [0, 0, 0]);

/** The lowest limit on the total at an instant, now or later, as far as it is known. */
export function totalLimitAt(state: SiteState, atMs: number): TotalLimit {
  const [first, ...rest] = totalLimits(state, atMs);
  const voltageV = channelVoltageV(state.site);
  return rest.reduce(
    (least, it) => (it.limitW < least.limitW ? it : least),
    first ?? { limitW: 0, owner: 'rating', voltageV, countsOtherLoad: true },
  );
}

/** W of all EVSEs (`worstA`, summed over channels) and the other load of a tier, as a limit counts it. */
export function totalCeilingW(limit: TotalLimit, worstA: number, tier: Tier | undefined): number {
  const circuits = tier?.circuits ?? [];
  const otherA = limit.countsOtherLoad ? otherCountedA(circuits) : 0;
  return shownW((worstA + keptAtRootA(circuits) + otherA) * limit.voltageV);
}

function otherTotalA<
  T extends { readonly id: CircuitId; readonly parentId?: CircuitId | undefined },
>(circuits: readonly T[], ownOf: (circuit: T) => PerChannel<number>): number {
  const tops = circuits.filter((it) => it.parentId === undefined);
  return sum(tops.map((it) => total(otherLoadA(circuits, it, ownOf))));
}

/** The other load as a limit on the total counts it, A times its voltage. */
function otherCountedA(circuits: readonly Circuit[]): number {
  const root = rootOf(circuits);
  if (root === undefined) return 0;
  const [a, b, c] = otherLoadA(circuits, root, (it) => it.baseLoadA);
  return powerBaseA({ limits: root.limits, baseLoadA: [amps(a), amps(b), amps(c)] });
}

/** Without the noise of binary fractions. */
const shownW = (powerW: number): number => Math.round(powerW * 10) / 10;

function totalLimits(state: SiteState, nowMs: number): readonly TotalLimit[] {
  const { site } = state;
  const voltageV = channelVoltageV(site);
  const voltageMaxV = channelVoltageMaxV(site);
  const own = { voltageV: voltageMaxV, countsOtherLoad: true, owner: 'owner' } as const;
  const rated = ratingsW(site).map(
    (limitW): TotalLimit => ({ limitW, owner: 'rating', voltageV, countsOtherLoad: true }),
  );
  const owner = site.importLimitW === undefined ? [] : [{ ...own, limitW: site.importLimitW }];
  const orders = [...state.signals.values()].flatMap((it): TotalLimit[] => {
    const limitW = it.type === 'import-limit' ? orderAt(it, nowMs) : undefined;
    if (limitW === undefined || it.type !== 'import-limit') return [];
    const countsOtherLoad = it.scope === 'total-import';
    return [{ limitW, owner: 'grid', voltageV: voltageMaxV, countsOtherLoad }];
  });
  return [...rated, ...owner, ...orders];
}

/** Ratings of the grid connection point, or of what is below it where it has none. */
function ratingsW(site: Site): readonly number[] {
  const root = site.circuits[0];
  const own = (root?.limits ?? []).flatMap((limit): number[] => {
    switch (limit.kind) {
      case 'wye':
      case 'line':
        return [total(limit.limitA) * site.voltageLineToNeutralV];
      case 'delta-primary':
        return [
          (total(limit.limitA) * limit.turnsRatio * site.voltageLineToNeutralV) / Math.sqrt(3),
        ];
      case 'pair-sum':
        return [limit.limitA * site.voltageLineToLineV];
      case 'power':
        return [limit.limitW];
    }
  });
  if (own.length > 0) return own;
  const below = site.circuits.filter((it) => it.parentId === root?.id);
  const lines = below
    .flatMap((it) => it.limits)
    .flatMap((it) => {
      return it.kind === 'line' || it.kind === 'wye' ? it.limitA : [];
    });
  return lines.length === 0 ? [] : [sum(lines) * site.voltageLineToNeutralV];
}

function total([a, b, c]: PerChannel<number>): number {
  return a + b + c;
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
