/** On a delta supply a building is metered on lines, and vehicles are on pairs of them. */
import { expect, test } from 'vitest';
import { amps, type PerChannel, powerBaseA, type SiteProblem } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import { importNowW } from '../../src/planning/current-import.js';
import { withinDemandCap } from '../../src/planning/demand-cap.js';
import { buildAnyPlan } from '../../src/planning/build-problem.js';
import type { SitePlan } from '../../src/planning/site-plan.js';
import type { Site } from '../../src/sites/site.js';
import { siteTiers, snapshot, standings } from '../../src/sites/snapshot.js';
import { eachPhase, GRID, smallSite, START_MS } from '../control/small-site.js';

const PAIR_AB: PerChannel<boolean> = [true, false, false];
/** 50 A on each line at 400 V. */
const LOAD_A = 50;
const LOAD_W = Math.sqrt(3) * 400 * LOAD_A;

function deltaSite(): Site {
  const site = smallSite({ stations: 2, baseLoadMaxA: LOAD_A });
  const source = { kind: 'rating' } as const;
  return {
    ...site,
    supply: 'delta',
    circuits: site.circuits.map((it) => ({
      ...it,
      limits: [{ kind: 'line', limitA: eachPhase(amps(200)), source }],
    })),
    evses: site.evses.map((it) => ({ ...it, channels: PAIR_AB })),
  };
}

const state = initialState(deltaSite(), 1, START_MS);

function problem(): SiteProblem {
  const tiers = siteTiers(state, START_MS);
  return snapshot(state, standings(state), { tiers, nowMs: START_MS, assumed: 'reserve' });
}

test('the power of a building is that of its three lines, in its import and in plans', () => {
  expect(importNowW(state, START_MS)).toBeCloseTo(LOAD_W, 6);
  const none = { loadAt: () => 0, pvAt: () => 0, habits: new Map(), peakSoFarW: 0, storage: [] };
  const { connection } = buildAnyPlan({ state, nowMs: START_MS, ...none }).problem;
  expect(connection.loadW[0]).toBeCloseTo(LOAD_W, 6);
});

test.each([
  ['as the plan counted on', LOAD_W, 10_000],
  ['4 kW above it', LOAD_W - 4000, 6000],
  ['far above it', 0, 0],
  ['below it', LOAD_W + 4000, 10_000],
])('the cap of a demand charge leaves vehicles their part beside a load %s', (_, otherW, leftW) => {
  const demandCap = [{ fromMs: START_MS, vehiclesW: 10_000, otherW }];
  const plan = { staleAtMs: START_MS + 1000, demandCap } as unknown as SitePlan;
  const capped = withinDemandCap({ ...problem(), evses: [] }, plan, START_MS);
  const root = capped.circuits.find(({ id }) => id === GRID);
  const cap = root?.limits.find(({ source }) => source.kind === 'demand-charge');
  if (cap?.kind !== 'power' || root === undefined) throw new Error('there is a cap');
  const countedW = powerBaseA(root) * cap.voltageV;
  expect(cap.limitW - countedW).toBeCloseTo(leftW, 6);
});
