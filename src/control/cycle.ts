/**
 * The cycle: goals from the allocator, grants from the ledger, commands and decisions out of both.
 * Runs once after any number of events; it re-reads everything and decides once.
 */
import { expired, grant, inForce, planned, worstCaseAt } from '../../ledger/index.js';
import type { Grant, GrantEvse, GrantResult, Tier } from '../../ledger/types.js';
import {
  allocate,
  amps,
  type BoundBy,
  type EvseId,
  type EvseLimit,
  type SiteProblem,
  verifyAllocation,
} from '../../solver/index.js';
import { pilotsOf, siteTiers, snapshot, standings, type EvseStanding } from '../sites/snapshot.js';
import { channelCount, grantProfile, takesAmps } from './charge-rate.js';
import { advanceContacts } from './contact.js';
import { type Draft, plan, updateEvse, wakeAt, without } from './draft.js';
import type { Decision, EvseState } from './state.js';
import { sweepLeftovers } from './sweep.js';

/** Laxity passes while nothing happens: goals are looked at again this often. */
const GOALS_KEPT_MS = 300_000;
const HOUR_MS = 3_600_000;
/** Meter samples arrive late: what is over is kept this long to judge them by. */
const LEDGER_KEPT_MS = 120_000;
/** A lease that ends sooner is not worth asserting again. */
const REASSERT_LEFT_MS = 30_000;
/** Late messages of a session that is over find it this long; the day's energy counts it. */
const SESSION_KEPT_MS = 24 * HOUR_MS;

export function decide(draft: Draft): GrantResult {
  advanceContacts(draft);
  forget(draft);
  const all = standings(draft);
  const tiers = siteTiers(draft, draft.nowMs);
  const goals = goalsNow(draft, all, tiers);
  const result = grantNow(draft, all, tiers, goals);
  for (const one of result.grants) planGrant(draft, all, one);
  sweepLeftovers(draft, all);
  reassertLost(draft, all);
  noteNotGuaranteed(draft, result);
  recordDecisions(draft, all, goals, result);
  wakeAt(draft, result.nextWakeAtMs);
  for (const tier of tiers) if (tier.fromMs > draft.nowMs) wakeAt(draft, tier.fromMs);
  return result;
}

/** What no longer matters leaves the state, so that memory is bounded. */
function forget(draft: Draft): void {
  for (const evse of draft.evses.values()) {
    const ledger = expired(evse.ledger, draft.nowMs - LEDGER_KEPT_MS, draft.site.settings);
    if (ledger !== evse.ledger) draft.evses.set(evse.id, { ...evse, ledger });
  }
  for (const session of draft.sessions.values()) {
    if (session.phase !== 'ended') continue;
    const { overSinceMs } = session;
    if (overSinceMs === undefined) {
      draft.sessions.set(session.id, { ...session, overSinceMs: draft.nowMs });
    } else if (draft.nowMs - overSinceMs > SESSION_KEPT_MS) draft.sessions.delete(session.id);
  }
}

type Goals = ReadonlyMap<EvseId, EvseLimit>;

/** Goals hold until something that they depend on changes, so that equals do not flicker. */
function goalsNow(draft: Draft, all: readonly EvseStanding[], tiers: readonly Tier[]): Goals {
  const { control, nowMs } = draft;
  const problem = snapshot(draft, all, { tiers, nowMs, assumed: 'reserve' });
  const isGuaranteed = control.notGuaranteed.length === 0;
  const goalsKey = `${isGuaranteed} ${keyOf(problem)}`;
  const ageMs = draft.nowMs - (control.goalsAtMs ?? Number.NEGATIVE_INFINITY);
  const claimed = problem.evses.some((it) => it.claim !== undefined);
  const credited = new Set(all.filter((it) => it.credited).map((it) => it.evse.id));
  if (control.goalsKey !== goalsKey || (claimed && ageMs >= GOALS_KEPT_MS)) {
    const goals = [
      ...solve(draft, problem).filter((it) => credited.has(it.evseId)),
      ...goalsWithoutCredit(draft, all, tiers),
    ];
    draft.control = { ...control, goalsAtMs: draft.nowMs, goalsKey, goals };
  }
  if (claimed) wakeAt(draft, (draft.control.goalsAtMs ?? draft.nowMs) + GOALS_KEPT_MS);
  return new Map(
    draft.control.goals.map((it) => [
      it.evseId,
      { evseId: it.evseId, limitA: amps(it.limitA), boundBy: it.boundBy },
    ]),
  );
}

/**
 * An EVSE that earns no credit is reserved at its maximum anyway: it may as well use it. Where that
 * does not fit a rating it is held at the share of one that obeys, which is all that can be done.
 */
function goalsWithoutCredit(
  draft: Draft,
  all: readonly EvseStanding[],
  tiers: readonly Tier[],
): readonly EvseLimit[] {
  const without = all.filter((it) => !it.credited && it.controllable);
  if (without.length === 0) return [];
  if (draft.control.notGuaranteed.length === 0) {
    return without.map(({ evse: { id, currentMaxA } }) => ({
      evseId: id,
      limitA: currentMaxA,
      boundBy: { kind: 'evse', currentMaxA },
    }));
  }
  const obeyed = { tiers, nowMs: draft.nowMs, assumed: 'obeyed' } as const;
  const ids = new Set(without.map((it) => it.evse.id));
  return solve(draft, snapshot(draft, all, obeyed)).filter((it) => ids.has(it.evseId));
}

/** No answer leaves unchecked; where the check fails everybody is held at 0 until the next cycle. */
function solve(draft: Draft, problem: SiteProblem): readonly EvseLimit[] {
  const allocation = allocate(problem);
  const violations = verifyAllocation(problem, allocation);
  if (violations.length === 0) return allocation.limits;
  const detail = violations.map((it) => `${it.field}: ${it.message}`).join('; ');
  draft.effects.push({ type: 'alarm', code: 'allocation-refused', detail });
  return allocation.limits.map((it) => ({ ...it, limitA: amps(0) }));
}

/** All that goals depend on, but for what merely passes with time. */
function keyOf(problem: SiteProblem): string {
  const evses = problem.evses.map(({ id, claim, reservedA, pilots }) =>
    claim === undefined
      ? [id, reservedA]
      : [
          id,
          claim.sessionId,
          claim.currentMaxA,
          claim.priority,
          claim.satisfied,
          claim.need?.departureAtMs,
          pilots,
        ],
  );
  const circuits = problem.circuits.map((it) => [it.id, it.limits, it.baseLoadA]);
  return JSON.stringify([circuits, evses]);
}

function grantNow(
  draft: Draft,
  all: readonly EvseStanding[],
  tiers: readonly Tier[],
  goals: Goals,
): GrantResult {
  const { site, nowMs } = draft;
  const busy = new Set<EvseId>();
  for (const pending of draft.pending.values()) {
    if (pending.purpose === 'grant' && pending.evseId !== undefined) busy.add(pending.evseId);
  }
  const evses = all.map((standing): GrantEvse => {
    const { evse, state } = standing;
    const goal = goalOf(standing, goals);
    const raiseNotBeforeMs = raiseHold(draft, state);
    const watts3 = !takesAmps(standing.station) && channelCount(evse) > 1;
    return {
      id: evse.id,
      circuitId: evse.circuitId,
      channels: evse.channels,
      pilots: pilotsOf(draft, standing),
      ledger: state.ledger,
      controllable: standing.controllable && !isRefusing(draft, state),
      ...(goal === undefined ? {} : { goal }),
      ...(raiseNotBeforeMs === undefined ? {} : { raiseNotBeforeMs }),
      leaseSec: site.settings.leaseSec,
      tailWantedA: watts3 ? amps(0) : site.settings.fallbackSessionA,
      busy: busy.has(evse.id),
    };
  });
  return grant({ nowMs, supply: site.supply, tiers, evses, settings: site.settings });
}

function goalOf(standing: EvseStanding, goals: Goals): EvseLimit | undefined {
  if (!standing.controllable || standing.session?.phase !== 'active') return undefined;
  return goals.get(standing.evse.id);
}

/** A station that has just refused a profile is not asked the same again at once. */
function isRefusing(draft: Draft, state: EvseState): boolean {
  return state.refusedUntilMs !== undefined && state.refusedUntilMs > draft.nowMs;
}

/** After a cut headroom must be stable; beside the write budget nothing rises. */
function raiseHold(draft: Draft, state: EvseState): number | undefined {
  const { raiseHoldSec, changesPerHourMax } = draft.site.settings;
  const recent = state.changesAtMs.filter((atMs) => atMs > draft.nowMs - HOUR_MS);
  const oldest = recent.length >= changesPerHourMax ? recent[0] : undefined;
  const holds = [
    state.cutAtMs === undefined ? undefined : state.cutAtMs + raiseHoldSec * 1000,
    oldest === undefined ? undefined : oldest + HOUR_MS,
  ].filter((atMs): atMs is number => atMs !== undefined && atMs > draft.nowMs);
  return holds.length === 0 ? undefined : Math.max(...holds);
}

/** The row first, then the call: the ledger counts the command from here on (R2). */
function planGrant(draft: Draft, all: readonly EvseStanding[], one: Grant): void {
  const standing = all.find((it) => it.evse.id === one.evseId);
  const transactionId = standing?.state.transactionId;
  if (standing === undefined || transactionId === undefined) return;
  const profile = grantProfile({
    site: draft.site,
    evse: standing.evse,
    station: standing.station,
    transactionId,
    limitA: one.limitA,
    tailA: one.tailA,
    boundaryAtMs: one.boundaryAtMs,
    nowMs: draft.nowMs,
  });
  if (!('periods' in profile)) {
    const detail = profile.map((it) => it.message).join('; ');
    draft.effects.push({ type: 'alarm', code: 'profile-impossible', evseId: one.evseId, detail });
    updateEvse(draft, one.evseId, (it) => ({ ...it, refusedUntilMs: draft.nowMs + HOUR_MS }));
    return;
  }
  const pending = plan(draft, {
    stationId: standing.station.id,
    evseId: one.evseId,
    purpose: 'grant',
    command: { kind: 'set-charging-profile', profile },
    priority: one.kind === 'cut' ? 'cut' : 'normal',
    expiresAtMs: Math.min(one.boundaryAtMs, draft.nowMs + 300_000),
  });
  updateEvse(draft, one.evseId, (it) => noteChange(draft, it, one, pending.seq));
}

function noteChange(draft: Draft, state: EvseState, one: Grant, seq: number): EvseState {
  const { nowMs } = draft;
  const beforeA = inForce(state.ledger, nowMs);
  const switched = beforeA > 0 !== one.limitA > 0;
  const recent = state.changesAtMs.filter((atMs) => atMs > nowMs - HOUR_MS);
  return {
    ...without(state, 'refusedUntilMs'),
    ledger: planned(state.ledger, {
      seq,
      grantA: one.limitA,
      boundaryAtMs: one.boundaryAtMs,
      tailA: one.tailA,
      plannedAtMs: nowMs,
    }),
    reassert: false,
    ...(switched ? { sinceMs: nowMs } : {}),
    ...(one.kind === 'cut' && one.limitA < beforeA ? { cutAtMs: nowMs } : {}),
    changesAtMs: one.kind === 'raise' ? [...recent, nowMs] : recent,
  };
}

/**
 * What is in force once more, to a station that may have lost it: raises nothing (R4). Where a newer
 * command is still open, the cycle repeats that one by itself.
 */
function reassertLost(draft: Draft, all: readonly EvseStanding[]): void {
  for (const { evse, controllable } of all) {
    const state = draft.evses.get(evse.id);
    if (state === undefined || !state.reassert || !controllable) continue;
    updateEvse(draft, evse.id, (it) => ({ ...it, reassert: false }));
    const { commands } = state.ledger;
    const newest = commands.findLast((it) => it.state === 'accepted');
    const isOpen = commands.some(
      (it) => it.seq > (newest?.seq ?? 0) && it.boundaryAtMs > draft.nowMs,
    );
    if (isOpen) continue;
    const runs = newest !== undefined && newest.boundaryAtMs - draft.nowMs >= REASSERT_LEFT_MS;
    const tailA = newest?.tailA ?? amps(0);
    const lastsUntilMs = draft.nowMs + draft.site.settings.leaseSec * 1000;
    planGrant(draft, all, {
      evseId: evse.id,
      kind: 'renew',
      limitA: runs ? newest.grantA : tailA,
      boundaryAtMs: runs ? newest.boundaryAtMs : Math.floor(lastsUntilMs / 1000) * 1000,
      tailA,
    });
  }
}

/** The state, its cause and how long it lasts are on the page. */
function noteNotGuaranteed(draft: Draft, result: GrantResult): void {
  const known = draft.control.notGuaranteed;
  const same =
    known.length === result.notGuaranteed.length &&
    result.notGuaranteed.every(
      (it, i) => known[i]?.circuitId === it.circuitId && known[i]?.cause === it.cause,
    );
  if (same) return;
  const notGuaranteed = result.notGuaranteed.map((it) => {
    const before = known.find((old) => old.circuitId === it.circuitId && old.cause === it.cause);
    return { ...it, sinceMs: before?.sinceMs ?? draft.nowMs };
  });
  draft.control = { ...draft.control, notGuaranteed };
}

function recordDecisions(
  draft: Draft,
  all: readonly EvseStanding[],
  goals: Goals,
  result: GrantResult,
): void {
  const limits = new Map(result.limits.map((it) => [it.evseId, it]));
  for (const standing of all) {
    const { evse, session } = standing;
    const state = draft.evses.get(evse.id);
    const limit = limits.get(evse.id);
    if (state === undefined || limit === undefined) continue;
    const decision: Decision = {
      evseId: evse.id,
      ...(session === undefined ? {} : { sessionId: session.id }),
      atMs: draft.nowMs,
      limitA: limit.limitA,
      goalA: goals.get(evse.id)?.limitA ?? 0,
      boundBy: boundByOf(draft, standing, limit.boundBy),
    };
    if (state.decision !== undefined && isSameDecision(decision, state.decision)) continue;
    updateEvse(draft, evse.id, (it) => ({ ...it, decision }));
    draft.effects.push({ type: 'decision', decision });
  }
}

/** No link while a vehicle is there: the page says what is reserved for it. */
function boundByOf(draft: Draft, standing: EvseStanding, boundBy: BoundBy): BoundBy {
  const { session, station, state } = standing;
  if (session === undefined || session.phase !== 'active') return { kind: 'no-session' };
  if (station.stage !== 'offline') return boundBy;
  const reservedA = amps(worstCaseAt(state.ledger, draft.nowMs, draft.site.settings));
  return { kind: 'offline', reservedA };
}

/** Decisions are kept on change only; who is waited for and how many share changes too often. */
function isSameDecision(a: Decision, b: Decision): boolean {
  return (
    a.limitA === b.limitA &&
    a.goalA === b.goalA &&
    a.sessionId === b.sessionId &&
    a.boundBy.kind === b.boundBy.kind &&
    circuitOf(a.boundBy) === circuitOf(b.boundBy) &&
    conductorOf(a.boundBy) === conductorOf(b.boundBy)
  );
}

function circuitOf(boundBy: BoundBy): string | undefined {
  return 'circuitId' in boundBy ? boundBy.circuitId : undefined;
}

function conductorOf(boundBy: BoundBy): string | undefined {
  return 'conductor' in boundBy ? boundBy.conductor : undefined;
}
