/** Somebody asks for smart-charging tests now and then, in the middle of everything else. */
import type { EventHeap } from './event-heap.js';
import type { EngineShell } from './engine-shell.js';
import { dice } from './random.js';
import { type Scenario, START_MS } from './scenario.js';

const PARTS = [['online'], ['online'], ['link-loss'], ['lease-expiry', 'power-cycle']] as const;
const PER_STATION_MAX = 4;

export function scheduleTests(scenario: Scenario, heap: EventHeap, engine: EngineShell): void {
  const random = dice(scenario.seed, 'tests');
  let number = 0;
  for (const { id: stationId } of scenario.stations) {
    for (let count = random.int(0, PER_STATION_MAX); count > 0; count -= 1) {
      number += 1;
      const parts = random.pick(PARTS);
      const asked = { type: 'test.asked', number, stationId, parts, actor: 'sim' } as const;
      heap.at(random.int(START_MS, scenario.faultsEndMs), () => void engine.append([asked]));
    }
  }
}
