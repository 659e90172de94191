/** From the state of a site to a plan of it, solved and checked, and what the engine does with it. */
import { expect, test } from 'vitest';
import { evseId, type SessionId } from '../../solver/index.js';
import { step } from '../../src/control/step.js';
import { buildAnyPlan, buildPlan } from '../../src/planning/build-problem.js';
import type { PlanInput } from '../../src/planning/plan-input.js';
import { HANDOVER_MS, PLAN_EVERY_MS } from '../../src/planning/plan-times.js';
import { PLAN_KEPT_MS, readPlan } from '../../src/planning/read-plan.js';
import { newerPlan, type SitePlan } from '../../src/planning/site-plan.js';
import { solveSite } from '../../src/planning/solve.js';
import { feed, type Script, wait } from '../control/ideal-station.js';
import { eachPhase, GRID } from '../control/small-site.js';
import { charging, claimAll, HOUR_MS, inputOf, order, tellPrices } from './planned-site.js';

const DEAR = 0.4;
const CHEAP = 0.1;

async function planOf(input: PlanInput): Promise<SitePlan> {
  const built = buildPlan(input);
  if (built === undefined) throw new Error('nothing to be planned');
  const solved = await solveSite(built.problem, 'auto');
  if (solved === undefined) throw new Error('no plan passed its check');
  return readPlan(built, solved.plan, solved.engine);
}

const limitA = (script: Script, evse = 'S1:1'): number | undefined =>
  script.state.evses.get(evseId(evse))?.decision?.limitA;

/** A at an instant, of the only session. */
function targetA(plan: SitePlan, atMs: number, index = 0): number | undefined {
  return plan.sessions[index]?.steps.findLast(({ fromMs }) => fromMs <= atMs)?.targetA;
}

test('a vehicle with time waits for the cheap hours, and is finished before it leaves', async () => {
  const script = charging();
  tellPrices(script, [DEAR, DEAR, CHEAP, CHEAP, DEAR, DEAR]);
  claimAll(script, 20_000, 6);
  const plan = await planOf(inputOf(script));
  const [session] = plan.sessions;
  expect(session).toMatchObject({ targetIsMax: true, plannedWh: 20_000 });
  expect(targetA(plan, script.nowMs)).toBe(0);
  expect(targetA(plan, script.nowMs + 2.5 * HOUR_MS)).toBeGreaterThan(12);
  expect(session?.finishedAtMs).toBeLessThanOrEqual(script.nowMs + 4 * HOUR_MS);
  // 20 kWh at the cheap price: nothing was bought dear.
  expect(session?.costMicros).toBeCloseTo(20 * CHEAP * 1_000_000, -4);
  expect(plan).toMatchObject({ engine: 'structured', currency: 'EUR' });
});

test('the engine follows: paused now, charging in the cheap hour, free again when it is stale', async () => {
  const script = charging();
  tellPrices(script, [DEAR, CHEAP, DEAR, DEAR]);
  claimAll(script, 10_000, 4);
  wait(script, 30_000);
  expect(limitA(script)).toBe(32);
  const plan = await planOf(inputOf(script));
  feed(script, { type: 'plan.made', plan });
  wait(script, 30_000);
  expect(limitA(script)).toBe(0);
  expect(script.state.evses.get(evseId('S1:1'))?.decision?.boundBy).toMatchObject({
    kind: 'admission',
    source: { kind: 'price' },
  });
  wait(script, PLAN_KEPT_MS);
  expect(limitA(script)).toBe(32);
  // One that lives longer lets it charge when its hour comes.
  feed(script, { type: 'plan.made', plan: { ...plan, staleAtMs: plan.madeAtMs + 4 * HOUR_MS } });
  wait(script, 60_000);
  expect(limitA(script)).toBe(0);
  wait(script, HOUR_MS - (script.nowMs - plan.madeAtMs) + 60_000);
  expect(limitA(script)).toBeGreaterThan(12);
});

test('a step decides when a plan came, and only then; the same plan gives the same state', async () => {
  const script = charging();
  tellPrices(script, [DEAR, CHEAP, DEAR]);
  claimAll(script, 5000, 3);
  wait(script, 30_000);
  const plan = await planOf(inputOf(script));
  const nowMs = script.nowMs + 10;
  const before = script.state;
  const event = { type: 'plan.made', plan } as const;
  const [once, again] = [step(before, [{ event }], nowMs), step(before, [{ event }], nowMs)];
  expect(once.effects.some((it) => it.type === 'command')).toBe(true);
  expect(once).toEqual(again);
  expect(once.nextWakeAtMs).toBeLessThanOrEqual(plan.staleAtMs);
  const older = { type: 'plan.made', plan: { ...plan, madeAtMs: plan.madeAtMs - 1 } } as const;
  expect(step(once.state, [{ event: older }], nowMs + 10).state.plan).toBe(plan);
});

test('who leaves, and how far a meter is trusted, does not cut the first slot short; an order does', () => {
  const script = charging({ stations: 2, limitA: 32 });
  claimAll(script, 20_000, 3 / 60);
  const first = (input: PlanInput): number => {
    const [slot] = buildAnyPlan(input).slots;
    return ((slot?.endMs ?? 0) - script.nowMs) / 60_000;
  };
  expect(first(inputOf(script))).toBe(5);
  claimAll(script, 20_000, 2);
  expect(first(inputOf(script))).toBe(5);
  order(script, 5000, [3 / 60, 1]);
  expect(first(inputOf(script))).toBe(3);
});

test('an owner who wants equal shares first gets them', async () => {
  const settings = { fairness: 1 };
  const early = { energyWh: 20_000, actor: 'driver', setAtMs: 0 };
  const served = async (script: Script): Promise<readonly number[]> => {
    const [first, second] = [...script.state.sessions.keys()] as [SessionId, SessionId];
    const departureAtMs = script.nowMs + HOUR_MS;
    const claim = { ...early, setAtMs: script.nowMs, departureAtMs };
    // The other wants so little that it could have all of it.
    feed(
      script,
      { type: 'claim.set', sessionId: first, claim },
      { type: 'claim.set', sessionId: second, claim: { ...claim, energyWh: 60_000 } },
    );
    const built = buildAnyPlan(inputOf(script));
    const solved = await solveSite(built.problem, 'auto', built.fair);
    if (solved === undefined) throw new Error('no plan passed its check');
    const { sessions } = readPlan(built, solved.plan, solved.engine);
    return sessions.map((it) => it.plannedWh / it.need.energyWh);
  };
  const [a = 0, b = 0] = await served(charging({ stations: 2, limitA: 32, settings }));
  expect(Math.abs(a - b)).toBeLessThan(0.05);
  const [most = 0, least = 0] = await served(charging({ stations: 2, limitA: 32 }));
  expect(most - least).toBeGreaterThan(0.3);
});

test('who leaves before the next plan keeps what it can still have', async () => {
  const script = charging({ stations: 2, limitA: 32 });
  const [early, late] = [...script.state.sessions.keys()] as [SessionId, SessionId];
  const claim = { energyWh: 20_000, setAtMs: script.nowMs, actor: 'driver' };
  const until = (hours: number) => ({ ...claim, departureAtMs: script.nowMs + hours * HOUR_MS });
  feed(
    script,
    { type: 'claim.set', sessionId: early, claim: until(0.05) },
    { type: 'claim.set', sessionId: late, claim: until(3) },
  );
  const input = inputOf(script);
  const { problem, needs } = buildAnyPlan(input);
  const index = needs.findIndex(({ session }) => session.id === early);
  // 32 A on three phases for three minutes.
  expect(problem.sessions[index]).toMatchObject({ firstSlot: 0, endSlot: 1 });
  expect(problem.sessions[index]?.energyWh).toBeCloseTo(3 * 32 * 230 * 0.05, 0);
  const plan = await planOf(input);
  expect(plan.sessions.map(({ sessionId }) => sessionId)).toContain(early);
});

test('the building counts as the allocator counts it: for ever where no meter tells', () => {
  const script = charging({ stations: 2, limitA: 32, baseLoadMaxA: 8 });
  claimAll(script, 20_000, 2);
  const quiet = { ...inputOf(script), loadAt: () => 500 };
  const { loadW } = buildAnyPlan(quiet).problem.connection;
  expect(new Set(loadW)).toEqual(new Set([3 * 8 * 230]));
});

test('surplus of PV that a meter shows is there in the first slot too, beside what a battery takes', () => {
  const script = charging({ stations: 2, limitA: 63, baseLoadMaxA: 20 });
  claimAll(script, 20_000, 2);
  const reading = { atMs: script.nowMs, currentA: eachPhase(-10) };
  feed(script, { type: 'building.sampled', circuitId: GRID, reading });
  // 6 kW of building, 12.9 of PV; of the 6.9 kW between them a battery takes 2.
  const given = { loadAt: () => 6000, pvAt: () => 14_900 };
  const battery = { storageId: 'b', energyWh: 0, chargeMaxW: 0, powerW: 2000 };
  const { loadW, pvW } = buildAnyPlan({ ...inputOf(script), ...given, storage: [battery] }).problem
    .connection;
  expect((pvW[0] ?? 0) - (loadW[0] ?? 0)).toBeCloseTo(8900, 6);
  // A cloud that nobody foresaw: what the meter shows counts.
  const bright = { ...given, pvAt: () => 20_000 };
  const clouded = buildAnyPlan({ ...inputOf(script), ...bright }).problem.connection;
  expect((clouded.pvW[0] ?? 0) - (clouded.loadW[0] ?? 0)).toBeCloseTo(6900, 6);
});

test('R0 room for untested stations that fail is load to the plan, in all its slots', () => {
  const loadOf = (settings: object): readonly number[] => {
    const script = charging({ stations: 2, untested: ['S1', 'S2'], limitA: 50, settings });
    claimAll(script, 20_000, 2);
    return buildAnyPlan(inputOf(script)).problem.connection.loadW;
  };
  const kept = loadOf({ untestedFailures: 1 });
  expect(Math.min(...kept)).toBeGreaterThan(1000);
  expect(loadOf({ untestedFailures: 0 })).toEqual(kept.map(() => 0));
});

test('a claim that is newer than the plan is not held back by it', async () => {
  const script = charging();
  tellPrices(script, [DEAR, CHEAP, DEAR, DEAR]);
  claimAll(script, 10_000, 4);
  feed(script, { type: 'plan.made', plan: await planOf(inputOf(script)) });
  wait(script, 30_000);
  expect(limitA(script)).toBe(0);
  claimAll(script, 20_000, 1.2);
  wait(script, 60_000);
  expect(limitA(script)).toBe(32);
});

test('who leaves too soon for the cheap hours is not made to wait', async () => {
  const script = charging();
  tellPrices(script, [DEAR, CHEAP, CHEAP]);
  claimAll(script, 30_000, 1);
  const plan = await planOf(inputOf(script));
  expect(plan.sessions[0]).toMatchObject({ targetIsMax: false });
  expect(targetA(plan, script.nowMs)).toBe(32);
});

test('a demand charge spreads what one hour could take, but not below the peak that is paid already', async () => {
  const demandCharge = { currency: 'EUR', pricePerKw: '10' };
  const script = charging({ stations: 3, settings: { demandCharge } });
  claimAll(script, 12_000, 6);
  const flat = await planOf(inputOf(script));
  // 36 kWh in six hours less ten minutes.
  expect(flat.peakW).toBeGreaterThan(6000);
  expect(flat.peakW).toBeLessThan(6400);
  const paid = await planOf(inputOf(script, { peakSoFarW: 30_000 }));
  expect(paid.peakW).toBeLessThanOrEqual(30_100);
  expect(paid.sessions[0]?.finishedAtMs).toBeLessThan(script.nowMs + 2.5 * HOUR_MS);
});

test('an order known ahead is planned around; the building is load', async () => {
  const script = charging({ stations: 2 });
  tellPrices(script, [DEAR, CHEAP, CHEAP, DEAR]);
  claimAll(script, 15_000, 4);
  order(script, 12_000, [1, 3]);
  const built = buildPlan(inputOf(script, { loadAt: () => 4000 }));
  const solved = await solveSite(built?.problem as never, 'auto');
  const importW = built?.slots.map(({ startMs }, slot) => ({
    hour: (startMs - script.nowMs) / HOUR_MS,
    w: solved?.plan.importW[slot] ?? 0,
  }));
  const within = (importW ?? []).filter(({ hour }) => hour >= 1 && hour < 3);
  expect(within.length).toBeGreaterThan(4);
  for (const { w } of within) expect(w).toBeLessThanOrEqual(12_010);
  // 30 kWh do not fit beside the building in the two cheap hours, 16 of them do.
  const cheapWh = within.reduce((sum, { w }) => sum + w / 1000, 0) / within.length;
  expect(cheapWh).toBeCloseTo(12, 1);
});

test('what the ledger keeps back for an EVSE without a link is load', async () => {
  const script = charging({ stations: 2, limitA: 40 });
  tellPrices(script, [DEAR, CHEAP, DEAR]);
  claimAll(script, 20_000, 3);
  const linked = buildPlan(inputOf(script));
  feed(script, {
    type: 'station.disconnected',
    stationId: 'S2' as never,
    receivedAtMs: script.nowMs,
    generation: script.state.stations.get('S2' as never)?.generation ?? 1,
    reason: 'test',
  } as never);
  const cut = buildPlan(inputOf(script));
  expect(linked?.problem.sessions).toHaveLength(2);
  expect(cut?.problem.sessions).toHaveLength(1);
  expect(cut?.problem.connection.orders[0]?.importMaxW).toBeLessThan(3 * 230 * 40);
});

test('a token with a habit is planned by it; one that nothing is known of counts and is left alone', async () => {
  const script = charging({ stations: 2 });
  tellPrices(script, [DEAR, CHEAP, CHEAP, DEAR]);
  const [first] = [...script.state.sessions.keys()] as [SessionId];
  const habits = new Map([[first, { staySec: 4 * 3600, energyWh: 8000 }]]);
  const input = inputOf(script, { habits });
  const plan = await planOf(input);
  expect(plan.sessions).toHaveLength(1);
  expect(plan.sessions[0]).toMatchObject({ sessionId: first, need: { source: 'history' } });
  expect(buildPlan(input)?.problem.sessions).toHaveLength(2);
  expect(buildPlan(inputOf(script))).toBeUndefined();
  feed(script, { type: 'plan.made', plan });
  wait(script, 600_000);
  expect([limitA(script, 'S1:1'), limitA(script, 'S2:1')]).toEqual([0, 32]);
});

test('cheap energy that is spread thinner than minimum currents is charged by some at once', async () => {
  const script = charging({ stations: 8, limitA: 13 });
  tellPrices(script, [CHEAP, CHEAP, CHEAP, DEAR, DEAR, DEAR]);
  claimAll(script, 3000, 6);
  wait(script, 600_000);
  feed(script, { type: 'plan.made', plan: await planOf(inputOf(script)) });
  wait(script, 400_000);
  const limits = [...script.state.evses.values()].map((it) => it.decision?.limitA ?? 0);
  expect(limits.reduce((sum, it) => sum + it, 0)).toBe(13);
});

test('without prices, peaks and orders there is nothing to plan where all can charge at once', () => {
  const script = charging({ stations: 2, limitA: 64 });
  claimAll(script, 10_000, 5);
  expect(buildPlan(inputOf(script))).toBeUndefined();
  tellPrices(script, [DEAR, DEAR, DEAR]);
  expect(buildPlan(inputOf(script))).toBeUndefined();
});

test('where not all can charge at once, who leaves first is planned first, and nobody is held to it', async () => {
  const script = charging({ stations: 2, limitA: 32 });
  const [early, late] = [...script.state.sessions.keys()] as [SessionId, SessionId];
  const claim = (sessionId: SessionId, energyWh: number, hours: number) =>
    ({
      type: 'claim.set',
      sessionId,
      claim: {
        departureAtMs: script.nowMs + hours * HOUR_MS,
        energyWh,
        setAtMs: script.nowMs,
        actor: 'driver',
      },
    }) as const;
  feed(script, claim(late, 20_000, 3), claim(early, 20_000, 1));
  const plan = await planOf(inputOf(script));
  const of = (id: SessionId) => plan.sessions.findIndex(({ sessionId }) => sessionId === id);
  expect(plan.sessions.map((it) => it.targetIsMax)).toEqual([false, false]);
  expect(targetA(plan, script.nowMs, of(early))).toBeGreaterThan(27);
  expect(targetA(plan, script.nowMs + 1.5 * HOUR_MS, of(late))).toBeGreaterThan(20);
  for (const { plannedWh } of plan.sessions) expect(plannedWh).toBeGreaterThan(19_500);
  feed(script, { type: 'plan.made', plan });
  wait(script, 120_000);
  const limits = ['S1:1', 'S2:1'].map((it) => limitA(script, it) ?? 0);
  expect(Math.max(...limits)).toBeGreaterThanOrEqual(26);
  expect((limits[0] as number) + (limits[1] as number)).toBeGreaterThan(30);
});

test('all solvers find plans of the same cost', async () => {
  const script = charging({ stations: 4, limitA: 40 });
  tellPrices(script, [DEAR, CHEAP, 0.2, CHEAP, DEAR, 0.15]);
  claimAll(script, 12_000, 5);
  const built = buildPlan(inputOf(script, { loadAt: () => 3000, pvAt: () => 1000 }));
  if (built === undefined) throw new Error('nothing to be planned');
  const costs: number[] = [];
  for (const solver of ['structured', 'highs', 'javascript-lp-solver'] as const) {
    const solved = await solveSite(built.problem, solver);
    expect(solved?.engine).toBe(solver);
    costs.push(solved?.cost ?? Number.NaN);
  }
  expect(Math.max(...costs) - Math.min(...costs)).toBeLessThan(2e-4 * Math.min(...costs));
});

test('a plan that is late, or older than the known one, is not taken', () => {
  const plan = { madeAtMs: 100, staleAtMs: 200 } as SitePlan;
  expect(newerPlan(undefined, plan, 199)).toBe(plan);
  expect(newerPlan(undefined, plan, 200)).toBeUndefined();
  const newer = { madeAtMs: 101, staleAtMs: 300 } as SitePlan;
  expect(newerPlan(newer, plan, 150)).toBe(newer);
  expect(newerPlan(newer, undefined, 150)).toBeUndefined();
});

test('export that earns what import costs runs in no slot beside it', async () => {
  const script = charging();
  const prices = [0.3, 0.2, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3];
  tellPrices(script, prices);
  tellPrices(script, prices, 'export-price');
  claimAll(script, 20_000, 6);
  const built = buildAnyPlan(inputOf(script, { pvAt: () => 4000, loadAt: () => 1000 }));
  for (const solver of ['structured', 'highs', 'javascript-lp-solver'] as const) {
    const solved = await solveSite(built.problem, solver);
    if (solved === undefined) throw new Error(`${solver} has no plan`);
    const { importW, exportW } = solved.plan;
    const both = importW.map((it, slot) => Math.min(it, exportW[slot] ?? 0));
    expect(Math.max(...both), solver).toBeLessThan(10);
  }
});

test('goals that are merely old wait for the plan that is due, and no longer than it may be late', async () => {
  const script = charging({ stations: 2, limitA: 20 });
  claimAll(script, 40_000, 2);
  const plan = await planOf(inputOf(script));
  feed(script, { type: 'plan.made', plan });
  const madeAtMs = script.nowMs;
  expect(script.state.control.goalsAtMs).toBe(madeAtMs);
  wait(script, PLAN_EVERY_MS + HANDOVER_MS - 1000);
  expect((script.state.control.goalsAtMs ?? 0) - madeAtMs).toBeLessThan(PLAN_EVERY_MS - 5000);
  wait(script, 2000);
  expect((script.state.control.goalsAtMs ?? 0) - madeAtMs).toBe(PLAN_EVERY_MS + HANDOVER_MS);
});
