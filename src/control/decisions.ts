/** What was decided for each EVSE and why, on change only. */
import { worstCaseAt } from '../../ledger/index.js';
import type { GrantResult } from '../../ledger/types.js';
import { amps, type BoundBy } from '../../solver/index.js';
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
  const { evse, session, station, state } = standing;
  if (session === undefined || session.phase !== 'active') return { kind: 'no-session' };
  const external = externalLimitOf(draft.site, evse, station, draft.nowMs);
  if (boundBy.kind === 'target' && external !== undefined) {
    const { source, limitA } = external;
    return { kind: 'external-limit', source, limitA: amps(limitA) };
  }
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
    isSameBound(a.boundBy, b.boundBy)
  );
}

function isSameBound(a: BoundBy, b: BoundBy): boolean {
  if (a.kind !== b.kind) return false;
  return BOUND_FIELDS.every((field) => field(a) === field(b));
}

/** What an operator acts on in a reason; undefined where a kind does not have it. */
const BOUND_FIELDS: readonly ((boundBy: BoundBy) => string | number | undefined)[] = [
  (it) => ('circuitId' in it ? it.circuitId : undefined),
  (it) => ('conductor' in it ? it.conductor : undefined),
  (it) => ('source' in it ? sourceKind(it.source) : undefined),
  (it) => ('source' in it && hasSignal(it.source) ? it.source.signalId : undefined),
  (it) => (it.kind === 'external-limit' ? it.limitA : undefined),
  (it) => ('cause' in it ? it.cause : undefined),
  (it) => ('reservedA' in it ? it.reservedA : undefined),
  (it) => ('untilMs' in it ? it.untilMs : undefined),
  (it) => ('currentMaxA' in it ? it.currentMaxA : undefined),
];

type Source = Extract<BoundBy, { readonly source: unknown }>['source'];

const sourceKind = (source: Source): string => (typeof source === 'string' ? source : source.kind);

function hasSignal(source: Source): source is Extract<Source, { readonly kind: 'signal' }> {
  return typeof source !== 'string' && source.kind === 'signal';
}
