/**
 * R9: a station that draws above its grant, for ever, is distrusted and told of, and others make room
 * for it. A look of its own at the workload in which nothing else goes wrong.
 */
import { worstCase, worstCaseAt } from '../../ledger/worst-case.js';
import type { SiteState } from '../../src/control/state.js';
import type { EvseId } from '../../solver/index.js';
import type { StepTaken } from './engine-shell.js';
import type { EventHeap } from './event-heap.js';
import type { Scenario } from './scenario.js';
import type { SimEvse } from './sim-evse.js';
import type { SimStation } from './sim-station.js';

export interface Overdraw {
  stepped(taken: StepTaken): void;
  /** Looks at the site as it is now; `excessA`: what is drawn above the rating of the whole site. */
  problem(excessA: () => number): string | undefined;
}

/** Accuracy of a meter, as R9 has it. */
const METER_FRACTION = 0.02;
const METER_A = 0.2;
/** Two samples that show it, and the one between which it began. */
const SAMPLES = 3;
/** Rounding of sums, A. */
const TOLERANCE_A = 1e-5;

export function createOverdraw(
  { site, stations: specs, faults, workload }: Scenario,
  stations: () => readonly SimStation[],
  state: () => SiteState,
  heap: EventHeap,
): Overdraw {
  const { sampleIntervalSec, settleSec } = site.settings;
  const liars = new Set(specs.filter((it) => it.lie !== undefined).map((it) => it.id));
  const seenMs = (SAMPLES * sampleIntervalSec + 2) * 1000;
  const callsMax = site.evses.length + 1;
  const boundMs = seenMs + settleSec * 1000 + callsMax * faults.callTimeoutMs;
  const aboveSince = new Map<EvseId, number>();
  const alarmed = new Set<EvseId>();
  let excessSinceMs: number | undefined;

  function believed({ site: { id }, drawA }: SimEvse): string | undefined {
    const ledger = state().evses.get(id)?.ledger;
    if (ledger === undefined) return undefined;
    const nowMs = heap.nowMs();
    const allowedA = withinMeter(worstCaseAt(ledger, nowMs, site.settings));
    if (drawA <= allowedA) {
      aboveSince.delete(id);
      return undefined;
    }
    const sinceMs = aboveSince.get(id) ?? nowMs;
    aboveSince.set(id, sinceMs);
    if (nowMs - sinceMs < seenMs) return undefined;
    return `${id} draws ${drawA} A where ${allowedA} A are allowed, and is believed`;
  }

  /** What is drawn above W and no meter can show, on all EVSEs together. */
  function unseenA(evses: readonly SimEvse[]): number {
    return evses.reduce((sumA, { site: { id }, drawA }) => {
      const ledger = state().evses.get(id)?.ledger;
      if (ledger === undefined) return sumA;
      const worstA = worstCaseAt(ledger, heap.nowMs(), site.settings);
      const isSeen = drawA <= worstA || drawA > withinMeter(worstA);
      return isSeen ? sumA : sumA + drawA - worstA;
    }, 0);
  }

  /** All others are down to what they keep whatever happens: nobody is left to make room. */
  function isShed(evses: readonly SimEvse[]): boolean {
    return evses.every(({ site: { id }, spec, drawA }) => {
      const ledger = state().evses.get(id)?.ledger;
      if (ledger === undefined || liars.has(spec.id)) return true;
      const keepsA = worstCase(ledger, heap.nowMs(), site.settings).at(-1)?.currentA ?? 0;
      return drawA <= keepsA + TOLERANCE_A;
    });
  }

  return {
    stepped({ result }) {
      for (const effect of result.effects) {
        if (effect.type !== 'alarm' || effect.code !== 'distrusted') continue;
        if (effect.evseId !== undefined) alarmed.add(effect.evseId);
      }
    },
    problem(excessA) {
      if (workload !== 'liar') return undefined;
      const nowMs = heap.nowMs();
      const evses = stations().flatMap((it) => it.evses.map(({ evse }) => evse));
      for (const evse of evses) {
        if (!liars.has(evse.spec.id)) continue;
        const problem = believed(evse);
        if (problem !== undefined) return problem;
        const { id } = evse.site;
        const isDistrusted = state().evses.get(id)?.ledger.distrusted === true;
        if (isDistrusted && !alarmed.has(id)) return `nobody was told that ${id} is distrusted`;
      }
      const aboveA = excessA();
      if (aboveA <= TOLERANCE_A + unseenA(evses) || isShed(evses)) excessSinceMs = undefined;
      else excessSinceMs ??= nowMs;
      if (excessSinceMs === undefined || nowMs - excessSinceMs < boundMs) return undefined;
      return `${aboveA.toFixed(2)} A above a rating for ${boundMs / 1000} s, and nobody makes room`;
    },
  };
}

function withinMeter(currentA: number): number {
  return currentA * (1 + METER_FRACTION) + METER_A;
}
