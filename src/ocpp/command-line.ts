/**
 * The commands of one station: queue, fences, and the conversation in progress. Survives connections,
 * because what was once written must be remembered when the next socket opens.
 *
 * `not-sent` is a promise that no byte left; the ledger frees capacity on it. So a row that is dispatched
 * a second time is ignored as long as it is remembered, instead of being called fenced.
 */
import type { StationId } from '../../solver/index.js';
import type { Clock, Log } from '../platform/ports.js';
import { CallError } from './call-error.js';
import { type Call, type CallEnd, createCallLine, type CallLine } from './call-line.js';
import { type CommandQueue, createCommandQueue } from './command-queue.js';
import { begin } from './commands.js';
import type { Counts } from './counters.js';
import { cutText } from './cut-text.js';
import { type Fences, isFenced, raiseFence } from './fence.js';
import { type AnswerFrame, CALL_RESULT_ERROR } from './frames.js';
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
  readonly log: Log;
  readonly messageId: () => string;
  readonly settings: GatewaySettings;
  readonly counts: Counts;
  /** The highest epoch dispatched for a site, over all its stations. */
  readonly newestEpoch: (siteId: string) => number;
  readonly keep: (events: readonly StationEvent[]) => void;
  /** An answer that has passed its schema. */
  readonly onAnswer: (call: Call, answer: unknown) => void;
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

/** One per station; changed in place by the functions below. */
interface LineState {
  readonly options: CommandLineOptions;
  readonly queue: CommandQueue<Item>;
  readonly fences: Fences;
  /** `epoch:seq` of the latest rows taken, oldest first. */
  readonly remembered: Set<string>;
  line: OpenLine | undefined;
  isPumping: boolean;
  isHalted: boolean;
}

export function createCommandLine(options: CommandLineOptions): CommandLine {
  const state: LineState = {
    options,
    queue: createCommandQueue<Item>(options.settings.waitingCommandsMax),
    fences: new Map(),
    remembered: new Set(),
    line: undefined,
    isPumping: false,
    isHalted: false,
  };
  const endAll = (reason: string): void => {
    for (const item of state.queue.remove(() => true)) notSent(state, item, reason);
  };
  return {
    add: (row) => add(state, row),
    open(socket) {
      const { connection } = socket;
      const calls = createCallLine({
        send: (text) => connection.send(text),
        messageId: options.messageId,
        monotonicMs: () => options.clock.monotonicMs(),
        callTimeoutMs: options.settings.callTimeoutMs,
      });
      state.line = { ...socket, calls };
    },
    answered: (frame) => state.line?.calls.answered(frame) ?? false,
    halt(reason) {
      state.isHalted = true;
      endAll(reason);
    },
    close(reason) {
      const closing = state.line;
      state.line = undefined;
      closing?.calls.close();
      endAll(reason);
    },
    isBusy: () => state.line?.calls.isBusy() ?? false,
  };
}

function add(state: LineState, row: OutboxCommand): void {
  const { counts } = state.options;
  if (!remember(state, row)) {
    counts.add('repeatedCommands');
    return;
  }
  if (state.line === undefined || state.isHalted) {
    notSent(state, { row }, 'station not connected');
    return;
  }
  const dropped = state.queue.add({ row });
  if (dropped !== undefined) {
    notSent(state, dropped, 'too many commands wait for this station');
  }
  pump(state);
}

/** False when the row was taken before. */
function remember({ remembered, options }: LineState, row: OutboxCommand): boolean {
  const key = `${row.epoch}:${row.seq}`;
  if (remembered.has(key)) return false;
  remembered.add(key);
  const [oldest] = remembered.keys();
  if (remembered.size > options.settings.rememberedCommandsMax && oldest !== undefined) {
    remembered.delete(oldest);
  }
  return true;
}

/** Writes what may be written until the line is busy or nothing waits. */
function pump(state: LineState): void {
  if (state.isPumping || state.isHalted) return;
  state.isPumping = true;
  for (let open = state.line; open !== undefined && !open.calls.isBusy(); open = state.line) {
    const item = state.queue.take();
    if (item === undefined) break;
    proceed(state, open, item);
  }
  state.isPumping = false;
}

/** The check and the write are one synchronous step: nothing can come between them. */
function proceed(state: LineState, open: OpenLine, item: Item): void {
  const { clock } = state.options;
  const problem = open.connection.isWritable() ? obstacle(state, item) : 'socket not writable';
  if (problem !== undefined) {
    notSent(state, item, problem);
    return;
  }
  const step = item.step ?? beginSafely(item.row, open.version, () => clock.nowMs());
  if (isStep(step)) write(state, open, item, step);
  else answer(state, item, step);
}

/** Why a row must not be written; undefined when it may, and for a conversation under way. */
function obstacle({ fences, options }: LineState, { row, step }: Item): string | undefined {
  if (step !== undefined) return undefined;
  if (row.epoch < options.newestEpoch(row.siteId)) return 'fenced: the site has a newer epoch';
  if (isFenced(fences, row)) return 'fenced: a newer command was written for this EVSE';
  if (options.clock.nowMs() > row.expiresAtMs) return 'expired';
  return undefined;
}

function write(state: LineState, open: OpenLine, item: Item, step: Step): void {
  const { clock, counts } = state.options;
  if (item.step === undefined) raiseFence(state.fences, item.row);
  const written: Item = { row: item.row, step, sentAtMs: clock.nowMs() };
  const messageId = open.calls.write(step.call, (end, roundTripMs) => {
    if (end.status === 'result' || end.status === 'call-error') counts.roundTrip(roundTripMs);
    const outcome = end.status === 'result' ? 'answered' : end.status;
    const { action } = step.call;
    counts.callEnded({ action, direction: 'out', outcome, durationMs: roundTripMs });
    tell(state, item.row, { action, messageId, outcome, durationMs: Math.round(roundTripMs) });
    const next = nextSafely(open, step, end, { messageId, onAnswer: state.options.onAnswer });
    if (!isStep(next)) answer(state, written, next);
    else if (state.line === open && !state.isHalted) resume(state, { ...written, step: next });
    else answer(state, written, { status: 'closed' });
    pump(state);
  });
  const isOvertaken = (waiting: Item): boolean =>
    waiting.step === undefined && isFenced(state.fences, waiting.row);
  for (const overtaken of state.queue.remove(isOvertaken)) {
    notSent(state, overtaken, 'fenced: overtaken by a newer command for this EVSE');
  }
}

/** Calls of operators only: those of the engine are too many, and in the message log. */
function tell({ options }: LineState, row: OutboxCommand, call: Readonly<Record<string, unknown>>) {
  const { commandId, traceId, stationId } = row;
  if (commandId === undefined) return;
  const asked = traceId === undefined ? { commandId } : { traceId, commandId };
  options.log.info({ ...asked, stationId, ...call }, 'call to a station');
}

/** The next call of a conversation takes its turn; cuts may come before it. */
function resume(state: LineState, item: Item): void {
  const dropped = state.queue.add(item);
  if (dropped !== undefined) notSent(state, dropped, 'too many commands wait for this station');
}

/** A conversation whose first call was written ends `closed`: the station may have acted on it. */
function notSent(state: LineState, item: Item, detail: string): void {
  if (detail.startsWith('fenced')) state.options.counts.add('fencedCommands');
  const wasWritten = item.step !== undefined;
  tell(state, item.row, { outcome: wasWritten ? 'closed' : 'not-sent', detail });
  answer(state, item, wasWritten ? { status: 'closed' } : { status: 'not-sent', detail });
}

function answer({ options }: LineState, item: Item, outcome: CommandOutcome): void {
  const { stationId, clock, keep } = options;
  const { epoch, seq } = item.row;
  const sent = item.sentAtMs === undefined ? {} : { sentAtMs: item.sentAtMs };
  const receivedAtMs = clock.nowMs();
  keep([{ stationId, receivedAtMs, type: 'command.answered', epoch, seq, ...sent, outcome }]);
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

/**
 * A result that breaks its schema is an error, whatever it says; since 2.1 the station is told so by a
 * CALLRESULTERROR (2.1 part 4).
 */
function nextSafely(
  open: OpenLine,
  step: Step,
  end: CallEnd,
  { messageId, onAnswer }: Pick<CommandLineOptions, 'onAnswer'> & { readonly messageId: string },
): Step | CommandOutcome {
  if (end.status !== 'result') return step.next(end);
  try {
    const { payload } = open.schemas.checkAnswer(step.call.action, end.payload);
    onAnswer(step.call, payload);
    return step.next({ ...end, payload });
  } catch (error) {
    const code = error instanceof CallError ? error.code : 'unreadable';
    if (error instanceof CallError && open.version === 'ocpp2.1') {
      open.connection.send(
        JSON.stringify([CALL_RESULT_ERROR, messageId, error.code, error.message, {}]),
      );
    }
    return {
      status: 'error',
      detail: cutText(`answer not usable: ${code}: ${String(error)}`, 200),
    };
  }
}
