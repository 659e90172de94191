/** The picture of a site for the Live page and the API: who gets what, and why. Pure. */
import { worstCaseAt } from '../../ledger/index.js';
import { explainBound, type SiteId } from '../../solver/index.js';
import type { LiveEvse, LiveSite } from '../api/ports.js';
import { channelCount, channelVoltageV } from '../control/charge-rate.js';
import type { SiteState } from '../control/state.js';
import { energyDeliveredWh, remainingNeed } from '../sessions/session.js';
import { liveCircuits } from './live-circuits.js';
import { type EvseStanding, siteTiers, standings } from './snapshot.js';
import { orderAt } from './tiers.js';

export function liveSite(state: SiteState, nowMs: number): LiveSite {
  const all = standings(state);
  const evses = all.map((it) => liveEvse(state, it, nowMs));
  const circuits = liveCircuits(state, all, siteTiers(state, nowMs), nowMs);
  const powerW = evses.reduce((sumW, it) => sumW + it.powerW, 0);
  const totals = siteTotals(state, all, nowMs);
  const picture = {
    siteId: state.site.id as SiteId,
    name: state.site.name,
    timeZone: state.site.timeZone,
    atMs: nowMs,
    seq: state.inboxSeq,
    powerW,
    ...totals,
    counts: counts(state, evses),
    energyTodayWh: energyToday(state, nowMs),
    evses,
    circuits,
    ...signalNow(state, evses, nowMs),
  };
  return { ...picture, sentence: sentence(picture) };
}

function liveEvse(state: SiteState, standing: EvseStanding, nowMs: number): LiveEvse {
  const { evse, session, station } = standing;
  const { decision, ledger, status } = standing.state;
  const voltageV = channelVoltageV(state.site);
  const channels = channelCount(evse);
  const drawnA = session?.drawnA === undefined ? 0 : Math.max(...session.drawnA);
  const delivered = session === undefined ? undefined : energyDeliveredWh(session);
  const need = session === undefined ? undefined : remainingNeed(session);
  const boundBy = decision?.boundBy ?? { kind: 'no-session' };
  const limitA = decision?.limitA ?? 0;
  return {
    evseId: evse.id,
    stationId: evse.stationId,
    online: station.stage !== 'offline',
    ...(status === undefined ? {} : { status }),
    ...(session === undefined ? {} : { sessionId: session.id, phase: session.phase }),
    limitA,
    goalA: decision?.goalA ?? 0,
    drawnA,
    powerW: session?.powerW ?? sum(session?.drawnA ?? []) * voltageV,
    limitW: limitA * channels * voltageV,
    worstCaseA: worstCaseAt(ledger, nowMs, state.site.settings),
    ...(delivered === undefined ? {} : { energyWh: delivered }),
    ...(need === undefined
      ? {}
      : { remainingWh: need.energyWh, departureAtMs: need.departureAtMs }),
    ...(session?.socFraction === undefined ? {} : { socFraction: session.socFraction }),
    boundBy,
    reason: explainBound(boundBy),
    sinceMs: decision?.atMs ?? standing.state.sinceMs,
  };
}

function siteTotals(
  state: SiteState,
  all: readonly EvseStanding[],
  nowMs: number,
): Pick<LiveSite, 'limitW' | 'ceilingW' | 'reservedOfflineW'> {
  const voltageV = channelVoltageV(state.site);
  const worstW = (it: EvseStanding) =>
    worstCaseAt(it.state.ledger, nowMs, state.site.settings) * channelCount(it.evse) * voltageV;
  const reserved = all.filter((it) => it.station.stage === 'offline' || !it.credited);
  return {
    limitW: siteLimitW(state, nowMs),
    ceilingW: sum(all.map(worstW)),
    reservedOfflineW: sum(reserved.map(worstW)),
  };
}

/** The lowest of what binds the grid connection point, as power at nominal voltage. */
function siteLimitW(state: SiteState, nowMs: number): number {
  const { site } = state;
  const root = site.circuits[0];
  const limitsW = (root?.limits ?? []).flatMap((limit): number[] => {
    switch (limit.kind) {
      case 'wye':
        return [sum(limit.limitA) * site.voltageLineToNeutralV];
      case 'line':
        return [sum(limit.limitA) * site.voltageLineToNeutralV];
      case 'delta-primary':
        return [
          sum(limit.limitA) * limit.turnsRatio * site.voltageLineToNeutralV * Math.sqrt(1 / 3),
        ];
      case 'pair-sum':
        return [limit.limitA * site.voltageLineToLineV];
      case 'power':
        return [limit.limitW];
    }
  });
  const below = site.circuits.filter((it) => it.parentId === root?.id);
  const owner = site.importLimitW === undefined ? [] : [site.importLimitW];
  const orders = [...state.signals.values()].flatMap((it) => {
    const limitW = it.type === 'import-limit' ? orderAt(it, nowMs) : undefined;
    return limitW === undefined ? [] : [limitW];
  });
  const all = [...limitsW, ...owner, ...orders];
  if (all.length > 0) return Math.min(...all);
  return (
    sum(below.flatMap((it) => it.limits).flatMap((it) => (it.kind === 'line' ? it.limitA : []))) *
    site.voltageLineToNeutralV
  );
}

function counts(state: SiteState, evses: readonly LiveEvse[]): LiveSite['counts'] {
  const stations = [...state.stations.values()];
  const active = evses.filter((it) => it.phase === 'active');
  return {
    stations: stations.length,
    online: stations.filter((it) => it.stage !== 'offline').length,
    charging: active.filter((it) => it.drawnA > 0 || it.powerW > 0).length,
    waiting: active.filter((it) => it.boundBy.kind === 'admission').length,
    plugged: evses.filter((it) => it.phase !== undefined && it.phase !== 'ended').length,
  };
}

const DAY_MS = 86_400_000;

/** Energy of sessions that started within the last day. */
function energyToday(state: SiteState, nowMs: number): number {
  const recent = [...state.sessions.values()].filter(
    (it) => (it.startedAtMs ?? it.pluggedInAtMs) > nowMs - DAY_MS,
  );
  return sum(recent.map((it) => energyDeliveredWh(it) ?? 0));
}

function signalNow(
  state: SiteState,
  evses: readonly LiveEvse[],
  nowMs: number,
): Pick<LiveSite, 'signal'> {
  const orders = [...state.signals.values()].flatMap((it) => {
    const limitW = it.type === 'import-limit' ? orderAt(it, nowMs) : undefined;
    return limitW === undefined ? [] : [{ it, limitW }];
  });
  const lowest = orders.toSorted((a, b) => a.limitW - b.limitW)[0];
  if (lowest === undefined) return {};
  const active = evses.filter((it) => it.phase === 'active');
  const applied = active.filter((it) => it.limitA <= it.goalA);
  return {
    signal: {
      issuer: lowest.it.issuer,
      limitW: lowest.limitW,
      receivedAtMs: lowest.it.receivedAtMs,
      endsAtMs: lowest.it.endsAtMs,
      appliedFraction: active.length === 0 ? 1 : applied.length / active.length,
    },
  };
}

function sentence(live: Omit<LiveSite, 'sentence'>): string {
  const kw = (powerW: number) => `${(powerW / 1000).toFixed(1)} kW`;
  const notSafe = live.circuits.find((it) => it.notGuaranteed !== undefined);
  const start =
    notSafe === undefined
      ? 'All safe.'
      : `${notSafe.name} is not guaranteed: ${causeText(notSafe.notGuaranteed?.cause)}.`;
  const { charging, plugged, waiting, stations, online } = live.counts;
  const cars = `${charging} of ${plugged} vehicles charging at ${kw(live.powerW)}`;
  const turn = waiting > 0 ? `, ${waiting} waiting for their turn` : '';
  const limit = `limit ${kw(live.limitW)}${live.signal === undefined ? '' : ' (grid order)'}.`;
  const offline = stations - online;
  const away =
    offline > 0
      ? ` ${offline} ${offline === 1 ? 'station' : 'stations'} offline: ${kw(live.reservedOfflineW)} reserved.`
      : '';
  return `${start} ${cars}${turn}; ${limit}${away}`;
}

function causeText(cause: string | undefined): string {
  switch (cause) {
    case 'fallback-not-read-back':
      return 'a station has not confirmed its fallback yet';
    case 'owner-policy':
      return 'stations without offline test are reserved at their maximum';
    default:
      return 'its rating is exceeded by load that we do not control';
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
