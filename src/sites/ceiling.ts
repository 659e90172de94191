/**
 * What a site may draw at worst from now on, against its limits, as series: for the API and the page.
 * Everything is as if no message passed from now on; what is known ahead (orders) is in it. Pure.
 */
import { type CeilingStep, ceiling as ledgerCeiling } from '../../ledger/index.js';
import type { Tier } from '../../ledger/types.js';
import type { CircuitId, NotGuaranteedCause, PerChannel, SiteId } from '../../solver/index.js';
import { channelVoltageV } from '../control/charge-rate.js';
import type { SiteState } from '../control/state.js';
import { type GridLink, linkAt, lostAt, openLink } from '../signals/grid-link.js';
import { changed, type LimitSeries, limitSeries, withDeclaredLoad } from './ceiling-limits.js';
import { drawNow } from './live-draw.js';
import { causeText, type LimitOwner } from './live-sentence.js';
import { totalCeilingW, totalLimitAt } from './live-totals.js';
import { type Reserve, reserves } from './reserve.js';
import { type EvseStanding, siteTiers, standings } from './snapshot.js';
import {
  failuresLeft,
  type UntestedPolicy,
  untestedPolicy,
  type UntestedReserve,
  untestedReserves,
} from './untested-policy.js';

/** The site's total; counted as the lowest limit of that instant counts it. */
export interface TotalStep {
  readonly fromMs: number;
  readonly limitW: number;
  readonly limitOwner: LimitOwner;
  /** W of all EVSEs and the other load that is counted on. */
  readonly ceilingW: number;
}

export interface CircuitCeiling {
  readonly circuitId: CircuitId;
  readonly name: string;
  readonly parentId?: CircuitId | undefined;
  /** Drawn by vehicles below it now. */
  readonly powerW: number;
  /** The sum of W below it, without other load. */
  readonly steps: readonly CeilingStep[];
  /** The sum of W once every lease has ended, without other load. */
  readonly floor: Omit<CeilingStep, 'fromMs'>;
  readonly limits: readonly LimitSeries[];
  readonly notGuaranteed?: {
    readonly cause: NotGuaranteedCause;
    readonly text: string;
    readonly sinceMs: number;
  };
  /** Kept free for stations without offline tests, where the owner lets some of them fail. */
  readonly untestedReserve?: UntestedReserve | undefined;
}

export interface SiteCeiling {
  readonly siteId: SiteId;
  readonly name: string;
  readonly timeZone: string;
  readonly channels: PerChannel<string>;
  readonly atMs: number;
  readonly untilMs: number;
  readonly total: {
    readonly steps: readonly TotalStep[];
    /** Counted by the limit that holds now. */
    readonly floorW: number;
  };
  readonly circuits: readonly CircuitCeiling[];
  readonly evses: readonly Reserve[];
  readonly gridLink?: GridLinkNow | undefined;
  /** Absent where every station has passed the offline tests. */
  readonly untestedPolicy?: UntestedPolicy | undefined;
}

/** Of a site whose owner has configured one (SAFETY I4). */
export interface GridLinkNow extends GridLink {
  readonly state: 'linked' | 'failsafe';
  readonly lastHeartbeatAtMs?: number;
  /** The failsafe limit holds since then, or will if nothing more is heard. */
  readonly failsafeFromMs: number;
}

function gridLinkNow({ site, control }: SiteState, nowMs: number): GridLinkNow | undefined {
  const { gridLink } = site.settings;
  if (!gridLink) return undefined;
  const link = linkAt(control.gridLink ?? openLink(nowMs), nowMs);
  const { lastHeartbeatAtMs, failsafeSinceMs } = link;
  return {
    ...gridLink,
    state: failsafeSinceMs === undefined ? 'linked' : 'failsafe',
    ...(lastHeartbeatAtMs === undefined ? {} : { lastHeartbeatAtMs }),
    failsafeFromMs: failsafeSinceMs ?? lostAt(link),
  };
}

export function siteCeiling(state: SiteState, nowMs: number, horizonSec: number): SiteCeiling {
  const { site } = state;
  const untilMs = nowMs + horizonSec * 1000;
  const all = standings(state);
  const tiers = siteTiers(state, nowMs, horizonSec * 1000);
  // To its very end, for the floor; the horizon cuts it below.
  const { circuits } = ledgerCeiling({
    nowMs,
    horizonSec: Number.POSITIVE_INFINITY,
    tiers,
    evses: all.map((it) => ({ ...it.evse, ledger: it.state.ledger })),
    settings: site.settings,
    voltageV: channelVoltageV(site),
    failuresLeft: failuresLeft(state),
  });
  const kept = untestedReserves(state, all, { circuits: tiers[0]?.circuits ?? [], nowMs });
  const limits = limitSeries(state, all, { tiers, nowMs, untilMs });
  const within = ({ fromMs }: { readonly fromMs: number }) => fromMs <= untilMs;
  return {
    siteId: site.id,
    name: site.name,
    timeZone: site.timeZone,
    channels: site.supply === 'wye' ? ['L1', 'L2', 'L3'] : ['AB', 'BC', 'CA'],
    atMs: nowMs,
    untilMs,
    total: totalOf(state, circuits[0]?.steps ?? [], { tiers, nowMs, untilMs }),
    circuits: circuits.map(({ circuitId, steps }) => ({
      ...placeOf(state, circuitId, tiers),
      powerW: powerBelow(state, all, { circuitId, tiers, nowMs }),
      steps: changed(steps.filter(within), sameCurrent),
      floor: floorOf(steps),
      limits: limits.get(circuitId) ?? [],
      ...notGuaranteedOf(state, circuitId),
      untestedReserve: kept?.get(circuitId),
    })),
    evses: reserves(state, all, nowMs),
    gridLink: gridLinkNow(state, nowMs),
    untestedPolicy: untestedPolicy(state),
  };
}

/** `steps` of the circuit above all others. */
function totalOf(
  state: SiteState,
  steps: readonly CeilingStep[],
  when: { readonly tiers: readonly Tier[]; readonly nowMs: number; readonly untilMs: number },
): SiteCeiling['total'] {
  const { tiers, nowMs, untilMs } = when;
  const found = steps.flatMap(({ fromMs, currentA }): TotalStep[] => {
    if (fromMs > untilMs) return [];
    const limit = totalLimitAt(state, fromMs);
    const tier = tiers.findLast((it) => it.fromMs <= fromMs);
    const { limitW, owner: limitOwner } = limit;
    return [{ fromMs, limitW, limitOwner, ceilingW: totalCeilingW(limit, sum(currentA), tier) }];
  });
  const [tier] = tiers;
  const circuits = withDeclaredLoad(state.site, tier?.circuits ?? []);
  const floorA = sum(floorOf(steps).currentA);
  const same = (a: TotalStep, b: TotalStep) =>
    a.limitW === b.limitW && a.limitOwner === b.limitOwner && a.ceilingW === b.ceilingW;
  return {
    steps: changed(found, same),
    floorW: totalCeilingW(totalLimitAt(state, nowMs), floorA, { fromMs: nowMs, circuits }),
  };
}

function placeOf(
  { site }: SiteState,
  circuitId: CircuitId,
  tiers: readonly Tier[],
): Pick<CircuitCeiling, 'circuitId' | 'name' | 'parentId'> {
  const known = site.circuits.find((it) => it.id === circuitId);
  const parentId = tiers[0]?.circuits.find((it) => it.id === circuitId)?.parentId;
  return {
    circuitId,
    name: known?.name ?? 'All stations together',
    ...(parentId === undefined ? {} : { parentId }),
  };
}

function powerBelow(
  state: SiteState,
  all: readonly EvseStanding[],
  at: { readonly circuitId: CircuitId; readonly tiers: readonly Tier[]; readonly nowMs: number },
): number {
  const parents = new Map((at.tiers[0]?.circuits ?? []).map((it) => [it.id, it.parentId]));
  const isBelow = (id: CircuitId | undefined): boolean =>
    id !== undefined && (id === at.circuitId || isBelow(parents.get(id)));
  const below = all.filter((it) => isBelow(it.evse.circuitId));
  return sum(below.map((it) => drawNow(state, it, at.nowMs).powerW));
}

function floorOf(steps: readonly CeilingStep[]): CircuitCeiling['floor'] {
  const { currentA, powerW } = steps.at(-1) as CeilingStep;
  return { currentA, powerW };
}

function notGuaranteedOf(
  { control }: SiteState,
  circuitId: CircuitId,
): Pick<CircuitCeiling, 'notGuaranteed'> {
  const found = control.notGuaranteed.find((it) => it.circuitId === circuitId);
  if (found === undefined) return {};
  const { cause, sinceMs } = found;
  return { notGuaranteed: { cause, text: causeText(cause), sinceMs } };
}

function sameCurrent(a: CeilingStep, b: CeilingStep): boolean {
  return a.currentA.every((currentA, channel) => currentA === b.currentA[channel]);
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
