/** One plan of a site: whether there is one to make, and when the next is due. */
import { expect, test } from 'vitest';
import type { GatherStore } from '../../src/planning/gather.js';
import { planSite, type PlanSources } from '../../src/planning/plan-site.js';
import { PLAN_EVERY_MS } from '../../src/planning/plan-times.js';
import { solveSite } from '../../src/planning/solve.js';
import type { Script } from '../control/ideal-station.js';
import { charging, claimAll, HOUR_MS, order, tellPrices } from './planned-site.js';

const store = {
  powerHistory: { read: async () => [], peakW: async () => 0 },
  sessions: { list: async () => ({ items: [] }) },
} as unknown as GatherStore;

const planned = ({ state, nowMs }: Script, solve: PlanSources['solve'] = solveSite) =>
  planSite({ store, solve }, state, { nowMs, habits: new Map() });

test('nothing is planned where all can charge at once at one price, and nobody asks a solver', async () => {
  const script = charging({ stations: 2, limitA: 160 });
  claimAll(script, 10_000, 4);
  const asked = planned(script, () => Promise.reject(new Error('asked')));
  expect(await asked).toEqual({ status: 'needless' });
});

test('prices are planned by; the next plan is due in five minutes, or where an order ends the slot', async () => {
  const script = charging();
  claimAll(script, 10_000, 4);
  tellPrices(script, [0.3, 0.1, 0.3, 0.3]);
  const made = await planned(script);
  expect(made).toMatchObject({ status: 'made', nextAtMs: script.nowMs + PLAN_EVERY_MS });
  const minutes = 3;
  order(script, 5000, [minutes / 60, 1]);
  const soon = await planned(script);
  expect(soon).toMatchObject({
    status: 'made',
    nextAtMs: script.nowMs + (minutes / 60) * HOUR_MS,
  });
});

test('without an answer of a solver there is no plan, and the next try has its time', async () => {
  const script = charging();
  claimAll(script, 10_000, 4);
  tellPrices(script, [0.3, 0.1, 0.3, 0.3]);
  const end = await planned(script, () => Promise.resolve(undefined));
  expect(end).toEqual({ status: 'unsolved', nextAtMs: script.nowMs + PLAN_EVERY_MS });
});

test('a site whose owner plans nothing is not planned', async () => {
  const script = charging({ settings: { solver: 'off' } });
  claimAll(script, 10_000, 4);
  tellPrices(script, [0.3, 0.1]);
  expect(await planned(script)).toEqual({ status: 'needless' });
});
