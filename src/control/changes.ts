/** What a step changed, as rows: values keep their identity when nothing happened to them. */
import type { CycleWrite } from '../store/ports.js';
import type { Effect, InboxItem, SiteState } from './state.js';

export function changesOf(
  before: SiteState,
  after: SiteState,
  items: readonly InboxItem[],
  effects: readonly Effect[],
): CycleWrite {
  return {
    siteId: after.site.id,
    tenantId: after.site.tenantId,
    epoch: after.epoch,
    nextSeq: after.nextSeq,
    inboxSeq: after.inboxSeq,
    ...(after.site === before.site ? {} : { site: after.site }),
    stations: changed(before.stations, after.stations),
    evses: changed(before.evses, after.evses),
    sessions: changed(before.sessions, after.sessions),
    signals: changed(before.signals, after.signals),
    buildingLoad: changed(before.buildingLoad, after.buildingLoad),
    ...(after.control === before.control ? {} : { control: after.control }),
    planned: effects.flatMap((it) => (it.type === 'command' ? [it.command] : [])),
    answered: items.flatMap(({ event }) =>
      event.type === 'command.answered'
        ? [{ seq: event.seq, outcome: event.outcome, atMs: event.receivedAtMs }]
        : [],
    ),
    decisions: effects.flatMap((it) => (it.type === 'decision' ? [it.decision] : [])),
  };
}

/** Nothing to write: a wake-up that decided what was decided already. */
export function isEmpty(write: CycleWrite, before: SiteState): boolean {
  return (
    write.inboxSeq === before.inboxSeq &&
    write.nextSeq === before.nextSeq &&
    write.site === undefined &&
    write.control === undefined &&
    write.stations.length + write.evses.length + write.sessions.length === 0 &&
    write.signals.length + write.buildingLoad.length + write.decisions.length === 0
  );
}

function changed<K, V>(before: ReadonlyMap<K, V>, after: ReadonlyMap<K, V>): V[] {
  const found: V[] = [];
  for (const [key, value] of after) if (before.get(key) !== value) found.push(value);
  return found;
}
