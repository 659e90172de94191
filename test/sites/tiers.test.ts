import { describe, expect, test } from 'vitest';
import { circuitId, signalId, volts } from '../../solver/index.js';
import type { Signal } from '../../src/signals/signal.js';
import {
  hasMeteredTier,
  MANAGED_DEVICES,
  orderAt,
  type TierInput,
  tiersOf,
} from '../../src/sites/tiers.js';
import { GRID, smallSite, START_MS } from '../control/small-site.js';

const METERED_SEC = 112;
const MINUTE_MS = 60_000;

function input(change: Partial<TierInput> = {}): TierInput {
  const site = smallSite({ baseLoadMaxA: 20 });
  return { site, signals: [], buildingLoad: new Map(), voltageMaxV: volts(253), ...change };
}

function signal(change: Partial<Signal> = {}): Signal {
  const { site } = input();
  return {
    id: signalId('one'),
    siteId: site.id,
    tenantId: 'main',
    type: 'import-limit',
    scope: 'total-import',
    issuer: 'dso',
    sequence: 1,
    series: [
      { atMs: START_MS + 5 * MINUTE_MS, value: 9000 },
      { atMs: START_MS + 10 * MINUTE_MS, value: 4000 },
    ],
    endsAtMs: START_MS + 20 * MINUTE_MS,
    receivedAtMs: START_MS,
    ...change,
  };
}

/** Readings every ten seconds up to now, of one value or alternating with one ampere more. */
function metered(
  currentA: number,
  options: { count?: number; agoMs?: number; flat?: boolean } = {},
) {
  const { count = 40, agoMs = 0, flat = false } = options;
  const readings = Array.from({ length: count }, (_, index) => {
    const a = currentA + (flat ? 0 : index % 2);
    const atMs = START_MS - agoMs - (count - 1 - index) * 10_000;
    return { atMs, currentA: [a, a, a] as const };
  });
  return new Map([[GRID, { readings }]]);
}

const limitsW = (tiers: ReturnType<typeof tiersOf>, id = GRID) =>
  tiers.map((tier) => {
    const circuit = tier.circuits.find((it) => it.id === id);
    const found = circuit?.limits.flatMap((it) => (it.kind === 'power' ? [it.limitW] : []));
    return [(tier.fromMs - START_MS) / MINUTE_MS, found];
  });

describe('tiersOf', () => {
  test('is one tier with the declared worst load where nothing is known', () => {
    const tiers = tiersOf(input(), START_MS, METERED_SEC);
    expect(tiers).toHaveLength(1);
    expect(tiers[0]?.circuits[0]?.baseLoadA).toEqual([20, 20, 20]);
  });

  test('changes at each point of an order and at its end', () => {
    const tiers = tiersOf(input({ signals: [signal()] }), START_MS, METERED_SEC);
    expect(limitsW(tiers)).toEqual([
      [0, []],
      [5, [9000]],
      [10, [4000]],
      [20, []],
    ]);
  });

  test('keeps overlapping orders beside each other and the limit of the owner', () => {
    const site = smallSite({ importLimitW: 12_000 });
    const other = signal({ issuer: 'aggregator', series: [{ atMs: START_MS, value: 7000 }] });
    const tiers = tiersOf(input({ site, signals: [signal(), other] }), START_MS, METERED_SEC);
    expect(limitsW(tiers)).toEqual([
      [0, [12_000, 7000]],
      [5, [12_000, 9000, 7000]],
      [10, [12_000, 4000, 7000]],
      [20, [12_000]],
    ]);
  });

  test('binds the managed devices alone by a node that carries no building load', () => {
    const tiers = tiersOf(
      input({ signals: [signal({ scope: 'managed-devices' })] }),
      START_MS,
      METERED_SEC,
    );
    expect(limitsW(tiers, MANAGED_DEVICES)).toEqual([
      [0, []],
      [5, [9000]],
      [10, [4000]],
      [20, []],
    ]);
    for (const { circuits } of tiers) {
      expect(circuits.map((it) => it.id)).toEqual([MANAGED_DEVICES, GRID]);
      expect(circuits[0]?.baseLoadA).toEqual([0, 0, 0]);
    }
  });

  test('takes no price for a limit', () => {
    const tiers = tiersOf(input({ signals: [signal({ type: 'price' })] }), START_MS, METERED_SEC);
    expect(limitsW(tiers).flatMap(([, found]) => found)).toEqual([]);
  });

  test('builds the tree from its root, in whatever order the file lists it', () => {
    const site = smallSite({ importLimitW: 12_000 });
    const [grid] = site.circuits;
    if (grid === undefined) throw new Error('a circuit');
    const panel = { ...grid, id: circuitId('panel'), parentId: GRID };
    const row = { ...grid, id: circuitId('row'), parentId: panel.id };
    const tree = { ...site, circuits: [row, panel, grid] };
    const [tier] = tiersOf(input({ site: tree }), START_MS, METERED_SEC);
    expect(tier?.circuits.map((it) => it.id)).toEqual(['grid', 'panel', 'row']);
    expect(tier?.circuits.map((it) => it.limits.length)).toEqual([2, 1, 1]);
  });

  test('lends what a fresh meter shows to be free, and only for so long', () => {
    const tiers = tiersOf(input({ buildingLoad: metered(5) }), START_MS, METERED_SEC);
    expect(tiers.map((it) => (it.fromMs - START_MS) / 1000)).toEqual([0, METERED_SEC]);
    expect(tiers.map((it) => it.circuits[0]?.baseLoadA)).toEqual([
      [7, 7, 7],
      [20, 20, 20],
    ]);
  });

  test('lends nothing when the meter is a minute old, or says the same too often', () => {
    const old = input({ buildingLoad: metered(5, { agoMs: 60_001 }) });
    expect(hasMeteredTier(old, START_MS)).toBe(false);
    expect(tiersOf(old, START_MS, METERED_SEC)).toHaveLength(1);
    const stuck = input({ buildingLoad: metered(5, { flat: true }) });
    expect(hasMeteredTier(stuck, START_MS)).toBe(false);
    const fresh = input({ buildingLoad: metered(5, { agoMs: 60_000 }) });
    expect(hasMeteredTier(fresh, START_MS)).toBe(true);
  });

  test('remembers the highest load of the last five minutes', () => {
    const load = metered(5).get(GRID)?.readings ?? [];
    const peak = load.map((it, index) =>
      index === 15 ? { ...it, currentA: [15, 5, 5] as const } : it,
    );
    const at = (nowMs: number, atMs: number) => {
      const readings = [...peak, { atMs, currentA: [5, 5, 5] as const }];
      const buildingLoad = new Map([[GRID, { readings }]]);
      return tiersOf(input({ buildingLoad }), nowMs, METERED_SEC)[0]?.circuits[0]?.baseLoadA;
    };
    expect(at(START_MS, START_MS)).toEqual([16, 7, 7]);
    expect(at(START_MS + MINUTE_MS, START_MS + MINUTE_MS)).toEqual([7, 7, 7]);
  });

  test('counts a load above its declared worst as it is', () => {
    const tiers = tiersOf(input({ buildingLoad: metered(30) }), START_MS, METERED_SEC);
    expect(tiers[0]?.circuits[0]?.baseLoadA).toEqual([31, 31, 31]);
  });
});

describe('orderAt', () => {
  test('knows no value before the first point and from the end on', () => {
    const one = signal();
    const at = (minutes: number) => orderAt(one, START_MS + minutes * MINUTE_MS);
    expect([at(0), at(5), at(9), at(10), at(19), at(20)]).toEqual([
      undefined,
      9000,
      9000,
      4000,
      4000,
      undefined,
    ]);
  });
});
