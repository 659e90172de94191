/**
 * The gateway by its contract (src/ocpp/ports.ts) over the virtual network: every command ends in
 * exactly one answer, one call in flight per station, cuts first, fenced, expiring. Queue and fence
 * are the production ones; sockets, timers and frames are not.
 */
import { createCommandQueue } from '../../src/ocpp/command-queue.js';
import { type Fences, isFenced, raiseFence } from '../../src/ocpp/fence.js';
import type { CommandOutcome, OutboxCommand, StationEvent } from '../../src/ocpp/messages.js';
import type { StationId } from '../../solver/index.js';
import type { EventHeap, Timer } from './event-heap.js';
import type { Connection, Network } from './network.js';
import type { Dice } from './random.js';
import type { StationSpec } from './scenario.js';

/** A command that was written to a station's socket. */
export interface WrittenCall {
  readonly row: OutboxCommand;
  readonly connection: Connection;
}

export interface CallTarget {
  /** It was handed to the socket: from now on it may be applied. */
  written(call: WrittenCall): void;
  receive(call: WrittenCall): void;
}

/** Sees every call. */
export interface CallWatch {
  written(call: WrittenCall): void;
  lost(call: WrittenCall): void;
  ended(call: WrittenCall, outcome: CommandOutcome): void;
}

/** Deliberate damage, to see that the checks bite. */
export type GatewayDamage = 'two-calls' | 'old-epochs';

export interface SimGateway {
  dispatch(rows: readonly OutboxCommand[]): void;
  /** A station opens a socket; undefined while nobody listens. */
  accept(spec: StationSpec): Connection | undefined;
  /** An event of a station. False: not stored, the station will repeat it. */
  arrive(connection: Connection, event: StationEvent): boolean;
  reply(call: WrittenCall, outcome: CommandOutcome): void;
  /** The server notices that a connection is dead. */
  noticeEnd(connection: Connection, reason: string): void;
  /** Our process dies, or a new one listens. */
  setListening(listening: boolean): void;
  /** Stopped process: nothing is read or timed out before this instant. */
  pauseUntil(atMs: number): void;
  readonly pausedUntilMs: () => number;
}

export interface GatewayDeps {
  readonly heap: EventHeap;
  readonly network: Network;
  readonly random: Dice;
  readonly callTimeoutMs: number;
  readonly targetOf: (stationId: StationId) => CallTarget;
  /** False: not committed. */
  readonly append: (events: readonly StationEvent[]) => boolean;
  readonly watch: CallWatch;
  readonly damage?: GatewayDamage;
}

interface Line {
  readonly queue: ReturnType<typeof createCommandQueue<{ readonly row: OutboxCommand }>>;
  readonly fences: Fences;
  connection?: Connection;
  flight?: { readonly call: WrittenCall; readonly sentAtMs: number; readonly timer: Timer };
}

const WAITING_MAX = 64;
/** Deliberate damage: each so many calls carry the epoch before. */
const OLD_EVERY = 20;

export function createSimGateway(deps: GatewayDeps): SimGateway {
  const { heap, network, random, watch, damage } = deps;
  let lines = new Map<StationId, Line>();
  let listening = true;
  let pausedMs = 0;
  let generation = 0;
  let newestEpoch = 0;

  function lineOf(stationId: StationId): Line {
    let line = lines.get(stationId);
    if (line === undefined) {
      line = { queue: createCommandQueue(WAITING_MAX), fences: new Map() };
      lines.set(stationId, line);
    }
    return line;
  }

  function answer(row: OutboxCommand, outcome: CommandOutcome, sentAtMs?: number): void {
    deps.append([
      {
        type: 'command.answered',
        stationId: row.stationId,
        receivedAtMs: heap.nowMs(),
        epoch: row.epoch,
        seq: row.seq,
        ...(sentAtMs === undefined ? {} : { sentAtMs }),
        outcome,
      },
    ]);
  }

  function notSent(row: OutboxCommand, detail: string): void {
    answer(row, { status: 'not-sent', detail });
  }

  function obstacle(line: Line, row: OutboxCommand): string | undefined {
    if (isFenced(line.fences, row) || row.epoch < newestEpoch) return 'fenced';
    return heap.nowMs() > row.expiresAtMs ? 'expired' : undefined;
  }

  function pump(line: Line): void {
    const atOnce = damage === 'two-calls';
    while (line.connection !== undefined && (atOnce || line.flight === undefined)) {
      const item = line.queue.take();
      if (item === undefined) return;
      const problem = obstacle(line, item.row);
      if (problem === undefined) write(line, line.connection, item.row);
      else notSent(item.row, problem);
    }
  }

  function write(line: Line, connection: Connection, given: OutboxCommand): void {
    const row = damage === 'old-epochs' ? sometimesOld(given) : given;
    raiseFence(line.fences, row);
    const call = { row, connection };
    const timer = heap.at(heap.nowMs() + deps.callTimeoutMs, () => timeOut(line, call));
    line.flight = { call, sentAtMs: heap.nowMs(), timer };
    const target = deps.targetOf(row.stationId);
    target.written(call);
    watch.written(call);
    network.down(
      connection,
      () => target.receive(call),
      () => watch.lost(call),
    );
    const fenced = line.queue.remove((waiting) => isFenced(line.fences, waiting.row));
    for (const waiting of fenced) notSent(waiting.row, 'fenced');
  }

  function timeOut(line: Line, call: WrittenCall): void {
    if (heap.nowMs() < pausedMs) {
      heap.at(pausedMs, () => timeOut(line, call));
    } else if (line.flight?.call === call) land(line, { status: 'timeout' });
  }

  /** The call in flight ends. */
  function land(line: Line, outcome: CommandOutcome): void {
    const { flight } = line;
    if (flight === undefined) return;
    flight.timer.cancel();
    delete line.flight;
    watch.ended(flight.call, outcome);
    answer(flight.call.row, outcome, flight.sentAtMs);
    pump(line);
  }

  function leave(line: Line, connection: Connection): void {
    connection.serverOpen = false;
    delete line.connection;
    land(line, { status: 'closed' });
    for (const { row } of line.queue.remove(() => true)) notSent(row, 'connection ended');
  }

  function ended({ spec, generation: ended }: Connection, reason: string): StationEvent {
    const receivedAtMs = heap.nowMs();
    return {
      type: 'station.disconnected',
      stationId: spec.id,
      receivedAtMs,
      generation: ended,
      reason,
    };
  }

  return {
    dispatch(rows) {
      for (const row of rows) newestEpoch = Math.max(newestEpoch, row.epoch);
      for (const row of rows) {
        const line = lineOf(row.stationId);
        if (line.connection === undefined) {
          notSent(row, 'station not connected');
          continue;
        }
        const dropped = line.queue.add({ row });
        if (dropped !== undefined) notSent(dropped.row, 'too many commands wait');
        pump(line);
      }
    },
    accept(spec) {
      if (!listening || heap.nowMs() < pausedMs) return undefined;
      const line = lineOf(spec.id);
      const old = line.connection;
      if (old !== undefined) leave(line, old);
      generation = Math.max(generation + 1, heap.nowMs());
      const connection = network.open(spec, generation);
      line.connection = connection;
      const stationId = spec.id;
      const receivedAtMs = heap.nowMs();
      const { version } = spec;
      const opened = {
        type: 'station.connected',
        stationId,
        receivedAtMs,
        generation,
        version,
      } as const;
      const closed = old === undefined ? [] : [ended(old, 'replaced by a newer connection')];
      deps.append(random.chance(0.5) ? [opened, ...closed] : [...closed, opened]);
      return connection;
    },
    arrive: (connection, event) => listening && connection.serverOpen && deps.append([event]),
    reply(call, outcome) {
      const line = lineOf(call.row.stationId);
      if (line.flight?.call === call) land(line, outcome);
    },
    noticeEnd(connection, reason) {
      const line = lineOf(connection.spec.id);
      if (line.connection !== connection) return;
      leave(line, connection);
      deps.append([ended(connection, reason)]);
    },
    setListening(value) {
      listening = value;
      if (value) return;
      // A new process counts by its own clock.
      generation = 0;
      for (const line of lines.values()) {
        line.flight?.timer.cancel();
        if (line.flight !== undefined) watch.ended(line.flight.call, { status: 'closed' });
        if (line.connection !== undefined) line.connection.serverOpen = false;
      }
      lines = new Map();
    },
    pauseUntil(atMs) {
      pausedMs = atMs;
    },
    pausedUntilMs: () => pausedMs,
  };
}

function sometimesOld(row: OutboxCommand): OutboxCommand {
  return row.seq % OLD_EVERY === 0 ? { ...row, epoch: row.epoch - 1 } : row;
}
