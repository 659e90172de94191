/** What can happen to calls: the one in flight of a station, and those that it has yet to apply. */
import type { CommandOutcome } from '../../../src/ocpp/messages.js';
import { crashed, landed } from './engine.js';
import { breakMoves, rebootMoves } from './life.js';
import { type Model, nameOf } from './model.js';
import { handle } from './station.js';
import {
  type Flight,
  isLinked,
  lineAt,
  type Move,
  plain,
  spent,
  stationAt,
  withMessage,
  withStation,
  type World,
} from './world.js';

/**
 * The call in flight of one station. Applied and answered is one move: between the two nobody else can
 * tell, so that only what ends the answer on its way (a fault) is a branch of its own.
 */
export function callMoves(model: Model, world: World, index: number): readonly Move[] {
  const line = lineAt(world, index);
  const { flight } = line;
  if (flight === undefined) return [];
  const { row, outcome, message } = flight;
  const name = `${nameOf(model, index)} ${row.command.kind} ${row.seq}`;
  const moves: Move[] = [];
  if (message === 'request') moves.push(...requestMoves(model, world, index, { flight, name }));
  if (message === 'delayed' && outcome !== undefined) {
    moves.push(...landed(model, `${name} ${outcome.status} late`, world, index, outcome));
  }
  if (isTimedOut(model, world, index)) {
    moves.push(...landed(model, `${name} timeout`, world, index, { status: 'timeout' }));
  }
  return moves;
}

function requestMoves(
  model: Model,
  world: World,
  index: number,
  { flight, name }: { readonly flight: Flight; readonly name: string },
): readonly Move[] {
  const { losses, delays, crashes } = world.budget;
  const { row, sentAtMs } = flight;
  const { world: done, outcome } = applied(model, world, index, row);
  const moves = [...landed(model, `${name} ${outcome.status}`, done, index, outcome)];
  const unanswered = withMessage(done, index, { message: 'nothing' });
  if (losses > 0) {
    const unasked = withMessage(world, index, { message: 'nothing' });
    moves.push(plain(`${name} request lost`, spent(unasked, 'losses')));
    moves.push(plain(`${name} answer lost`, spent(unanswered, 'losses')));
  }
  if (delays > 0) {
    const station = stationAt(world, index);
    const held = [...station.held, { row, sentAtMs }];
    const waiting = withStation(withMessage(world, index, { message: 'nothing' }), index, {
      ...station,
      held,
    });
    const late = withMessage(done, index, { message: 'delayed', outcome });
    moves.push(plain(`${name} waits at the station`, spent(waiting, 'delays')));
    moves.push(plain(`${name} answer delayed`, spent(late, 'delays')));
  }
  if (crashes > 0)
    moves.push(plain(`${name} applied, the engine crashes`, crashed(unanswered, [])));
  const ends = [...rebootMoves(model, unanswered, index), ...breakMoves(model, unanswered, index)];
  return [...moves, ...ends.map((it) => ({ ...it, label: `${name} applied, ${it.label}` }))];
}

/** The station has handled a call. */
function applied(
  model: Model,
  world: World,
  index: number,
  row: Flight['row'],
): { readonly world: World; readonly outcome: CommandOutcome } {
  const { station, outcome } = handle(model, world, index, row.command);
  return { world: withStation(world, index, station), outcome };
}

/** What a station has read and not applied yet: it may do so after anything that came later. */
export function heldMoves(model: Model, world: World, index: number): readonly Move[] {
  const station = stationAt(world, index);
  return station.held.flatMap((call): readonly Move[] => {
    const held = station.held.filter((it) => it !== call);
    const before = withStation(world, index, { ...station, held });
    const { world: done, outcome } = applied(model, before, index, call.row);
    const label = `${nameOf(model, index)} ${call.row.command.kind} ${call.row.seq} applied late`;
    const waits = lineAt(done, index).flight?.row.seq === call.row.seq && isLinked(done, index);
    return waits ? landed(model, label, done, index, outcome) : [plain(label, done)];
  });
}

export function isTimedOut(model: Model, world: World, index: number): boolean {
  const { flight } = lineAt(world, index);
  return flight !== undefined && flight.sentAtMs + model.callTimeoutMs <= world.nowMs;
}
