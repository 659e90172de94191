/** The situation that exploration starts from, reached by the production code from a cold start. */
import { initialState } from '../../../src/control/initial-state.js';
import { restarted } from './engine.js';
import type { Model } from './model.js';
import { begun, movesOf } from './moves.js';
import type { Move, World } from './world.js';

const START_MS = 1_750_000_000_000;
const MOVES_MAX = 500;

/**
 * Both stations are known and ready, the first has a vehicle that charges under a lease that was
 * shown, and everything has settled. Throws when the engine does not get there by itself.
 */
export function startOf(model: Model): World {
  const { damage: _later, ...undamaged } = model;
  const quiet: Model = { ...undamaged, budget: NONE };
  const cold: World = {
    nowMs: START_MS,
    engine: { state: initialState(model.siteBelieved ?? model.site, 0, START_MS), inbox: [] },
    lines: model.stations.map(() => ({ queue: [], fences: new Map() })),
    stations: model.stations.map(() => ({
      isPowered: true,
      transactionCount: 0,
      profiles: [],
      history: [],
      held: [],
      letters: [{ kind: 'booted' }],
      connectAtMs: START_MS,
    })),
    budget: NONE,
    // Nothing of it happens on the way.
    workload: Number.MAX_SAFE_INTEGER,
    calls: model.stations.map(() => 0),
  };
  const up = first(restarted(quiet, 'start', cold));
  const ready = until(quiet, up, (world) => isSettled(world) && isReady(world));
  const told = begun(quiet, ready, 0);
  const charging = until(quiet, told, (world) => isSettled(world) && isCharging(world));
  return { ...charging, budget: model.budget, workload: 0, calls: model.stations.map(() => 0) };
}

const NONE = { losses: 0, delays: 0, reboots: 0, crashes: 0, breaks: 0 };

function isReady({ engine, lines }: World): boolean {
  const stations = [...engine.state.stations.values()];
  return (
    stations.every((it) => it.stage === 'ready') && lines.every((it) => it.flight === undefined)
  );
}

function isSettled({ engine, nowMs }: World): boolean {
  return [...engine.state.evses.values()].every(({ ledger, contact }) => {
    const { commands, fallbackSettlesAtMs } = ledger;
    const isQuiet = commands.every(({ state }) => state === 'accepted');
    return contact.step === 'done' && isQuiet && (fallbackSettlesAtMs ?? 0) <= nowMs;
  });
}

function isCharging({ engine, lines }: World): boolean {
  const [ledger] = [...engine.state.evses.values()].map((it) => it.ledger);
  const isGranted = ledger?.commands.some(({ grantA }) => grantA > 6) === true;
  return isGranted && ledger.leaseShown && lines.every((it) => it.flight === undefined);
}

/** Without faults everything that can happen happens; the first of it will do. */
function until(model: Model, from: World, reached: (world: World) => boolean): World {
  let world = from;
  for (let count = 0; count < MOVES_MAX; count += 1) {
    if (reached(world)) return world;
    world = first(movesOf(model, world));
  }
  throw new Error(`${model.name}: not ready after ${MOVES_MAX} moves`);
}

function first(moves: readonly Move[]): World {
  const [move] = moves;
  if (move === undefined) throw new Error('nothing can happen');
  if (move.problems.length > 0) throw new Error(move.problems.join('; '));
  return move.world;
}
