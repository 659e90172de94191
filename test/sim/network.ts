/** Frames between stations and the gateway: in order on one connection, lost, late, half-open. */
import type { EventHeap } from './event-heap.js';
import type { Dice } from './random.js';
import type { Scenario, StationSpec } from './scenario.js';

export interface Connection {
  readonly spec: StationSpec;
  readonly generation: number;
  stationOpen: boolean;
  serverOpen: boolean;
  /** Since when nothing passes any more; each side notices later. */
  brokenAtMs: number;
  /** The last delivery of each direction: a stream keeps its order. */
  downAtMs: number;
  upAtMs: number;
}

export interface Network {
  open(spec: StationSpec, generation: number): Connection;
  /** `lost` runs at once, when the frame is lost on its way or the connection is dead. */
  down(connection: Connection, deliver: () => void, lost?: () => void): void;
  up(connection: Connection, deliver: () => void): void;
}

/** Of frames on their way when a connection dies: the peer had read them already. */
const SURVIVES_FRACTION = 0.3;
/** What was read from a dead socket is handled this much later at the most. */
const LEFT_OVER_MAX_MS = 60_000;

export function createNetwork(scenario: Scenario, heap: EventHeap, random: Dice): Network {
  const { faults, faultsEndMs } = scenario;
  const rough = (): boolean => heap.nowMs() < faultsEndMs;

  function delayMs(): number {
    const baseMs = random.int(5, 250);
    if (!rough() || !random.chance(faults.stallFraction)) return baseMs;
    return baseMs + random.int(0, faults.stallMaxMs);
  }

  function isLost(connection: Connection): boolean {
    if (connection.brokenAtMs <= heap.nowMs()) return true;
    if (heap.nowMs() < (faults.lossFromMs ?? 0)) return false;
    return rough() && random.chance(faults.lossFraction);
  }

  return {
    open: (spec, generation) => ({
      spec,
      generation,
      stationOpen: true,
      serverOpen: true,
      brokenAtMs: Number.POSITIVE_INFINITY,
      downAtMs: 0,
      upAtMs: 0,
    }),
    down(connection, deliver, lost) {
      if (isLost(connection)) return lost?.();
      const atMs = Math.max(connection.downAtMs + 1, heap.nowMs() + delayMs());
      connection.downAtMs = atMs;
      const survives = random.chance(SURVIVES_FRACTION);
      heap.at(atMs, () => {
        if (connection.brokenAtMs > atMs) return deliver();
        if (!survives) return lost?.();
        heap.at(atMs + random.int(0, LEFT_OVER_MAX_MS), deliver);
      });
    },
    up(connection, deliver) {
      if (isLost(connection)) return;
      const atMs = Math.max(connection.upAtMs + 1, heap.nowMs() + delayMs());
      connection.upAtMs = atMs;
      heap.at(atMs, () => {
        if (connection.brokenAtMs > atMs && connection.serverOpen) deliver();
      });
    },
  };
}
