/** When and how often things go wrong in a run. */
import type { StationId } from '../../solver/index.js';
import type { Dice } from './random.js';
import { MINUTE_MS, START_MS, type StationSpec } from './scenario.js';

export interface LinkFault {
  readonly stationId: StationId;
  readonly atMs: number;
  /** When each side notices that the connection is dead. */
  readonly stationNoticesMs: number;
  readonly serverNoticesMs: number;
  /** From noticing to the next attempt. */
  readonly backOffMs: number;
}

export interface RebootFault {
  readonly stationId: StationId;
  readonly atMs: number;
  readonly downMs: number;
}

/** What an operator asks of a station, and what that does to it. */
export interface OperatorCall {
  readonly stationId: StationId;
  readonly atMs: number;
  readonly action:
    | 'Reset'
    | 'ChangeConfiguration'
    | 'SetChargingProfile'
    | 'ClearChargingProfile'
    | 'GetLog';
}

export interface EngineFault {
  readonly atMs: number;
  readonly kind:
    | 'crash-before-commit'
    | 'crash-after-commit'
    | 'crash-after-dispatch'
    /** Another engine claims the site while this one commits, or before it dispatches. */
    | 'takeover-before-commit'
    | 'takeover-after-commit'
    | 'stop'
    | 'sql'
    /** No commit ends before this is over. */
    | 'slow-commit'
    /** Our own clock is set. */
    | 'clock-step';
  readonly durationMs: number;
  /** Our clock minus true time from a step of it on, or that of the process which takes over. */
  readonly clockMs?: number;
}

export interface Faults {
  /** Of frames, each direction. */
  readonly lossFraction: number;
  /** Nothing is lost before; absent: from the start. */
  readonly lossFromMs?: number;
  readonly duplicateFraction: number;
  /** Of frames that stall their stream. */
  readonly stallFraction: number;
  readonly stallMaxMs: number;
  readonly callTimeoutMs: number;
  readonly links: readonly LinkFault[];
  readonly reboots: readonly RebootFault[];
  readonly engine: readonly EngineFault[];
}

const ENGINE_FAULTS = [
  'crash-before-commit',
  'crash-after-commit',
  'crash-after-dispatch',
  'stop',
  'sql',
] as const;

export function planFaults(random: Dice, stations: readonly StationSpec[], endMs: number): Faults {
  const instant = (): number => START_MS + random.int(0, endMs - START_MS);
  const links = stations.flatMap(({ id }) =>
    repeat(
      random.chance(0.6) ? random.int(0, 4) : 0,
      (): LinkFault => ({
        stationId: id,
        atMs: instant(),
        stationNoticesMs: random.chance(0.4) ? 0 : random.int(0, 90_000),
        serverNoticesMs: random.chance(0.4) ? 0 : random.int(0, 90_000),
        backOffMs: random.chance(0.2) ? random.int(0, 10 * MINUTE_MS) : random.int(500, 40_000),
      }),
    ),
  );
  const reboots = stations.flatMap(({ id }) =>
    repeat(
      random.chance(0.25) ? random.int(1, 2) : 0,
      (): RebootFault => ({
        stationId: id,
        atMs: instant(),
        downMs: random.int(2000, 120_000),
      }),
    ),
  );
  const outage = random.chance(0.05) ? [instant()] : [];
  const everybody = outage.flatMap((atMs) =>
    stations.map(({ id }) => ({ stationId: id, atMs, downMs: random.int(2000, 60_000) })),
  );
  return {
    lossFraction: random.pick([0, 0, 0.005, 0.03, 0.15]),
    duplicateFraction: random.pick([0, 0.02, 0.1]),
    stallFraction: random.pick([0, 0.005, 0.03]),
    stallMaxMs: random.pick([5000, 40_000, 300_000]),
    callTimeoutMs: random.int(10, 30) * 1000,
    links,
    reboots: [...reboots, ...everybody],
    engine: repeat(random.chance(0.4) ? random.int(1, 3) : 0, () => ({
      atMs: instant(),
      kind: random.pick(ENGINE_FAULTS),
      durationMs: random.int(500, 60_000),
    })),
  };
}

/** A stream of its own, so that the faults of a seed stay what they were. */
export function planOperatorCalls(
  random: Dice,
  stations: readonly StationSpec[],
  endMs: number,
): readonly OperatorCall[] {
  return stations.flatMap(({ id }) =>
    repeat(random.chance(0.3) ? random.int(1, 2) : 0, () => ({
      stationId: id,
      atMs: START_MS + random.int(0, endMs - START_MS),
      action: random.pick(['Reset', 'ChangeConfiguration'] as const),
    })),
  );
}

function repeat<T>(count: number, make: () => T): readonly T[] {
  return Array.from({ length: count }, make);
}
