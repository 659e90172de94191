/** The picture of a site for the Live page and the API: who gets what, and why. Pure. */
import { worstCaseAt } from '../../ledger/index.js';
import { type BoundBy, explainBound, type SiteId } from '../../solver/index.js';
import { DateTime } from 'luxon';
import type { LiveEvse, LiveSite } from '../api/ports.js';
import { channelCount, channelVoltageV } from '../control/charge-rate.js';
import { threeAgainAtMs } from '../control/phase-switch.js';
import type { SiteState } from '../control/state.js';
import { planSentence } from '../planning/plan-sentence.js';
import { energyDeliveredWh, remainingNeed, type Session } from '../sessions/session.js';
import { liveCircuits } from './live-circuits.js';
import { type Ahead, expectedStarts } from './expected-start.js';
import { drawNow } from './live-draw.js';
import { type LimitOwner, liveSentence } from './live-sentence.js';
import { phaseSentence } from './phase-sentence.js';
import { siteTotals } from './live-totals.js';
import type { Site } from './site.js';
import { type EvseStanding, siteTiers, standings } from './snapshot.js';
import { orderAt } from './tiers.js';

export function liveSite(state: SiteState, nowMs: number): LiveSite {
  const all = standings(state);
  const ahead = expectedStarts(state, all, nowMs);
  const evses = all.map((it) => liveEvse(state, it, { nowMs, ahead: ahead.get(it.evse.id) }));
  const [tier] = siteTiers(state, nowMs);
  const circuits = liveCircuits(state, all, { tier, nowMs });
  const powerW = sum(evses.map((it) => it.powerW));
  const totals = siteTotals(state, all, { tier, nowMs });
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
  return { ...picture, sentence: liveSentence(picture, limitOwner(picture, state.site)) };
}

function liveEvse(
  state: SiteState,
  standing: EvseStanding,
  { nowMs, ahead }: { readonly nowMs: number; readonly ahead: Ahead | undefined },
): LiveEvse {
  const { evse, session, station } = standing;
  const { decision, ledger, status } = standing.state;
  const voltageV = channelVoltageV(state.site);
  const draw = drawNow(state, standing, nowMs);
  const isOnOne = threeAgainAtMs(standing.state) !== undefined && ledger.onePhase?.shown === true;
  const wired = isOnOne ? 1 : channelCount(evse);
  const channels = draw.phases > 0 ? draw.phases : wired;
  const delivered = session === undefined ? undefined : energyDeliveredWh(session);
  const need = session === undefined ? undefined : remainingNeed(session);
  const boundBy = ahead?.boundBy ?? decision?.boundBy ?? { kind: 'no-session' };
  const startMs = ahead?.startMs;
  const limitA = decision?.limitA ?? 0;
  return {
    evseId: evse.id,
    stationId: evse.stationId,
    online: station.stage !== 'offline',
    ...(status === undefined ? {} : { status }),
    ...(session === undefined ? {} : { sessionId: session.id, phase: session.phase }),
    limitA,
    goalA: decision?.goalA ?? 0,
    drawnA: draw.drawnA,
    powerW: draw.powerW,
    limitW: limitA * channels * voltageV,
    worstCaseA: worstCaseAt(ledger, nowMs, state.site.settings),
    ...(delivered === undefined ? {} : { energyWh: delivered }),
    ...(need === undefined
      ? {}
      : { remainingWh: need.energyWh, departureAtMs: need.departureAtMs }),
    ...(session?.socFraction === undefined ? {} : { socFraction: session.socFraction }),
    boundBy,
    ...(startMs === undefined ? {} : { expectedStartAtMs: startMs }),
    reason:
      unstartedText(session?.phase, boundBy) ??
      reasonText(state.site, boundBy, { limitA, startMs }),
    ...planOf(state, session, nowMs),
    ...onePhaseOf(state, standing),
    sinceMs: decision?.atMs ?? standing.state.sinceMs,
  };
}

function planOf(
  { plan, site }: SiteState,
  session: Session | undefined,
  nowMs: number,
): Pick<LiveEvse, 'plan'> {
  if (session?.phase !== 'active') return {};
  const text = planSentence(plan, session, { nowMs, timeZone: site.timeZone });
  return text === undefined ? {} : { plan: text };
}

function onePhaseOf({ site }: SiteState, standing: EvseStanding): Pick<LiveEvse, 'onePhase'> {
  const clockOf = (atMs: number): string =>
    DateTime.fromMillis(atMs, { zone: site.timeZone }).toFormat('HH:mm');
  const text = phaseSentence(site, standing, clockOf);
  return text === undefined ? {} : { onePhase: text };
}

/** A vehicle without a transaction has no claim, which is not the same as no vehicle. */
function unstartedText(phase: LiveEvse['phase'], boundBy: BoundBy): string | undefined {
  if (boundBy.kind !== 'no-session') return undefined;
  if (phase === 'plugged') return 'a vehicle is plugged in, charging has not been started';
  return phase === 'finished' ? 'charging has ended, the vehicle is still plugged in' : undefined;
}

/** In the names of the site and its local time. */
function reasonText(
  site: Site,
  boundBy: BoundBy,
  { limitA, startMs }: { readonly limitA: number; readonly startMs: number | undefined },
): string {
  const local = (atMs: number): DateTime => DateTime.fromMillis(atMs, { zone: site.timeZone });
  return explainBound(boundBy, {
    circuitName: (id) => site.circuits.find((it) => it.id === id)?.name ?? id,
    instant: (atMs) => local(atMs).toFormat('HH:mm:ss'),
    ...(startMs === undefined ? {} : { expectedStart: local(startMs).toFormat('HH:mm') }),
    limitA,
  });
}

function limitOwner(
  { limitW, signal }: Pick<LiveSite, 'limitW' | 'signal'>,
  site: Site,
): LimitOwner {
  if (signal !== undefined && signal.limitW <= limitW) return 'grid';
  return site.importLimitW !== undefined && site.importLimitW <= limitW ? 'owner' : 'rating';
}

function counts(state: SiteState, evses: readonly LiveEvse[]): LiveSite['counts'] {
  const stations = [...state.stations.values()];
  const active = evses.filter((it) => it.phase === 'active');
  return {
    stations: stations.length,
    online: stations.filter((it) => it.stage !== 'offline').length,
    charging: active.filter(isCharging).length,
    waiting: active.filter((it) => !isCharging(it) && it.boundBy.kind === 'admission').length,
    plugged: evses.filter((it) => it.phase !== undefined && it.phase !== 'ended').length,
  };
}

function isCharging(evse: LiveEvse): boolean {
  return evse.limitA > 0 && (evse.drawnA > 0 || evse.powerW > 0);
}

/** Energy of sessions that started since midnight at the site. */
function energyToday(state: SiteState, nowMs: number): number {
  const midnightMs = DateTime.fromMillis(nowMs, { zone: state.site.timeZone })
    .startOf('day')
    .toMillis();
  const recent = [...state.sessions.values()].filter(
    (it) => (it.startedAtMs ?? it.pluggedInAtMs) >= midnightMs,
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

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
