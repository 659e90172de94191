/**
 * Everything that can happen next. Messages take no time unless a fault delays them, in any order
 * between stations; time moves only when nothing is due, and then to the next instant of anybody.
 */
import type { SiteEvent } from '../../../src/control/state.js';
import { callMoves, heldMoves, isTimedOut } from './calls.js';
import { crashed, fed, restarted } from './engine.js';
import { isConnecting, lifeMoves } from './life.js';
import { type Model, nameOf } from './model.js';
import { laterAt, withPilotNoted } from './station.js';
import {
  FLIGHT_MAX_MS,
  isLinked,
  type Letter,
  lineAt,
  type Move,
  plain,
  spent,
  stationAt,
  type StationNow,
  without,
  withStation,
  type World,
} from './world.js';

/** A letter without an answer is sent again. */
const LETTER_RETRY_MS = 30_000;
/** A delayed answer may also arrive between two instants of others. */
const ANSWER_LATE_MS = 10_000;

/** What the workload is made of; each part once, in this order, at any instant. */
const WORKLOAD: readonly { readonly station: number; readonly what: 'starts' | 'ends' }[] = [
  { station: 1, what: 'starts' },
  { station: 0, what: 'ends' },
  { station: 0, what: 'starts' },
];

export function movesOf(model: Model, world: World): readonly Move[] {
  const moves: Move[] = [];
  model.stations.forEach((_, index) => {
    moves.push(
      ...callMoves(model, world, index),
      ...heldMoves(model, world, index),
      ...lettersMoves(model, world, index),
      ...lifeMoves(model, world, index),
    );
  });
  moves.push(...engineMoves(model, world), ...workloadMoves(model, world));
  if (!isSomethingDue(model, world)) moves.push(...timeMoves(model, world));
  return moves;
}

function lettersMoves(model: Model, world: World, index: number): readonly Move[] {
  const station = stationAt(world, index);
  const [letter, ...rest] = station.letters;
  if (letter === undefined || !isPosting(world, index)) return [];
  const name = `${nameOf(model, index)} ${letter.kind}`;
  const told = withStation(world, index, { ...without(station, 'postAtMs'), letters: rest });
  const moves = [...fed(model, `${name} told`, told, [eventOf(model, world, index, letter)])];
  if (world.budget.losses > 0) {
    const postAtMs = world.nowMs + LETTER_RETRY_MS;
    const lost = withStation(spent(world, 'losses'), index, { ...station, postAtMs });
    moves.push(plain(`${name} lost`, lost));
  }
  return moves;
}

function eventOf(model: Model, { nowMs }: World, index: number, letter: Letter): SiteEvent {
  const stationId = model.stations[index]?.id;
  if (stationId === undefined) throw new Error(`no station ${index}`);
  const base = { stationId, receivedAtMs: nowMs };
  if (letter.kind === 'booted') {
    return { ...base, type: 'station.booted', vendor: 'Sim', model: 'tested' };
  }
  const { transactionId, stampedAtMs: atMs } = letter;
  const told = {
    ...base,
    evseNumber: 1,
    transactionId,
    atMs,
    offline: nowMs - atMs > FLIGHT_MAX_MS,
  };
  return letter.kind === 'started'
    ? { ...told, type: 'transaction.started', meterStartWh: 0 }
    : { ...told, type: 'transaction.ended', meterStopWh: 0, samples: [], reason: 'Local' };
}

function engineMoves(model: Model, world: World): readonly Move[] {
  const { engine, nowMs, budget } = world;
  if (engine.upAtMs !== undefined) {
    return engine.upAtMs <= nowMs ? restarted(model, 'the engine is back', world) : [];
  }
  const moves: Move[] = [];
  if ((engine.wakeAtMs ?? Number.POSITIVE_INFINITY) <= nowMs) {
    moves.push(...fed(model, 'the engine wakes', world, []));
  }
  // At rest only while a call is open: else nothing is at stake that the crashes around a commit miss.
  const isOpen = world.lines.some((it) => it.flight !== undefined);
  if (budget.crashes > 0 && isOpen) moves.push(plain('the engine crashes', crashed(world, [])));
  return moves;
}

/** Vehicles begin and end as they like; the station tells it when it can. */
function workloadMoves(model: Model, world: World): readonly Move[] {
  const part = WORKLOAD[world.workload];
  if (part === undefined || world.workload >= model.workloadMax) return [];
  const { station: index, what } = part;
  if (!stationAt(world, index).isPowered) return [];
  const next = { ...world, workload: world.workload + 1 };
  return [
    plain(
      `a transaction of ${nameOf(model, index)} ${what}`,
      what === 'starts' ? begun(model, next, index) : over(model, next, index),
    ),
  ];
}

export function begun(model: Model, world: World, index: number): World {
  const before = stationAt(world, index);
  const id = `${nameOf(model, index)}-${before.transactionCount + 1}`;
  const stampedAtMs = world.nowMs + (model.stations[index]?.skewMs ?? 0);
  const after: StationNow = {
    ...before,
    transaction: { id, startedAtMs: world.nowMs },
    transactionCount: before.transactionCount + 1,
    letters: [...before.letters, { kind: 'started', transactionId: id, stampedAtMs }],
  };
  return withStation(world, index, withPilotNoted(model, index, { before, after }, world.nowMs));
}

function over(model: Model, world: World, index: number): World {
  const station = stationAt(world, index);
  const { transaction } = station;
  if (transaction === undefined) return world;
  const stampedAtMs = world.nowMs + (model.stations[index]?.skewMs ?? 0);
  const letter: Letter = { kind: 'ended', transactionId: transaction.id, stampedAtMs };
  const letters = [...station.letters, letter];
  return withStation(world, index, { ...without(station, 'transaction'), history: [], letters });
}

/** Time goes on to the next instant at which something is due. */
function timeMoves(model: Model, world: World): readonly Move[] {
  const toMs = Math.min(...instantsOf(model, world));
  if (!Number.isFinite(toMs)) return [];
  const stations = world.stations.map((station, index) => {
    const held = station.held.filter((it) => it.sentAtMs + FLIGHT_MAX_MS >= toMs);
    const span = { fromMs: world.nowMs, toMs };
    return laterAt(
      model,
      index,
      held.length === station.held.length ? station : { ...station, held },
      span,
    );
  });
  const label = `${(toMs - world.nowMs) / 1000} s pass`;
  return [plain(label, { ...world, nowMs: toMs, stations })];
}

function instantsOf(model: Model, world: World): readonly number[] {
  const { engine, nowMs } = world;
  const instants: (number | undefined)[] = [engine.wakeAtMs, engine.upAtMs];
  model.stations.forEach((_, index) => {
    const station = stationAt(world, index);
    const { flight } = lineAt(world, index);
    instants.push(station.powerUpAtMs, station.connectAtMs);
    if (station.letters.length > 0) instants.push(station.postAtMs);
    for (const { sentAtMs } of station.held) instants.push(sentAtMs + FLIGHT_MAX_MS);
    if (flight === undefined) return;
    instants.push(flight.sentAtMs + model.callTimeoutMs);
    if (flight.message === 'delayed') instants.push(flight.sentAtMs + ANSWER_LATE_MS);
  });
  return instants.filter((atMs): atMs is number => atMs !== undefined && atMs > nowMs);
}

/** Time stands still while a message is on its way or somebody has to act. */
function isSomethingDue(model: Model, world: World): boolean {
  const { engine, nowMs } = world;
  const isDue = (atMs: number | undefined): boolean => atMs !== undefined && atMs <= nowMs;
  if (isDue(engine.upAtMs) || (engine.upAtMs === undefined && isDue(engine.wakeAtMs))) return true;
  return model.stations.some((_, index) => {
    const station = stationAt(world, index);
    const { flight } = lineAt(world, index);
    const isMoving = flight?.message === 'request';
    return (
      isMoving ||
      isConnecting(world, index) ||
      isTimedOut(model, world, index) ||
      isDue(station.powerUpAtMs) ||
      isPosting(world, index)
    );
  });
}

function isPosting(world: World, index: number): boolean {
  const { letters, postAtMs } = stationAt(world, index);
  return letters.length > 0 && isLinked(world, index) && (postAtMs ?? 0) <= world.nowMs;
}
