/** What befalls stations beside frames and power, at its time. */
import type { StationId } from '../../solver/index.js';
import type { EngineShell } from './engine-shell.js';
import type { EventHeap } from './event-heap.js';
import type { Scenario } from './scenario.js';
import type { SimStation } from './sim-station.js';

interface World {
  readonly heap: EventHeap;
  readonly stationOf: (id: StationId) => SimStation;
  readonly engine: EngineShell;
  readonly clockSet: (id: StationId) => void;
}

export function scheduleMishaps({ mishaps }: Scenario, world: World): void {
  const { heap, stationOf, clockSet, engine } = world;
  const { clockSteps = [], foreignTx = [], samples = [] } = mishaps ?? {};
  for (const { stationId, atMs, skewMs } of clockSteps) {
    heap.at(atMs, () => {
      stationOf(stationId).setClock(skewMs);
      clockSet(stationId);
    });
  }
  for (const { stationId, atMs, limitA, isAbove } of foreignTx) {
    heap.at(atMs, () => stationOf(stationId).limitByOther(limitA, isAbove));
  }
  for (const { stationId, atMs, kind } of samples) {
    heap.at(atMs, () => stationOf(stationId).disturbMeter(kind));
  }
  const { stuckMeters = [], hintsAtMs = [] } = mishaps ?? {};
  for (const { stationId, atMs, untilMs } of stuckMeters) {
    heap.at(atMs, () => stationOf(stationId).stickMeter(true));
    heap.at(untilMs, () => stationOf(stationId).stickMeter(false));
  }
  for (const atMs of hintsAtMs) heap.at(atMs, () => engine.pass({ type: 'wake' }));
}
