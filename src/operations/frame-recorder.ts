/**
 * Writes the log of OCPP messages beside the traffic: what is seen is queued, and written in batches.
 * When SQL is slow or away the queue is full and frames are dropped and counted; no station waits.
 */
import type { StationId } from '../../solver/index.js';
import type { FrameHook, FrameRecord } from '../ocpp/frame-log.js';
import type { Clock, Log } from '../platform/ports.js';
import type { Activity, NewMessage, OperationsStore } from '../store/operations/ports.js';
import { temperatureOf } from './temperature.js';

export interface RecorderDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: Pick<OperationsStore, 'connections' | 'messages' | 'temperatures'>;
}

export interface FrameRecorder {
  readonly onFrame: FrameHook;
  /** Since the start. */
  readonly counts: () => { readonly written: number; readonly dropped: number };
  /** Resolves when what has been seen so far is written, or given up. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

const QUEUE_MAX = 10_000;
const QUEUE_BYTES_MAX = 32 * 1024 * 1024;
const BATCH_MAX = 250;
/** A batch is masked in one go, and nothing else runs meanwhile. */
const BATCH_BYTES_MAX = 64 * 1024;
/** Real ms. */
const FLUSH_EVERY_MS = 500;
const TOUCH_EVERY_MS = 10_000;
/** Calls of which the answer has not been seen yet, over all stations. */
const CALLS_MAX = 20_000;
const CALL = 2;

interface Queued {
  readonly frame: FrameRecord;
  readonly atMs: number;
  readonly action: string | undefined;
}

export function createFrameRecorder({ clock, log, store }: RecorderDeps): FrameRecorder {
  let queue: Queued[] = [];
  let queuedBytes = 0;
  let written = 0;
  let dropped = 0;
  let droppedTold = 0;
  let writing: Promise<void> | undefined;
  let touching: Promise<void> | undefined;
  const actions = rememberActions();
  const seen = new Map<string, Activity>();

  function take(frame: FrameRecord): void {
    const atMs = clock.nowMs();
    count(seen, frame, atMs);
    const action = actions.of(frame);
    if (queue.length >= QUEUE_MAX || queuedBytes + frame.bytes > QUEUE_BYTES_MAX) {
      dropped += 1;
      return;
    }
    queue.push({ frame, atMs, action });
    queuedBytes += frame.bytes;
  }

  async function writeBatch(): Promise<void> {
    const batch = nextBatch(queue);
    queue = queue.slice(batch.length);
    queuedBytes -= batch.reduce((sum, it) => sum + it.frame.bytes, 0);
    tellDrops();
    try {
      const messages = batch.map(messageOf);
      await store.messages.append(messages);
      written += batch.length;
      const readings = batch.filter(({ frame }) => frame.mentionsTemperature).flatMap(temperatures);
      await store.temperatures.note(readings);
    } catch (error) {
      dropped += batch.length;
      droppedTold += batch.length;
      log.warn({ err: String(error), frames: batch.length }, 'messages not logged');
    }
  }

  async function drain(): Promise<void> {
    // One batch a turn: masking must not hold up the frames that arrive meanwhile.
    while (queue.length > 0) {
      await writeBatch();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  function flush(): Promise<void> {
    writing ??= drain().finally(() => {
      writing = undefined;
    });
    return writing;
  }

  function tellDrops(): void {
    if (dropped === droppedTold) return;
    log.warn({ frames: dropped - droppedTold }, 'messages came too fast to be logged');
    droppedTold = dropped;
  }

  async function note(): Promise<void> {
    const activities = [...seen.values()];
    seen.clear();
    await store.connections.touch(activities).catch((error: unknown) => {
      log.warn({ err: String(error) }, 'activity of connections not noted');
    });
  }

  /** One at a time: what SQL is too slow for is gathered meanwhile, one entry a connection. */
  function touch(): Promise<void> {
    touching ??= note().finally(() => {
      touching = undefined;
    });
    return touching;
  }

  const timers = [
    setInterval(() => void flush(), FLUSH_EVERY_MS),
    setInterval(() => void touch(), TOUCH_EVERY_MS),
  ];
  for (const timer of timers) timer.unref();
  return {
    onFrame: take,
    counts: () => ({ written, dropped }),
    flush,
    async stop() {
      for (const timer of timers) clearInterval(timer);
      await flush();
      await touching;
      await touch();
    },
  };
}

/** From the front: at least one, and no more than can be masked between two turns. */
function nextBatch(queue: readonly Queued[]): readonly Queued[] {
  let bytes = 0;
  const end = queue.findIndex((it, index) => {
    bytes += it.frame.bytes;
    return index > 0 && (index >= BATCH_MAX || bytes > BATCH_BYTES_MAX);
  });
  return end === -1 ? queue : queue.slice(0, end);
}

/** A call and its answer share a message id, and run in opposite directions. */
function rememberActions(): { of(frame: FrameRecord): string | undefined } {
  const calls = new Map<string, string>();
  return {
    of({ stationId, direction, messageId, messageType, action }) {
      if (messageId === undefined) return action;
      if (action === undefined) {
        const key = `${direction === 'in' ? 'out' : 'in'} ${stationId} ${messageId}`;
        const known = calls.get(key);
        calls.delete(key);
        return known;
      }
      if (messageType !== CALL) return action;
      const [oldest] = calls.keys();
      if (calls.size >= CALLS_MAX && oldest !== undefined) calls.delete(oldest);
      calls.set(`${direction} ${stationId} ${messageId}`, action);
      return action;
    },
  };
}

function count(seen: Map<string, Activity>, frame: FrameRecord, atMs: number): void {
  const { stationId, generation, direction, messagesIn, messagesOut } = frame;
  const key = `${stationId} ${generation}`;
  const lastMessageAtMs = direction === 'in' ? atMs : seen.get(key)?.lastMessageAtMs;
  seen.set(key, { stationId, generation, lastMessageAtMs, messagesIn, messagesOut });
}

function messageOf({ frame, atMs, action }: Queued): NewMessage {
  const redacted = frame.redacted();
  const isJson = redacted !== undefined;
  const { messageType, messageId, errorCode = isJson ? undefined : 'NotJson' } = frame;
  return {
    stationId: frame.stationId as StationId,
    generation: frame.generation,
    version: frame.version,
    atMs,
    direction: frame.direction,
    bytes: frame.bytes,
    sample: sampleOf(frame),
    message: isJson ? JSON.stringify(redacted) : `not JSON, ${frame.bytes} bytes`,
    action,
    messageType,
    messageId,
    errorCode,
  };
}

/** From 0 up to 1, the same for a call and its answer. */
function sampleOf({ stationId, messageId = '' }: FrameRecord): number {
  return hash32(`${stationId} ${messageId}`) / 2 ** 32;
}

/** FNV-1a, and the last mixing of MurmurHash3: ids that differ in their last character lie far apart. */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function temperatures({ frame, atMs }: Queued): { stationId: string; atMs: number; c: number }[] {
  const c = temperatureOf(frame.redacted());
  return c === undefined ? [] : [{ stationId: frame.stationId, atMs, c }];
}
