/** What can happen to a station itself: power, link, a new connection. */
import type { SiteEvent } from '../../../src/control/state.js';
import { fed, left, pump } from './engine.js';
import { type Model, nameOf } from './model.js';
import { darkened } from './station.js';
import {
  isLinked,
  lineAt,
  type Move,
  plain,
  spent,
  stationAt,
  withLine,
  withMessage,
  without,
  withStation,
  type World,
} from './world.js';

/** Dark for longer than a lease where the server sees it; back before any timeout is over where not. */
const DARK_SEEN_MS = 150_000;
const DARK_UNSEEN_MS = 10_000;
const RECONNECT_MS = 20_000;

/** Power, links and connections of one station. */
export function lifeMoves(model: Model, world: World, index: number): readonly Move[] {
  const station = stationAt(world, index);
  const name = nameOf(model, index);
  const moves: Move[] = [];
  moves.push(...rebootMoves(model, world, index), ...breakMoves(model, world, index));
  if (!station.isPowered && (station.powerUpAtMs ?? 0) <= world.nowMs) {
    const letters = [
      { kind: 'booted' } as const,
      ...station.letters.filter((it) => it.kind !== 'booted'),
    ];
    const connectAtMs = world.nowMs;
    const up = { ...without(station, 'powerUpAtMs'), isPowered: true, letters, connectAtMs };
    moves.push(plain(`${name} is back`, withStation(world, index, up)));
  }
  if (isConnecting(world, index)) moves.push(...connect(model, world, index));
  return moves;
}

export function rebootMoves(model: Model, world: World, index: number): readonly Move[] {
  const station = stationAt(world, index);
  if (!station.isPowered || world.budget.reboots === 0) return [];
  return [false, true].flatMap((amnesia) => {
    const label = `${nameOf(model, index)} reboots${amnesia ? ' and forgets' : ''}`;
    const dark = (darkMs: number): World => {
      const darkStation = darkened(station, { amnesia, upAtMs: world.nowMs + darkMs });
      return withStation(spent(world, 'reboots'), index, darkStation);
    };
    return severed(model, label, { unseen: dark(DARK_UNSEEN_MS), seen: dark(DARK_SEEN_MS) }, index);
  });
}

export function breakMoves(model: Model, world: World, index: number): readonly Move[] {
  if (!isLinked(world, index) || world.budget.breaks === 0) return [];
  const station = without(stationAt(world, index), 'generation');
  const connectAtMs = world.nowMs + RECONNECT_MS;
  const next = withStation(spent(world, 'breaks'), index, { ...station, connectAtMs });
  const label = `${nameOf(model, index)} loses its link`;
  return severed(model, label, { unseen: next, seen: next }, index);
}

/** A dead connection: the server sees it at once, or when the station comes again. */
function severed(
  model: Model,
  label: string,
  { unseen, seen }: { readonly unseen: World; readonly seen: World },
  index: number,
): readonly Move[] {
  const line = lineAt(seen, index);
  if (line.generation === undefined) return [plain(label, seen)];
  const silent = plain(`${label}, unseen`, withMessage(unseen, index, { message: 'nothing' }));
  const { world: next, answers } = left(seen, index);
  const gone = disconnected(model, seen, index, line.generation);
  return [silent, ...fed(model, `${label}, seen`, next, [...answers, gone])];
}

function disconnected(
  model: Model,
  { nowMs }: World,
  index: number,
  generation: number,
): SiteEvent {
  const stationId = model.stations[index]?.id;
  if (stationId === undefined) throw new Error(`no station ${index}`);
  return {
    type: 'station.disconnected',
    stationId,
    receivedAtMs: nowMs,
    generation,
    reason: 'gone',
  };
}

/** A new connection, which replaces one that the server took for open. */
function connect(model: Model, given: World, index: number): readonly Move[] {
  const spec = model.stations[index];
  if (spec === undefined) return [];
  const old = lineAt(given, index).generation;
  const { world, answers } = old === undefined ? { world: given, answers: [] } : left(given, index);
  const newest = Math.max(0, ...world.lines.map((it) => it.generation ?? 0), old ?? 0);
  const generation = Math.max(newest + 1, world.nowMs);
  const opened: SiteEvent = {
    type: 'station.connected',
    stationId: spec.id,
    receivedAtMs: world.nowMs,
    generation,
    version: spec.version,
  };
  const station = { ...without(stationAt(world, index), 'connectAtMs'), generation };
  const linked = withLine(withStation(world, index, station), index, {
    ...lineAt(world, index),
    generation,
  });
  const closed = old === undefined ? [] : [disconnected(model, world, index, old)];
  const events = [...answers, opened, ...closed];
  return fed(model, `${spec.id} connects`, pump(linked, index).world, events);
}

/** It comes as soon as somebody listens. */
export function isConnecting({ engine, nowMs, stations }: World, index: number): boolean {
  const { isPowered, connectAtMs } = stations[index] ?? {};
  const isAway = isPowered === true && connectAtMs !== undefined;
  return isAway && connectAtMs <= nowMs && engine.upAtMs === undefined;
}
