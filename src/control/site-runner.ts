/**
 * The writer of one site: takes events in, steps, commits, and only then lets commands leave.
 * Events that arrive during a commit wait for the next step, so storms batch by themselves.
 */
import type { SiteId } from '../../solver/index.js';
import type { OutboxCommand } from '../ocpp/messages.js';
import { didNothing, hasCode } from '../platform/errors.js';
import type { Clock, Log } from '../platform/ports.js';
import type { Site } from '../sites/site.js';
import type { Store } from '../store/ports.js';
import { changesOf, isEmpty } from './changes.js';
import type { CommandDesk } from './command-desk.js';
import { reportOf } from './command-report.js';
import type { FigureRecorder } from './figures.js';
import { readBehind } from './read-behind.js';
import type { SmartChargingTest } from './smart-charging-test/test-record.js';
import type { Effect, InboxItem, SiteEvent, SiteState, StepResult } from './state.js';
import { stepPast } from './step-past.js';

/**
 * SQL is away: no increase leaves, leases decay, and we try again after this. What was never sent is
 * thought through again; only a commit whose end is not known costs a new epoch.
 */
const RETRY_MS = 1000;
/** A gap in the inbox sequence means that somebody else appended: it is read after this. */
const GAP_WAIT_MS = 500;
const BATCH_MAX = 500;
/** Site time that went so much further than real time was set. */
const CLOCK_STEP_MS = 250;

export interface RunnerDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: Pick<Store, 'engine' | 'inbox'>;
  readonly figures: FigureRecorder;
  readonly desk: Pick<CommandDesk, 'stored' | 'ended'>;
  dispatch(commands: readonly OutboxCommand[]): void;
  /** Runs what was started within a request outside of it: its trace ends there. */
  apart<T>(work: () => T): T;
  /**
   * The state as of the last commit, under a new epoch: after a commit whose end is not known. Rejects
   * with `stale-epoch` where another engine has claimed the site meanwhile: its links are not ours.
   */
  takeOver(siteId: SiteId): Promise<SiteState>;
  onChange(siteId: SiteId): void;
  /** A smart-charging test is over; the step that ended it is committed. */
  onTestEnded?(test: SmartChargingTest): void;
  /** Another engine has claimed the site: nothing is decided here any more. */
  onTakenOver?(site: Site): void;
  /** What the engine cannot mend by itself; the step that found it is committed. */
  onAlarm?(site: Site, alarm: Extract<Effect, { type: 'alarm' }>): void;
}

export interface SiteRunner {
  state(): SiteState;
  /** Another engine has claimed the site. */
  isElsewhere(): boolean;
  /**
   * Decides from now on; until then it only takes what comes. `rows`: what is committed and not folded in yet, the
   * start of this engine among it.
   */
  begin(rows: readonly InboxItem[]): void;
  /** Takes an event that is committed already (`seq`), or one that may be lost. */
  take(items: readonly InboxItem[]): void;
  /** Finishes the step in progress. Takes nothing afterwards. */
  stop(): Promise<void>;
}

interface Queued extends InboxItem {
  readonly takenMs: number;
}

export function runSite(initial: SiteState, deps: RunnerDeps): SiteRunner {
  const { clock, log } = deps;
  let state = initial;
  let running: Promise<void> | undefined;
  let begun = false;
  let stopped = false;
  let isElsewhere = false;
  let woken = false;
  let failing = false;
  let cancelWake: (() => void) | undefined;
  let gapTimer: NodeJS.Timeout | undefined;
  let lastRead = { siteMs: clock.nowMs(), realMs: clock.monotonicMs() };
  const durable = new Map<number, Queued>();
  const passing: Queued[] = [];

  /** The next rows without a gap, and what bypasses the inbox. */
  function nextBatch(): Queued[] {
    const batch: Queued[] = [];
    for (let seq = state.inboxSeq + 1; batch.length < BATCH_MAX; seq += 1) {
      const item = durable.get(seq);
      if (item === undefined) break;
      batch.push(item);
    }
    return [...batch, ...passing];
  }

  function readGapLater(): void {
    gapTimer ??= setTimeout(() => {
      gapTimer = undefined;
      readGap().catch((error: unknown) => {
        log.error({ err: String(error) }, 'inbox not readable');
        if (!stopped) readGapLater();
      });
    }, GAP_WAIT_MS);
  }

  async function readGap(): Promise<void> {
    take(await readBehind(deps.store.inbox, state.site.id, state.inboxSeq));
  }

  /** Only a step forward can cost what is settling its time (R1). */
  function noteClock(): void {
    const read = { siteMs: clock.nowMs(), realMs: clock.monotonicMs() };
    const byMs = read.siteMs - lastRead.siteMs - (read.realMs - lastRead.realMs) * clock.speed;
    lastRead = read;
    if (byMs < CLOCK_STEP_MS * clock.speed) return;
    log.warn({ site: state.site.id, byMs }, 'our clock was set forward');
    passing.unshift({ event: { type: 'clock.stepped', byMs }, takenMs: read.realMs });
  }

  async function turn(): Promise<void> {
    noteClock();
    const taken = nextBatch();
    if (taken.length === 0 && !woken) return;
    const startedMs = clock.monotonicMs();
    const demandedMs = Math.min(startedMs, ...taken.map((it) => it.takenMs));
    const nowMs = clock.nowMs();
    const isBehind = durable.size > taken.length - passing.length;
    const { items: batch, result } = stepPast(state, taken, nowMs, { isBehind });
    failing = false;
    const write = changesOf(state, result.state, { items: batch, effects: result.effects, nowMs });
    if (!isEmpty(write, state)) await deps.store.engine.commit(write);
    woken = false;
    passing.splice(0, batch.filter((it) => it.seq === undefined).length);
    for (const item of batch) if (item.seq !== undefined) durable.delete(item.seq);
    finish(result, batch, { startedMs, demandedMs });
  }

  function finish(
    result: StepResult,
    batch: readonly Queued[],
    times: { readonly startedMs: number; readonly demandedMs: number },
  ): void {
    tellEnds(state, batch, result);
    state = result.state;
    const nowMs = clock.monotonicMs();
    if (batch.length > 0) deps.figures.decided(nowMs - times.startedMs);
    for (const { event, takenMs } of batch) {
      if (event.type === 'command.answered') deps.figures.answered(event, event.outcome, takenMs);
    }
    const commands: OutboxCommand[] = [];
    for (const effect of result.effects) {
      if (effect.type === 'alarm') {
        log.warn({ ...effect, site: state.site.id }, 'alarm');
        deps.onAlarm?.(state.site, effect);
      }
      if (effect.type === 'test' && isMeasured(effect.test)) deps.onTestEnded?.(effect.test);
      if (effect.type !== 'command') continue;
      deps.figures.committed(effect.command, nowMs, times.demandedMs);
      commands.push({ siteId: state.site.id, ...effect.command });
    }
    if (commands.length > 0) deps.dispatch(commands);
    cancelWake?.();
    const { nextWakeAtMs } = result;
    cancelWake = nextWakeAtMs === undefined ? undefined : clock.at(nextWakeAtMs, wake);
    deps.onChange(state.site.id);
  }

  /** Precondition: everything told here is committed. */
  function tellEnds(before: SiteState, batch: readonly Queued[], { effects }: StepResult): void {
    for (const effect of effects) {
      if (!('command' in effect) || effect.command.commandId === undefined) continue;
      const { commandId } = effect.command;
      if (effect.type === 'command') deps.desk.stored(commandId);
      else deps.desk.ended(commandId, reportOf(effect.outcome));
    }
    for (const { event } of batch) {
      if (event.type === 'event.set-aside' && event.of.commandId !== undefined) {
        deps.desk.ended(event.of.commandId, { status: 'refused-by-engine', detail: event.detail });
      }
      if (event.type !== 'command.answered') continue;
      const commandId = before.pending.get(event.seq)?.commandId;
      if (commandId !== undefined) deps.desk.ended(commandId, reportOf(event.outcome));
    }
  }

  function wake(): void {
    woken = true;
    kick();
  }

  function kick(): void {
    if (!begun || running !== undefined || stopped) return;
    if (!hasWork()) {
      if (durable.size > 0) readGapLater();
      return;
    }
    running = deps.apart(drain).finally(() => {
      running = undefined;
      // Something may have come between the last look and now.
      kick();
    });
  }

  /** Nothing before a gap is read: what is in it may be a boot. */
  function hasWork(): boolean {
    return durable.size > 0 ? durable.has(state.inboxSeq + 1) : woken || passing.length > 0;
  }

  async function drain(): Promise<void> {
    while (!stopped && hasWork()) {
      await nextTurn();
      try {
        await turn();
      } catch (error) {
        log.error({ site: state.site.id, err: String(error) }, 'cycle not committed');
        if (hasCode(error, 'step-failed')) noteFailing(error.message);
        if (hasCode(error, 'stale-epoch')) giveUp();
        else if (didNothing(error)) await pause();
        else await takeOver();
      }
    }
  }

  /** A newer engine runs the site: this one decides nothing more, and its stations belong there. */
  function giveUp(): void {
    stopped = true;
    isElsewhere = true;
    cancelWake?.();
    endWaits();
    deps.onTakenOver?.(state.site);
  }

  /** Whoever waits here for the end of a command is told that nobody will know it here. */
  function endWaits(): void {
    for (const { commandId } of state.pending.values())
      if (commandId !== undefined) endWait(commandId);
    for (const { event } of durable.values()) endWaitFor(event);
  }

  function endWaitFor(event: SiteEvent): void {
    if (event.type === 'operator.command') endWait(event.commandId);
  }

  function endWait(commandId: string): void {
    deps.desk.ended(commandId, { status: 'closed' });
  }

  /** Told once, not each second. */
  function noteFailing(detail: string): void {
    if (failing) return;
    failing = true;
    deps.onAlarm?.(state.site, { type: 'alarm', code: 'step-failed', detail });
  }

  /** Whether the failed cycle was written is not known: the rows say, and what was in flight is unknown. */
  async function takeOver(): Promise<void> {
    for (let isOver = false; !isOver && !stopped; ) {
      await pause();
      try {
        state = await deps.takeOver(state.site.id);
        isOver = true;
      } catch (error) {
        if (hasCode(error, 'stale-epoch')) return giveUp();
        log.warn({ site: state.site.id, err: String(error) }, 'site not taken over yet');
      }
    }
    for (const seq of durable.keys()) if (seq <= state.inboxSeq) durable.delete(seq);
    const event = { type: 'engine.started', epoch: state.epoch, links: 'kept' } as const;
    passing.unshift({ event, takenMs: clock.monotonicMs() });
  }

  function take(items: readonly InboxItem[]): void {
    if (stopped) {
      for (const { event } of items) endWaitFor(event);
      return;
    }
    const takenMs = clock.monotonicMs();
    for (const item of items) {
      if (item.seq === undefined) passing.push({ ...item, takenMs });
      else if (item.seq > state.inboxSeq && !durable.has(item.seq)) {
        durable.set(item.seq, { ...item, takenMs });
      }
    }
    kick();
  }

  return {
    state: () => state,
    isElsewhere: () => isElsewhere,
    begin(rows) {
      begun = true;
      take(rows);
    },
    take,
    async stop() {
      stopped = true;
      cancelWake?.();
      if (gapTimer !== undefined) clearTimeout(gapTimer);
      await running;
      endWaits();
    },
  };
}

function isMeasured({ status }: SmartChargingTest): boolean {
  return status !== 'running' && status !== 'refused';
}

/** Answers leave first: a station is not to wait for a decision, and what arrives meanwhile joins it. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, RETRY_MS));
}
