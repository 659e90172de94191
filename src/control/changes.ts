/** What a step changed, as rows: values keep their identity when nothing happened to them. */
import type { CycleWrite } from '../store/ports.js';
import type { SmartChargingTest } from './smart-charging-test/test-record.js';
import type { Effect, InboxItem, SiteState } from './state.js';

/** What a step took in, what it wants done, and when it was. */
interface TakenStep {
  readonly items: readonly InboxItem[];
  readonly effects: readonly Effect[];
  readonly nowMs: number;
}

export function changesOf(before: SiteState, after: SiteState, step: TakenStep): CycleWrite {
  const { effects } = step;
  return {
    siteId: after.site.id,
    tenantId: after.site.tenantId,
    epoch: after.epoch,
    nextSeq: after.nextSeq,
    inboxSeq: after.inboxSeq,
    stations: changed(before.stations, after.stations),
    evses: changed(before.evses, after.evses),
    removedStations: removed(before.stations, after.stations),
    removedEvses: removed(before.evses, after.evses),
    sessions: changed(before.sessions, after.sessions),
    signals: changed(before.signals, after.signals),
    buildingLoad: changed(before.buildingLoad, after.buildingLoad),
    planned: effects.flatMap((it) =>
      it.type === 'command' || it.type === 'command-withheld' ? [it.command] : [],
    ),
    answered: endsOf(step),
    tests: testsOf(effects),
    forms: effects.flatMap((it) => (it.type === 'form-held' ? [it.form] : [])),
    decisions: effects.flatMap((it) => (it.type === 'decision' ? [it.decision] : [])),
    // Last: what a literal names behind a spread is added to it one by one.
    ...(after.site === before.site ? {} : { site: after.site }),
    ...(after.control === before.control ? {} : { control: after.control }),
  };
}

/** As each test was in the end. */
function testsOf(effects: readonly Effect[]): NonNullable<CycleWrite['tests']> {
  const newest = new Map<number, SmartChargingTest>();
  for (const it of effects) if (it.type === 'test') newest.set(it.test.number, it.test);
  return [...newest.values()];
}

/** One end a command: what a station answered is truer than that nobody knew it at a restart. */
function endsOf({ items, effects, nowMs }: TakenStep): CycleWrite['answered'] {
  const ends = new Map<number, CycleWrite['answered'][number]>();
  for (const effect of effects) {
    if (effect.type !== 'command-withheld' && effect.type !== 'command-lost') continue;
    const { seq } = effect.command;
    ends.set(seq, { seq, outcome: effect.outcome, atMs: nowMs });
  }
  for (const { event } of items) {
    if (event.type !== 'command.answered') continue;
    const { seq, outcome, receivedAtMs: atMs } = event;
    ends.set(seq, { seq, outcome, atMs });
  }
  return [...ends.values()];
}

/** Nothing to write: a wake-up that decided what was decided already. */
export function isEmpty(write: CycleWrite, before: SiteState): boolean {
  return (
    write.inboxSeq === before.inboxSeq &&
    write.nextSeq === before.nextSeq &&
    write.site === undefined &&
    write.control === undefined &&
    write.stations.length + write.evses.length + write.sessions.length === 0 &&
    write.signals.length + write.buildingLoad.length + write.decisions.length === 0 &&
    write.answered.length === 0
  );
}

function changed<K, V>(before: ReadonlyMap<K, V>, after: ReadonlyMap<K, V>): V[] {
  const found: V[] = [];
  if (after === before) return found;
  for (const [key, value] of after) if (before.get(key) !== value) found.push(value);
  return found;
}

function removed<K>(before: ReadonlyMap<K, unknown>, after: ReadonlyMap<K, unknown>): K[] {
  if (after === before) return [];
  return [...before.keys()].filter((key) => !after.has(key));
}
