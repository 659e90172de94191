/** What survives our process: the rows of committed cycles and the inbox. */
import { initialState } from '../../src/control/initial-state.js';
import type { InboxItem, PendingCommand, SiteEvent, SiteState } from '../../src/control/state.js';
import type { Site } from '../../src/sites/site.js';
import { fromJson, toJson } from '../../src/store/json.js';
import type { CycleWrite } from '../../src/store/ports.js';

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
  let rows: Omit<SiteState, 'site' | 'epoch'> | undefined;
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
      const before = rows ?? initialState(newestSite, write.epoch, 0);
      rows = {
        nextSeq: write.nextSeq,
        inboxSeq: write.inboxSeq,
        stations: merged(before.stations, write.stations, (it) => it.id),
        evses: merged(before.evses, write.evses, (it) => it.id),
        sessions: merged(before.sessions, write.sessions, (it) => it.id),
        signals: merged(before.signals, write.signals, (it) => it.id),
        buildingLoad: merged(before.buildingLoad, write.buildingLoad, (it) => it.circuitId),
        control: write.control ?? before.control,
        pending: outbox,
      };
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
        ...rows,
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

function merged<K, V>(
  before: ReadonlyMap<K, V>,
  changed: readonly V[],
  keyOf: (value: V) => K,
): ReadonlyMap<K, V> {
  if (changed.length === 0) return before;
  const after = new Map(before);
  for (const value of changed) after.set(keyOf(value), value);
  return after;
}

/** As it comes back from its column. */
function stored(row: unknown): unknown {
  return fromJson(JSON.parse(toJson(row)));
}

/** Of an EVSE: memories that an older version does not know, and loses. */
const YOUNG = ['overdraw', 'register', 'followedSeq', 'sweeps', 'sweptAtMs'];

/** Every other epoch an older one wrote it, else a newer one. */
function asOtherVersion(epoch: number, row: unknown): unknown {
  const given = row as Readonly<Record<string, unknown>>;
  return epoch % 2 === 1 ? { ...given, ofNewer: { sinceMs: epoch } } : without(given, YOUNG);
}

function without(row: Readonly<Record<string, unknown>>, names: readonly string[]): object {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !names.includes(name)));
}
