/**
 * A decision depends on less than what arrives: most messages are meter values, which move no limit. A
 * site sleeps until the earliest instant at which `decide` asked to be woken; an event that changes
 * nothing that a decision reads is no reason to decide before it.
 */
import type { Session } from '../sessions/session.js';
import type { Draft } from './draft.js';
import type { EvseState, SiteState, StationState } from './state.js';

/** Until when each state needs no decision. Of a state from elsewhere (rows) nothing is known. */
const settledUntilMs = new WeakMap<SiteState, number>();

/** `state` is what a decision left; nothing is to be decided on it before `untilMs`. */
export function noteSettled(state: SiteState, untilMs: number | undefined): void {
  settledUntilMs.set(state, untilMs ?? Number.POSITIVE_INFINITY);
}

/** Until when the decision on `before` holds for the draft as it is folded; undefined: decide. */
export function settledUntil(before: SiteState, draft: Draft): number | undefined {
  const untilMs = settledUntilMs.get(before);
  if (untilMs === undefined || untilMs <= draft.nowMs) return undefined;
  const isSame =
    draft.site === before.site &&
    draft.epoch === before.epoch &&
    draft.nextSeq === before.nextSeq &&
    draft.control === before.control &&
    draft.plan === before.plan &&
    draft.pending.closed() === before.pending &&
    draft.signals.closed() === before.signals &&
    draft.buildingLoad.closed() === before.buildingLoad &&
    sameRows(draft.stations.closed(), before.stations, isSameStation) &&
    sameRows(draft.evses.closed(), before.evses, isSameEvse) &&
    sameRows(draft.sessions.closed(), before.sessions, isSameSession);
  return isSame ? untilMs : undefined;
}

function sameRows<Key, Row>(
  now: ReadonlyMap<Key, Row>,
  before: ReadonlyMap<Key, Row>,
  isSame: (now: Row, before: Row) => boolean,
): boolean {
  if (now === before) return true;
  if (now.size !== before.size) return false;
  for (const [key, row] of now) {
    const known = before.get(key);
    if (known === row) continue;
    if (known === undefined || !isSame(row, known)) return false;
  }
  return true;
}

const STATION_UNREAD: ReadonlySet<string> = new Set<keyof StationState>(['lastMessageAtMs']);
const EVSE_UNREAD: ReadonlySet<string> = new Set<keyof EvseState>([
  'status',
  'errorCode',
  'overdrawSinceMs',
  'phaseWatch',
]);
/** Energy counts when goals are looked at anew, which has its own instant; see `goalsNow`. */
const SESSION_UNREAD: ReadonlySet<string> = new Set<keyof Session>([
  'meter',
  'meterLastWh',
  'meterLastAtMs',
  'drawnA',
  'powerW',
  'socFraction',
  'sampledAtMs',
  'vehicle',
]);

const isSameStation = (now: StationState, before: StationState): boolean =>
  sameBut(now, before, STATION_UNREAD);

/** A test reads everything. */
const isSameEvse = (now: EvseState, before: EvseState): boolean =>
  now.test === undefined && sameBut(now, before, EVSE_UNREAD);

const isSameSession = (now: Session, before: Session): boolean =>
  now.vehicle.satisfied === before.vehicle.satisfied &&
  now.vehicle.currentMaxA === before.vehicle.currentMaxA &&
  sameBut(now, before, SESSION_UNREAD);

/** Precondition: rows of one kind, as `row-shapes.ts` writes them. */
function sameBut<Row extends object>(now: Row, before: Row, unread: ReadonlySet<string>): boolean {
  for (const key of Object.keys(now) as (keyof Row & string)[]) {
    if (now[key] !== before[key] && !unread.has(key)) return false;
  }
  return true;
}
