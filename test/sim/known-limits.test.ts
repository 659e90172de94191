/** What the check of dropped limits takes for a limit, and from when on. */
import { describe, expect, test } from 'vitest';
import { initialState } from '../../src/control/initial-state.js';
import type { SiteState } from '../../src/control/state.js';
import type { Signal } from '../../src/signals/signal.js';
import { signalId, watts } from '../../solver/index.js';
import { createKnownLimits } from './known-limits.js';
import { planScenario } from './scenario.js';

const { site } = planScenario(1);
const bare = initialState(site, 1, 0);

function ownerLimit(limitW: number): SiteState {
  return { ...bare, site: { ...site, importLimitW: watts(limitW) } };
}

function order(series: Signal['series'], endsAtMs: number): SiteState {
  const id = signalId('grid/import-limit');
  const signal: Signal = {
    id,
    siteId: site.id,
    tenantId: site.tenantId,
    type: 'import-limit',
    scope: 'total-import',
    issuer: 'grid',
    sequence: 1,
    series,
    endsAtMs,
    receivedAtMs: 0,
  };
  return { ...bare, signals: new Map([[id, signal]]) };
}

describe('an owner’s limit', () => {
  test('lasts once it has been known for that long, at its largest', () => {
    const limits = createKnownLimits();
    limits.take(bare, 0);
    limits.take(ownerLimit(9000), 10_000);
    limits.take(ownerLimit(5000), 20_000);
    expect(limits.lasting('total-import', 25_000, 20_000)).toBe(Number.POSITIVE_INFINITY);
    expect(limits.lasting('total-import', 30_000, 20_000)).toBe(9000);
    expect(limits.lasting('total-import', 40_000, 20_000)).toBe(5000);
    expect(limits.lasting('managed-devices', 40_000, 20_000)).toBe(Number.POSITIVE_INFINITY);
  });

  test('that is lifted lasts no more', () => {
    const limits = createKnownLimits();
    limits.take(ownerLimit(5000), 0);
    limits.take(bare, 30_000);
    expect(limits.lasting('total-import', 31_000, 20_000)).toBe(Number.POSITIVE_INFINITY);
  });

  test('that was lifted stays so by a clock that was set back behind that', () => {
    const limits = createKnownLimits();
    limits.take(ownerLimit(5000), 0);
    limits.take(bare, 30_000);
    limits.take(bare, 26_000);
    expect(limits.lasting('total-import', 27_000, 20_000)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('an order of the grid', () => {
  const series = [
    { atMs: 60_000, value: 8000 },
    { atMs: 120_000, value: 3000 },
  ];

  test('known long before it begins is foreseen from its first instant on', () => {
    const limits = createKnownLimits();
    limits.take(order(series, 180_000), 0);
    expect(limits.foreseen('total-import', 59_000, 50_000)).toBe(Number.POSITIVE_INFINITY);
    expect(limits.foreseen('total-import', 60_000, 50_000)).toBe(8000);
    expect(limits.foreseen('total-import', 120_000, 50_000)).toBe(3000);
    expect(limits.foreseen('total-import', 180_000, 50_000)).toBe(Number.POSITIVE_INFINITY);
  });

  test('known for a shorter time is not foreseen yet', () => {
    const limits = createKnownLimits();
    limits.take(order(series, 180_000), 20_000);
    expect(limits.foreseen('total-import', 61_000, 50_000)).toBe(Number.POSITIVE_INFINITY);
    expect(limits.foreseen('total-import', 70_000, 50_000)).toBe(8000);
  });

  test('lasts at the larger of two values within the time asked for', () => {
    const limits = createKnownLimits();
    limits.take(order(series, 180_000), 0);
    expect(limits.lasting('total-import', 130_000, 20_000)).toBe(8000);
    expect(limits.lasting('total-import', 141_000, 20_000)).toBe(3000);
  });
});
