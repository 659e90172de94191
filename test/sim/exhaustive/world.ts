/**
 * One situation of the whole system as plain readonly data: the engine and its rows, the gateway's
 * line to each station, the stations, and what may still happen. A branch is a copy.
 */
import type { ChargingProfile } from '../../../profiles/charging-profile.js';
import type { SiteEvent, SiteState } from '../../../src/control/state.js';
import type { Fences } from '../../../src/ocpp/fence.js';
import type { CommandOutcome, OutboxCommand } from '../../../src/ocpp/messages.js';
import type { Budget } from './model.js';

export interface World {
  readonly nowMs: number;
  readonly engine: EngineNow;
  /** By place of the station in the site. */
  readonly lines: readonly Line[];
  readonly stations: readonly StationNow[];
  readonly budget: Budget;
  /** How much of the workload has happened. */
  readonly workload: number;
  /** Limit-changing calls planned so far, by station. */
  readonly calls: readonly number[];
}

export interface EngineNow {
  /** In memory, and in the rows as well: a step that is not committed is not in it. */
  readonly state: SiteState;
  readonly wakeAtMs?: number;
  /** The process is dead until then. */
  readonly upAtMs?: number;
  /** Rows that a dead process left unread. */
  readonly inbox: readonly SiteEvent[];
}

/** The gateway's side of one station. */
export interface Line {
  readonly generation?: number;
  readonly queue: readonly OutboxCommand[];
  readonly fences: Fences;
  readonly flight?: Flight;
}

/** The call in flight: I5 allows one. */
export interface Flight {
  readonly row: OutboxCommand;
  readonly sentAtMs: number;
  /** What of it is on its way; `delayed` is an answer that others pass. */
  readonly message: 'request' | 'delayed' | 'nothing';
  readonly outcome?: CommandOutcome;
}

export interface StationNow {
  readonly isPowered: boolean;
  /** Of the connection that it takes for open. */
  readonly generation?: number;
  readonly transaction?: { readonly id: string; readonly startedAtMs: number };
  readonly transactionCount: number;
  readonly profiles: readonly ChargingProfile[];
  /** Pilots that a slow vehicle may still follow. */
  readonly history: readonly PilotBefore[];
  /** Read from a socket and not applied yet. */
  readonly held: readonly HeldCall[];
  /** Messages that are repeated until they are answered; the first is the next. */
  readonly letters: readonly Letter[];
  /** The first letter is not sent before. */
  readonly postAtMs?: number;
  readonly powerUpAtMs?: number;
  /** Without a connection: when it tries again. */
  readonly connectAtMs?: number;
}

export interface PilotBefore {
  readonly pilotA: number;
  readonly untilMs: number;
}

export interface HeldCall {
  readonly row: OutboxCommand;
  readonly sentAtMs: number;
}

export type Letter =
  | { readonly kind: 'booted' }
  | {
      readonly kind: 'started' | 'ended';
      readonly transactionId: string;
      /** By the station's own clock. */
      readonly stampedAtMs: number;
    };

/** What can happen next, and where it leads. */
export interface Move {
  readonly label: string;
  readonly world: World;
  /** What a step on the way did that it must not. */
  readonly problems: readonly string[];
}

/** No call is applied later than this after it was written (SAFETY R3). */
export const FLIGHT_MAX_MS = 300_000;

export function withStation(world: World, index: number, station: StationNow): World {
  return { ...world, stations: world.stations.map((it, i) => (i === index ? station : it)) };
}

export function withLine(world: World, index: number, line: Line): World {
  return { ...world, lines: world.lines.map((it, i) => (i === index ? line : it)) };
}

/** The station at a place; the index comes from the same site. */
export function stationAt({ stations }: World, index: number): StationNow {
  const station = stations[index];
  if (station === undefined) throw new Error(`no station ${index}`);
  return station;
}

export function lineAt({ lines }: World, index: number): Line {
  const line = lines[index];
  if (line === undefined) throw new Error(`no line ${index}`);
  return line;
}

/** Whether what is written to a station now reaches it. */
export function isLinked(world: World, index: number): boolean {
  const { isPowered, generation } = stationAt(world, index);
  return isPowered && generation !== undefined && generation === lineAt(world, index).generation;
}

/** Removes keys whose absence means something. */
export function without<T extends object, K extends keyof T>(value: T, ...keys: K[]): Omit<T, K> {
  const copy = { ...value };
  for (const key of keys) delete copy[key];
  return copy;
}

export function spent(world: World, fault: keyof Budget): World {
  const { budget } = world;
  return { ...world, budget: { ...budget, [fault]: budget[fault] - 1 } };
}

export function plain(label: string, world: World): Move {
  return { label, world, problems: [] };
}

export function withMessage(
  world: World,
  index: number,
  change: Pick<Flight, 'message' | 'outcome'>,
): World {
  const line = lineAt(world, index);
  if (line.flight === undefined) return world;
  return withLine(world, index, { ...line, flight: { ...line.flight, ...change } });
}
