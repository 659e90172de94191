/** The engine of the service for one site, with stations that answer at once. */
import { initialState } from '../../../src/control/initial-state.js';
import type { InboxItem, SiteEvent, SiteState, StepResult } from '../../../src/control/state.js';
import { step } from '../../../src/control/step.js';
import type { Site } from '../../../src/sites/site.js';
import type { Stations } from './stations.js';

export interface Engine {
  readonly state: () => SiteState;
  /** These happen now; every command that comes of them is answered. Throws where the engine gives an alarm. */
  readonly take: (nowMs: number, ...events: readonly SiteEvent[]) => void;
  /** Wakes the site whenever it asked for it until then. */
  readonly runTo: (nowMs: number) => void;
  /** When the site wants to be woken; Infinity: only by an event. */
  readonly wakeAtMs: () => number;
}

/** Far above what any instant takes: the engine would not come to an end. */
const ROUNDS_MAX = 1000;

export function createEngine(site: Site, stations: Stations, startAtMs: number): Engine {
  let state = initialState(site, 1, startAtMs);
  let wakeAtMs = Infinity;
  let seq = 0;

  function take(nowMs: number, ...events: readonly SiteEvent[]): void {
    let items = events.map(noted);
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const result = step(state, items, nowMs);
      state = result.state;
      wakeAtMs = result.nextWakeAtMs ?? Infinity;
      items = answers(result, nowMs).map(noted);
      if (items.length === 0 && wakeAtMs > nowMs) return;
    }
    throw new Error(`no end of commands at ${new Date(nowMs).toISOString()}`);
  }

  function noted(event: SiteEvent): InboxItem {
    seq += 1;
    return { seq, event };
  }

  function answers({ effects }: StepResult, nowMs: number): readonly SiteEvent[] {
    return effects.flatMap((it): SiteEvent[] => {
      if (it.type === 'alarm') throw new Error(`${it.code} ${it.evseId ?? ''}: ${it.detail}`);
      return it.type === 'command' ? [stations.answer(it.command, nowMs)] : [];
    });
  }

  return {
    state: () => state,
    take,
    runTo: (nowMs) => {
      while (wakeAtMs < nowMs) take(wakeAtMs);
    },
    wakeAtMs: () => wakeAtMs,
  };
}
