/** Questions about a site: what binds, what a peak costs, and what it is without its vehicles. */
import { expect, test } from 'vitest';
import { solveSite } from '../../src/planning/solve.js';
import {
  changedInput,
  type Outcome,
  outcomeOf,
  solverOfQuestions,
  type WhatIf,
} from '../../src/planning/what-if.js';
import type { PlanInput } from '../../src/planning/plan-input.js';
import { charging, claimAll, inputOf, order, tellPrices } from './planned-site.js';

async function asked(input: PlanInput, change: WhatIf = {}): Promise<Outcome> {
  const found = await outcomeOf(changedInput(input, change), (problem, fair) =>
    solveSite(problem, 'auto', fair),
  );
  if (found === undefined) throw new Error('no plan passed its check');
  return found;
}

test('a demand charge costs its price for the highest import, beside the energy', async () => {
  const script = charging({ stations: 3 });
  tellPrices(script, [0.2, 0.2, 0.2, 0.2, 0.2, 0.2]);
  claimAll(script, 12_000, 6);
  const input = inputOf(script, { peakSoFarW: 4000 });
  const free = await asked(input);
  expect(free.demandCostMicros).toBeUndefined();
  const demandCharge = { currency: 'EUR', pricePerKw: '15' };
  const charged = await asked(input, { demandCharge });
  expect(charged.peakW).toBeLessThan(6400);
  expect(charged.demandCostMicros).toBe(charged.peakW * 15_000);
  // The energy costs the same.
  expect(charged.costMicros).toBeCloseTo(free.costMicros ?? 0, -5);
  const paid = await asked({ ...input, peakSoFarW: 40_000 }, { demandCharge });
  expect(paid.demandCostMicros).toBe(40_000 * 15_000);
});

test('the circuit that stops vehicles is named, with how long it does', async () => {
  const script = charging({ stations: 4, limitA: 32 });
  claimAll(script, 20_000, 2);
  const { boundBy, unmetWh } = await asked(inputOf(script));
  expect(unmetWh).toBeGreaterThan(30_000);
  expect(boundBy).toMatchObject([{ circuitId: 'grid', by: 'circuit' }]);
  // Two hours, but for the last minutes before a departure that is no edge of five.
  expect(boundBy[0]?.durationSec).toBeGreaterThan(7200 - 300);
  expect(boundBy[0]?.durationSec).toBeLessThanOrEqual(7200);
  const wide = await asked(inputOf(script), { ratings: [{ circuitId: 'grid', factor: 5 }] });
  expect(wide).toMatchObject({ boundBy: [], unmetWh: 0 });
});

test('an order of the grid is named as what binds in its time', async () => {
  const script = charging({ stations: 2, limitA: 200 });
  claimAll(script, 20_000, 2);
  order(script, 10_000, [0, 1]);
  const { boundBy } = await asked(inputOf(script));
  expect(boundBy).toEqual([{ circuitId: 'grid', by: 'order', durationSec: 3600 }]);
});

test('vehicles that are there can be taken away, one or all', async () => {
  const script = charging({ stations: 3, limitA: 32 });
  claimAll(script, 20_000, 2);
  const [first] = [...script.state.sessions.keys()];
  const one = await asked(inputOf(script), { withoutSessions: [first ?? ''] });
  expect(one).toMatchObject({ vehicles: 2, wantedWh: 40_000 });
  const none = await asked(inputOf(script), { withoutSessions: 'all' });
  expect(none).toMatchObject({ vehicles: 0, wantedWh: 0, peakW: 0, boundBy: [] });
});

test('a question is solved as the site is set, also where no plans are made', () => {
  const { site } = charging().state;
  const set = (solver: 'off' | 'highs' | 'javascript-lp-solver') =>
    solverOfQuestions({ ...site, settings: { ...site.settings, solver } });
  expect(solverOfQuestions(site)).toBe('auto');
  expect(set('off')).toBe('auto');
  expect(set('highs')).toBe('highs');
  expect(set('javascript-lp-solver')).toBe('javascript-lp-solver');
});
