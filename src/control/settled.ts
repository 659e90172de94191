/**
 * A decision depends on less than what arrives: most messages are meter values, which move no limit. A
 * site sleeps until the earliest instant at which `decide` asked to be woken; an event that changes
 * nothing that a decision reads is no reason to decide before it.
 */
import type { Session } from '../sessions/session.js';
import type { Draft } from './draft.js';
import type { EvseState, PendingCommand, SiteState, StationState } from './state.js';

/** Limits that a decision left as they were: the same again would leave them so until `untilMs`. */
export interface LimitsHeld {
  readonly untilMs: number;
  /** When they asked to be woken. */
  readonly wakeAtMs: number | undefined;
}

interface Settled {
  readonly untilMs: number;
  readonly limits: LimitsHeld | undefined;
}

/** What is known of each state. Of a state from elsewhere (rows) it is nothing. */
const settledOf = new WeakMap<SiteState, Settled>();

/** `state` is what a decision left; nothing is to be decided on it before `untilMs`. */
export function noteSettled(
  state: SiteState,
  untilMs: number | undefined,
  limits: LimitsHeld | undefined,
): void {
  settledOf.set(state, { untilMs: untilMs ?? Number.POSITIVE_INFINITY, limits });
}

export function limitsOf(state: SiteState): LimitsHeld | undefined {
  return settledOf.get(state)?.limits;
}

/** Until when the decision on `before` holds for the draft as it is folded; undefined: decide. */
export function settledUntil(before: SiteState, draft: Draft): number | undefined {
  const untilMs = settledOf.get(before)?.untilMs;
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

/**
 * Whether the limits of `before` hold for a draft: first contact and its calls take most of the decisions
 * after a start, and change no limit until a ledger learns of them. Undefined: decide on limits.
 */
export function limitsHeldSince(before: SiteState): (draft: Draft) => LimitsHeld | undefined {
  const held = limitsOf(before);
  return (draft) => {
    if (held === undefined || held.untilMs <= draft.nowMs) return undefined;
    const isSame =
      draft.site === before.site &&
      draft.epoch === before.epoch &&
      draft.control === before.control &&
      draft.plan === before.plan &&
      draft.signals.closed() === before.signals &&
      draft.buildingLoad.closed() === before.buildingLoad &&
      samePending(draft.pending.closed(), before.pending) &&
      sameRows(draft.stations.closed(), before.stations, hasSameLimitsStation) &&
      sameRows(draft.evses.closed(), before.evses, hasSameLimitsEvse) &&
      sameRows(draft.sessions.closed(), before.sessions, isSameSession);
    return isSame ? held : undefined;
  };
}

/** But for the calls of first contact, for which no limit waits. */
function samePending(now: SiteState['pending'], before: SiteState['pending']): boolean {
  if (now === before) return true;
  for (const [seq, row] of now) if (before.get(seq) !== row && !isContact(row)) return false;
  for (const [seq, row] of before) if (!now.has(seq) && !isContact(row)) return false;
  return true;
}

function isContact({ purpose }: PendingCommand): boolean {
  return purpose === 'contact' || purpose === 'read-variables' || purpose === 'configure-sampling';
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

const STATION_UNREAD: ReadonlySet<string> = new Set<keyof StationState>([
  'lastMessageAtMs',
  'clockRightAtMs',
]);
const EVSE_UNREAD: ReadonlySet<string> = new Set<keyof EvseState>([
  'status',
  'errorCode',
  'overdraw',
  'register',
  'late',
  'ahead',
  'foreignTransaction',
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

const STATION_UNREAD_BY_LIMITS: ReadonlySet<string> = new Set<keyof StationState>([
  'lastMessageAtMs',
  'clockRightAtMs',
  'stageSinceMs',
  'attempts',
  'expectsReboot',
  'unsettledUntilMs',
  'unknownCalls',
]);
const EVSE_UNREAD_BY_LIMITS: ReadonlySet<string> = new Set([
  ...EVSE_UNREAD,
  'contact' satisfies keyof EvseState,
  'contactWrites' satisfies keyof EvseState,
]);

const hasSameLimitsStation = (now: StationState, before: StationState): boolean =>
  sameBut(now, before, STATION_UNREAD_BY_LIMITS);

/** Of first contact only that it is over. */
const hasSameLimitsEvse = (now: EvseState, before: EvseState): boolean =>
  now.test === undefined &&
  (now.contact.step === 'done') === (before.contact.step === 'done') &&
  sameBut(now, before, EVSE_UNREAD_BY_LIMITS);

const isSameStation = (now: StationState, before: StationState): boolean =>
  sameBut(now, before, STATION_UNREAD);

/** A test reads everything. */
const isSameEvse = (now: EvseState, before: EvseState): boolean =>
  now.test === undefined && sameBut(now, before, EVSE_UNREAD);

const isSameSession = (now: Session, before: Session): boolean =>
  now.vehicle.satisfied === before.vehicle.satisfied &&
  now.vehicle.currentMaxA === before.vehicle.currentMaxA &&
  now.vehicle.channels === before.vehicle.channels &&
  now.vehicle.resumes === before.vehicle.resumes &&
  now.vehicle.asleepSinceMs === before.vehicle.asleepSinceMs &&
  sameBut(now, before, SESSION_UNREAD);

/** Precondition: rows of one kind, as `row-shapes.ts` writes them. */
function sameBut<Row extends object>(now: Row, before: Row, unread: ReadonlySet<string>): boolean {
  for (const key of Object.keys(now) as (keyof Row & string)[]) {
    if (now[key] !== before[key] && !unread.has(key)) return false;
  }
  return true;
}
