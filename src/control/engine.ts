/** All sites of this process: claims their epochs, restores them from rows, runs them. */
import { AsyncResource } from 'node:async_hooks';
import type { SiteId, StationId } from '../../solver/index.js';
import type { CommandAsk, CommandTicket, EngineDoor, LiveSite } from '../api/ports.js';
import type { OutboxCommand, StationEvent } from '../ocpp/messages.js';
import { CpmsError, hasCode } from '../platform/errors.js';
import type { Clock, Log } from '../platform/ports.js';
import { liveSite } from '../sites/live.js';
import type { Site } from '../sites/site.js';
import type { Store } from '../store/ports.js';
import { createCommandDesk } from './command-desk.js';
import { type OnDuration, recordFigures } from './figures.js';
import { initialState } from './initial-state.js';
import { missingCredits, recallCredits } from './kind-credits.js';
import { judge } from './operator-command.js';
import { readBehind } from './read-behind.js';
import { recallSessions } from './recall.js';
import { type RunnerDeps, runSite, type SiteRunner } from './site-runner.js';
import { recoverSites, type SiteRecovery } from './site-recovery.js';
import { spreadCredit } from './spread-credit.js';
import { judgeTest } from './smart-charging-test/ask.js';
import type { SiteEvent, SiteState } from './state.js';

/** The page is told of changes at most this often, real time. */
const STREAM_EVERY_MS = 250;

export interface EngineDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: Store;
  dispatch(commands: readonly OutboxCommand[]): void;
  /** A fresh id of a command. */
  newId(): string;
  roundTripMs(): readonly number[];
  readonly onAlarm?: RunnerDeps['onAlarm'];
  readonly onTakenOver?: RunnerDeps['onTakenOver'];
  readonly onDuration?: OnDuration;
  /** A step of the site is committed. */
  readonly onChange?: (siteId: SiteId) => void;
}

export interface Engine extends EngineDoor {
  start(): Promise<void>;
  /** Events of stations, in order; resolves once committed. */
  append(events: readonly StationEvent[]): Promise<void>;
  siteOf(stationId: StationId): SiteId | undefined;
  stop(): Promise<void>;
}

/** What may be lost: the next one says the same. */
const VOLATILE: ReadonlySet<SiteEvent['type']> = new Set(['building.sampled', 'plan.made', 'wake']);

export function createEngine(deps: EngineDeps): Engine {
  const { clock, log, store } = deps;
  const runners = new Map<SiteId, SiteRunner>();
  const siteByStation = new Map<StationId, SiteId>();
  const indexed = new Map<SiteId, Site>();
  // Events arrive within requests; what a site does about them belongs to none of these.
  const apart = new AsyncResource('busbar.engine');
  const figures = recordFigures(deps.onDuration);
  const desk = createCommandDesk();
  let recovery: SiteRecovery | undefined;
  const halfOpen = new Set<SiteId>();
  const credit = spreadCredit({ log, store, knows: (siteId) => runners.has(siteId), submit });
  const stream = createStream((siteId) => view(siteId));

  function view(siteId: SiteId): LiveSite | undefined {
    const state = runners.get(siteId)?.state();
    return state === undefined ? undefined : liveSite(state, clock.nowMs());
  }

  /**
   * The site itself is read under the claim as well: until then another engine, or a commit of this one
   * whose end is not known, may still write an edit, and nothing would tell of it later.
   */
  async function restored(siteId: SiteId, epoch: number): Promise<SiteState> {
    const site = await store.sites.find(siteId);
    if (site === undefined) {
      throw new CpmsError('site-unknown', `site ${siteId} is gone`, { retriable: false });
    }
    const rows = await store.engine.load(siteId);
    const fresh = initialState(site, epoch, clock.nowMs());
    return rows === undefined ? fresh : restore(fresh, rows);
  }

  /** Precondition: nobody runs it. Where it fails half-way nobody does after it either. */
  async function takeBack(siteId: SiteId): Promise<void> {
    if ((await store.sites.find(siteId)) === undefined) return;
    halfOpen.add(siteId);
    try {
      await open(siteId);
      halfOpen.delete(siteId);
    } catch (error) {
      await runners.get(siteId)?.stop();
      throw error;
    }
  }

  const isElsewhere = (siteId: SiteId): boolean =>
    halfOpen.has(siteId) || runners.get(siteId)?.isElsewhere() === true;

  async function open(siteId: SiteId): Promise<void> {
    const initial = await restored(siteId, await store.engine.claimEpoch(siteId));
    const { site, epoch } = initial;
    index(site);
    const runner = runSite(initial, {
      clock,
      log,
      store,
      figures,
      desk,
      dispatch: deps.dispatch,
      apart: (work) => apart.runInAsyncScope(work),
      ...(deps.onAlarm === undefined ? {} : { onAlarm: deps.onAlarm }),
      ...(deps.onTakenOver === undefined ? {} : { onTakenOver: deps.onTakenOver }),
      takeOver: async () => restored(siteId, await store.engine.raiseEpoch(siteId)),
      onTestEnded: (test) => credit.ended(site.tenantId, test),
      onChange() {
        const current = runners.get(siteId)?.state().site;
        if (current !== undefined) index(current);
        stream.changed(siteId);
        deps.onChange?.(siteId);
      },
    });
    runners.set(siteId, runner);
    await submit(siteId, { type: 'engine.started', epoch, links: 'closed' });
    for (const event of await missingCredits(store, initial)) await submit(siteId, event);
    runner.begin(await readBehind(store.inbox, siteId, initial.inboxSeq));
  }

  /** Another process may have removed it since it was listed. */
  async function openListed(siteId: SiteId): Promise<void> {
    try {
      await open(siteId);
    } catch (error) {
      if (!hasCode(error, 'site-unknown')) throw error;
      log.warn({ site: siteId }, 'removed before it was opened');
    }
  }

  function index(site: Site): void {
    if (indexed.get(site.id) === site) return;
    for (const station of indexed.get(site.id)?.stations ?? []) {
      if (siteByStation.get(station.id) === site.id) siteByStation.delete(station.id);
    }
    for (const station of site.stations) siteByStation.set(station.id, site.id);
    indexed.set(site.id, site);
  }

  async function submit(siteId: SiteId, event: SiteEvent): Promise<void> {
    const runner = runners.get(siteId);
    if (runner === undefined) throw new Error(`no engine for site ${siteId}`);
    if (VOLATILE.has(event.type)) return runner.take([{ event }]);
    const [seq] = await store.inbox.append(siteId, [event]);
    if (seq !== undefined) runner.take([{ seq, event }]);
  }

  async function order(siteId: SiteId, ask: CommandAsk): Promise<CommandTicket> {
    const commandId = deps.newId();
    const { stored, report } = desk.wait(commandId);
    try {
      await submit(siteId, { type: 'operator.command', commandId, ...ask });
    } catch (error) {
      desk.ended(commandId, { status: 'closed' });
      throw error;
    }
    await stored;
    return { commandId, report };
  }

  async function append(events: readonly StationEvent[]): Promise<void> {
    const [first] = events;
    const siteId = first === undefined ? undefined : siteByStation.get(first.stationId);
    const runner = siteId === undefined ? undefined : runners.get(siteId);
    if (siteId === undefined || runner === undefined) return;
    const recalled = await recallSessions(store, runner.state(), events);
    const credits = await recallCredits(store, runner.state().site.tenantId, events);
    const all: readonly SiteEvent[] = [...recalled, ...events, ...credits];
    const seqs = await store.inbox.append(siteId, all);
    runner.take(all.map((event, i) => ({ event, ...withSeq(seqs[i]) })));
  }

  return {
    async start() {
      for (const { id } of await store.sites.list()) await openListed(id);
      recovery = recoverSites({
        log,
        store,
        takeBack,
        elsewhere: () => [...runners.keys()].filter(isElsewhere),
      });
    },
    append,
    submit,
    order,
    async command(siteId, ask) {
      const { report } = await order(siteId, ask);
      return report;
    },
    judge(siteId, ask) {
      const state = runners.get(siteId)?.state();
      if (state === undefined) throw new Error(`no engine for site ${siteId}`);
      return judge(state, ask, clock.nowMs());
    },
    judgeTest(siteId, ask) {
      const state = runners.get(siteId)?.state();
      if (state === undefined) throw new Error(`no engine for site ${siteId}`);
      return judgeTest(state, ask);
    },
    siteOf: (stationId) => siteByStation.get(stationId),
    isElsewhere,
    sites: () => [...runners.values()].map((it) => it.state().site),
    state: (siteId) => runners.get(siteId)?.state(),
    live: view,
    stations: (siteId) => [...(runners.get(siteId)?.state().stations.values() ?? [])],
    subscribe: stream.subscribe,
    async addSite(site, actor) {
      await store.sites.create(site, actor);
      await open(site.id);
    },
    async removeSite(siteId, actor) {
      const runner = runners.get(siteId);
      if (runner === undefined) return;
      // Its epoch ends with the row: a cycle that is still under way would take that for another engine.
      await runner.stop();
      try {
        await store.sites.remove(siteId, actor);
      } catch (error) {
        await open(siteId);
        throw error;
      }
      runners.delete(siteId);
      for (const { id } of runner.state().site.stations) siteByStation.delete(id);
      indexed.delete(siteId);
    },
    figures: () => ({ ...figures.read(), roundTripMs: deps.roundTripMs() }),
    async stop() {
      stream.close();
      await recovery?.stop();
      credit.stop();
      await Promise.all([...runners.values()].map((runner) => runner.stop()));
      desk.close();
    },
  };
}

function withSeq(seq: number | undefined): { seq?: number } {
  return seq === undefined ? {} : { seq };
}

/** Rows win over the fresh state; what the rows do not know yet starts at its worst. */
function restore(fresh: SiteState, rows: Omit<SiteState, 'site' | 'epoch'>): SiteState {
  return {
    ...fresh,
    ...rows,
    stations: new Map([...fresh.stations, ...rows.stations]),
    evses: new Map([...fresh.evses, ...rows.evses]),
  };
}

type Listener = (live: LiveSite) => void;

/** One picture per change and site for all listeners, at a bounded rate. */
function createStream(view: (siteId: SiteId) => LiveSite | undefined): {
  changed(siteId: SiteId): void;
  subscribe(siteId: SiteId, listener: Listener): () => void;
  close(): void;
} {
  const listeners = new Map<SiteId, Set<Listener>>();
  const timers = new Map<SiteId, NodeJS.Timeout>();

  function send(siteId: SiteId): void {
    timers.delete(siteId);
    const live = view(siteId);
    if (live === undefined) return;
    for (const listener of listeners.get(siteId) ?? []) listener(live);
  }

  return {
    changed(siteId) {
      if ((listeners.get(siteId)?.size ?? 0) === 0 || timers.has(siteId)) return;
      timers.set(
        siteId,
        setTimeout(() => send(siteId), STREAM_EVERY_MS),
      );
    },
    subscribe(siteId, listener) {
      const own = listeners.get(siteId) ?? new Set<Listener>();
      listeners.set(siteId, own.add(listener));
      return () => own.delete(listener);
    },
    close() {
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}
