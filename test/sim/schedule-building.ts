/** The building beside the vehicles, and its meter, which does not always tell what it draws. */
import type { PerChannel } from '../../solver/index.js';
import type { EngineShell } from './engine-shell.js';
import type { EventHeap } from './event-heap.js';
import { type Scenario, START_MS } from './scenario.js';

/** Its meter reports this often. */
const EVERY_MS = 20_000;
/** Of what is declared. */
const SPIKE_TIMES = 8;

export function scheduleBuilding(scenario: Scenario, heap: EventHeap, engine: EngineShell): void {
  const [root] = scenario.site.circuits;
  if (root === undefined || scenario.building.length === 0) return;
  const [a, b, c] = root.baseLoadMaxA;
  const loadOf = (fraction: number): PerChannel<number> => [
    a * fraction,
    b * fraction,
    c * fraction,
  ];
  let currentA = loadOf(scenario.building[0]?.fraction ?? 1);
  for (const { atMs, fraction } of scenario.building) {
    heap.at(atMs, () => {
      currentA = loadOf(fraction);
    });
  }
  let frozenA: PerChannel<number> | undefined;

  /** Undefined: it tells nothing. */
  function shown(): PerChannel<number> | undefined {
    const nowMs = heap.nowMs();
    const fault = scenario.mishaps?.meter?.find((it) => it.atMs <= nowMs && nowMs < it.untilMs);
    if (fault?.kind !== 'frozen') frozenA = undefined;
    switch (fault?.kind) {
      case undefined:
        return currentA;
      case 'silent':
        return undefined;
      case 'spike':
        return loadOf(SPIKE_TIMES);
      case 'reset':
        return [0, 0, 0];
      case 'frozen':
        frozenA ??= currentA;
        return frozenA;
    }
  }

  function tick(): void {
    const readA = shown();
    const reading = { atMs: heap.nowMs(), currentA: readA ?? currentA };
    if (root !== undefined && readA !== undefined) {
      engine.pass({ type: 'building.sampled', circuitId: root.id, reading });
    }
    heap.at(heap.nowMs() + EVERY_MS, tick);
  }
  heap.at(START_MS + 1000, tick);
}
