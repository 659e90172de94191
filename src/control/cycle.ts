/**
 * The limits of a cycle: goals from the allocator, grants from the ledger, commands and decisions out of
 * both. It re-reads everything and decides once.
 */
import { grant, inForce, planned, valueAt } from '../../ledger/index.js';
import type { Grant, GrantEvse, GrantResult, Tier } from '../../ledger/types.js';
import { type Amps, amps, type EvseId, type EvseLimit } from '../../solver/index.js';
import { isRefused } from '../sessions/session.js';
import {
  LOOKAHEAD_MS,
  pilotsOf,
  siteTiers,
  standings,
  type EvseStanding,
} from '../sites/snapshot.js';
import { failuresLeft } from '../sites/untested-policy.js';
import { meterStaleAtMs } from '../sites/tiers.js';
import { channelCount, grantProfile, isEndless, isOnAnyPhase } from './charge-rate.js';
import { recordDecisions } from './decisions.js';
import { wakeForLimits } from './external-limit.js';
import {
  COMMAND_LIFE_MS,
  type Draft,
  isBeingCleared,
  plan,
  updateEvse,
  wakeAt,
  without,
} from './draft.js';
import { type Goals, goalsNow } from './goals.js';
import { noteHeadroom, stableGoal } from './headroom.js';
import { forgetPhases } from './phase-watch.js';
import { clearTransaction } from './fold-transaction.js';
import { repeatIgnored } from './ignored-lease.js';
import { leaseSecOf } from './lease.js';
import { readBackDue } from './lease-read-back.js';
import { hasTaken } from './form.js';
import type { EvseState } from './state.js';
import { phasesTold, switchPhases } from './phase-switch.js';
import { type Steering, steerTests } from './smart-charging-test/steer.js';
import { isToldOfPhases } from './switch-trust.js';
import { sweepLeftovers } from './sweep.js';
import { isSmallRaise, nextRaiseAtMs, nextRepeatAtMs, REPEATS_TIMES } from './write-budget.js';

const HOUR_MS = 3_600_000;
/** A lease that ends sooner is not worth asserting again. */
const REASSERT_LEFT_MS = 30_000;

/** True on the metered tier: there the same readings carry a lease for longer with every look at them. */
export function decideLimits(draft: Draft): boolean {
  forgetPhases(draft);
  const all = standings(draft);
  const tiers = siteTiers(draft, draft.nowMs);
  const goals = goalsNow(draft, all, tiers);
  noteHeadroom(draft, all, goals);
  switchPhases(draft, all, { goals, tiers });
  const steered = steerTests(draft, all, goals);
  const result = grantNow(draft, all, { tiers, goals, steered });
  planGrants(draft, all, result.grants);
  sweepLeftovers(draft, all);
  repeatIgnored(draft);
  reassertLost(draft, all);
  readBackDue(draft, all);
  noteNotGuaranteed(draft, result);
  recordDecisions(draft, all, goals, result);
  wakeAt(draft, result.nextWakeAtMs);
  wakeForLimits(draft);
  const meteredUntilMs = meterStaleAtMs(draft, draft.nowMs);
  wakeAt(draft, meteredUntilMs);
  for (const { fromMs } of tiers) {
    // Goals obey a tier that comes from here on: cuts need their time.
    if (fromMs - LOOKAHEAD_MS > draft.nowMs) wakeAt(draft, fromMs - LOOKAHEAD_MS);
    if (fromMs > draft.nowMs) wakeAt(draft, fromMs);
  }
  return meteredUntilMs !== undefined;
}

function grantNow(
  draft: Draft,
  all: readonly EvseStanding[],
  from: {
    readonly tiers: readonly Tier[];
    readonly goals: Goals;
    readonly steered: ReadonlyMap<EvseId, Steering>;
  },
): GrantResult {
  const { site, nowMs } = draft;
  const { tiers, goals, steered } = from;
  const busy = new Set<EvseId>();
  for (const pending of draft.pending.values()) {
    if (pending.purpose === 'grant' && pending.evseId !== undefined) busy.add(pending.evseId);
  }
  const evses = all.map((standing): GrantEvse => {
    const { evse } = standing;
    // A test may have changed it in this very cycle.
    const state = draft.evses.get(evse.id) ?? standing.state;
    const steering = steered.get(evse.id);
    const wanted = steeredGoal(goalOf(standing, goals), steering);
    const isHeld = steering === undefined;
    const { goal, fromMs } = isHeld ? stableGoal(draft, standing, state, wanted) : { goal: wanted };
    const raise = { goalA: goal?.limitA ?? 0, stableAtMs: fromMs };
    const raiseNotBeforeMs = isHeld ? raiseHold(draft, state, raise) : undefined;
    return {
      id: evse.id,
      stationId: evse.stationId,
      circuitId: evse.circuitId,
      channels: evse.channels,
      pilots: pilotsOf(draft, standing),
      ledger: state.ledger,
      controllable: standing.controllable && !isRefusing(draft, state, goal),
      goal,
      raiseNotBeforeMs,
      leaseSec: steering?.leaseSec ?? leaseSecOf(draft, standing),
      periodsMax: periodsMaxOf(standing, state),
      tailWantedA: tailWantedA(site, standing),
      isExact: steering !== undefined,
      phases: phasesTold(state),
      busy: busy.has(evse.id) || steering?.hold === true,
    };
  });
  const { supply, settings } = site;
  return grant({ nowMs, supply, tiers, evses, settings, failuresLeft: failuresLeft(draft) });
}

/**
 * What a test compares is a limit that holds until its lease ends. In W only a limit without steps can be
 * meant for all phases (R12).
 */
function periodsMaxOf({ evse, station }: EvseStanding, { test }: EvseState): number {
  const isPlain = test !== undefined || isOnAnyPhase(station, evse) || isEndless(station);
  return isPlain ? Math.min(2, station.capability.periodsMax) : station.capability.periodsMax;
}

function tailWantedA({ settings }: Draft['site'], { evse, station }: EvseStanding): Amps {
  if (isEndless(station)) return evse.currentMaxA;
  const isShared = isOnAnyPhase(station, evse) && channelCount(evse) > 1;
  return isShared ? amps(0) : settings.fallbackSessionA;
}

function goalOf(standing: EvseStanding, goals: Goals): EvseLimit | undefined {
  const { session } = standing;
  if (!standing.controllable || session?.phase !== 'active' || isRefused(session)) return undefined;
  return goals.get(standing.evse.id);
}

/** A test takes no more than the allocator would give. */
function steeredGoal(
  goal: EvseLimit | undefined,
  steering: Steering | undefined,
): EvseLimit | undefined {
  if (goal === undefined || steering?.limitA === undefined) return goal;
  return { ...goal, limitA: amps(Math.min(goal.limitA, steering.limitA)) };
}

/** A station that has just refused a profile is not asked the same again at once, but for less. */
function isRefusing(draft: Draft, state: EvseState, goal: EvseLimit | undefined): boolean {
  const { refusedUntilMs, refusedA } = state;
  if (refusedUntilMs === undefined || refusedUntilMs <= draft.nowMs) return false;
  wakeAt(draft, refusedUntilMs);
  return goal === undefined || refusedA === undefined || goal.limitA >= refusedA;
}

/**
 * Headroom must be stable; beside the write budget nothing rises. What is sent again
 * because nobody answered is no new change, and has a budget for itself: else lost frames would use up the
 * hour's changes.
 */
function raiseHold(
  draft: Draft,
  state: EvseState,
  { goalA, stableAtMs = 0 }: { readonly goalA: number; readonly stableAtMs: number | undefined },
): number | undefined {
  const { nowMs } = draft;
  const { changesPerHourMax: perHourMax } = draft.site.settings;
  const { changesAtMs, repeatsAtMs = [] } = state;
  const isSmall = isSmallRaise(inForce(state.ledger, nowMs), goalA);
  const spentUntilMs = isUnanswered(state, nowMs)
    ? nextRepeatAtMs(repeatsAtMs, nowMs, REPEATS_TIMES * perHourMax)
    : nextRaiseAtMs(changesAtMs, nowMs, { perHourMax, isSmall });
  const heldUntilMs = Math.max(spentUntilMs, stableAtMs);
  return heldUntilMs > nowMs ? heldUntilMs : undefined;
}

/** Then nothing but a repeat may leave (R4). */
function isUnanswered({ ledger }: EvseState, nowMs: number): boolean {
  const newest = ledger.commands.at(-1);
  return newest?.state === 'unknown' && newest.boundaryAtMs > nowMs;
}

function planGrants(draft: Draft, all: readonly EvseStanding[], grants: readonly Grant[]): void {
  if (grants.length === 0) return;
  const byId = new Map(all.map((it) => [it.evse.id, it]));
  for (const one of grants) {
    const standing = byId.get(one.evseId);
    if (standing !== undefined) planGrant(draft, standing, one);
  }
}

/** Without an end it gets no more than may hold for ever. */
function forGood(one: Grant): Grant {
  return { ...one, limitA: amps(Math.min(one.limitA, one.tailA)), steps: [] };
}

/**
 * What it was told since the last clear it would go on to follow: a grant comes behind the next. Its maximum comes
 * at once where F0 earns no credit: without a lease that counts as being in force, and nothing more would leave.
 */
function clearsFirst(draft: Draft, { evse, station }: EvseStanding, { limitA }: Grant): boolean {
  const state = draft.evses.get(evse.id);
  if (state === undefined || !hasTaken(station, 'clear-first', evse.id)) return false;
  const { ledger, clearedSeq = 0 } = state;
  const waits = ledger.fallbackIdleA !== undefined || limitA < evse.currentMaxA;
  if (isBeingCleared(draft, evse.id)) return waits;
  const mayHold = ledger.commands.some((it) => it.state !== 'superseded' && it.seq > clearedSeq);
  if (mayHold) clearTransaction(draft, evse.id, station.id);
  return mayHold && waits;
}

/** The row first, then the call: the ledger counts the command from here on (R2). */
function planGrant(draft: Draft, standing: EvseStanding, granted: Grant): void {
  const { transactionId } = standing.state;
  if (transactionId === undefined) return;
  if (clearsFirst(draft, standing, granted)) return;
  const one = isEndless(standing.station) ? forGood(granted) : granted;
  const profile = grantProfile({
    site: draft.site,
    evse: standing.evse,
    station: standing.station,
    transactionId,
    limitA: one.limitA,
    steps: one.steps,
    tailA: one.tailA,
    boundaryAtMs: one.boundaryAtMs,
    nowMs: draft.nowMs,
    phases: one.phases ?? phasesNamed(draft, standing),
    phaseToUse: draft.evses.get(standing.evse.id)?.ledger.onePhase?.phaseToUse,
  });
  if (!('periods' in profile)) {
    const detail = profile.map((it) => it.message).join('; ');
    draft.effects.push({ type: 'alarm', code: 'profile-impossible', evseId: one.evseId, detail });
    const refusedUntilMs = draft.nowMs + HOUR_MS;
    updateEvse(draft, one.evseId, (it) => ({ ...without(it, 'refusedA'), refusedUntilMs }));
    return;
  }
  const pending = plan(draft, {
    stationId: standing.station.id,
    evseId: one.evseId,
    purpose: 'grant',
    command: { kind: 'set-charging-profile', profile },
    priority: one.kind === 'cut' ? 'cut' : 'normal',
    expiresAtMs: Math.min(one.boundaryAtMs, draft.nowMs + COMMAND_LIFE_MS),
  });
  updateEvse(draft, one.evseId, (it) => noteChange(draft, it, one, pending.seq));
}

/** Three, where it is told of phases at all. */
function phasesNamed(draft: Draft, { evse, station, state }: EvseStanding): 3 | undefined {
  const isTold = isToldOfPhases(evse, station, draft.evses.get(evse.id) ?? state);
  return isTold ? 3 : undefined;
}

function noteChange(draft: Draft, state: EvseState, one: Grant, seq: number): EvseState {
  const { nowMs } = draft;
  const beforeA = inForce(state.ledger, nowMs);
  const switched = beforeA > 0 !== one.limitA > 0;
  return {
    ...without(state, 'refusedUntilMs', 'refusedA', 'repeatsAtMs'),
    ledger: planned(state.ledger, {
      seq,
      grantA: one.limitA,
      boundaryAtMs: one.boundaryAtMs,
      tailA: one.tailA,
      steps: one.steps,
      phases: one.phases,
      plannedAtMs: nowMs,
    }),
    reassert: false,
    ...(switched ? { sinceMs: nowMs } : {}),
    ...(one.kind === 'cut' && one.limitA < beforeA ? { cutAtMs: nowMs } : {}),
    ...writes(draft, state, one),
  };
}

/** The write budget with one more grant in it. */
function writes(
  { nowMs }: Draft,
  state: EvseState,
  one: Grant,
): Pick<EvseState, 'changesAtMs' | 'repeatsAtMs'> {
  const isRepeat = isUnanswered(state, nowMs);
  // Somebody asked for what a test changes: the write budget is for what nobody asked for.
  const isRaise = one.kind === 'raise' && state.test === undefined;
  const withNow = (atMs: readonly number[], adds: boolean): readonly number[] => {
    const recent = atMs.filter((it) => it > nowMs - HOUR_MS);
    return adds ? [...recent, nowMs] : recent;
  };
  const repeatsAtMs = withNow(state.repeatsAtMs ?? [], one.kind !== 'cut' && isRepeat);
  return {
    changesAtMs: withNow(state.changesAtMs, isRaise && !isRepeat),
    ...(repeatsAtMs.length === 0 ? {} : { repeatsAtMs }),
  };
}

/**
 * What is in force once more, to a station that may have lost it: raises nothing (R4). Where a newer
 * command that asks for something else is still open, the cycle repeats that one by itself.
 */
function reassertLost(draft: Draft, all: readonly EvseStanding[]): void {
  for (const standing of all) {
    const { evse, controllable } = standing;
    const state = draft.evses.get(evse.id);
    if (state === undefined || !state.reassert || !controllable) continue;
    updateEvse(draft, evse.id, (it) => ({ ...it, reassert: false }));
    const { commands } = state.ledger;
    const newest = commands.findLast((it) => it.state === 'accepted');
    const runs = newest !== undefined && newest.boundaryAtMs - draft.nowMs >= REASSERT_LEFT_MS;
    const tailA = newest?.tailA ?? amps(0);
    const limitA = runs ? valueAt(newest, draft.nowMs) : tailA;
    const isOpen = commands.some(
      (it) =>
        it.seq > (newest?.seq ?? 0) &&
        it.boundaryAtMs > draft.nowMs &&
        (it.state !== 'unknown' || valueAt(it, draft.nowMs) !== limitA),
    );
    if (isOpen) continue;
    const lastsUntilMs = draft.nowMs + draft.site.settings.leaseSec * 1000;
    planGrant(draft, standing, {
      evseId: evse.id,
      kind: 'renew',
      limitA,
      steps: runs ? (newest.steps ?? []).filter((it) => it.fromMs > draft.nowMs) : [],
      boundaryAtMs: runs ? newest.boundaryAtMs : Math.floor(lastsUntilMs / 1000) * 1000,
      tailA,
      phases: newest?.phases,
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
  wakeAt(draft, draft.nowMs);
}
