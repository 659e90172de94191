/** A day under a demand charge in the deterministic world: plan, cap, allocator and ledger in a loop. */
import { expect, test } from 'vitest';
import { smallSite } from '../control/small-site.js';
import { type DayVisit, runDay } from './garage-day.js';
import { solveAsService as solve } from './solve-as-service.js';

const HOUR_MS = 3_600_000;
const QUARTER_MS = HOUR_MS / 4;
const LOOK_MS = 10_000;
const VOLTAGE_V = 230;
/** All can charge at once at 22 kW: nothing but the peak costs anything. */
const LIMIT_A = 300;

/** Eight vehicles come within half an hour, want 15 kWh each, and stay for more than five hours. */
const visits = Array.from(
  { length: 8 },
  (_, index): DayVisit => ({
    stationId: `S${index + 1}`,
    arriveMs: (index * HOUR_MS) / 15,
    leaveMs: 5.5 * HOUR_MS,
    energyWh: 15_000,
    currentMaxA: 32,
    isPolyphase: true,
  }),
);

function day(claims: boolean, settings: object): { peakKw: number; delivered: number } {
  const site = smallSite({
    stations: 8,
    limitA: LIMIT_A,
    settings: { acceptAnyToken: true, ...settings },
  });
  const quarters: number[] = [];
  let firstMs: number | undefined;
  const { deliveredFraction } = runDay({
    site: { ...site, tenantId: 'sim' },
    capacityW: 3 * LIMIT_A * VOLTAGE_V,
    voltageV: VOLTAGE_V,
    visits,
    durationMs: 6 * HOUR_MS,
    claims,
    solve,
    seed: 1,
    // Of the quarter hours that are over.
    peakSoFarW: () => Math.max(0, ...quarters.slice(0, -1)),
    onLook: (stations, _, nowMs) => {
      firstMs ??= nowMs;
      const evses = stations.flatMap((it) => it.evses.map(({ evse }) => evse));
      const drawW = evses.reduce((sum, { drawA }) => sum + 3 * drawA * VOLTAGE_V, 0);
      const quarter = Math.floor((nowMs - firstMs) / QUARTER_MS);
      quarters[quarter] = (quarters[quarter] ?? 0) + (drawW * LOOK_MS) / QUARTER_MS;
    },
  });
  return { peakKw: Math.max(...quarters) / 1000, delivered: deliveredFraction };
}

const CHARGED = { demandCharge: { currency: 'EUR', pricePerKw: '15' } };

test.each([
  ['nobody says anything', false],
  ['all say what they need', true],
])('%s: the peak is a fraction of what it was, and all have what they need', (_, claims) => {
  const free = day(claims, {});
  expect(free.peakKw).toBeGreaterThan(100);
  const charged = day(claims, CHARGED);
  // 120 kWh in some five hours are 24 kW.
  expect(charged.peakKw).toBeLessThan(32);
  expect(charged.delivered).toBeGreaterThan(0.98);
});
