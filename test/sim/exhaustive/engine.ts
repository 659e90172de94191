/**
 * The production step, its commit and its dispatch as one move, with crashes of ours between them.
 * The gateway's line follows the contract of `SimGateway`; queue order and fence are the production's.
 */
import { changesOf, isEmpty } from '../../../src/control/changes.js';
import type { SiteEvent, SiteState, StepResult } from '../../../src/control/state.js';
import { step } from '../../../src/control/step.js';
import { createCommandQueue } from '../../../src/ocpp/command-queue.js';
import { isFenced, raiseFence } from '../../../src/ocpp/fence.js';
import type { CommandOutcome, OutboxCommand, StationEvent } from '../../../src/ocpp/messages.js';
import { increaseProblems } from '../check-increase.js';
import { createSanity } from '../check-sanity.js';
import type { Model } from './model.js';
import { isLinked, lineAt, type Move, withLine, without, type World } from './world.js';

const DOWN_MS = 10_000;
/** A step asks for the next millisecond to go on with what it began: taken at once. */
const AT_ONCE_MS = 1;
const FOLLOW_UPS_MAX = 12;
const WAITING_MAX = 64;

interface Decided {
  readonly world: World;
  readonly commands: readonly OutboxCommand[];
  readonly problems: readonly string[];
}

/** Events become rows and are decided on. Every crash that is left in the budget is a branch. */
export function fed(
  model: Model,
  label: string,
  world: World,
  events: readonly SiteEvent[],
): readonly Move[] {
  const decided = decide(model, world, events);
  const after = dispatched(model, decided);
  const moves: Move[] = [{ label, ...after }];
  if (world.budget.crashes === 0) return moves;
  if (events.length > 0) {
    const dead = crashed(world, events);
    moves.push({ label: `${label}, crash before commit`, world: dead, problems: [] });
  }
  if (decided.commands.length > 0) {
    const dead = crashed(decided.world, []);
    moves.push({
      label: `${label}, crash before dispatch`,
      world: dead,
      problems: decided.problems,
    });
  }
  return moves;
}

/** Our process is gone, and with it every socket, queue and fence; stations notice at once. */
export function crashed(world: World, inbox: readonly SiteEvent[]): World {
  const { engine, budget, nowMs } = world;
  return {
    ...world,
    budget: { ...budget, crashes: budget.crashes - 1 },
    engine: { ...without(engine, 'wakeAtMs'), inbox, upAtMs: nowMs + DOWN_MS },
    lines: world.lines.map(() => ({ queue: [], fences: new Map() })),
    stations: world.stations.map((it) =>
      it.generation === undefined ? it : { ...without(it, 'generation'), connectAtMs: nowMs },
    ),
  };
}

/** A new process under a new epoch: rows that were not read come first, then the news of the start. */
export function restarted(model: Model, label: string, world: World): readonly Move[] {
  const { state, inbox } = world.engine;
  const epoch = state.epoch + 1;
  const up: World = { ...world, engine: { state: { ...state, epoch }, inbox: [] } };
  return fed(model, label, up, [...inbox, { type: 'engine.started', epoch, links: 'closed' }]);
}

/** Steps until nothing more is to be done at this instant. */
function decide(model: Model, world: World, events: readonly SiteEvent[]): Decided {
  let { state } = world.engine;
  let items: readonly SiteEvent[] = events;
  const commands: OutboxCommand[] = [];
  const problems: string[] = [];
  let wakeAtMs: number | undefined;
  for (let count = 0; count < FOLLOW_UPS_MAX; count += 1) {
    const result = stepOnce(model, state, items, world.nowMs, problems);
    ({ state } = result);
    wakeAtMs = result.nextWakeAtMs;
    for (const effect of result.effects) {
      if (effect.type === 'command') commands.push({ siteId: state.site.id, ...effect.command });
    }
    if (wakeAtMs === undefined || wakeAtMs > world.nowMs + AT_ONCE_MS) break;
    items = [];
  }
  const calls = world.calls.map(
    (count, index) => count + commands.filter((it) => changesLimit(model, it, index)).length,
  );
  const engine = { state, inbox: [], ...(wakeAtMs === undefined ? {} : { wakeAtMs }) };
  return { world: { ...world, engine, calls }, commands, problems };
}

function stepOnce(
  model: Model,
  before: SiteState,
  events: readonly SiteEvent[],
  nowMs: number,
  problems: string[],
): StepResult {
  const items = events.map((event, index) => ({ seq: before.inboxSeq + 1 + index, event }));
  const result = step(before, items, nowMs);
  const taken = { before, items, result };
  problems.push(...increaseProblems(taken, nowMs), ...createSanity().problems(taken, nowMs));
  const write = changesOf(before, result.state, { items, effects: result.effects, nowMs });
  if (isEmpty(write, before) && write.planned.length > 0) problems.push('a row is not written');
  const damaged = model.damage?.(result.state);
  return damaged === undefined ? result : { ...result, state: damaged };
}

/** Of our profile of a transaction: what is read back or installed at a first contact is not counted. */
function changesLimit(model: Model, row: OutboxCommand, index: number): boolean {
  if (model.stations[index]?.id !== row.stationId) return false;
  const { command } = row;
  if (command.kind === 'set-charging-profile') return command.profile.purpose === 'tx';
  return command.kind === 'clear-charging-profile' && command.profileId !== undefined;
}

/** Committed commands reach the lines; what cannot be sent is answered at once and decided on. */
function dispatched(model: Model, decided: Decided): Omit<Move, 'label'> {
  let { world } = decided;
  const problems = [...decided.problems];
  const answers: StationEvent[] = [];
  for (const row of decided.commands) {
    const index = model.stations.findIndex(({ id }) => id === row.stationId);
    const line = lineAt(world, index);
    if (line.generation === undefined) answers.push(notSent(world, row, 'station not connected'));
    else {
      const queue = createCommandQueue<{ readonly row: OutboxCommand }>(WAITING_MAX);
      for (const waiting of [...line.queue, row]) queue.add({ row: waiting });
      const rows = queue.remove(() => true).map((it) => it.row);
      const pumped = pump(withLine(world, index, { ...line, queue: rows }), index);
      ({ world } = pumped);
      answers.push(...pumped.answers);
    }
  }
  if (answers.length === 0) return { world, problems };
  const next = dispatched(model, decide(model, world, answers));
  return { world: next.world, problems: [...problems, ...next.problems] };
}

/** Writes what waits while no call is open. */
export function pump(
  given: World,
  index: number,
): { readonly world: World; readonly answers: readonly StationEvent[] } {
  let world = given;
  const answers: StationEvent[] = [];
  for (;;) {
    const line = lineAt(world, index);
    const [row, ...rest] = line.queue;
    if (row === undefined || line.generation === undefined || line.flight !== undefined) break;
    const isOld = row.epoch < world.engine.state.epoch || isFenced(line.fences, row);
    if (isOld || world.nowMs > row.expiresAtMs) {
      answers.push(notSent(world, row, isOld ? 'fenced' : 'expired'));
      world = withLine(world, index, { ...line, queue: rest });
      continue;
    }
    const fences = new Map(line.fences);
    raiseFence(fences, row);
    const waits = rest.filter((it) => !isFenced(fences, it));
    for (const it of rest) if (!waits.includes(it)) answers.push(notSent(world, it, 'fenced'));
    if (isHarmless(row) && isLinked(world, index)) {
      answers.push(ended(world, row, { status: 'accepted' }, world.nowMs));
      world = withLine(world, index, { ...line, fences, queue: waits });
      continue;
    }
    const message = isLinked(world, index) ? 'request' : 'nothing';
    const flight = { row, sentAtMs: world.nowMs, message } as const;
    world = withLine(world, index, { ...line, fences, queue: waits, flight });
  }
  return { world, answers };
}

/** Changes nothing here that W depends on: it is answered at once, and no fault is tried on it. */
function isHarmless({ command }: OutboxCommand): boolean {
  switch (command.kind) {
    case 'configure-sampling':
    case 'read-variables':
      return true;
    case 'clear-charging-profile':
      // No station of this model has one.
      return command.criteria?.purpose === 'station-max';
    default:
      return false;
  }
}

/** The call in flight ends, the next is written, and the engine hears of it. */
export function landed(
  model: Model,
  label: string,
  world: World,
  index: number,
  outcome: CommandOutcome,
): readonly Move[] {
  const line = lineAt(world, index);
  if (line.flight === undefined) return [];
  const { row, sentAtMs } = line.flight;
  const end = ended(world, row, outcome, sentAtMs);
  const pumped = pump(withLine(world, index, without(line, 'flight')), index);
  return fed(model, label, pumped.world, [end, ...pumped.answers]);
}

/** The gateway gives a connection up: the open call is unknown, what waits was never written. */
export function left(
  world: World,
  index: number,
): { readonly world: World; readonly answers: readonly StationEvent[] } {
  const line = lineAt(world, index);
  const { flight } = line;
  const open =
    flight === undefined ? [] : [ended(world, flight.row, { status: 'closed' }, flight.sentAtMs)];
  const waiting = line.queue.map((row) => notSent(world, row, 'connection ended'));
  const rest = without(line, 'flight', 'generation');
  return { world: withLine(world, index, { ...rest, queue: [] }), answers: [...open, ...waiting] };
}

function notSent(world: World, row: OutboxCommand, detail: string): StationEvent {
  return ended(world, row, { status: 'not-sent', detail });
}

function ended(
  { nowMs }: World,
  { stationId, epoch, seq }: OutboxCommand,
  outcome: CommandOutcome,
  sentAtMs?: number,
): StationEvent {
  return {
    type: 'command.answered',
    stationId,
    receivedAtMs: nowMs,
    epoch,
    seq,
    ...(sentAtMs === undefined ? {} : { sentAtMs }),
    outcome,
  };
}
