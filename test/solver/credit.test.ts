/** Rounding by credit: equals take turns at the steps that some of them get, at a bounded rate. */
import { describe, expect, test } from 'vitest';
import { amps, createAllocator, type Evse, type SiteProblem } from '../../solver/index.js';
import { REDEAL_SEC } from '../../solver/realtime/tolerances.js';
import { randomSite } from './random-site.js';
import { claim, EIGHTS, evse, NOW_MS, onOneCircuit, WHOLE_AMPS, wye } from './site-builder.js';

const LOOK_SEC = 300;

interface Kept {
  /** Per EVSE: share less limit over time, A s, now and at its largest; what it was given; raises. */
  readonly creditAs: number[];
  readonly worstAs: number[];
  readonly givenAs: number[];
  readonly raises: number[];
  readonly isAlwaysOn: boolean[];
}

/** The allocator every five minutes, with what it owes from one look to the next. */
function looks(problem: SiteProblem, count: number): Kept {
  const zeros = (): number[] => problem.evses.map(() => 0);
  const [creditAs, worstAs, givenAs, raises] = [zeros(), zeros(), zeros(), zeros()];
  const isAlwaysOn = problem.evses.map(() => true);
  const allocate = createAllocator();
  let evses = problem.evses;
  for (let look = 0; look < count; look += 1) {
    const nowMs = NOW_MS + look * LOOK_SEC * 1000;
    evses = evses.map((it, at) =>
      it.claim === undefined
        ? it
        : { ...it, claim: { ...it.claim, creditAs: creditAs[at] ?? Number.NaN } },
    );
    const { limits } = allocate({ ...problem, nowMs, evses });
    evses = evses.map((it, at): Evse => {
      const { limitA = amps(0), shareA = amps(0) } = limits[at] ?? {};
      if (it.claim === undefined) return it;
      const { lastLimitA, sinceMs, currentMaxA } = it.claim;
      const usedA = Math.min(limitA, currentMaxA);
      add(creditAs, at, (shareA - usedA) * LOOK_SEC);
      add(givenAs, at, usedA * LOOK_SEC);
      worstAs[at] = Math.max(worstAs[at] ?? 0, Math.abs(creditAs[at] ?? Number.NaN));
      if (look > 0 && limitA > lastLimitA) add(raises, at, 1);
      if (limitA === 0) isAlwaysOn[at] = false;
      const since = limitA > 0 === lastLimitA > 0 ? sinceMs : nowMs;
      return { ...it, claim: { ...it.claim, lastLimitA: limitA, sinceMs: since } };
    });
  }
  return { creditAs, worstAs, givenAs, raises, isAlwaysOn };
}

function add(values: number[], at: number, more: number): void {
  values[at] = (values[at] ?? Number.NaN) + more;
}

describe('of equals that cannot all have the next pilot', () => {
  test.each([
    ['3 on 20 A', 3, 20, WHOLE_AMPS, 1],
    ['7 on 50 A', 7, 50, WHOLE_AMPS, 1],
    ['2 on 24 A in steps of eight', 2, 24, EIGHTS, 8],
    ['5 on 64 A in steps of eight', 5, 64, EIGHTS, 8],
  ])('each gets its share over time, by a raise an hour: %s', (_, count, limitA, pilots, stepA) => {
    const evses = Array.from({ length: count }, (__, at) =>
      evse({ id: `e${at}`, pilots, claim: claim({ lastA: 8 }) }),
    );
    const hours = 24;
    const kept = looks(onOneCircuit([wye(limitA)], evses), (hours * 3600) / LOOK_SEC);
    for (const [at, worstAs] of kept.worstAs.entries()) {
      expect(worstAs).toBeLessThanOrEqual(stepA * (REDEAL_SEC + LOOK_SEC));
      expect((kept.raises[at] ?? Number.NaN) / hours).toBeLessThanOrEqual(1);
      expect(kept.raises[at]).toBeGreaterThan(0);
    }
    // Nothing of the sum is lost at any look.
    const sumAs = kept.givenAs.reduce((sum, it) => sum + it, 0);
    const steps = Math.floor(limitA / stepA) * stepA;
    expect(sumAs).toBe(steps * hours * 3600);
  });

  test('one that came later does not wait for ever', () => {
    const evses = [900, 600, 10].map((pluggedInSecAgo, at) =>
      evse({ id: `e${at}`, claim: claim({ pluggedInSecAgo, sinceSecAgo: 5, lastA: 6 }) }),
    );
    const { givenAs } = looks(onOneCircuit([wye(20)], evses), 144);
    const least = Math.min(...givenAs);
    expect(Math.max(...givenAs) - least).toBeLessThan(0.01 * least);
  });
});

test('on any site twins that are on get the same over half a day', () => {
  let pairs = 0;
  let apart = 0;
  for (let seed = 1; seed <= 90; seed += 1) {
    const wiring = (['one-phase', 'three-phase', 'delta'] as const)[seed % 3] ?? 'delta';
    const problem = randomSite(seed, { wiring, equalClaims: true, evseCount: 4 });
    const twins = problem.evses.map((it) => ({ ...it, id: `${it.id}-twin` as Evse['id'] }));
    const kept = looks({ ...problem, evses: [...problem.evses, ...twins] }, 144);
    for (const [at, { pilots }] of problem.evses.entries()) {
      const twin = at + problem.evses.length;
      if (kept.isAlwaysOn[at] !== true || kept.isAlwaysOn[twin] !== true) continue;
      const stepA = pilots.kind === 'set' ? 8 : pilots.stepA;
      const aheadAs = Math.abs((kept.givenAs[at] ?? 0) - (kept.givenAs[twin] ?? Number.NaN));
      expect(aheadAs).toBeLessThanOrEqual(stepA * (REDEAL_SEC + 2 * LOOK_SEC) + 1e-3);
      pairs += 1;
      if (aheadAs > 0) apart += 1;
    }
  }
  console.info(`${pairs} pairs, ${apart} of them apart by part of a step at the end`);
  expect(pairs).toBeGreaterThan(100);
});
