/** One station: its journal and commands, and whichever connection is its newest. */
import { createHash } from 'node:crypto';
import type { StationId } from '../../solver/index.js';
import { CallError } from './call-error.js';
import type { CallEnd } from './call-meter.js';
import { type CallRunner, type CallRunnerOptions, createCallRunner } from './call-runner.js';
import { type CommandLine, createCommandLine } from './command-line.js';
import type { Counts } from './counters.js';
import type { Admitted } from './door-check.js';
import { frameRecord } from './frame-log.js';
import { createFrameIntake, NO_ANSWER } from './frame-intake.js';
import type { HandlerContext } from './handler.js';
import { createJournal, type Journal } from './journal.js';
import type {
  EvseStatus,
  OcppVersion,
  OutboxCommand,
  SchemaMode,
  StationEvent,
  StationRecord,
} from './messages.js';
import type { GatewayPorts } from './ports.js';
import type { ConnectionHandlers, RpcConnection } from './rpc-server.js';
import type { GatewaySettings } from './settings.js';
import { createPace, keepPace } from './pace.js';
import { createTurns } from './turns.js';
import { learntVariables } from './learn-variables.js';
import type { DeviceVariable } from './device-variable.js';
import type { MessageSchemas } from './validation.js';

export interface Station {
  /** Takes over a new, authenticated connection; an older one is closed. */
  connect(admitted: Admitted, connection: RpcConnection): ConnectionHandlers;
  dispatch(row: OutboxCommand): void;
  readonly version: () => OcppVersion | undefined;
  /** True while a call of ours is unanswered. */
  readonly isBusy: () => boolean;
  /** Writes no command any more. */
  halt(reason: string): void;
  /** Closes the connection, if any. */
  disconnect(code: number, reason: string): void;
  /** Closes it when no frame has come for too long. */
  closeIfIdle(): void;
  drained(timeoutMs: number): Promise<void>;
}

/** What all stations of a gateway share. */
export interface StationDeps {
  readonly ports: GatewayPorts;
  readonly settings: GatewaySettings;
  readonly counts: Counts;
  readonly schemasOf: (version: OcppVersion, mode: SchemaMode) => MessageSchemas;
  readonly nextGeneration: () => number;
  readonly newestEpoch: (siteId: string) => number;
}

interface Live {
  readonly connection: RpcConnection;
  readonly version: OcppVersion;
  readonly generation: number;
  lastFrameAtMs: number;
  /** Site time. */
  lastMessageAtMs: number | undefined;
  framesIn: number;
  framesOut: number;
}

/** What is learnt by the way must not hold up the answer. */
function learn(
  stationId: StationId,
  ports: GatewayPorts,
  variables: readonly DeviceVariable[],
): void {
  if (variables.length === 0) return;
  ports.keepVariables(stationId, variables).catch((error: unknown) => {
    ports.log.warn({ stationId, error: String(error) }, 'variables not kept');
  });
}

export function createStation(stationId: StationId, deps: StationDeps): Station {
  const { ports, settings, counts } = deps;
  const { clock } = ports;
  let live: Live | undefined;

  const journal = journalOf(stationId, deps);
  const turns = createTurns();
  const pace = createPace({
    burst: settings.framesBurst,
    refillMs: settings.framesRefillMs,
    monotonicMs: () => clock.monotonicMs(),
  });
  const commands = createCommandLine({
    stationId,
    clock,
    log: ports.log,
    messageId: () => ports.ids.messageId(),
    settings,
    counts,
    newestEpoch: deps.newestEpoch,
    keep: journal.keep,
    onAnswer: (call, answer) => learn(stationId, ports, learntVariables(call, answer)),
  });

  /** Ends a connection's part in the story, once, whether or not its socket has closed yet. */
  const leave = (leaving: Live, closeCode: number, reason: string): void => {
    if (live !== leaving) return;
    live = undefined;
    commands.close(`connection ended: ${reason}`);
    journal.keep([
      { stationId, receivedAtMs: clock.nowMs(), ...goodbye(leaving, closeCode, reason) },
    ]);
  };

  const disconnect = (code: number, reason: string): void => {
    const leaving = live;
    if (leaving === undefined) return;
    leave(leaving, code, reason);
    leaving.connection.close(code, reason);
  };

  return {
    connect(admitted, connection) {
      counts.add('acceptedConnections');
      if (live !== undefined) counts.add('replacedConnections');
      disconnect(1008, 'replaced by a newer connection');
      const { version } = admitted;
      const generation = deps.nextGeneration();
      const entering: Live = {
        connection,
        version,
        generation,
        lastFrameAtMs: clock.monotonicMs(),
        lastMessageAtMs: undefined,
        framesIn: 0,
        framesOut: 0,
      };
      live = entering;
      const receivedAtMs = clock.nowMs();
      const from = remoteOf(admitted);
      journal.keep([
        { stationId, receivedAtMs, type: 'station.connected', generation, version, ...from },
      ]);
      const schemas = deps.schemasOf(version, admitted.credential.schemaMode ?? 'lenient');
      commands.open({ connection, version, schemas });
      const onClose = (reason: string): void => {
        ports.log.warn({ stationId, reason }, 'turned away');
        // The answer is written in this turn of the event loop.
        setImmediate(() => live === entering && disconnect(1008, reason));
      };
      const shared = { schemas, turns, journal, onClose };
      const runner = runnerOf(stationId, admitted, connection, deps, shared);
      return handlersOf(stationId, entering, runner, commands, deps, {
        paced: keepPace(pace, connection, () => counts.add('slowedConnections')),
        leave: (code, reason) => leave(entering, code, reason),
        flooded: () => live === entering && disconnect(1002, 'too many malformed frames'),
      });
    },
    dispatch: (row) => commands.add(row),
    version: () => live?.version,
    isBusy: () => commands.isBusy(),
    halt: (reason) => commands.halt(reason),
    disconnect,
    closeIfIdle() {
      const silentMs = clock.monotonicMs() - (live?.lastFrameAtMs ?? Number.POSITIVE_INFINITY);
      if (silentMs > settings.idleTimeoutMs) disconnect(1001, 'idle');
    },
    drained: journal.drained,
  };
}

function journalOf(stationId: StationId, { ports, settings }: StationDeps): Journal {
  return createJournal({
    append: (events) => ports.append(events),
    log: ports.log,
    stationId,
    keptEventsMax: settings.keptEventsMax,
    retryMinMs: settings.appendRetryMinMs,
    retryMaxMs: settings.appendRetryMaxMs,
  });
}

interface Ends {
  /** A frame came. */
  readonly paced: () => void;
  readonly leave: (closeCode: number, reason: string) => void;
  readonly flooded: () => void;
}

function handlersOf(
  stationId: StationId,
  live: Live,
  runner: CallRunner,
  commands: CommandLine,
  deps: StationDeps,
  ends: Ends,
): ConnectionHandlers {
  const { counts, settings, ports } = deps;
  const origin = { stationId, generation: live.generation, version: live.version };
  const intake = createFrameIntake({
    version: live.version,
    counts,
    badFramesMax: settings.badFramesMax,
    send: (text) => live.connection.send(text),
    onCall: (action, payload) => metered(deps, action, runner.run(action, payload)),
    onSend: (action, payload) => runner.send(action, payload),
    onAnswer: (answer) => commands.answered(answer),
    onAnswerRefused: (refused) => void runner.answerRefused(refused),
    onTooManyBadFrames: ends.flooded,
  });
  return {
    onFrame(text) {
      live.lastFrameAtMs = ports.clock.monotonicMs();
      live.lastMessageAtMs = ports.clock.nowMs();
      live.framesIn += 1;
      counts.add('framesIn');
      ends.paced();
      settings.onFrame?.(frameRecord(origin, live, 'in', text));
      intake.take(text);
    },
    onSent(text) {
      live.framesOut += 1;
      counts.add('framesOut');
      settings.onFrame?.(frameRecord(origin, live, 'out', text));
    },
    onClose: (code, reason) => ends.leave(code, `${code} ${reason}`.trim()),
  };
}

/** What is known of a connection when it ends. */
function goodbye(
  leaving: Live,
  closeCode: number,
  reason: string,
): Omit<Extract<StationEvent, { type: 'station.disconnected' }>, 'stationId' | 'receivedAtMs'> {
  const { generation, framesIn, framesOut, lastMessageAtMs } = leaving;
  return {
    type: 'station.disconnected',
    generation,
    reason,
    closeCode,
    messagesIn: framesIn,
    messagesOut: framesOut,
    ...(lastMessageAtMs === undefined ? {} : { lastMessageAtMs }),
  };
}

function remoteOf({ remoteAddress }: Admitted): { readonly remoteAddress?: string } {
  return remoteAddress === undefined ? {} : { remoteAddress };
}

/** An action that nobody knows is counted under one name, whatever a station calls it. */
async function metered<Answer>(
  { counts, ports: { clock } }: StationDeps,
  action: string,
  answering: Promise<Answer>,
): Promise<Answer> {
  const startedMs = clock.monotonicMs();
  const ended = (name: string, outcome: CallEnd['outcome']): void => {
    const durationMs = clock.monotonicMs() - startedMs;
    counts.callEnded({ action: name, direction: 'in', outcome, durationMs });
  };
  try {
    const answer = await answering;
    ended(action, answer === NO_ANSWER ? 'unanswered' : 'answered');
    return answer;
  } catch (error) {
    const isUnknown = error instanceof CallError && error.code === 'NotImplemented';
    ended(isUnknown ? 'unknown' : action, 'call-error');
    throw error;
  }
}

function runnerOf(
  stationId: StationId,
  admitted: Admitted,
  connection: RpcConnection,
  deps: StationDeps,
  parts: Pick<CallRunnerOptions, 'schemas' | 'turns' | 'journal' | 'onClose'>,
): CallRunner {
  const { ports, settings, counts } = deps;
  const { version, credential } = admitted;
  const connectorStatus = new Map<string, EvseStatus>();
  const findTransactionEvse = rememberEvse((transactionId) =>
    ports.findTransactionEvse(stationId, transactionId),
  );
  const context = (): HandlerContext => ({
    stationId,
    version,
    evseNumbers: credential.evseNumbers,
    receivedAtMs: ports.clock.nowMs(),
    heartbeatIntervalSec: spread(stationId, Math.max(60, settings.heartbeatIntervalSec)),
    offlineAfterMs: settings.offlineAfterMs,
    ...(settings.vendorOnly === undefined ? {} : { vendorOnly: settings.vendorOnly }),
    connectorStatus,
    authorize: (ask) => ports.authorize(stationId, ask),
    transactionIdOf: (fingerprint) => ports.transactionIdOf(stationId, fingerprint),
    findTransactionEvse,
    keepVariables: (variables) => ports.keepVariables(stationId, variables),
    requestCertificate: (ask) => ports.requestCertificate(stationId, ask),
  });
  const { log } = ports;
  const onBacklog = (waitingCount: number): void => {
    if (waitingCount > settings.waitingCallsMax) connection.pauseReading('backlog');
    else if (waitingCount === settings.waitingCallsMax) connection.resumeReading('backlog');
  };
  const record = (records: readonly StationRecord[]): Promise<void> => ports.record(records);
  return createCallRunner({
    ...parts,
    version,
    record,
    log,
    counts,
    context,
    onBacklog,
  });
}

/** Up to a tenth longer, by its name: stations that came back together do not stay in step. */
function spread(stationId: StationId, intervalSec: number): number {
  const [byte = 0] = createHash('sha1').update(stationId).digest();
  return intervalSec + Math.floor((intervalSec / 10) * (byte / 256));
}

/** Transactions that meter values name again and again, remembered per connection. */
const TRANSACTIONS_MAX = 64;

type FindEvse = (transactionId: string) => Promise<number | undefined>;

function rememberEvse(find: FindEvse): FindEvse {
  const known = new Map<string, number>();
  return async (transactionId) => {
    const evseNumber = known.get(transactionId) ?? (await find(transactionId));
    if (known.size >= TRANSACTIONS_MAX) known.clear();
    if (evseNumber !== undefined) known.set(transactionId, evseNumber);
    return evseNumber;
  };
}
