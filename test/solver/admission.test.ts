import { deepStrictEqual } from 'node:assert';
import { describe, expect, test } from 'vitest';
import { type Evse, type SiteProblem, allocate, amps } from '../../solver/index.js';
import { NOW_MS, SETTINGS, circuit, claim, evse, onOneCircuit, site, wye } from './site-builder.js';

const limits = (problem: SiteProblem): number[] =>
  allocate(problem).limits.map((limit) => limit.limitA);

/** Room for one minimum. */
const tight = (evses: readonly Evse[]): number[] => limits(onOneCircuit([wye(10)], evses));

describe('the order of admission', () => {
  test('keeps a session on for its minimum time, even against a starving one', () => {
    const starving = claim({ sinceSecAgo: 4000 });
    const on = (sinceSecAgo: number) => claim({ lastA: 10, sinceSecAgo });
    deepStrictEqual(
      tight([evse({ id: 'a', claim: starving }), evse({ id: 'b', claim: on(299) })]),
      [0, 10],
    );
    deepStrictEqual(
      tight([evse({ id: 'a', claim: starving }), evse({ id: 'b', claim: on(300) })]),
      [10, 0],
    );
  });

  test('serves the longest starving first, whatever its priority', () => {
    const evses = [
      evse({ id: 'a', claim: claim({ sinceSecAgo: 2000, priority: 5 }) }),
      evse({ id: 'b', claim: claim({ sinceSecAgo: 2500 }) }),
    ];
    deepStrictEqual(tight(evses), [0, 10]);
  });

  test('ranks priority above laxity, and laxity above the time of plug-in', () => {
    const urgent = { needWh: 14_000, staySec: 7200 };
    const calm = { needWh: 1000, staySec: 36_000, pluggedInSecAgo: 1500 };
    const pair = (a: Parameters<typeof claim>[0], b: Parameters<typeof claim>[0]) =>
      tight([evse({ id: 'a', claim: claim(a) }), evse({ id: 'b', claim: claim(b) })]);
    deepStrictEqual(pair(calm, urgent), [0, 10]);
    deepStrictEqual(pair({ ...calm, priority: 1 }, urgent), [10, 0]);
  });

  test('does not swap sessions of similar laxity', () => {
    const need = (needWh: number) => ({ needWh, staySec: 14_400 });
    const evses = (offNeedWh: number) => [
      evse({ id: 'off', claim: claim(need(offNeedWh)) }),
      evse({ id: 'on', claim: claim({ ...need(10_000), lastA: 10, sinceSecAgo: 900 }) }),
    ];
    deepStrictEqual(tight(evses(11_000)), [0, 10]);
    deepStrictEqual(tight(evses(12_000)), [10, 0]);
  });

  test('switches a session on again early only where there is room for all', () => {
    const rested = (sinceSecAgo: number) => claim({ sinceSecAgo, pluggedInSecAgo: 9000 });
    const evses = (sinceSecAgo: number) => [
      evse({ id: 'resting', claim: rested(sinceSecAgo) }),
      evse({ id: 'b', claim: claim({ lastA: 8 }) }),
      evse({ id: 'c', claim: claim({ minA: 10, pluggedInSecAgo: 60, sinceSecAgo: 60 }) }),
    ];
    const under = (limitA: number, sinceSecAgo: number) =>
      limits(onOneCircuit([wye(limitA)], evses(sinceSecAgo)));
    deepStrictEqual(under(15, 100), [0, 15, 0]);
    deepStrictEqual(under(15, 400), [7, 8, 0]);
    deepStrictEqual(under(22, 100), [6, 6, 10]);
  });

  test('names place and conductor of those that wait', () => {
    const evses = [
      evse({ id: 'a', claim: claim({ pluggedInSecAgo: 1 }) }),
      evse({ id: 'b', claim: claim({ pluggedInSecAgo: 3 }) }),
      evse({ id: 'c', claim: claim({ pluggedInSecAgo: 2 }) }),
      evse({ id: 'd', channels: '2', claim: claim() }),
    ];
    const { limits: given } = allocate(onOneCircuit([wye(10, 20, 20)], evses));
    const waits = { kind: 'admission', circuitId: 'grid', conductor: 'L1' };
    const source = { kind: 'rating' };
    deepStrictEqual(given[0]?.boundBy, { ...waits, source, queuePlace: 2 });
    deepStrictEqual(given[2]?.boundBy, { ...waits, source, queuePlace: 1 });
    deepStrictEqual(
      given.map((limit) => limit.limitA),
      [0, 10, 0, 20],
    );
  });
});

describe('a vehicle that does not charge again by itself', () => {
  const asleep = { resumes: false };

  test('keeps its minimum against the starving, the held and the urgent', () => {
    const others = [
      claim({ sinceSecAgo: 9000 }),
      claim({ lastA: 10, sinceSecAgo: 10 }),
      claim({ priority: 9, needWh: 60_000, staySec: 3600 }),
    ];
    for (const other of others) {
      const kept = evse({ id: 'z', claim: claim({ ...asleep, lastA: 10, sinceSecAgo: 9000 }) });
      deepStrictEqual(tight([evse({ id: 'a', claim: other }), kept]), [0, 10]);
    }
  });

  test('is cut where limits do not carry it', () => {
    const kept = evse({ id: 'z', claim: claim({ ...asleep, lastA: 10 }) });
    deepStrictEqual(limits(onOneCircuit([wye(5)], [kept])), [0]);
  });

  test('is never switched on in place of one that takes turns, and says why', () => {
    const on = (sinceSecAgo: number) =>
      evse({ id: 'on', claim: claim({ lastA: 10, sinceSecAgo }) });
    const pausedLong = { ...asleep, sinceSecAgo: 90_000, pluggedInSecAgo: 99_000 };
    const waits = evse({ id: 'a', claim: claim(pausedLong) });
    const turn = evse({ id: 'b', claim: claim({ sinceSecAgo: 60, pluggedInSecAgo: 60 }) });
    deepStrictEqual(tight([waits, on(90_000)]), [0, 10]);
    deepStrictEqual(tight([waits, turn]), [0, 10]);
    const [{ boundBy } = {}] = allocate(onOneCircuit([wye(10)], [waits, turn])).limits;
    deepStrictEqual(boundBy, {
      kind: 'admission',
      circuitId: 'grid',
      conductor: 'L1',
      source: { kind: 'rating' },
      queuePlace: 1,
      resumes: false,
    });
  });

  test('is switched on where its minimum fits beside them, the earliest first', () => {
    const turns = evse({ id: 'on', claim: claim({ lastA: 10 }) });
    const waits = (id: string, pluggedInSecAgo: number) =>
      evse({ id, claim: claim({ ...asleep, pluggedInSecAgo }) });
    const under = onOneCircuit([wye(13)], [waits('a', 60), waits('b', 90), turns]);
    deepStrictEqual(limits(under), [0, 6, 7]);
    deepStrictEqual(tight([waits('a', 60), waits('b', 90)]), [0, 10]);
  });
});

/** Runs the allocator every minute and reports each session's longest time without current, s. */
function longestOffSec(problem: SiteProblem, minutes: number): number[] {
  let evses = problem.evses;
  const longest = evses.map(() => 0);
  for (let minute = 0; minute < minutes; minute += 1) {
    const nowMs = NOW_MS + minute * 60_000;
    const { limits: given } = allocate({ ...problem, nowMs, evses });
    evses = evses.map((entry, at) => {
      const held = entry.claim;
      if (held === undefined) return entry;
      const limitA = amps(given[at]?.limitA ?? 0);
      const changed = limitA > 0 !== held.lastLimitA > 0;
      const sinceMs = changed ? nowMs : held.sinceMs;
      if (limitA === 0) longest[at] = Math.max(longest[at] ?? 0, (nowMs - sinceMs) / 1000);
      return { ...entry, claim: { ...held, lastLimitA: limitA, sinceMs } };
    });
  }
  return longest;
}

describe('rotation', () => {
  const fresh = { sinceSecAgo: 0, pluggedInSecAgo: 0 };
  const boundSec = SETTINGS.offMaxSec + 60;

  test.each([
    ['the longest pause', 2, 1, SETTINGS.offMaxSec],
    ['the longest pause, of many places', 12, 6, SETTINGS.offMaxSec],
    ['the minimum on-times of all others', 9, 1, 8 * SETTINGS.onMinSec],
  ])('pauses nobody for longer than %s', (_, count, places, longestSec) => {
    const evses = Array.from({ length: count }, (_, at) =>
      evse({ id: `e${String.fromCharCode(97 + at)}`, claim: claim(fresh) }),
    );
    const longest = longestOffSec(onOneCircuit([wye(6 * places + 1)], evses), 24 * 60);
    expect(Math.max(...longest)).toBeLessThanOrEqual(longestSec + 60);
  });

  test('calls in turn those that were switched off together, one at a time', () => {
    const off = (id: string, sinceSecAgo: number) =>
      evse({ id, claim: claim({ sinceSecAgo, pluggedInSecAgo: 9000 }) });
    const on = evse({ id: 'on', claim: claim({ lastA: 10, sinceSecAgo: 599 }) });
    const third = SETTINGS.offMaxSec / 3;
    deepStrictEqual(
      tight([on, off('x', third - 1), off('y', third), off('z', third)]),
      [10, 0, 0, 0],
    );
    deepStrictEqual(tight([on, off('x', third), off('y', third), off('z', third)]), [0, 10, 0, 0]);
    deepStrictEqual(
      tight([on, off('x', 301), off('y', third), off('z', 2 * third)]),
      [10, 0, 0, 0],
    );
    deepStrictEqual(
      tight([on, off('x', 301), off('y', 2 * third), off('z', 2 * third)]),
      [0, 0, 10, 0],
    );
  });

  test('calls who would not charge again like everybody, once: it is never paused then', () => {
    const evses = ['a', 'b', 'c', 'd'].map((id) =>
      evse({ id, claim: claim({ ...fresh, ...(id === 'b' ? { resumes: false } : {}) }) }),
    );
    const longest = longestOffSec(onOneCircuit([wye(13)], evses), 24 * 60);
    for (const offSec of longest) expect(offSec).toBeLessThanOrEqual(boundSec);
    const isOn = { ...fresh, resumes: false, lastA: 6 };
    const dayLater = evses.map((it) =>
      it.id === 'b' ? evse({ id: 'b', claim: claim(isOn) }) : it,
    );
    expect(longestOffSec(onOneCircuit([wye(13)], dayLater), 24 * 60)[1]).toBe(0);
    const alone = longestOffSec(onOneCircuit([wye(25)], evses), 24 * 60);
    deepStrictEqual(alone, [0, 0, 0, 0]);
  });

  test('gives three vehicles turns where one minimum fits: nobody is off for long', () => {
    const evses = ['a', 'b', 'c'].map((id) => evse({ id, claim: claim(fresh) }));
    const longest = longestOffSec(onOneCircuit([wye(10)], evses), 24 * 60);
    for (const offSec of longest) expect(offSec).toBeLessThanOrEqual(boundSec);
    for (const offSec of longest) expect(offSec).toBeGreaterThan(0);
  });

  test('gives turns against a vehicle of higher priority and higher urgency', () => {
    const evses = [
      evse({ id: 'a', claim: claim({ ...fresh, priority: 9, needWh: 60_000, staySec: 7200 }) }),
      evse({ id: 'b', claim: claim(fresh) }),
      evse({ id: 'c', claim: claim(fresh) }),
    ];
    const longest = longestOffSec(onOneCircuit([wye(10)], evses), 24 * 60);
    for (const offSec of longest) expect(offSec).toBeLessThanOrEqual(boundSec);
  });

  test('makes room on all phases for a three-phase vehicle among single-phase ones', () => {
    const single = ['1', '1', '2', '2', '3', '3'].map((channels, at) =>
      evse({ id: `s${at}`, channels, claim: claim(fresh) }),
    );
    const evses = [...single, evse({ id: 'three', channels: '123', claim: claim(fresh) })];
    const longest = longestOffSec(onOneCircuit([wye(10)], evses), 24 * 60);
    const queueSec = SETTINGS.offMaxSec + 3 * SETTINGS.onMinSec + 60;
    for (const offSec of longest) expect(offSec).toBeLessThanOrEqual(queueSec);
  });

  test('does not switch a session on into current that a starving one waits for', () => {
    const evses = [
      evse({ id: 'held', claim: claim({ lastA: 8, sinceSecAgo: 100 }) }),
      evse({ id: 'three', channels: '123', claim: claim({ sinceSecAgo: 4000 }) }),
      evse({ id: 'new', channels: '2', claim: claim({ sinceSecAgo: 0, pluggedInSecAgo: 0 }) }),
      evse({ id: 'on', channels: '3', claim: claim({ lastA: 8, sinceSecAgo: 900 }) }),
    ];
    deepStrictEqual(tight(evses), [10, 0, 0, 10]);
  });

  test('does not hold places for a vehicle whose minimum can never fit', () => {
    const evses = [
      evse({ id: 'never', channels: '123', claim: claim({ sinceSecAgo: 9000 }) }),
      evse({ id: 'b', channels: '2', claim: claim() }),
    ];
    const problem = site([circuit('grid', undefined, [wye(4, 10, 10)])], evses);
    deepStrictEqual(limits(problem), [0, 10]);
  });
});
