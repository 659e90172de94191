import { deepStrictEqual } from 'node:assert';
import { describe, expect, test } from 'vitest';
import {
  type Circuit,
  type Evse,
  type SiteProblem,
  type Storage,
  allocate,
  amps,
  checkProblem,
  circuitId,
  seconds,
  wattHours,
  watts,
} from '../../solver/index.js';
import {
  EIGHTS,
  SETTINGS,
  circuit,
  claim,
  evse,
  line,
  pairSum,
  power,
  primary,
  site,
  wye,
} from './site-builder.js';

/** "rule field" of each violation. */
const broken = (problem: SiteProblem): string[] =>
  checkProblem(problem).map(({ rule, field }) => `${rule} ${field}`);

const withCircuits = (...circuits: Circuit[]): string[] => broken(site(circuits, []));
const withEvse = (entry: Evse): string[] =>
  broken(site([circuit('grid', undefined, [wye(16)])], [entry]));

test('finds nothing wrong with a proper site, even where limits are below the base load', () => {
  const problem = site(
    [circuit('grid', undefined, [wye(0)], [5, 5, 5]), circuit('p', 'grid', [power(0)])],
    [evse({ id: 'a', claim: claim() }), evse({ id: 'b', on: 'p', reservedA: 6 })],
  );
  deepStrictEqual(broken(problem), []);
  expect(allocate(problem).limits).toHaveLength(2);
});

describe('circuits', () => {
  test('have unique ids', () => {
    const twice = withCircuits(circuit('grid', undefined, []), circuit('grid', 'grid', []));
    deepStrictEqual(twice, ['circuit-id-unique /circuits/1/id']);
  });

  test('form one tree with known parents that come first', () => {
    const root = circuit('grid', undefined, []);
    deepStrictEqual(withCircuits(root, circuit('p', 'q', [])), [
      'circuit-parent-known /circuits/1/parentId',
    ]);
    deepStrictEqual(withCircuits(root, circuit('p', 'q', []), circuit('q', 'grid', [])), [
      'circuit-parent-first /circuits/1/parentId',
    ]);
    deepStrictEqual(withCircuits(circuit('grid', 'grid', [])), [
      'circuit-parent-first /circuits/0/parentId',
    ]);
    deepStrictEqual(withCircuits(root, circuit('p', undefined, [])), [
      'circuit-root /circuits/1/parentId',
    ]);
    deepStrictEqual(withCircuits(), ['circuit-root /circuits']);
  });

  test('are limited in the way their supply is wired', () => {
    const kind = 'limit-kind-of-supply /circuits/0/limits/0/kind';
    deepStrictEqual(withCircuits(circuit('grid', undefined, [line(16)])), [kind]);
    deepStrictEqual(withCircuits(circuit('grid', undefined, [primary(16)])), [kind]);
    deepStrictEqual(withCircuits(circuit('grid', undefined, [pairSum(0, 16)])), [kind]);
    deepStrictEqual(broken(site([circuit('grid', undefined, [wye(16)])], [], 'delta')), [kind]);
  });

  test('have finite numbers that are not negative', () => {
    const wrong = circuit('grid', undefined, [wye(16)], [0, 0, 0]);
    const negative = { ...wrong, baseLoadA: [amps(0), amps(-1), amps(0)] as const };
    deepStrictEqual(withCircuits(negative), ['base-load /circuits/0/baseLoadA/1']);
    deepStrictEqual(withCircuits(circuit('grid', undefined, [wye(16, -1, 16)])), [
      'limit-value /circuits/0/limits/0/limitA/1',
    ]);
    const notANumber = [{ ...wye(16), limitA: [Number.NaN, 1, 1] }] as unknown as Circuit['limits'];
    deepStrictEqual(withCircuits({ ...wrong, limits: notANumber }), [
      'limit-value /circuits/0/limits/0/limitA/0',
    ]);
  });

  test('of a delta have a known pair and a positive turns ratio', () => {
    const pair = [{ ...pairSum(0, 16), pair: 3 }] as unknown as Circuit['limits'];
    const limits = [primary(16, 16, 16, 0), ...pair];
    deepStrictEqual(broken(site([circuit('grid', undefined, limits)], [], 'delta')), [
      'turns-ratio /circuits/0/limits/0/turnsRatio',
      'limit-pair /circuits/0/limits/1/pair',
    ]);
  });
});

describe('EVSEs', () => {
  test('have unique ids, a known circuit and a channel', () => {
    const root = circuit('grid', undefined, []);
    deepStrictEqual(broken(site([root], [evse({ id: 'a' }), evse({ id: 'a' })])), [
      'evse-id-unique /evses/1/id',
    ]);
    deepStrictEqual(withEvse(evse({ id: 'a', on: 'x' })), [
      'evse-circuit-known /evses/0/circuitId',
    ]);
    deepStrictEqual(withEvse(evse({ id: 'a', channels: '-' })), [
      'evse-channels /evses/0/channels',
    ]);
  });

  test('have ascending pilots above 0 that begin within the hardware', () => {
    const set = (...valuesA: number[]): string[] =>
      withEvse(evse({ id: 'a', pilots: { kind: 'set', valuesA: valuesA.map(amps) } }));
    deepStrictEqual(set(8, 6), ['pilot-order /evses/0/pilots/valuesA/1']);
    deepStrictEqual(set(0, 6), ['pilot-minimum /evses/0/pilots/valuesA/0']);
    deepStrictEqual(set(33), ['pilot-minimum /evses/0/pilots/valuesA/0']);
    deepStrictEqual(set(), ['pilot-set /evses/0/pilots/valuesA']);
    const none = { kind: 'continuous', minA: amps(0), stepA: amps(0) } as const;
    deepStrictEqual(withEvse(evse({ id: 'a', pilots: none })), [
      'pilot-minimum /evses/0/pilots/minA',
      'pilot-step /evses/0/pilots/stepA',
    ]);
    deepStrictEqual(withEvse(evse({ id: 'a', maxA: 6, pilots: EIGHTS })), [
      'pilot-minimum /evses/0/pilots/valuesA/0',
    ]);
  });

  test('have either a claim or a reserve', () => {
    deepStrictEqual(withEvse(evse({ id: 'a', reservedA: 6, claim: claim() })), [
      'claim-or-reserve /evses/0/reservedA',
    ]);
    deepStrictEqual(withEvse(evse({ id: 'a', reservedA: -1 })), [
      'evse-reserve /evses/0/reservedA',
    ]);
  });

  test('have claims with 0 < minimum <= maximum and no negative figures', () => {
    const at = '/evses/0/claim';
    const claimed = (input: Parameters<typeof claim>[0]): string[] =>
      withEvse(evse({ id: 'a', claim: claim(input) }));
    deepStrictEqual(claimed({ minA: 10, maxA: 8 }), [`claim-range ${at}/currentMaxA`]);
    deepStrictEqual(claimed({ minA: 0 }), [`claim-minimum ${at}/currentMinA`]);
    deepStrictEqual(claimed({ lastA: -1 }), [`claim-last-limit ${at}/lastLimitA`]);
    deepStrictEqual(claimed({ targetA: -1 }), [`claim-target ${at}/targetA`]);
    deepStrictEqual(claimed({ needWh: -1 }), [`need-energy ${at}/need/energyWh`]);
  });
});

describe('the rest of a problem', () => {
  const proper = site([circuit('grid', undefined, [wye(16)])], []);
  const battery: Storage = {
    id: 'b',
    circuitId: circuitId('grid'),
    capacityWh: wattHours(10_000),
    energyWh: wattHours(5000),
    reserveWh: wattHours(1000),
    chargeMaxW: watts(5000),
    dischargeMaxW: watts(5000),
    efficiencyFraction: 0.95,
    wearMicrosPerKwh: 10_000,
  };

  test('has storage within its capacity and an efficiency of at most 1', () => {
    const wrong = { ...battery, energyWh: wattHours(10_001), efficiencyFraction: 1.01 };
    deepStrictEqual(broken({ ...proper, storage: [battery] }), []);
    deepStrictEqual(broken({ ...proper, storage: [battery, { ...wrong, id: 'c' }] }), [
      'storage-energy /storage/1/energyWh',
      'storage-efficiency /storage/1/efficiencyFraction',
    ]);
    deepStrictEqual(broken({ ...proper, storage: [battery, battery] }), [
      'storage-id-unique /storage/1/id',
    ]);
  });

  test('has series on a grid with finite values at known circuits', () => {
    const powerW = { startAtMs: 0, stepSec: seconds(0), values: [1, Number.NaN] };
    const pv = [{ circuitId: circuitId('x'), powerW }];
    deepStrictEqual(broken({ ...proper, pv }), [
      'circuit-known /pv/0/circuitId',
      'series-step /pv/0/powerW/stepSec',
      'series-value /pv/0/powerW/values/1',
    ]);
    const prices = { importMicrosPerKwh: powerW, exportMicrosPerKwh: powerW };
    expect(broken({ ...proper, prices })).toHaveLength(4);
  });

  test('has settings that can be used', () => {
    const allocator = { ...SETTINGS, laxityStepSec: seconds(0), offMaxSec: seconds(-1) };
    deepStrictEqual(broken({ ...proper, allocator, nowMs: Number.NaN }), [
      'time /nowMs',
      'allocator-step /allocator/laxityStepSec',
      'allocator-time /allocator/offMaxSec',
    ]);
  });

  test('says what is allowed', () => {
    const allocator = { ...SETTINGS, laxityStepSec: seconds(0) };
    deepStrictEqual(checkProblem({ ...proper, allocator }), [
      {
        rule: 'allocator-step',
        field: '/allocator/laxityStepSec',
        message: '0 is not a finite number above 0',
      },
    ]);
  });
});
