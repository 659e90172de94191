/** A site's state while one step works on it: local, mutable, thrown away after. */
import type { CircuitId, EvseId, SessionId, SignalId, StationId } from '../../solver/index.js';
import type { CommandOutcome, StationCommand } from '../ocpp/messages.js';
import type { SitePlan } from '../planning/site-plan.js';
import type { Session } from '../sessions/session.js';
import type { Signal } from '../signals/signal.js';
import type { Site, SiteEvse } from '../sites/site.js';
import { evsesOfStation } from '../sites/site-index.js';
import { DraftMap } from './draft-map.js';
import { evseRow, sessionRow, stationRow } from './row-shapes.js';
import type {
  BuildingLoad,
  ControlState,
  Effect,
  EvseState,
  PendingCommand,
  SiteState,
  StationState,
} from './state.js';

/** Values of maps stay immutable, so that unchanged rows keep their identity. */
export interface Draft {
  readonly nowMs: number;
  site: Site;
  epoch: number;
  nextSeq: number;
  inboxSeq: number;
  readonly stations: DraftMap<StationId, StationState>;
  readonly evses: DraftMap<EvseId, EvseState>;
  readonly sessions: DraftMap<SessionId, Session>;
  readonly signals: DraftMap<SignalId, Signal>;
  readonly buildingLoad: DraftMap<CircuitId, BuildingLoad>;
  readonly pending: DraftMap<number, PendingCommand>;
  control: ControlState;
  plan: SitePlan | undefined;
  readonly effects: Effect[];
  wakeAtMs: number | undefined;
}

export function openDraft(state: SiteState, nowMs: number): Draft {
  return {
    nowMs,
    site: state.site,
    epoch: state.epoch,
    nextSeq: state.nextSeq,
    inboxSeq: state.inboxSeq,
    stations: new DraftMap(state.stations, stationRow),
    evses: new DraftMap(state.evses, evseRow),
    sessions: new DraftMap(state.sessions, sessionRow),
    signals: new DraftMap(state.signals),
    buildingLoad: new DraftMap(state.buildingLoad),
    pending: new DraftMap(state.pending),
    control: state.control,
    plan: state.plan,
    effects: [],
    wakeAtMs: undefined,
  };
}

export function closeDraft(draft: Draft): SiteState {
  return {
    site: draft.site,
    epoch: draft.epoch,
    nextSeq: draft.nextSeq,
    inboxSeq: draft.inboxSeq,
    stations: draft.stations.closed(),
    evses: draft.evses.closed(),
    sessions: draft.sessions.closed(),
    signals: draft.signals.closed(),
    buildingLoad: draft.buildingLoad.closed(),
    pending: draft.pending.closed(),
    control: draft.control,
    plan: draft.plan,
  };
}

/** Asks to be woken at the earliest of all instants asked for. */
export function wakeAt(draft: Draft, atMs: number | undefined): void {
  if (atMs === undefined) return;
  const soonestMs = Math.max(atMs, draft.nowMs + 1);
  draft.wakeAtMs = Math.min(draft.wakeAtMs ?? soonestMs, soonestMs);
}

export function updateStation(
  draft: Draft,
  id: StationId,
  change: (station: StationState) => StationState,
): void {
  const station = draft.stations.get(id);
  if (station !== undefined) draft.stations.set(id, change(station));
}

export function updateEvse(draft: Draft, id: EvseId, change: (evse: EvseState) => EvseState): void {
  const evse = draft.evses.get(id);
  if (evse !== undefined) draft.evses.set(id, change(evse));
}

/** Its lease, or what may be left of one, is being taken back. */
export function isBeingCleared(draft: Draft, id: EvseId): boolean {
  for (const { purpose, evseId } of draft.pending.values()) {
    if (purpose === 'clear-transaction' && evseId === id) return true;
  }
  return false;
}

/** An optional field that may be written as absent. */
type Absentable<T> = { [K in keyof T]-?: undefined extends T[K] ? K : never }[keyof T];

/**
 * Makes optional fields absent. They are kept as undefined: rows of one kind then have one shape, and
 * whatever reads them on the path of every event meets the same one.
 */
export function without<T extends object, K extends Absentable<T>>(value: T, ...keys: K[]): T {
  const copy: T = { ...value };
  for (const key of keys) copy[key] = undefined as T[K];
  return copy;
}

export function evseOf(
  site: Site,
  stationId: StationId,
  evseNumber: number | undefined,
): SiteEvse | undefined {
  const own = evsesOfStation(site, stationId);
  if (evseNumber === undefined) return own.length === 1 ? own[0] : undefined;
  return own.find((evse) => evse.evseNumber === evseNumber);
}

/** Queues a command: its row is committed with this step, then the gateway gets it. */
export function plan(
  draft: Draft,
  options: {
    readonly stationId: StationId;
    readonly evseId?: EvseId | undefined;
    readonly purpose: PendingCommand['purpose'];
    readonly command: StationCommand;
    readonly priority?: 'cut' | 'normal';
    readonly expiresAtMs?: number;
    readonly commandId?: string | undefined;
    readonly actor?: string | undefined;
    readonly traceId?: string | undefined;
  },
): PendingCommand {
  const pending = numbered(draft, options);
  draft.pending.set(pending.seq, pending);
  draft.effects.push({ type: 'command', command: pending });
  return pending;
}

/** Gives a command its row and its end at once: it never leaves. */
export function withhold(
  draft: Draft,
  options: Parameters<typeof plan>[1],
  outcome: CommandOutcome,
): void {
  draft.effects.push({ type: 'command-withheld', command: numbered(draft, options), outcome });
}

function numbered(draft: Draft, options: Parameters<typeof plan>[1]): PendingCommand {
  const pending: PendingCommand = {
    seq: draft.nextSeq,
    epoch: draft.epoch,
    stationId: options.stationId,
    evseId: options.evseId,
    purpose: options.purpose,
    command: options.command,
    priority: options.priority ?? 'normal',
    createdAtMs: draft.nowMs,
    expiresAtMs: options.expiresAtMs ?? draft.nowMs + COMMAND_LIFE_MS,
    commandId: options.commandId,
    actor: options.actor,
    traceId: options.traceId,
  };
  draft.nextSeq += 1;
  return pending;
}

/** No call is written later than this after it was planned: the maximum flight time of SAFETY R3. */
export const COMMAND_LIFE_MS = 300_000;
