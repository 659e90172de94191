/** What was decided for each EVSE and why, on change only. */
import { worstCaseAt } from '../../ledger/index.js';
import type { GrantResult } from '../../ledger/types.js';
import {
  amps,
  type BoundBy,
  type EvseLimit,
  type SessionId,
  type SignalId,
} from '../../solver/index.js';
import type { EvseStanding } from '../sites/snapshot.js';
import { externalLimitOf } from './external-limit.js';
import { type Draft, updateEvse } from './draft.js';
import type { Goals } from './goals.js';
import type { Decision } from './state.js';

export function recordDecisions(
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
    const made = {
      sessionId: session?.id,
      limitA: limit.limitA,
      goalA: goals.get(evse.id)?.limitA ?? 0,
      boundBy: boundByOf(draft, standing, limit),
    };
    if (state.decision !== undefined && isSameDecision(made, state.decision)) continue;
    const { sessionId, ...reasoned } = made;
    const decision: Decision = {
      evseId: evse.id,
      atMs: draft.nowMs,
      ...reasoned,
      ...(sessionId === undefined ? {} : { sessionId }),
    };
    updateEvse(draft, evse.id, (it) => ({ ...it, decision }));
    draft.effects.push({ type: 'decision', decision });
  }
}

/** What is known of the vehicle or its station beside its limit: whose limit it is, that it is asleep. */
function boundByOf(
  draft: Draft,
  standing: EvseStanding,
  { boundBy, limitA }: Pick<EvseLimit, 'boundBy' | 'limitA'>,
): BoundBy {
  const { evse, session, station, state } = standing;
  if (session === undefined || session.phase !== 'active') return { kind: 'no-session' };
  const { asleepSinceMs } = session.vehicle;
  const isOffered = limitA > 0 || boundBy.kind === 'satisfied';
  if (asleepSinceMs !== undefined && isOffered && station.stage !== 'offline') {
    return { kind: 'not-resumed', sinceMs: asleepSinceMs };
  }
  const external = externalLimitOf(draft.site, evse, station, draft.nowMs);
  if (boundBy.kind === 'target' && external !== undefined && external.limitA <= boundBy.targetA) {
    const { source, limitA } = external;
    return { kind: 'external-limit', source, limitA: amps(limitA) };
  }
  if (station.stage !== 'offline') return boundBy;
  const reservedA = amps(worstCaseAt(state.ledger, draft.nowMs, draft.site.settings));
  return { kind: 'offline', reservedA };
}

type Made = Pick<Decision, 'limitA' | 'goalA' | 'boundBy'> & {
  readonly sessionId: SessionId | undefined;
};

/** Decisions are kept on change only; who is waited for and how many share changes too often. */
function isSameDecision(a: Made, b: Decision): boolean {
  return (
    a.limitA === b.limitA &&
    a.goalA === b.goalA &&
    a.sessionId === b.sessionId &&
    isSameBound(a.boundBy, b.boundBy)
  );
}

/** In what an operator acts on. */
function isSameBound(a: BoundBy, b: BoundBy): boolean {
  switch (a.kind) {
    case 'circuit':
      return b.kind === 'circuit' && isSameLimit(a, b);
    case 'admission':
      return b.kind === 'admission' && isSameLimit(a, b) && a.resumes === b.resumes;
    case 'ledger':
      return b.kind === 'ledger' && a.circuitId === b.circuitId;
    case 'vehicle':
      return b.kind === 'vehicle' && a.currentMaxA === b.currentMaxA;
    case 'evse':
      return b.kind === 'evse' && a.currentMaxA === b.currentMaxA;
    case 'offline':
      return b.kind === 'offline' && a.reservedA === b.reservedA;
    case 'irrevocable':
      return b.kind === 'irrevocable' && a.reservedA === b.reservedA;
    case 'fallback':
      return b.kind === 'fallback' && a.reservedA === b.reservedA;
    case 'not-guaranteed':
      return b.kind === 'not-guaranteed' && a.cause === b.cause;
    case 'external-limit':
      return b.kind === 'external-limit' && a.limitA === b.limitA;
    case 'hold':
      return b.kind === 'hold' && a.untilMs === b.untilMs;
    case 'not-resumed':
      return b.kind === 'not-resumed' && a.sinceMs === b.sinceMs;
    case 'no-session':
    case 'satisfied':
    case 'target':
    case 'unconfirmed':
      return a.kind === b.kind;
  }
}

type LimitOfCircuit = Pick<
  Extract<BoundBy, { kind: 'circuit' }>,
  'circuitId' | 'conductor' | 'source'
>;

function isSameLimit(a: LimitOfCircuit, b: LimitOfCircuit): boolean {
  return (
    a.circuitId === b.circuitId &&
    a.conductor === b.conductor &&
    a.source.kind === b.source.kind &&
    signalOf(a.source) === signalOf(b.source)
  );
}

function signalOf(source: LimitOfCircuit['source']): SignalId | undefined {
  return source.kind === 'signal' ? source.signalId : undefined;
}
