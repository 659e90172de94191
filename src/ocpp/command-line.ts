/**
 * The commands of one station: queue, fences, and the conversation in progress. Survives connections,
 * because what was once written must be remembered when the next socket opens.
 *
 * `not-sent` is a promise that no byte left; the ledger frees capacity on it. So a row that is dispatched
 * a second time is ignored as long as it is remembered, instead of being called fenced.
 */
import type { StationId } from '../../solver/index.js';
import type { Clock } from '../platform/ports.js';
import { CallError } from './call-error.js';
import { type CallEnd, createCallLine, type CallLine } from './call-line.js';
import { createCommandQueue } from './command-queue.js';
import { begin } from './commands.js';
import type { Counts } from './counters.js';
import { type Fences, isFenced, raiseFence } from './fence.js';
import type { AnswerFrame } from './frames.js';
import type { CommandOutcome, OcppVersion, OutboxCommand, StationEvent } from './messages.js';
import type { RpcConnection } from './rpc-server.js';
import type { GatewaySettings } from './settings.js';
import { isStep, type Step } from './step.js';
import type { MessageSchemas } from './validation.js';

export interface CommandLine {
  /** Queues a row, or ends it `not-sent` at once. */
  add(row: OutboxCommand): void;
  /** A socket to write to. Precondition: closed before, or never opened. */
  open(socket: LineSocket): void;
  /** False when no call waits for this answer. */
  answered(answer: AnswerFrame): boolean;
  /** Writes nothing any more; what waits ends `not-sent`, the call in flight may still be answered. */
  halt(reason: string): void;
  /** The socket is gone: the call in flight ends `closed`, what waits ends `not-sent`. */
  close(reason: string): void;
  readonly isBusy: () => boolean;
}

export interface LineSocket {
  readonly connection: RpcConnection;
  readonly version: OcppVersion;
  readonly schemas: MessageSchemas;
}

export interface CommandLineOptions {
  readonly stationId: StationId;
  readonly clock: Clock;
  readonly messageId: () => string;
  readonly settings: GatewaySettings;
  readonly counts: Counts;
  /** The highest epoch dispatched for a site, over all its stations. */
  readonly newestEpoch: (siteId: string) => number;
  readonly keep: (events: readonly StationEvent[]) => void;
}

interface Item {
  readonly row: OutboxCommand;
  /** Present when the first call of the command was written already. */
  readonly step?: Step;
  readonly sentAtMs?: number;
}

interface OpenLine extends LineSocket {
  readonly calls: CallLine;
}

export function createCommandLine(options: CommandLineOptions): CommandLine {
  const { stationId, clock, settings, counts, newestEpoch, keep } = options;
  const queue = createCommandQueue<Item>(settings.waitingCommandsMax);
  const fences: Fences = new Map();
  const remembered = new Set<string>();
  let line: OpenLine | undefined;
  let pumping = false;
  let isHalted = false;

  const answer = (item: Item, outcome: CommandOutcome): void => {
    const { epoch, seq } = item.row;
    const { sentAtMs } = item;
    const receivedAtMs = clock.nowMs();
    const sent = sentAtMs === undefined ? {} : { sentAtMs };
    keep([{ stationId, receivedAtMs, type: 'command.answered', epoch, seq, ...sent, outcome }]);
  };

  const notSent = (item: Item, detail: string): void => {
    if (detail.startsWith('fenced')) counts.add('fencedCommands');
    answer(item, item.step === undefined ? { status: 'not-sent', detail } : { status: 'closed' });
  };

  const remember = (row: OutboxCommand): boolean => {
    const key = `${row.epoch}:${row.seq}`;
    if (remembered.has(key)) return false;
    remembered.add(key);
    const [oldest] = remembered.keys();
    if (remembered.size > settings.rememberedCommandsMax && oldest !== undefined) {
      remembered.delete(oldest);
    }
    return true;
  };

  /** Why a row must not be written; undefined when it may. Called in the step that writes. */
  const obstacle = ({ row, step }: Item): string | undefined => {
    if (step !== undefined) return undefined;
    if (row.epoch < newestEpoch(row.siteId)) return 'fenced: the site has a newer epoch';
    if (isFenced(fences, row)) return 'fenced: a newer command was written for this EVSE';
    if (clock.nowMs() > row.expiresAtMs) return 'expired';
    return undefined;
  };

  const write = (open: OpenLine, item: Item, step: Step): void => {
    if (item.step === undefined) raiseFence(fences, item.row);
    const written: Item = { row: item.row, step, sentAtMs: clock.nowMs() };
    open.calls.write(step.call, (end, roundTripMs) => {
      if (end.status === 'result' || end.status === 'call-error') counts.roundTrip(roundTripMs);
      const next = nextSafely(open, step, end);
      if (!isStep(next)) answer(written, next);
      else if (line === open && !isHalted) queue.add({ ...written, step: next });
      else answer(written, { status: 'closed' });
      pump();
    });
    for (const fenced of queue.remove(
      (waiting) => obstacle(waiting)?.startsWith('fenced') === true,
    )) {
      notSent(fenced, obstacle(fenced) ?? 'fenced');
    }
  };

  const pump = (): void => {
    if (pumping || isHalted) return;
    pumping = true;
    for (let open = line; open !== undefined && !open.calls.isBusy(); open = line) {
      const item = queue.take();
      if (item === undefined) break;
      proceed(open, item);
    }
    pumping = false;
  };

  const proceed = (open: OpenLine, item: Item): void => {
    const problem = open.connection.isWritable() ? obstacle(item) : 'socket not writable';
    if (problem !== undefined) {
      notSent(item, problem);
      return;
    }
    const step = item.step ?? beginSafely(item.row, open.version, () => clock.nowMs());
    if (isStep(step)) write(open, item, step);
    else answer(item, step);
  };

  return {
    add(row) {
      if (!remember(row)) {
        counts.add('repeatedCommands');
        return;
      }
      if (line === undefined || isHalted) {
        notSent({ row }, 'station not connected');
        return;
      }
      const dropped = queue.add({ row });
      if (dropped !== undefined) notSent(dropped, 'too many commands wait for this station');
      pump();
    },
    open(socket) {
      const { connection } = socket;
      const calls = createCallLine({
        send: (text) => connection.send(text),
        messageId: options.messageId,
        monotonicMs: () => clock.monotonicMs(),
        callTimeoutMs: settings.callTimeoutMs,
      });
      line = { ...socket, calls };
    },
    halt(reason) {
      isHalted = true;
      for (const item of queue.remove(() => true)) notSent(item, reason);
    },
    answered: (frame) => line?.calls.answered(frame) ?? false,
    close(reason) {
      const closing = line;
      line = undefined;
      closing?.calls.close();
      for (const item of queue.remove(() => true)) notSent(item, reason);
    },
    isBusy: () => line?.calls.isBusy() ?? false,
  };
}

/** A command that cannot be encoded was never written. */
function beginSafely(
  row: OutboxCommand,
  version: OcppVersion,
  nowMs: () => number,
): Step | CommandOutcome {
  try {
    return begin(row, version, nowMs);
  } catch (error) {
    return { status: 'not-sent', detail: `cannot be written as ${version}: ${String(error)}` };
  }
}

/** A result that breaks its schema is an error, whatever it says. */
function nextSafely(open: OpenLine, step: Step, end: CallEnd): Step | CommandOutcome {
  if (end.status !== 'result') return step.next(end);
  try {
    const { payload } = open.schemas.checkAnswer(step.call.action, end.payload);
    return step.next({ ...end, payload });
  } catch (error) {
    const code = error instanceof CallError ? error.code : 'unreadable';
    return {
      status: 'error',
      detail: `answer not usable: ${code}: ${String(error)}`.slice(0, 200),
    };
  }
}
