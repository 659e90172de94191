/** What bound a limit, in the few words of a chip. The full sentence comes from the engine. */
import { amps, clock, clockMinute, measuredAmps, span } from './format';
import type { BoundBy, LiveCircuit, LiveEvse } from './wire';

/** Shape and colour of the chip; each tone has its own glyph, so that colour is never alone. */
export type Tone = 'good' | 'shared' | 'waiting' | 'trouble' | 'idle';

export interface Chip {
  readonly tone: Tone;
  readonly label: string;
}

export interface Naming {
  readonly timeZone: string;
  readonly circuits: readonly LiveCircuit[];
}

/** `phase` tells a plugged-in vehicle without a transaction from an empty EVSE. */
export function chipOf(boundBy: BoundBy, naming: Naming, phase?: LiveEvse['phase']): Chip {
  switch (boundBy.kind) {
    case 'no-session':
      if (phase === 'plugged') return { tone: 'idle', label: 'Charging not started' };
      return { tone: 'idle', label: phase === 'finished' ? 'Charging has ended' : 'No vehicle' };
    case 'satisfied':
      return { tone: 'good', label: 'Vehicle is full' };
    case 'not-resumed':
      return { tone: 'trouble', label: 'Did not charge again' };
    case 'vehicle':
      return { tone: 'good', label: `Vehicle takes ${amps(boundBy.currentMaxA)} A` };
    case 'evse':
      return { tone: 'good', label: `Station maximum ${amps(boundBy.currentMaxA)} A` };
    case 'target':
      return { tone: 'good', label: `Planned ${amps(boundBy.targetA)} A` };
    case 'external-limit':
      return { tone: 'shared', label: `${boundBy.source} allows ${amps(boundBy.limitA)} A` };
    case 'circuit':
      return { tone: 'shared', label: sharing(boundBy, naming) };
    case 'admission':
      return {
        tone: 'waiting',
        label: waitLabel(boundBy),
      };
    case 'ledger':
      return { tone: 'waiting', label: others(boundBy.waitsFor.length) };
    case 'hold':
      return { tone: 'waiting', label: `Steady until ${clock(boundBy.untilAt, naming.timeZone)}` };
    case 'offline':
      return { tone: 'trouble', label: `Offline, ${amps(boundBy.reservedA)} A reserved` };
    case 'not-guaranteed':
      return { tone: 'trouble', label: causeText(boundBy.cause) };
    case 'irrevocable':
      return { tone: 'shared', label: `${amps(boundBy.reservedA)} A kept for it` };
    case 'fallback':
      return { tone: 'shared', label: `Fallback of ${amps(boundBy.reservedA)} A` };
    case 'unconfirmed':
      return { tone: 'waiting', label: 'Station is being told' };
  }
}

function waitLabel(boundBy: Extract<BoundBy, { kind: 'admission' }>): string {
  if (boundBy.resumes === false) return `Waiting to stay on, place ${boundBy.queuePlace}`;
  return `${boundBy.spareSec === undefined ? 'Waiting' : 'Can wait'}, place ${boundBy.queuePlace}`;
}

type Cause = Extract<BoundBy, { kind: 'not-guaranteed' }>['cause'];

export function causeText(cause: Cause): string {
  switch (cause) {
    case 'fallback-not-read-back':
      return 'Fallback not confirmed yet';
    case 'owner-policy':
      return 'Untested stations';
    case 'rating-exceeded-by-load':
      return 'Other load may exceed the rating';
  }
}

/** The same as the end of a sentence, for who does not know our words. */
export function causeSentence(cause: Cause): string {
  switch (cause) {
    case 'fallback-not-read-back':
      return 'a station has not confirmed yet what it falls back to';
    case 'owner-policy':
      return 'stations that were never tested without a link may draw their maximum';
    case 'rating-exceeded-by-load':
      return 'load that Busbar does not control could exceed the rating';
  }
}

function circuitName(circuitId: string, { circuits }: Naming): string {
  return circuits.find((circuit) => circuit.circuitId === circuitId)?.name ?? circuitId;
}

/** Whose limit it is. */
function sourceText(source: Extract<BoundBy, { kind: 'circuit' }>['source']): string {
  if (source.kind === 'signal') return 'Grid order';
  if (source.kind === 'demand-charge') return 'Peak price';
  if (source.kind === 'price') return 'Price';
  return source.kind === 'owner' ? "Owner's limit" : 'Rating';
}

export interface ChainLink {
  readonly term: string;
  readonly value: string;
  readonly note: string;
}

/** From what is wanted to what may still be drawn, step by step. */
/** The engine's sentence as one on a page. */
export function sentenceOf(reason: string): string {
  const body = reason.slice(0, 1).toUpperCase() + reason.slice(1);
  return body.endsWith('.') ? body : `${body}.`;
}

export function chainOf(evse: LiveEvse, naming: Naming): readonly ChainLink[] {
  const since = clock(evse.sinceAt, naming.timeZone);
  return [
    { term: 'Goal', value: `${amps(evse.goalA)} A`, note: 'what the allocator aims at' },
    {
      term: 'Bound by',
      value: chipOf(evse.boundBy, naming, evse.phase).label,
      note: boundNote(evse, naming),
    },
    { term: 'Allowed', value: `${amps(evse.limitA)} A`, note: `in force since ${since}` },
    { term: 'Drawn', value: `${measuredAmps(evse.drawnA)} A`, note: 'at the last meter sample' },
    {
      term: 'Worst case',
      value: `${amps(evse.worstCaseA)} A`,
      note: 'if every message from now on is lost',
    },
  ];
}

function boundNote(evse: LiveEvse, naming: Naming): string {
  const { boundBy } = evse;
  if (boundBy.kind === 'circuit' || boundBy.kind === 'admission') {
    const name = circuitName(boundBy.circuitId, naming);
    const spare =
      boundBy.kind === 'admission' && boundBy.spareSec !== undefined
        ? `, still in time for ${span(boundBy.spareSec * 1000)}`
        : '';
    const start =
      evse.expectedStartAt === undefined
        ? ''
        : `; starts about ${clockMinute(evse.expectedStartAt, naming.timeZone)}`;
    const keeps =
      boundBy.kind === 'admission' && boundBy.resumes === false
        ? '; paused it does not charge again by itself'
        : '';
    return `${sourceText(boundBy.source).toLowerCase()} of ${name}, ${boundBy.conductor}${spare}${start}${keeps}`;
  }
  if (boundBy.kind === 'ledger') {
    return boundBy.waitsFor.length === 0
      ? `current on ${circuitName(boundBy.circuitId, naming)} is reserved`
      : `${boundBy.waitsFor.join(', ')} on ${circuitName(boundBy.circuitId, naming)}`;
  }
  if (boundBy.kind === 'not-resumed') {
    return `draws nothing since it was paused, known since ${clock(boundBy.sinceAt, naming.timeZone)}`;
  }
  if (boundBy.kind === 'irrevocable') return 'a call without an answer may still give it that much';
  if (boundBy.kind === 'fallback') return 'reserved for it at any time: nobody else can have it';
  if (boundBy.kind === 'unconfirmed') return `told ${amps(boundBy.wantedA)} A, no answer yet`;
  return 'nothing else is in the way';
}

function sharing(boundBy: Extract<BoundBy, { kind: 'circuit' }>, naming: Naming): string {
  const ways = boundBy.shareCount > 1 ? `, shared by ${boundBy.shareCount}` : '';
  if (boundBy.source.kind !== 'rating') return `${sourceText(boundBy.source)}${ways}`;
  return `${circuitName(boundBy.circuitId, naming)} full${ways}`;
}

function others(count: number): string {
  if (count === 0) return 'Waits for a reserve';
  return count === 1 ? 'Waits for a cut elsewhere' : `Waits for ${count} cuts elsewhere`;
}
