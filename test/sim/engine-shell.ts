/**
 * The shell of the engine as src/control/site-runner.ts has it, over virtual time: batches, commit,
 * and only then dispatch; crashes of ours between any two of these.
 */
import { changesOf, isEmpty } from '../../src/control/changes.js';
import type { InboxItem, SiteEvent, SiteState, StepResult } from '../../src/control/state.js';
import { step } from '../../src/control/step.js';
import type { OutboxCommand } from '../../src/ocpp/messages.js';
import { createDurableRows } from './durable-rows.js';
import type { EventHeap, Timer } from './event-heap.js';
import type { Dice } from './random.js';
import type { EngineFault } from './scenario-faults.js';
import type { Scenario } from './scenario.js';

export interface StepTaken {
  readonly before: SiteState;
  readonly items: readonly InboxItem[];
  readonly result: StepResult;
}

export interface EngineShell {
  /** Our clock minus true time. */
  readonly clockMs: () => number;
  /** The same as the state in force was made by. */
  readonly clockCommittedMs: () => number;
  /** The state in force: of the running process, or of the rows while none runs. */
  readonly state: () => SiteState;
  /** Appends to the inbox; false while SQL is down. */
  append(events: readonly SiteEvent[]): boolean;
  /** Bypasses the inbox: may be lost. */
  pass(event: SiteEvent): void;
  /** Stops or kills our process, or takes SQL away. */
  fail(fault: EngineFault): void;
}

export interface ShellDeps {
  readonly scenario: Scenario;
  readonly heap: EventHeap;
  readonly random: Dice;
  readonly dispatch: (commands: readonly OutboxCommand[]) => void;
  readonly onStep: (taken: StepTaken) => void;
  /** Our process dies for this long; `onRestart` follows. */
  readonly onCrash: () => void;
  readonly onRestart: () => void;
  readonly onPause: (untilMs: number) => void;
  /** A commit of an engine that had lost the site was refused. */
  readonly onStale?: (epoch: number) => void;
}

const RETRY_MS = 1000;
const BATCH_MAX = 500;
const CLOCK_STEP_MS = 250;

export function createEngineShell(deps: ShellDeps): EngineShell {
  const { scenario, heap, random } = deps;
  const rows = createDurableRows(scenario.siteBelieved, {
    isMixed: scenario.mishaps?.isMixed === true,
  });
  let epoch = 1;
  let clockMs = 0;
  let clockCommittedMs = 0;
  let clockToldMs = 0;
  const nowMs = (): number => heap.nowMs() + clockMs;
  let state = rows.restore(epoch, nowMs());
  let queue: InboxItem[] = [];
  let passing: InboxItem[] = [];
  let kept: SiteEvent[] = [];
  let woken = true;
  let isBusy = false;
  let isDown = false;
  let resumesAtMs = 0;
  let sqlUpAtMs = 0;
  let slowUntilMs = 0;
  let life = 0;
  let armed: EngineFault | undefined;
  let wake: Timer | undefined;

  /** Runs `run` unless our process has died since. */
  function later(atMs: number, run: () => void): Timer {
    const lifeThen = life;
    return heap.at(Math.max(atMs, resumesAtMs), () => {
      if (lifeThen === life) run();
    });
  }

  function kick(): void {
    if (isBusy || isDown) return;
    if (heap.nowMs() < resumesAtMs) return;
    if (!woken && queue.length === 0 && passing.length === 0) return;
    turn();
  }

  function turn(): void {
    isBusy = true;
    noteClock();
    const durable = queue.slice(0, BATCH_MAX);
    const items = [...durable, ...passing];
    const before = state;
    const result = step(state, items, nowMs(), { isBehind: queue.length > BATCH_MAX });
    deps.onStep({ before, items, result });
    const hasCommands = result.effects.some((it) => it.type === 'command');
    if (armed?.kind === 'crash-before-commit' && hasCommands) return crash(armed);
    if (armed?.kind === 'takeover-before-commit' && hasCommands) {
      return overtaken(armed, () => commitLate(before, items, result));
    }
    const committedAtMs = Math.max(slowUntilMs, heap.nowMs() + random.int(1, 40));
    later(committedAtMs, () => commit(items, durable.length, result));
  }

  /** As the runner does: site time went otherwise than real time. */
  function noteClock(): void {
    const byMs = clockMs - clockToldMs;
    clockToldMs = clockMs;
    if (byMs >= CLOCK_STEP_MS) passing.unshift({ event: { type: 'clock.stepped', byMs } });
  }

  function commit(items: readonly InboxItem[], durableCount: number, result: StepResult): void {
    const { effects } = result;
    const write = changesOf(state, result.state, { items, effects, nowMs: nowMs() });
    const empty = isEmpty(write, state);
    if (!empty && heap.nowMs() < sqlUpAtMs) {
      // Nobody knows whether it was written before the connection to SQL broke.
      if (random.chance(0.5)) rows.commit(write);
      later(heap.nowMs() + RETRY_MS, takeOver);
      return;
    }
    if (!empty) rows.commit(write);
    woken = false;
    queue = queue.slice(durableCount);
    passing = passing.slice(items.length - durableCount);
    state = result.state;
    clockCommittedMs = clockToldMs;
    finish(result);
  }

  /** Another engine owns the site from now on; what this one was doing it goes on with later. */
  function overtaken(fault: EngineFault, goOn: () => void): void {
    armed = undefined;
    life += 1;
    wake = undefined;
    handOver(fault);
    const epochThen = epoch;
    const claimed = (): void => {
      if (epoch > epochThen) goOn();
      else heap.at(heap.nowMs() + RETRY_MS, claimed);
    };
    heap.at(heap.nowMs() + fault.durationMs, claimed);
    takeOver();
  }

  /** To a process that has looked at no clock before, of the same host or of another. */
  function handOver(fault: EngineFault): void {
    clockMs = fault.clockMs ?? clockMs;
    clockToldMs = clockMs;
  }

  /** A commit that SQL reads after the site was claimed anew: refused, and nothing of it leaves. */
  function commitLate(before: SiteState, items: readonly InboxItem[], result: StepResult): void {
    const { effects } = result;
    const write = changesOf(before, result.state, { items, effects, nowMs: nowMs() });
    if (!rows.commit(write)) return deps.onStale?.(write.epoch);
    deps.dispatch(commandsOf(result));
  }

  /** After a commit whose end is not known the rows say, under a new epoch. */
  function takeOver(): void {
    if (heap.nowMs() < sqlUpAtMs) {
      later(heap.nowMs() + RETRY_MS, takeOver);
      return;
    }
    epoch += 1;
    state = rows.restore(epoch, nowMs());
    queue = queue.filter((it) => (it.seq ?? 0) > state.inboxSeq);
    passing.unshift({ event: { type: 'engine.started', epoch, links: 'kept' } });
    isBusy = false;
    kick();
  }

  function finish(result: StepResult): void {
    const commands = commandsOf(result);
    if (armed?.kind === 'crash-after-commit' && commands.length > 0) return crash(armed);
    if (armed?.kind === 'takeover-after-commit' && commands.length > 0) {
      return overtaken(armed, () => deps.dispatch(commands));
    }
    isBusy = false;
    wake?.cancel();
    wake = undefined;
    const { nextWakeAtMs } = result;
    if (nextWakeAtMs !== undefined) {
      wake = later(nextWakeAtMs - clockMs, () => {
        woken = true;
        kick();
      });
    }
    if (commands.length > 0) deps.dispatch(commands);
    if (armed?.kind === 'crash-after-dispatch' && commands.length > 0) return crash(armed);
    if (queue.length > 0 || passing.length > 0) later(heap.nowMs(), kick);
  }

  function crash(fault: EngineFault): void {
    armed = undefined;
    life += 1;
    isDown = true;
    isBusy = false;
    queue = [];
    passing = [];
    kept = [];
    wake = undefined;
    state = rows.restore(epoch, nowMs());
    deps.onCrash();
    heap.at(heap.nowMs() + fault.durationMs, () => restart(fault));
  }

  function restart(fault: EngineFault): void {
    handOver(fault);
    epoch += 1;
    state = rows.restore(epoch, nowMs());
    if (scenario.mishaps?.isMixed === true) rows.append(unknownEvent(heap.nowMs()));
    rows.append({ type: 'engine.started', epoch, links: 'closed' });
    queue = [...rows.behind(state.inboxSeq)];
    isDown = false;
    woken = true;
    deps.onRestart();
    kick();
  }

  function append(events: readonly SiteEvent[]): boolean {
    if (isDown) return false;
    if (heap.nowMs() < sqlUpAtMs) {
      kept.push(...events);
      return false;
    }
    for (const event of events) queue.push(rows.append(event));
    later(heap.nowMs(), kick);
    return true;
  }

  function sqlBack(): void {
    const waiting = kept;
    kept = [];
    if (!isDown) append(waiting);
  }

  later(heap.nowMs(), () => {
    append([{ type: 'engine.started', epoch, links: 'closed' }]);
  });
  return {
    state: () => state,
    clockMs: () => clockMs,
    clockCommittedMs: () => clockCommittedMs,
    append,
    pass(event) {
      if (isDown) return;
      passing.push({ event });
      later(heap.nowMs(), kick);
    },
    fail(fault) {
      if (isDown) return;
      switch (fault.kind) {
        case 'stop':
          resumesAtMs = heap.nowMs() + fault.durationMs;
          deps.onPause(resumesAtMs);
          later(resumesAtMs, kick);
          return;
        case 'sql':
          sqlUpAtMs = heap.nowMs() + fault.durationMs;
          heap.at(sqlUpAtMs, sqlBack);
          return;
        case 'clock-step':
          clockMs = fault.clockMs ?? 0;
          return;
        case 'slow-commit':
          slowUntilMs = heap.nowMs() + fault.durationMs;
          return;
        default:
          armed = fault;
      }
    },
  };
}

/** Of a newer version's gateway. */
function unknownEvent(receivedAtMs: number): SiteEvent {
  return { type: 'station.greeted', stationId: 'S0', receivedAtMs } as unknown as SiteEvent;
}

function commandsOf({ state, effects }: StepResult): readonly OutboxCommand[] {
  const commands: OutboxCommand[] = [];
  for (const it of effects) {
    if (it.type === 'command') commands.push({ siteId: state.site.id, ...it.command });
  }
  return commands;
}
