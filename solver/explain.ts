/** What bound a limit, as one sentence: the same words in API, page, log and command line. */
import type { BoundBy, LimitSource, NotGuaranteedCause } from './problem.js';
import type { CircuitId, EvseId } from './units.js';

/** Names and figures that make a sentence more exact; each may be absent. */
export interface ExplainContext {
  /** Falls back to the id. */
  readonly circuitName?: (id: CircuitId) => string;
  readonly evseName?: (id: EvseId) => string;
  /** The limit that is being explained. */
  readonly limitA?: number;
  /** The minimum of a session that waits. */
  readonly currentMinA?: number;
  /** When a session that waits will probably start, in the words of the reader. */
  readonly expectedStart?: string;
  /** An instant in the words and time zone of the reader; falls back to epoch ms. */
  readonly instant?: (atMs: number) => string;
}

const CAUSES: Readonly<Record<NotGuaranteedCause, string>> = {
  'fallback-not-read-back': 'the fallback of a station has not been read back yet',
  'owner-policy': "the owner's policy counts on stations that were not tested offline",
  'rating-exceeded-by-load': 'load that is not controlled could exceed the rating',
};

/** One plain sentence without a full stop, such as "sharing line a of Transformer with 11 others: 16 A". */
export function explainBound(boundBy: BoundBy, context: ExplainContext = {}): string {
  const { limitA } = context;
  const result = limitA === undefined ? '' : `: ${ampsText(limitA)}`;
  switch (boundBy.kind) {
    case 'no-session':
      return 'no vehicle is plugged in';
    case 'vehicle':
      return `the vehicle takes at most ${ampsText(boundBy.currentMaxA)}${result}`;
    case 'satisfied':
      return `the vehicle has stopped asking for energy${result}`;
    case 'not-resumed':
      return `the vehicle has not charged again since it was paused; current is on offer since ${instantText(boundBy.sinceMs, context)}${result}`;
    case 'evse':
      return `the EVSE can give at most ${ampsText(boundBy.currentMaxA)}${result}`;
    case 'circuit':
      return `${sharing(boundBy, context)}${sourceText(boundBy.source)}${result}`;
    case 'admission':
      return `${waiting(boundBy, context)}${startText(context)}`;
    case 'target':
      return `the plan gives ${ampsText(boundBy.targetA)} now${result}${startText(context)}`;
    case 'external-limit':
      return `${boundBy.source} limits the station to ${ampsText(boundBy.limitA)}${result}`;
    case 'ledger':
      return `${waitingForCuts(boundBy, context)}${result}`;
    case 'hold':
      return `not raised before ${instantText(boundBy.untilMs, context)}${result}`;
    case 'offline':
      return `no link to the station: ${ampsText(boundBy.reservedA)} stay reserved for it`;
    case 'not-guaranteed':
      return `not raised while ${CAUSES[boundBy.cause]}${result}`;
    case 'irrevocable':
      return `an unanswered call may still give it ${ampsText(boundBy.reservedA)}, which others cannot have meanwhile${result}`;
    case 'fallback':
      return `its fallback of ${ampsText(boundBy.reservedA)} is reserved for it at any time${result}`;
    case 'unconfirmed':
      return `the station has not confirmed ${ampsText(boundBy.wantedA)} yet${result}`;
  }
}

function sharing(boundBy: Extract<BoundBy, { kind: 'circuit' }>, context: ExplainContext): string {
  const place = placeText(boundBy.conductor, boundBy.circuitId, context);
  const others = boundBy.shareCount - 1;
  if (others <= 0) return `alone on ${place}`;
  return `sharing ${place} with ${others} ${others === 1 ? 'other' : 'others'}`;
}

function waiting(
  boundBy: Extract<BoundBy, { kind: 'admission' }>,
  context: ExplainContext,
): string {
  const place = placeText(boundBy.conductor, boundBy.circuitId, context);
  const { currentMinA } = context;
  const minimum = currentMinA === undefined ? 'its minimum does' : `${ampsText(currentMinA)} do`;
  const source = sourceText(boundBy.source);
  if (boundBy.spareSec !== undefined) {
    return `can wait ${durationText(boundBy.spareSec)}, place ${boundBy.queuePlace}: more urgent vehicles use ${place}${source}`;
  }
  const queued = `place ${boundBy.queuePlace}: ${minimum} not fit ${place}${source}`;
  if (boundBy.resumes === false) {
    return `waiting for a place to keep, because paused it does not charge again by itself, ${queued}`;
  }
  return `waiting for its turn, ${queued}`;
}

function startText({ expectedStart }: ExplainContext): string {
  return expectedStart === undefined ? '' : `; expected to start about ${expectedStart}`;
}

function waitingForCuts(
  boundBy: Extract<BoundBy, { kind: 'ledger' }>,
  context: ExplainContext,
): string {
  const place = context.circuitName?.(boundBy.circuitId) ?? boundBy.circuitId;
  const names = boundBy.waitsFor.map((id) => context.evseName?.(id) ?? id);
  if (names.length === 0) return `waiting for reserved current on ${place} to be released`;
  return `waiting on ${place} until cuts at ${names.join(', ')} are confirmed and settled`;
}

function placeText(conductor: string, circuitId: CircuitId, context: ExplainContext): string {
  const name = context.circuitName?.(circuitId) ?? circuitId;
  const isPhase = conductor.startsWith('L') && conductor.length === 2;
  const isPair = conductor.length === 2 && !isPhase;
  return `${isPhase ? 'phase ' : isPair ? 'pair ' : ''}${conductor} of ${name}`;
}

function sourceText(source: LimitSource): string {
  switch (source.kind) {
    case 'rating':
      return '';
    case 'owner':
      return " (the owner's limit)";
    case 'demand-charge':
      return ' (more would cost a higher peak)';
    case 'price':
      return ' (energy costs less later)';
    case 'signal':
      return ` (signal ${source.signalId})`;
  }
}

function durationText(durationSec: number): string {
  const minutes = Math.floor(durationSec / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** At most one decimal, none for whole amperes. */
function ampsText(currentA: number): string {
  return `${Math.round(currentA * 10) / 10} A`;
}

function instantText(atMs: number, context: ExplainContext): string {
  return context.instant?.(atMs) ?? `${Math.round(atMs)} ms`;
}
