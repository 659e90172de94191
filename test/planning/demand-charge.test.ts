/** A demand charge holds against all vehicles, also those of which nothing is known. */
import { expect, test } from 'vitest';
import { circuitId, explainBound, type SessionId } from '../../solver/index.js';
import { buildAnyPlan, buildPlan } from '../../src/planning/build-problem.js';
import { currencyClash } from '../../src/planning/money.js';
import type { PlanInput } from '../../src/planning/plan-input.js';
import { PLAN_KEPT_MS, readPlan } from '../../src/planning/read-plan.js';
import type { SitePlan } from '../../src/planning/site-plan.js';
import { solveSite } from '../../src/planning/solve.js';
import { feed, type Script, wait } from '../control/ideal-station.js';
import { charging, claimAll, HOUR_MS, inputOf, tellPrices } from './planned-site.js';

const CHARGED = { demandCharge: { currency: 'EUR', pricePerKw: '15' } };

async function planOf(input: PlanInput): Promise<SitePlan> {
  const built = buildPlan(input);
  const solved = built && (await solveSite(built.problem, 'auto'));
  if (built === undefined || solved === undefined) throw new Error('no plan');
  return readPlan(built, solved.plan, solved.engine);
}

/** A new plan is in force, and what it changes has settled. */
async function follow(script: Script, input: Partial<PlanInput>): Promise<SitePlan> {
  const plan = await planOf(inputOf(script, input));
  feed(script, { type: 'plan.made', plan });
  wait(script, 120_000);
  return plan;
}

const limits = ({ state }: Script): readonly number[] =>
  [...state.evses.values()].map((it) => it.decision?.limitA ?? 0);
const kw = (script: Script): number =>
  limits(script).reduce((sum, limitA) => sum + (3 * 230 * limitA) / 1000, 0);

function claim(script: Script, sessionId: SessionId, energyWh: number, hours: number): void {
  const departureAtMs = script.nowMs + hours * HOUR_MS;
  const said = { departureAtMs, energyWh, setAtMs: script.nowMs, actor: 'driver' };
  feed(script, { type: 'claim.set', sessionId, claim: said });
}

test('nobody claims anything: vehicles stay within the peak that is paid already', async () => {
  const script = charging({ stations: 4, limitA: 160, settings: CHARGED });
  expect(kw(script)).toBeCloseTo(88.3, 1);
  const plan = await follow(script, { peakSoFarW: 20_000 });
  expect(plan.sessions.map((it) => it.need.source)).toEqual(
    Array.from({ length: 4 }, () => 'assumed'),
  );
  expect(kw(script)).toBeLessThanOrEqual(20);
  expect(kw(script)).toBeGreaterThan(17);
  const bounds = [...script.state.evses.values()].flatMap((it) => it.decision?.boundBy ?? []);
  expect(bounds.map((it) => ('source' in it ? it.source : it))).toEqual(
    Array.from({ length: 4 }, () => ({ kind: 'demand-charge' })),
  );
  expect(explainBound(bounds[0] as never)).toBe(
    'sharing total power of grid with 3 others (more would cost a higher peak)',
  );
  // Without a fresh plan nobody knows what a peak is worth.
  wait(script, PLAN_KEPT_MS);
  expect(kw(script)).toBeCloseTo(88.3, 1);
});

test('one claims: it has what the plan gives it, and the others take no more than is left', async () => {
  const script = charging({ stations: 4, limitA: 160, settings: CHARGED });
  const [first] = [...script.state.sessions.keys()] as [SessionId];
  claim(script, first, 18_000, 2);
  wait(script, 300_000);
  const plan = await follow(script, { peakSoFarW: 20_000 });
  const own = plan.sessions.find(({ sessionId }) => sessionId === first);
  expect(own?.plannedWh).toBeGreaterThan(17_800);
  // Its turn comes first, with all that the peak leaves; the others had had their minimum on time.
  expect(own?.steps[0]?.targetA).toBeGreaterThan(28);
  expect(limits(script)).toEqual([28, 0, 0, 0]);
  expect(kw(script)).toBeLessThanOrEqual(Math.max(20, plan.peakW / 1000));
});

test('a need that is worth a new peak has it', async () => {
  const script = charging({ stations: 3, limitA: 160, settings: CHARGED });
  claimAll(script, 20_000, 1.1);
  const plan = await follow(script, { peakSoFarW: 10_000 });
  expect(plan.peakW).toBeGreaterThan(50_000);
  for (const { plannedWh } of plan.sessions) expect(plannedWh).toBeGreaterThan(19_800);
  expect(kw(script)).toBeGreaterThan(50);
});

test.each([4, 8, 14])('who leaves in %i minutes is served at any peak', async (minutes) => {
  const script = charging({ stations: 2, limitA: 160, settings: CHARGED });
  const [first] = [...script.state.sessions.keys()] as [SessionId];
  claim(script, first, 20_000, minutes / 60);
  const plan = await planOf(inputOf(script));
  const own = plan.sessions.find(({ sessionId }) => sessionId === first);
  // Of a slot of five minutes, which is planned as a mean, what is left of its time.
  const slotMinutes = Math.min(5, minutes);
  expect(own?.plannedWh).toBeGreaterThan(0.98 * 3 * 32 * 230 * (slotMinutes / 60));
});

test('the cap leaves who leaves within the first slot its power, which is planned as a mean of the slot', async () => {
  const script = charging({ stations: 2, limitA: 160, settings: CHARGED });
  const [first] = [...script.state.sessions.keys()] as [SessionId];
  claim(script, first, 20_000, 2 / 60);
  const plan = await planOf(inputOf(script));
  expect(plan.demandCap?.[0]?.vehiclesW).toBeGreaterThan(0.98 * 3 * 32 * 230);
  // The peak is of the mean.
  expect(plan.peakW).toBeLessThan(0.6 * 3 * 32 * 230);
});

test('other load above what the plan counted on leaves less to vehicles, and less load does no harm', async () => {
  const script = charging({ stations: 4, limitA: 160, baseLoadMaxA: 40, settings: CHARGED });
  const meter = (currentA: number): void => {
    feed(script, {
      type: 'building.sampled',
      circuitId: circuitId('grid'),
      reading: { atMs: script.nowMs, currentA: [currentA, currentA, currentA] },
    });
    wait(script, 30_000);
  };
  meter(10);
  await follow(script, { peakSoFarW: 25_000, loadAt: () => 6900 });
  meter(10.1);
  // 25 kW less 10 A and the margin of the meter.
  expect(kw(script)).toBeLessThanOrEqual(25 - 7.5);
  expect(kw(script)).toBeGreaterThan(13);
  meter(20);
  expect(kw(script)).toBeLessThanOrEqual(25 - 14);
  expect(kw(script)).toBeGreaterThan(4);
});

test('who came alone charges at its minimum where less would do: no cap is below that', async () => {
  const script = charging({ stations: 1, settings: CHARGED });
  claimAll(script, 8000, 10);
  const plan = await follow(script, {});
  expect(plan.peakW).toBeLessThan(1000);
  expect(limits(script)).toEqual([6]);
});

test('prices differ as well: what is planned below the minimum of each is not put off from plan to plan', async () => {
  const script = charging({ stations: 3, limitA: 160, settings: CHARGED });
  tellPrices(script, [0.1, 0.1, 0.1, 0.09, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]);
  claimAll(script, 15_000, 8);
  wait(script, 600_000);
  const plan = await follow(script, {});
  // 45 kWh in 8 hours, flat: none of the three has its minimum in it, and all together have more than one.
  expect(plan.peakW).toBeLessThan(7000);
  expect(plan.peakW).toBeGreaterThan(5500);
  expect(kw(script)).toBeGreaterThan(4);
  expect(1000 * kw(script)).toBeLessThanOrEqual(plan.peakW);
});

test('energy that is held back for its price is held back by all together, whatever peak is paid', async () => {
  const script = charging({ stations: 3, limitA: 160, baseLoadMaxA: 40, settings: CHARGED });
  const meter = (currentA: number): void => {
    feed(script, {
      type: 'building.sampled',
      circuitId: circuitId('grid'),
      reading: { atMs: script.nowMs, currentA: [currentA, currentA, currentA] },
    });
    wait(script, 30_000);
  };
  meter(10);
  tellPrices(script, [0.4, 0.4, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]);
  claimAll(script, 10_000, 8);
  const [first] = [...script.state.sessions.keys()] as [SessionId];
  claim(script, first, 40_000, 2);
  wait(script, 600_000);
  meter(10.1);
  const input = { peakSoFarW: 70_000, loadAt: () => 6900 };
  const plan = await follow(script, input);
  const [step] = plan.demandCap ?? [];
  // One cannot wait for cheap energy; the peak leaves room for all.
  expect(step?.plannedW).toBeGreaterThan(19_000);
  expect(step?.plannedW).toBeLessThan(22_100);
  expect(step?.vehiclesW).toBeGreaterThan(60_000);
  expect(1000 * kw(script)).toBeLessThanOrEqual(step?.plannedW ?? 0);
  expect(kw(script)).toBeGreaterThan(17);
  const bounds = [...script.state.evses.values()].flatMap((it) => it.decision?.boundBy ?? []);
  expect(bounds.map((it) => ('source' in it ? it.source : it))).toContainEqual({ kind: 'price' });
  expect(bounds.map((it) => explainBound(it as never)).join()).toContain(
    '(energy costs less later)',
  );
  // The building takes more, and the peak is far: nobody is cut for it.
  const before = limits(script);
  meter(20);
  expect(limits(script)).toEqual(before);
});

test.each([0, 1, 2, 3, 4])(
  'energy is due ten minutes before a departure, and no edge takes more of that time: %i minutes past one',
  (minutes) => {
    const script = charging({ stations: 1, settings: CHARGED });
    const nowMs = Math.ceil(script.nowMs / HOUR_MS) * HOUR_MS;
    wait(script, nowMs - script.nowMs);
    claimAll(script, 8000, 3 + minutes / 60);
    const { problem, slots, needs } = buildAnyPlan(inputOf(script));
    const endMs = slots[(problem.sessions[0]?.endSlot ?? 0) - 1]?.endMs ?? 0;
    const leftMinutes = ((needs[0]?.departureAtMs ?? 0) - endMs) / 60_000;
    expect(leftMinutes).toBeGreaterThanOrEqual(8);
    expect(leftMinutes).toBeLessThanOrEqual(12);
  },
);

test('an assumed need is spread over its time, which runs from plug-in and ends', async () => {
  const script = charging({ stations: 2, limitA: 64, settings: CHARGED });
  const early = await planOf(inputOf(script));
  const [need] = early.sessions.map((it) => it.need);
  // Four hours beside what 15 kWh take at 22 kW, from plug-in a few minutes ago.
  const stayHours = ((need?.departureAtMs ?? 0) - script.nowMs) / HOUR_MS;
  expect(stayHours).toBeGreaterThan(4.5);
  expect(stayHours).toBeLessThan(4.7);
  expect(early.peakW).toBeLessThan(8000);
  // Nothing came in all that time: now it is worth any peak.
  const late = inputOf(script, { nowMs: script.nowMs + 5 * HOUR_MS });
  expect((await planOf(late)).peakW).toBeGreaterThan(40_000);
});

test('a demand charge in another currency than prices is left out, and that is known', () => {
  const script = charging({ stations: 1, settings: CHARGED });
  expect(currencyClash(script.state)).toBeUndefined();
  tellPrices(script, [0.2, 0.2]);
  expect(currencyClash(script.state)).toBeUndefined();
  const { site } = script.state;
  const demandCharge = { currency: 'USD', pricePerKw: '15' };
  const edited = { ...site, settings: { ...site.settings, demandCharge }, version: 2 };
  feed(script, { type: 'site.edited', site: edited, actor: 'test' });
  expect(currencyClash(script.state)).toEqual({ demandCharge: 'USD', prices: 'EUR' });
  expect(buildAnyPlan(inputOf(script)).problem.connection.demandChargePerKw).toBe(0);
});
