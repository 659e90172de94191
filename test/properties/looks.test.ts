/**
 * What holds over many looks at a site, while vehicles come, taper, fall asleep, wake and leave: minimum
 * times on and off, turns, places in the queue.
 */
import { describe, expect, test } from 'vitest';
import {
  amps,
  blockingRow,
  channelSums,
  type Claim,
  compileTree,
  createAllocator,
  type Evse,
  type EvseId,
  type EvseLimit,
  NO_ROW,
  pilotAtLeast,
  sessionId,
  type SiteProblem,
  verifyAllocation,
  wattHours,
} from '../../solver/index.js';
import { randomFrom, randomSite } from '../solver/random-site.js';
import { EIGHTS, NOW_MS, SETTINGS } from '../solver/site-builder.js';

const FIRST_SEED = 20_260_401;
const LOOKS = 120;

type Random = () => number;

interface Look {
  readonly problem: SiteProblem;
  readonly limits: readonly EvseLimit[];
}

/** A site looked at every few seconds to minutes; each claim carries on what was decided for it. */
function overLooks(
  seed: number,
  wiring: 'one-phase' | 'three-phase' | 'delta',
  see: (look: Look) => void,
) {
  const random = randomFrom(seed);
  const allocate = createAllocator();
  const start = randomSite(seed, { wiring, evseCount: 3 + Math.floor(6 * random()) });
  let evses = start.evses.map((it, at): Evse => {
    const { claim: _, ...bare } = it;
    return at % 2 === 0
      ? { ...bare, reservedA: amps(0), pilots: EIGHTS }
      : { ...bare, reservedA: amps(0) };
  });
  let nowMs = NOW_MS;
  for (let look = 0; look < LOOKS; look += 1) {
    nowMs += Math.round(1000 * (random() < 0.5 ? 5 + 55 * random() : 300));
    evses = evses.map((it) => moved(it, random, nowMs));
    const problem = { ...start, nowMs, evses };
    const { limits } = allocate(problem);
    see({ problem, limits });
    evses = evses.map((it, at) => told(it, limits[at], nowMs));
  }
}

/** Comes, leaves, tapers, is full, wants more again. */
function moved(evse: Evse, random: Random, nowMs: number): Evse {
  const { claim, ...bare } = evse;
  if (claim === undefined) return random() < 0.1 ? { ...bare, claim: comes(random, nowMs) } : evse;
  const fate = random();
  if (fate < 0.01) return bare;
  if (fate < 0.04) {
    const taperedA = Math.max(claim.currentMinA, claim.currentMaxA * (0.4 + 0.5 * random()));
    return { ...bare, claim: { ...claim, currentMaxA: amps(taperedA) } };
  }
  if (fate < 0.06) return { ...bare, claim: { ...claim, satisfied: !claim.satisfied } };
  if (fate < 0.07) return { ...bare, claim: { ...claim, currentMaxA: amps(32) } };
  return evse;
}

function comes(random: Random, nowMs: number): Claim {
  const need = {
    energyWh: wattHours(40_000 * random()),
    departureAtMs: nowMs + 3.6e6 * 8 * random(),
  };
  return {
    sessionId: sessionId(`s${nowMs}`),
    currentMinA: amps(6),
    currentMaxA: amps(random() < 0.3 ? 16 : 32),
    ...(random() < 0.5 ? { need } : {}),
    pluggedInAtMs: nowMs,
    lastLimitA: amps(0),
    sinceMs: nowMs,
    priority: random() < 0.1 ? 1 : 0,
    satisfied: false,
    ...(random() < 0.05 ? { resumes: false } : {}),
  };
}

function told(evse: Evse, limit: EvseLimit | undefined, nowMs: number): Evse {
  const { claim } = evse;
  if (claim === undefined || limit === undefined) return evse;
  const { limitA } = limit;
  const isSwitched = limitA > 0 !== claim.lastLimitA > 0;
  return {
    ...evse,
    claim: { ...claim, lastLimitA: limitA, ...(isSwitched ? { sinceMs: nowMs } : {}) },
  };
}

function placesOf(limits: readonly EvseLimit[]): Map<EvseId, number> {
  return new Map(
    limits.flatMap(({ evseId, boundBy }) =>
      boundBy.kind === 'admission' ? [[evseId, boundBy.queuePlace] as const] : [],
    ),
  );
}

function overSequences(count: number, see: (look: Look) => void): void {
  for (let at = 0; at < count; at += 1) {
    const seed = FIRST_SEED + at;
    const wiring = (['one-phase', 'three-phase', 'delta'] as const)[at % 3] ?? 'delta';
    try {
      overLooks(seed, wiring, see);
    } catch (error) {
      throw new Error(`on site ${seed} (${wiring})`, { cause: error });
    }
  }
}

const secSince = ({ problem }: Look, { sinceMs }: Claim): number =>
  (problem.nowMs - sinceMs) / 1000;
const least = ({ pilots, currentMaxA }: Evse, { currentMinA }: Claim): number | undefined => {
  const minA = pilotAtLeast(pilots, currentMinA);
  return minA === undefined || minA > currentMaxA ? undefined : minA;
};

describe('over many looks', () => {
  test('every answer fits and is made of pilots', () => {
    let charging = 0;
    overSequences(90, ({ problem, limits }) => {
      expect(verifyAllocation(problem, { limits })).toEqual([]);
      for (const { limitA } of limits) if (limitA > 0) charging += 1;
    });
    expect(charging).toBeGreaterThan(10_000);
  });

  test('whoever is on stays on for the minimum time where the minimums of all those fit', () => {
    let held = 0;
    overSequences(90, (look) => {
      const { problem, limits } = look;
      const isHeld = (it: Evse): boolean => {
        const { claim } = it;
        if (claim === undefined || claim.satisfied || claim.lastLimitA === 0) return false;
        if (least(it, claim) === undefined) return false;
        return claim.resumes === false || secSince(look, claim) < SETTINGS.onMinSec;
      };
      const minimums = problem.evses.map((it, at): EvseLimit => {
        const minA = isHeld(it) && it.claim !== undefined ? (least(it, it.claim) ?? 0) : 0;
        return { ...(limits[at] as EvseLimit), limitA: amps(minA) };
      });
      if (verifyAllocation(problem, { limits: minimums }).length > 0) return;
      for (const [at, it] of problem.evses.entries()) {
        if (!isHeld(it)) continue;
        expect(limits[at]?.limitA).toBeGreaterThan(0);
        held += 1;
      }
    });
    expect(held).toBeGreaterThan(2000);
  });

  test('those that wait at a circuit have the places 1 to n in its queue', () => {
    let waiting = 0;
    overSequences(90, ({ limits }) => {
      const queues = new Map<string, number[]>();
      for (const { boundBy } of limits) {
        if (boundBy.kind !== 'admission') continue;
        queues.set(boundBy.circuitId, [
          ...(queues.get(boundBy.circuitId) ?? []),
          boundBy.queuePlace,
        ]);
      }
      for (const places of queues.values()) {
        waiting += places.length;
        expect(places.toSorted((a, b) => a - b)).toEqual(places.map((_, at) => at + 1));
      }
    });
    expect(waiting).toBeGreaterThan(1000);
  });

  test('what a tapering vehicle leaves is given to others at the same look', () => {
    let given = 0;
    overSequences(45, ({ problem, limits }) => {
      const tree = compileTree(problem);
      const sums = channelSums(
        tree,
        Float64Array.from(limits, ({ limitA }) => limitA),
      );
      for (const [at, it] of problem.evses.entries()) {
        const { claim } = it;
        const { limitA } = limits[at] as EvseLimit;
        if (claim === undefined || limitA === 0 || claim.satisfied) continue;
        const nextA = pilotAtLeast(it.pilots, limitA + 1e-3);
        const topA = pilotAtLeast(it.pilots, claim.currentMaxA) ?? claim.currentMaxA;
        if (nextA === undefined || nextA > Math.min(topA, it.currentMaxA)) continue;
        expect(blockingRow(tree, sums, at, nextA - limitA)).not.toBe(NO_ROW);
        given += 1;
      }
    });
    expect(given).toBeGreaterThan(2000);
  });
});

test('on a circuit of one phase turns keep the minimum times and the order of places, and nobody is off for longer than all others take', () => {
  let longestSec = 0;
  let turns = 0;
  let inOrder = 0;
  for (let seed = 1; seed <= 60; seed += 1) {
    const random = randomFrom(seed);
    const count = 2 + Math.floor(8 * random());
    const limitA = 6 + Math.floor(30 * random());
    const problem = randomSite(seed, { wiring: 'one-phase', evseCount: count });
    const allocate = createAllocator();
    const limits = [
      {
        kind: 'wye',
        limitA: [amps(limitA), amps(limitA), amps(limitA)],
        source: { kind: 'rating' },
      },
    ] as const;
    const [root] = problem.circuits;
    if (root === undefined) throw new Error('a site has a root');
    const circuits = [{ ...root, limits, baseLoadA: [amps(0), amps(0), amps(0)] as const }];
    let nowMs = NOW_MS;
    let evses = problem.evses.map((it): Evse => {
      const { claim: _, ...bare } = it;
      const pilots = { kind: 'continuous', minA: amps(6), stepA: amps(1) } as const;
      return {
        ...bare,
        circuitId: root.id,
        reservedA: amps(0),
        pilots,
        claim: comes(random, nowMs),
      };
    });
    evses = evses.map((it) => {
      const { need: _, resumes: __, ...own } = it.claim as Claim;
      return { ...it, claim: { ...own, priority: random() < 0.3 ? seed % 2 : 0 } };
    });
    let places = new Map<EvseId, number>();
    const waitMaxSec = Math.max(SETTINGS.offMaxSec, (count - 1) * SETTINGS.onMinSec) + 60;
    for (let look = 0; look < 600; look += 1) {
      nowMs += 60_000;
      const { limits: given } = allocate({ ...problem, nowMs, circuits, evses });
      const before = evses;
      evses = evses.map((it, at) => told(it, given[at], nowMs));
      const isAllOn = given.every((it) => it.limitA > 0);
      const called = given.filter((it) => it.limitA > 0 && places.has(it.evseId));
      const waits = given.filter((it) => it.limitA === 0 && places.has(it.evseId));
      const last = Math.max(0, ...called.map((it) => places.get(it.evseId) ?? 0));
      // Who has priority takes a place from others as soon as minimum times are over.
      if (seed % 2 === 0) {
        for (const it of waits) expect(places.get(it.evseId), `site ${seed}`).toBeGreaterThan(last);
        inOrder += called.length;
      }
      places = placesOf(given);
      for (const [at, it] of evses.entries()) {
        const claim = it.claim as Claim;
        const was = before[at]?.claim as Claim;
        const wasSec = (nowMs - was.sinceMs) / 1000;
        if (was.lastLimitA > 0 && claim.lastLimitA === 0) {
          expect(wasSec).toBeGreaterThanOrEqual(SETTINGS.onMinSec);
        }
        if (claim.lastLimitA > 0) {
          if (was.lastLimitA > 0) continue;
          turns += 1;
          const isRested = was.sinceMs === was.pluggedInAtMs || wasSec >= SETTINGS.offMinSec;
          expect(isRested || isAllOn).toBe(true);
          continue;
        }
        const offSec = (nowMs - claim.sinceMs) / 1000;
        longestSec = Math.max(longestSec, offSec);
        if (offSec > waitMaxSec)
          throw new Error(`site ${seed}: ${it.id} of ${count} is off for ${offSec} s`);
      }
    }
  }
  expect(turns).toBeGreaterThan(1000);
  expect(inOrder).toBeGreaterThan(500);
  console.info(`longest time off ${longestSec} s, ${turns} turns`);
});
