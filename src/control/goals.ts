/** What the allocator would give each EVSE, and for how long that answer is kept. */
import type { Tier } from '../../ledger/types.js';
import {
  amps,
  type Circuit,
  type CircuitLimit,
  createAllocator,
  type EvseId,
  type EvseLimit,
  memoized,
  type PilotSet,
  type SiteProblem,
  verifyAllocation,
} from '../../solver/index.js';
import { withinDemandCap } from '../planning/demand-cap.js';
import { nextPlanByMs, planEdgeMs } from '../planning/site-plan.js';
import { nextWakeEdgeMs } from '../sessions/wake.js';
import { creditsIgnoredAtMs, type EvseStanding, snapshot } from '../sites/snapshot.js';
import { type Draft, wakeAt } from './draft.js';
import { failuresLeft } from '../sites/untested-policy.js';
import { withFreedSoon } from './freed-soon.js';
import { goalsUnderPolicy } from './goals-under-policy.js';
import { besideGoals, goalsWithoutCredit } from './goals-without-credit.js';
import { goalsBeside, irrevocables, type ReservedByEvse } from './irrevocable.js';
import { heldBack, holdBack, withCause } from './held-back.js';
import { creditsAfter, withCredits } from './rounding-credit.js';
import type { ControlState } from './state.js';

/** Laxity passes while nothing happens: goals are looked at again this often. */
const GOALS_KEPT_MS = 300_000;
/** Somebody's turn comes: while anybody waits for one. Laxity moves more slowly. */
const TURNS_KEPT_MS = 60_000;

export type Goals = ReadonlyMap<EvseId, EvseLimit>;

/** Goals hold until something that they depend on changes, so that equals do not flicker. */
export function goalsNow(
  draft: Draft,
  all: readonly EvseStanding[],
  tiers: readonly Tier[],
): Goals {
  const { control, nowMs } = draft;
  const now = snapshot(draft, all, { tiers, nowMs, assumed: 'reserve' });
  const unpriced = withFreedSoon(draft, now, all);
  const wanted = withinDemandCap(unpriced, draft.plan, nowMs);
  const held = heldBack(wanted, control.notGuaranteed);
  const problem = holdBack(wanted, held);
  const isGuaranteed = control.notGuaranteed.length === 0;
  const left = failuresLeft(draft);
  const reserved = irrevocables(draft, all);
  const goalsKey = `${isGuaranteed} ${left} ${reservedText(reserved)}${keyOf(problem, all)}`;
  const ageMs = draft.nowMs - (control.goalsAtMs ?? Number.NEGATIVE_INFINITY);
  const claimed = all.some(({ controllable }) => controllable);
  const planByMs = nextPlanByMs(draft.plan, nowMs);
  const isOld = claimed && ageMs >= keptMs(control.goals) && planByMs === undefined;
  if (control.goalsKey !== goalsKey || isOld) {
    const credited = new Set(all.filter((it) => it.credited).map((it) => it.evse.id));
    const owed = withCredits(problem, control);
    const limits = goalsBeside(reserved, owed, (beside) =>
      goalsUnderPolicy(beside, all, left, (it) => solve(draft, it)),
    );
    const goals = limits
      .filter((it) => credited.has(it.evseId))
      .map((it) => withCause(it, held, problem));
    const obeyed = () =>
      solve(draft, besideGoals(snapshot(draft, all, { tiers, nowMs, assumed: 'obeyed' }), goals));
    const others = goalsWithoutCredit(draft.site, all, { reserved: problem, isGuaranteed, obeyed });
    const credits = creditsAfter(owed, limits);
    draft.control = {
      ...control,
      goalsAtMs: draft.nowMs,
      goalsKey,
      goals: [...goals, ...others],
      credits,
    };
  }
  const { goalsAtMs = nowMs, goals: made } = draft.control;
  // Old ones wait for the plan that is due then.
  if (claimed) wakeAt(draft, Math.max(goalsAtMs + keptMs(made), planByMs ?? 0));
  const ignoredAtMs = creditsIgnoredAtMs(all, draft.nowMs);
  if (ignoredAtMs !== undefined && ignoredAtMs > draft.nowMs) wakeAt(draft, ignoredAtMs);
  for (const { session } of all) {
    if (session?.phase === 'active') wakeAt(draft, nextWakeEdgeMs(session.vehicle, nowMs));
  }
  wakeAt(draft, planEdgeMs(draft.plan, draft.sessions.values(), draft.nowMs));
  return goalsById(draft.control.goals);
}

const keptMs = memoized((goals: ControlState['goals']): number => {
  const waits = goals.some(
    ({ limitA, boundBy }) =>
      limitA === 0 && boundBy.kind === 'admission' && boundBy.spareSec === undefined,
  );
  return waits ? TURNS_KEPT_MS : GOALS_KEPT_MS;
});

const goalsById = memoized(
  (goals: ControlState['goals']): Goals =>
    new Map(
      goals.map(({ evseId, limitA, boundBy }) => [
        evseId,
        { evseId, limitA: amps(limitA), boundBy },
      ]),
    ),
);

/** No answer leaves unchecked; where the check fails everybody is held at 0 until the next cycle. */
function solve(draft: Draft, problem: SiteProblem): readonly EvseLimit[] {
  const allocation = allocatorOf(draft.site)(problem);
  const violations = verifyAllocation(problem, allocation);
  if (violations.length === 0) return allocation.limits;
  const detail = violations.map((it) => `${it.field}: ${it.message}`).join('; ');
  draft.effects.push({ type: 'alarm', code: 'allocation-refused', detail });
  return allocation.limits.map((it) => ({ ...it, limitA: amps(0) }));
}

/** Compiled once for a site: between its edits only numbers change. */
const allocatorOf = memoized((_site: Draft['site']) => createAllocator());

/**
 * All that goals depend on, but for what merely passes with time. Made on every decision, and hence
 * written by hand: a serializer takes several times as long as all the rest of `goalsNow`.
 */
function keyOf(problem: SiteProblem, all: readonly EvseStanding[]): string {
  let key = '';
  for (const circuit of problem.circuits) key += circuitText(circuit);
  for (const { id, claim, channels, reservedA, pilots } of problem.evses) {
    key += `${id} ${channels[0]} ${channels[1]} ${channels[2]} `;
    if (claim === undefined) key += `${reservedA}\n`;
    else {
      const { sessionId, currentMaxA, priority, satisfied, need } = claim;
      const { targetA, targetIsMax, usedChannels, resumes } = claim;
      key += `${sessionId} ${currentMaxA} ${priority} ${satisfied} ${targetA} ${targetIsMax} `;
      key += `${need?.departureAtMs} ${usedChannels?.join()} ${pilotsText(pilots)} ${resumes}\n`;
    }
  }
  for (const { evse, session, credited, controllable } of all) {
    const energyWh = session?.claim?.energyWh;
    if (energyWh !== undefined) key += `${evse.id} wants ${energyWh}\n`;
    if (!credited && controllable) key += `${evse.id} without credit\n`;
  }
  return key;
}

function reservedText(reserved: ReservedByEvse): string {
  let key = '';
  for (const [id, { currentA, usableA }] of reserved) key += `${id} ${currentA} ${usableA}\n`;
  return key;
}

const pilotsText = memoized((pilots: PilotSet) => JSON.stringify(pilots));
const limitText = memoized((limit: CircuitLimit) => JSON.stringify(limit));
const circuitText = memoized(({ id, limits, baseLoadA, keptA }: Circuit) => {
  const [a, b, c] = baseLoadA;
  return `${id} ${a} ${b} ${c} ${keptA?.join()}${limits.map(limitText).join('')}\n`;
});
