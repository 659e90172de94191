/** What survives our process: the rows of committed cycles and the inbox. */
import { initialState } from '../../src/control/initial-state.js';
import type {
  BuildingLoad,
  EvseState,
  InboxItem,
  PendingCommand,
  SiteEvent,
  SiteState,
  StationState,
} from '../../src/control/state.js';
import type { Session } from '../../src/sessions/session.js';
import type { Signal } from '../../src/signals/signal.js';
import type { Site } from '../../src/sites/site.js';
import { fromJson, toJson } from '../../src/store/json.js';
import type { CycleWrite } from '../../src/store/ports.js';
import type { CircuitId, EvseId, SessionId, SignalId, StationId } from '../../solver/index.js';

export interface DurableRows {
  append(event: SiteEvent): InboxItem;
  /** Inbox rows above this sequence. */
  behind(seq: number): readonly InboxItem[];
  /** False: refused, the site has been claimed under a newer epoch since. */
  commit(write: CycleWrite): boolean;
  /** Claims the site, and restores as `engine.ts` does: rows win over the fresh state. */
  restore(epoch: number, nowMs: number): SiteState;
}

/** `isMixed`: another version wrote them, which knows more, or less. */
export function createDurableRows(site: Site, { isMixed }: { isMixed: boolean }): DurableRows {
  const read = isMixed ? asOtherVersion : (_epoch: number, row: unknown): unknown => row;
  let newestSite = site;
  const inbox: InboxItem[] = [];
  let lastSeq = 0;
  let claimedEpoch = 0;
  let rows: Rows | undefined;
  const outbox = new Map<number, PendingCommand>();

  return {
    append(event) {
      lastSeq += 1;
      const item = { seq: lastSeq, event };
      inbox.push(item);
      return item;
    },
    behind: (seq) => inbox.filter((it) => (it.seq ?? 0) > seq),
    commit(write) {
      if (write.epoch < claimedEpoch) return false;
      newestSite = write.site ?? newestSite;
      for (const command of write.planned) outbox.set(command.seq, command);
      for (const { seq } of write.answered) outbox.delete(seq);
      rows ??= rowsOf(initialState(newestSite, write.epoch, 0));
      rows.nextSeq = write.nextSeq;
      rows.inboxSeq = write.inboxSeq;
      rows.control = write.control ?? rows.control;
      for (const it of write.stations) rows.stations.set(it.id, it);
      for (const it of write.evses) rows.evses.set(it.id, it);
      for (const it of write.sessions) rows.sessions.set(it.id, it);
      for (const it of write.signals) rows.signals.set(it.id, it);
      for (const it of write.buildingLoad) rows.buildingLoad.set(it.circuitId, it);
      while ((inbox[0]?.seq ?? Number.POSITIVE_INFINITY) <= write.inboxSeq) inbox.shift();
      return true;
    },
    restore(epoch, nowMs) {
      claimedEpoch = Math.max(claimedEpoch, epoch);
      const fresh = initialState(newestSite, epoch, nowMs);
      if (rows === undefined) return fresh;
      const kept = <K, V>(map: ReadonlyMap<K, V>): ReadonlyMap<K, V> =>
        new Map([...map].map(([key, row]) => [key, stored(read(epoch, row)) as V]));
      return {
        ...fresh,
        nextSeq: rows.nextSeq,
        inboxSeq: rows.inboxSeq,
        stations: new Map([...fresh.stations, ...kept(rows.stations)]),
        evses: new Map([...fresh.evses, ...kept(rows.evses)]),
        sessions: kept(rows.sessions),
        signals: kept(rows.signals),
        buildingLoad: kept(rows.buildingLoad),
        control: stored(rows.control) as SiteState['control'],
        pending: new Map(outbox),
      };
    },
  };
}

/** What no one reads before a restore: commits change it in place. */
interface Rows {
  nextSeq: number;
  inboxSeq: number;
  control: SiteState['control'];
  readonly stations: Map<StationId, StationState>;
  readonly evses: Map<EvseId, EvseState>;
  readonly sessions: Map<SessionId, Session>;
  readonly signals: Map<SignalId, Signal>;
  readonly buildingLoad: Map<CircuitId, BuildingLoad>;
}

/** A copy, so that a state that was restored stays what it was. */
function rowsOf(from: Omit<SiteState, 'site' | 'epoch' | 'pending'>): Rows {
  return {
    nextSeq: from.nextSeq,
    inboxSeq: from.inboxSeq,
    control: from.control,
    stations: new Map(from.stations),
    evses: new Map(from.evses),
    sessions: new Map(from.sessions),
    signals: new Map(from.signals),
    buildingLoad: new Map(from.buildingLoad),
  };
}

/** As it comes back from its column. */
function stored(row: unknown): unknown {
  return fromJson(JSON.parse(toJson(row)));
}

/** Of an EVSE or a station: memories that an older version does not know, and loses. */
const YOUNG = [
  'absenceReport',
  'overdraw',
  'register',
  'ahead',
  'followedSeq',
  'fallbackForm',
  'foreignTransaction',
  'readBackAtMs',
  'sweeps',
  'sweptAtMs',
];

/** Every other epoch an older one wrote it, else a newer one. */
function asOtherVersion(epoch: number, row: unknown): unknown {
  const given = row as Readonly<Record<string, unknown>>;
  return epoch % 2 === 1 ? { ...given, ofNewer: { sinceMs: epoch } } : without(given, YOUNG);
}

function without(row: Readonly<Record<string, unknown>>, names: readonly string[]): object {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !names.includes(name)));
}
