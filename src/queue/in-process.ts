/** The queue of a single process without Redis. What waits is lost with the process, as the port allows. */
import { setTimeout as sleep } from 'node:timers/promises';
import { CpmsError } from '../platform/errors.js';
import type { Log } from '../platform/ports.js';
import { createAlarm } from './alarm.js';
import type { Job, JobHandler, JobOptions, Queue, QueueCounts, QueueName } from './ports.js';

export interface InProcessDeps {
  readonly log: Log;
  /** Real time, epoch ms. */
  nowMs(): number;
}

/** Hints beyond this are refused rather than kept in memory. */
const JOBS_MAX = 100_000;
const CLOSE_TIMEOUT_MS = 10_000;

/** One job; it changes in place. */
interface Entry {
  readonly key: string | undefined;
  data: Job['data'];
  dueAtMs: number;
  attempt: number;
  readonly retryDelaysMs: readonly number[];
  /** Added under the same key while this one was being worked on. */
  next: { readonly data: Job['data']; readonly options: JobOptions } | undefined;
}

/** The jobs of one name; each stands in one of the three sets, oldest first. */
interface Line {
  readonly ready: Set<Entry>;
  readonly delayed: Set<Entry>;
  readonly active: Set<Entry>;
  readonly byKey: Map<string, Entry>;
  dead: number;
  worker: { readonly handler: JobHandler; readonly concurrency: number } | undefined;
  readonly alarm: ReturnType<typeof createAlarm>;
}

export function createInProcessQueue({ log, nowMs }: InProcessDeps): Queue {
  const lines = new Map<QueueName, Line>();
  let isClosed = false;

  function lineOf(name: QueueName): Line {
    const line: Line = lines.get(name) ?? newLine(() => wake(name));
    lines.set(name, line);
    return line;
  }

  function put(line: Line, data: Job['data'], options: JobOptions): void {
    const { key, retryDelaysMs = [] } = options;
    const dueAtMs = nowMs() + (options.delayMs ?? 0);
    const known = key === undefined ? undefined : line.byKey.get(key);
    if (known === undefined) {
      const entry: Entry = { key, data, dueAtMs, attempt: 1, retryDelaysMs, next: undefined };
      if (key !== undefined) line.byKey.set(key, entry);
      wait(line, entry);
    } else if (line.active.has(known)) {
      known.next = { data, options };
    } else {
      known.data = data;
      if (dueAtMs < known.dueAtMs) {
        known.dueAtMs = dueAtMs;
        wait(line, known);
      }
    }
  }

  function wait(line: Line, entry: Entry): void {
    line.delayed.delete(entry);
    if (entry.dueAtMs <= nowMs()) line.ready.add(entry);
    else {
      line.delayed.add(entry);
      line.alarm.atLatest(entry.dueAtMs, nowMs());
    }
  }

  /** The alarm rang: what is due by now becomes ready. */
  function wake(name: QueueName): void {
    const line = lineOf(name);
    const delayed = [...line.delayed];
    for (const entry of delayed) wait(line, entry);
    run(name);
  }

  function run(name: QueueName): void {
    const line = lineOf(name);
    const { worker } = line;
    if (worker === undefined || isClosed) return;
    for (const entry of line.ready) {
      if (line.active.size >= worker.concurrency) return;
      line.ready.delete(entry);
      line.active.add(entry);
      void work(name, entry, worker.handler);
    }
  }

  async function work(name: QueueName, entry: Entry, handler: JobHandler): Promise<void> {
    const line = lineOf(name);
    const { data, attempt } = entry;
    let pauseMs: number | undefined;
    try {
      await handler({ data, attempt });
    } catch (error) {
      pauseMs = entry.retryDelaysMs[attempt - 1];
      const isDead = pauseMs === undefined;
      if (isDead) line.dead += 1;
      log.warn({ queue: name, attempt, isDead, err: String(error) }, 'job failed');
    }
    line.active.delete(entry);
    if (pauseMs === undefined) end(line, entry);
    else {
      entry.attempt += 1;
      entry.dueAtMs = nowMs() + pauseMs;
      wait(line, entry);
    }
    run(name);
  }

  function end(line: Line, { key, next }: Entry): void {
    if (key !== undefined) line.byKey.delete(key);
    if (next !== undefined) put(line, next.data, next.options);
  }

  return {
    async add(name, data, options = {}) {
      const line = lineOf(name);
      if (isClosed) throw unavailable('the queue is closed');
      if (line.ready.size + line.delayed.size >= JOBS_MAX) throw unavailable(`${JOBS_MAX} wait`);
      put(line, { ...data }, options);
      run(name);
    },
    work(name, handler, { concurrency }) {
      const line = lineOf(name);
      if (line.worker !== undefined) throw new Error(`queue ${name} has its handler already`);
      line.worker = { handler, concurrency };
      run(name);
    },
    async counts(name) {
      return countsOf(lineOf(name), nowMs());
    },
    async close() {
      isClosed = true;
      for (const line of lines.values()) line.alarm.clear();
      const endMs = nowMs() + CLOSE_TIMEOUT_MS;
      const isBusy = (): boolean => [...lines.values()].some((line) => line.active.size > 0);
      while (isBusy() && nowMs() < endMs) await sleep(10);
    },
  };
}

function newLine(ring: () => void): Line {
  return {
    ready: new Set(),
    delayed: new Set(),
    active: new Set(),
    byKey: new Map(),
    dead: 0,
    worker: undefined,
    alarm: createAlarm(ring),
  };
}

function countsOf(line: Line, nowMs: number): QueueCounts {
  const oldestAtMs = [...line.ready].reduce((least, it) => Math.min(least, it.dueAtMs), nowMs);
  return {
    waiting: line.ready.size,
    delayed: line.delayed.size,
    active: line.active.size,
    dead: line.dead,
    stalled: 0,
    oldestAgeMs: nowMs - oldestAtMs,
  };
}

function unavailable(why: string): CpmsError {
  return new CpmsError('queue-unavailable', `no job is taken: ${why}`, { retriable: true });
}
