/** Somebody asks for smart-charging tests now and then, in the middle of everything else. */
import type { EventHeap } from './event-heap.js';
import type { EngineShell } from './engine-shell.js';
import { dice } from './random.js';
import { type Scenario, START_MS } from './scenario.js';

const PARTS = [['online'], ['online'], ['link-loss'], ['lease-expiry', 'power-cycle']] as const;
const PER_STATION_MAX = 4;
const CANCELLED_FRACTION = 0.3;
const CANCELLED_WITHIN_MS = 300_000;

export function scheduleTests(scenario: Scenario, heap: EventHeap, engine: EngineShell): void {
  const random = dice(scenario.seed, 'tests');
  const cancels = dice(scenario.seed, 'cancelled tests');
  let number = 0;
  for (const { id: stationId } of scenario.stations) {
    for (let count = random.int(0, PER_STATION_MAX); count > 0; count -= 1) {
      number += 1;
      const parts = random.pick(PARTS);
      const asked = { type: 'test.asked', number, stationId, parts, actor: 'sim' } as const;
      const atMs = random.int(START_MS, scenario.faultsEndMs);
      heap.at(atMs, () => void engine.append([asked]));
      if (!cancels.chance(CANCELLED_FRACTION)) continue;
      const cancelled = { type: 'test.cancelled', number, stationId, actor: 'sim' } as const;
      const cancelMs = atMs + cancels.int(0, CANCELLED_WITHIN_MS);
      heap.at(cancelMs, () => void engine.append([cancelled]));
    }
  }
}
