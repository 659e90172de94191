/** What survives our process: the rows of committed cycles and the inbox. */
import { initialState } from '../../src/control/initial-state.js';
import type { InboxItem, PendingCommand, SiteEvent, SiteState } from '../../src/control/state.js';
import type { Site } from '../../src/sites/site.js';
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

export function createDurableRows(site: Site): DurableRows {
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
      return {
        ...fresh,
        ...rows,
        stations: new Map([...fresh.stations, ...rows.stations]),
        evses: new Map([...fresh.evses, ...rows.evses]),
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
