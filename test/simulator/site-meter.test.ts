import { expect, test } from 'vitest';
import { conductorsOf, loadOf } from '../../simulator/conductors.js';
import { baseLoadAt } from '../../simulator/building-load.js';
import { SiteMeter } from '../../simulator/site-meter.js';
import type { Rating, SiteFile, SiteFileCircuit, Triple } from '../../simulator/site-file.js';

const circuit = (id: string, limits: readonly Rating[], parentId?: string): SiteFileCircuit => ({
  id,
  name: id,
  limits,
  baseLoadMaxA: [0, 0, 0],
  ...(parentId === undefined ? {} : { parentId }),
});

function siteOf(supply: 'wye' | 'delta', circuits: readonly SiteFileCircuit[]): SiteFile {
  const leaf = circuits.at(-1)?.id ?? '';
  return {
    id: 'site',
    name: 'site',
    timeZone: 'UTC',
    supply,
    voltageLineToNeutralV: supply === 'wye' ? 230 : 120,
    voltageLineToLineV: supply === 'wye' ? 400 : 208,
    circuits,
    stations: ['A', 'B', 'C'].map((id) => ({
      id,
      evses: [
        {
          evseNumber: 1,
          circuitId: leaf,
          channels: [true, true, true] as const,
          currentMaxA: 32,
          pilots: { kind: 'continuous', minA: 6, stepA: 1 } as const,
        },
      ],
    })),
  };
}

const WYE_20: Rating = { kind: 'wye', limitA: [20, 20, 20] };
const LINES: Rating = { kind: 'line', limitA: [100, 100, 100] };
const PRIMARY: Rating = { kind: 'delta-primary', limitA: [100, 100, 100], turnsRatio: 4 };

const loads = (rating: Rating, currentsA: Triple<number>): readonly number[] =>
  conductorsOf(rating).map((conductor) => loadOf(conductor, currentsA, [0, 0, 0]));

test('a balanced delta load of 10 A per pair is 10 root 3 A on every line', () => {
  for (const loadA of loads(LINES, [10, 10, 10])) expect(loadA).toBeCloseTo(10 * Math.sqrt(3), 9);
});

test('two pairs of 10 A that share a line give root 3 times 10 A there, not 20', () => {
  const [a, b, c] = loads(LINES, [10, 0, 10]);
  expect([a, b, c].map((value) => value?.toFixed(6))).toEqual([
    '17.320508',
    '10.000000',
    '10.000000',
  ]);
});

test('a single pair of 12 A ahead of the transformer is 3, 6 and 3 A at turns ratio 4', () => {
  const rounded = loads(PRIMARY, [12, 0, 0]).map((value) => Number(value.toFixed(9)));
  expect(rounded).toEqual([3, 6, 3]);
});

test('line and primary currents agree with the closed forms for unequal pairs', () => {
  const [x, y, z] = [11, 23, 5];
  expect(loads(LINES, [x, y, z])[0]).toBeCloseTo(Math.sqrt(x * x + z * z + x * z), 9);
  expect(loads(LINES, [x, y, z])[1]).toBeCloseTo(Math.sqrt(x * x + y * y + x * y), 9);
  const primaryA = (x * x + y * y + 4 * z * z - x * y + 2 * x * z + 2 * y * z) / 16;
  expect(loads(PRIMARY, [x, y, z])[0]).toBeCloseTo(Math.sqrt(primaryA), 9);
});

test('counts ampere-seconds over a limit exactly, whatever order the steps come in', () => {
  const meter = new SiteMeter(siteOf('wye', [circuit('grid', [WYE_20])]), 0);
  meter.evseStep('B:1', 1000, [15, 0, 0]);
  meter.evseStep('B:1', 3000, [0, 0, 0]);
  meter.evseStep('A:1', 500, [10, 10, 10]);
  meter.evseStep('A:1', 2500, [6, 6, 6]);
  meter.settleTo(10_000);
  // 25 A for 1.5 s, then 21 A for 0.5 s, on one phase of 20 A.
  expect(meter.figures().overLimitAmpSeconds).toBeCloseTo(5 * 1.5 + 1 * 0.5, 9);
  expect(meter.figures().worstPhaseFraction).toBe(1.25);
  expect(meter.figures().worstConductor).toEqual({
    circuitId: 'grid',
    conductor: 'L1',
    atMs: 1000,
  });
});

test('settling often or once gives the same integral', () => {
  const once = new SiteMeter(siteOf('wye', [circuit('grid', [WYE_20])]), 0);
  const often = new SiteMeter(siteOf('wye', [circuit('grid', [WYE_20])]), 0);
  for (let atMs = 0; atMs < 60_000; atMs += 700) {
    for (const meter of [once, often]) meter.evseStep('A:1', atMs, [(atMs / 700) % 40, 0, 0]);
    often.settleTo(atMs);
  }
  once.settleTo(60_000);
  often.settleTo(60_000);
  expect(once.figures().overLimitAmpSeconds).toBeGreaterThan(100);
  expect(often.figures().overLimitAmpSeconds).toBeCloseTo(once.figures().overLimitAmpSeconds, 9);
});

test('a full conductor is not over its limit, and a load of no duration is none', () => {
  const meter = new SiteMeter(siteOf('wye', [circuit('grid', [WYE_20])]), 0);
  meter.evseStep('A:1', 0, [20, 20, 20]);
  meter.evseStep('B:1', 1000, [32, 0, 0]);
  meter.evseStep('B:1', 1000, [0, 0, 0]);
  meter.settleTo(5000);
  expect(meter.figures().overLimitAmpSeconds).toBe(0);
  expect(meter.figures().worstPhaseFraction).toBe(1);
});

test('every circuit above an EVSE is watched, with the building below it', () => {
  const site = siteOf('wye', [circuit('grid', [WYE_20]), circuit('panel', [WYE_20], 'grid')]);
  const meter = new SiteMeter(site, 0);
  meter.evseStep('A:1', 0, [16, 16, 16]);
  meter.baseStep('grid', 0, [5, 0, 0], [0, 0, 0]);
  meter.settleTo(10_000);
  expect(meter.figures().overLimitAmpSeconds).toBeCloseTo(10, 9);
  expect(meter.figures().worstConductor?.circuitId).toBe('grid');
});

test('an order binds 33 s after its receipt, and its raise at once', () => {
  const meter = new SiteMeter(siteOf('wye', [circuit('grid', [])]), 0);
  meter.evseStep('A:1', 0, [10, 10, 10]);
  meter.order(10_000, 3450);
  meter.order(100_000, 10_000);
  meter.settleTo(200_000);
  // 6900 W against 3450 W is 5 A per phase, from 43 s to 100 s.
  expect(meter.figures().overOrderAmpSeconds).toBeCloseTo(5 * 57, 9);
});

test('the building never draws more than it declares', () => {
  const site: SiteFile = {
    ...siteOf('wye', [circuit('grid', [WYE_20])]),
    circuits: [{ ...circuit('grid', [WYE_20]), baseLoadMaxA: [8, 8, 0] }],
  };
  for (let atMs = 0; atMs < 7_200_000; atMs += 10_000) {
    const [load] = baseLoadAt(site, 3, atMs);
    expect(load?.currentsA[0]).toBeGreaterThan(0);
    expect(Math.max(...(load?.currentsA ?? []))).toBeLessThanOrEqual(8);
    expect(load?.currentsA[2]).toBe(0);
  }
});
