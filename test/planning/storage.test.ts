/** A battery in the plan, and what it is told: never more than what is free beside everything else. */
import { expect, test } from 'vitest';
import { circuitId, type SessionId, signalId } from '../../solver/index.js';
import { buildPlan } from '../../src/planning/build-problem.js';
import type { PlanInput } from '../../src/planning/plan-input.js';
import { readPlan } from '../../src/planning/read-plan.js';
import type { SitePlan } from '../../src/planning/site-plan.js';
import { solveSite } from '../../src/planning/solve.js';
import { createStoragePort, setPointW } from '../../src/planning/storage-port.js';
import { REPORT_FRESH_MS, storageNow } from '../../src/planning/storage-room.js';
import { verifyWebhook } from '../../src/signals/webhook.js';
import { liveSite } from '../../src/sites/live.js';
import type { SiteStorage } from '../../src/sites/site.js';
import type { StorageReport } from '../../src/store/storage-ports.js';
import type { OutboundRequest } from '../../src/outbound/ports.js';
import { feed, type Script, wait } from '../control/ideal-station.js';
import { rememberingLog } from '../support/test-store.js';
import { charging, HOUR_MS, inputOf, tellPrices } from './planned-site.js';

const BATTERY: SiteStorage = {
  id: 'b1',
  name: 'Battery',
  circuitId: circuitId('grid'),
  capacityWh: 20_000,
  chargeMaxW: 10_000,
  dischargeMaxW: 10_000,
  efficiencyFraction: 0.9,
  reserveFraction: 0.1,
};

/** One vehicle charges; 20 A on each phase are declared for what is not ours, the battery included. */
function withBattery(options: { readonly baseLoadMaxA?: number } = {}): Script {
  const script = charging({ baseLoadMaxA: options.baseLoadMaxA ?? 20 });
  const { site } = script.state;
  const edited = { ...site, storage: [BATTERY], version: 2 };
  feed(script, { type: 'site.edited', site: edited, actor: 'test' });
  return script;
}

/** The building's meter, A on each phase. */
function metered(script: Script, currentA: number): void {
  wait(script, 1000);
  feed(script, {
    type: 'building.sampled',
    circuitId: circuitId('grid'),
    reading: { atMs: script.nowMs, currentA: [currentA, currentA, currentA] },
  });
}

const reportOf = (script: Script, change: Partial<StorageReport> = {}): StorageReport => ({
  storageId: 'b1',
  atMs: script.nowMs,
  energyWh: 10_000,
  powerW: 0,
  ...change,
});

async function planOf(input: PlanInput): Promise<SitePlan> {
  const built = buildPlan(input);
  const solved = built && (await solveSite(built.problem, 'auto'));
  if (built === undefined || solved === undefined) throw new Error('no plan');
  return readPlan(built, solved.plan, solved.engine);
}

test('it charges while energy is cheap and gives while it is dear', async () => {
  const script = withBattery();
  metered(script, 0);
  tellPrices(script, [0.1, 0.1, 0.5, 0.5, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]);
  const storage = storageNow(script.state, [reportOf(script)], script.nowMs);
  expect(storage).toEqual([{ storageId: 'b1', energyWh: 10_000, chargeMaxW: 10_000, powerW: 0 }]);
  const plan = await planOf(inputOf(script, { storage, loadAt: () => 8000 }));
  const meanW = (fromHour: number, toHour: number): number => {
    const at = (hour: number) => script.nowMs + hour * HOUR_MS;
    const steps = plan.storage[0]?.steps ?? [];
    return steps.reduce((sum, { fromMs, powerW }, index) => {
      const untilMs = steps[index + 1]?.fromMs ?? plan.horizonEndsAtMs;
      const overMs = Math.max(0, Math.min(untilMs, at(toHour)) - Math.max(fromMs, at(fromHour)));
      return sum + (powerW * overMs) / ((toHour - fromHour) * HOUR_MS);
    }, 0);
  };
  expect(meanW(0, 2)).toBeGreaterThan(3000);
  expect(meanW(2, 4)).toBeLessThan(-6000);
});

// Without the sign of a 0.
const roundedKwh = (kwh: number): number => Math.round(kwh) + 0;

test('in a cheap time it charges late, in a dear one it gives early, whoever solves', async () => {
  const script = withBattery();
  metered(script, 0);
  tellPrices(script, [0.2, 0.1, 0.1, 0.1, 0.1, 0.2, 0.5, 0.5, 0.5, 0.5, 0.2, 0.2, 0.2, 0.2, 0.2]);
  const storage = storageNow(script.state, [reportOf(script)], script.nowMs);
  const built = buildPlan(inputOf(script, { storage, loadAt: () => 6000 }));
  if (built === undefined) throw new Error('there is nothing to plan');
  for (const solver of ['structured', 'highs', 'javascript-lp-solver'] as const) {
    const solved = await solveSite(built.problem, solver);
    if (solved === undefined) throw new Error(`${solver} has no plan`);
    const { chargeW, dischargeW } = solved.plan;
    const netKwh = (fromHour: number, toHour: number): number =>
      built.slots.reduce((sum, { startMs, endMs }, slot) => {
        const hours = Math.max(
          0,
          Math.min(toHour, (endMs - script.nowMs) / HOUR_MS) -
            Math.max(fromHour, (startMs - script.nowMs) / HOUR_MS),
        );
        return sum + (((chargeW[slot] ?? 0) - (dischargeW[slot] ?? 0)) * hours) / 1000;
      }, 0);
    expect([netKwh(1, 2.9), netKwh(6, 8), netKwh(9, 10)].map(roundedKwh), solver).toEqual([
      0, -12, 0,
    ]);
    expect(netKwh(4, 5), solver).toBeGreaterThan(9);
  }
});

test('surplus PV fills it for the time behind the horizon, and a flat price moves nothing', async () => {
  const script = withBattery();
  metered(script, 0);
  tellPrices(script, Array(36).fill(0.3) as number[]);
  const report = reportOf(script, { energyWh: 4000 });
  const storage = storageNow(script.state, [report], script.nowMs);
  const moved = async (change: Partial<PlanInput>) => {
    const built = buildPlan(inputOf(script, { storage, ...change }));
    const solved = built && (await solveSite(built.problem, 'auto'));
    if (built === undefined || solved === undefined) throw new Error('no plan');
    const { chargeW, dischargeW } = solved.plan;
    const kwhOf = (powerW: Float64Array): number =>
      built.problem.slotSec.reduce((sum, sec, at) => sum + ((powerW[at] ?? 0) * sec) / 3.6e6, 0);
    return { charged: kwhOf(chargeW), discharged: kwhOf(dischargeW) };
  };
  const sunAt = script.nowMs + 4 * HOUR_MS;
  const sunny = await moved({ loadAt: () => 2000, pvAt: (atMs) => (atMs < sunAt ? 0 : 12_000) });
  // What is missing to its capacity, before the loss of charging, and what it gave before noon.
  expect(sunny.charged - sunny.discharged).toBeGreaterThan(15);
  const flat = await moved({ loadAt: () => 5000 });
  expect(flat.charged).toBeLessThan(0.1);
});

test.each([
  [undefined, 0.05 * 0.3],
  ['0.12', 0.12],
])('wear of %s per kWh is what its owner says, else a share of the price', (wearPerKwh, cost) => {
  const script = withBattery();
  const { site } = script.state;
  const worn = { ...BATTERY, ...(wearPerKwh === undefined ? {} : { wearPerKwh }) };
  feed(script, {
    type: 'site.edited',
    site: { ...site, storage: [worn], version: 3 },
    actor: 'test',
  });
  metered(script, 0);
  tellPrices(script, [...Array(20).fill(0.3), 0.9, 0.9, 0.1] as number[]);
  const storage = storageNow(script.state, [reportOf(script)], script.nowMs);
  const planned = buildPlan(inputOf(script, { storage }))?.problem.connection.storage;
  expect(planned?.wearCostPerKwh).toBeCloseTo(cost, 6);
  expect(planned?.terminalPricePerKwh).toBeCloseTo(Math.sqrt(0.9) * 0.3 - cost, 6);
});

test('one that is silent is out of the plan and is told nothing', () => {
  const script = withBattery();
  const old = reportOf(script, { atMs: script.nowMs - REPORT_FRESH_MS });
  expect(storageNow(script.state, [old], script.nowMs)).toEqual([]);
  expect(storageNow(script.state, [], script.nowMs)).toEqual([]);
});

test('it is charged only within the declared load that is not in use', () => {
  const script = withBattery();
  const maxW = (report: StorageReport): number | undefined =>
    storageNow(script.state, [report], script.nowMs)[0]?.chargeMaxW;
  // Without a fresh meter the building may use all that is declared.
  expect(maxW(reportOf(script))).toBe(0);
  metered(script, 15);
  expect(maxW(reportOf(script))).toBeCloseTo(5 * 690);
  // What it takes itself is in what the meter shows.
  expect(maxW(reportOf(script, { powerW: 4 * 690 }))).toBeCloseTo(9 * 690);
});

/** The grid takes at most this much for an hour. */
function exportLimit(script: Script, value: number): void {
  const { id: siteId, tenantId } = script.state.site;
  const when = { atMs: script.nowMs, value };
  feed(script, {
    type: 'signal.received',
    signal: {
      id: signalId('dso/export-limit'),
      siteId,
      tenantId,
      type: 'export-limit',
      scope: 'total-import',
      issuer: 'dso',
      sequence: 1,
      series: [when],
      endsAtMs: script.nowMs + HOUR_MS,
      receivedAtMs: script.nowMs,
    },
  });
}

const planned = (script: Script, powerW: number): SitePlan => ({
  madeAtMs: script.nowMs,
  staleAtMs: script.nowMs + HOUR_MS,
  engine: 'structured',
  horizonEndsAtMs: script.nowMs + HOUR_MS,
  peakW: 0,
  sessions: [],
  storage: [{ storageId: 'b1', steps: [{ fromMs: script.nowMs, powerW }] }],
});

function told(
  script: Script,
  powerW: number,
  change: Partial<StorageReport> = {},
  battery = BATTERY,
) {
  const state = { ...script.state, plan: planned(script, powerW) };
  const { circuits } = liveSite(state, script.nowMs);
  const report = reportOf(script, change);
  return setPointW(state, battery, { report, circuits, nowMs: script.nowMs });
}

test('a set-point leaves what vehicles may draw at worst: it is never more than what is free now', () => {
  const script = withBattery();
  metered(script, 0);
  const main = liveSite(script.state, script.nowMs).circuits.find((it) => it.circuitId === 'grid');
  const free = Math.min(...(main?.conductors ?? []).map((it) => it.limit - it.ceiling));
  expect(free).toBeGreaterThan(0);
  expect(told(script, 10_000)).toBe(Math.floor(Math.min(10_000, free * 690)));
  expect(told(script, 1000)).toBe(1000);
});

test('it gives no more than what is imported without it and what may be exported now', () => {
  const script = withBattery();
  // Without a fresh meter nobody knows what is imported.
  expect(told(script, -15_000)).toBe(0);
  metered(script, 0);
  expect(told(script, -15_000)).toBe(0);
  metered(script, 5);
  expect(told(script, -15_000)).toBe(-5 * 690);
  expect(told(script, -2000)).toBe(-2000);
  // What it gives already is what the meter does not show.
  expect(told(script, -15_000, { powerW: -3000 })).toBe(-5 * 690 - 3000);
  metered(script, 50);
  expect(told(script, -15_000)).toBe(-10_000);
  // More is generated than used: exported is what may be.
  metered(script, -2);
  expect(told(script, -15_000, { powerW: -3000 })).toBe(-3000 + 2 * 690);
  exportLimit(script, 4000);
  expect(told(script, -15_000)).toBe(-4000 + 2 * 690);
});

test('what vehicles take is import: as it was measured, and no more than they are allowed', () => {
  const script = withBattery();
  metered(script, 0);
  const [id] = [...script.state.sessions.keys()] as [SessionId];
  const session = script.state.sessions.get(id);
  if (session === undefined) throw new Error('nobody charges');
  const drawing = (powerW: number, sampledAtMs = script.nowMs): Script => {
    const sessions = new Map([[id, { ...session, powerW, sampledAtMs }]]);
    return { ...script, state: { ...script.state, sessions } };
  };
  const limitA = script.state.evses.get(session.evseId as never)?.decision?.limitA ?? 0;
  expect(told(drawing(4000), -15_000)).toBe(-4000);
  expect(told(drawing(4000, script.nowMs - 121_000), -15_000)).toBe(0);
  const large = { ...BATTERY, dischargeMaxW: 50_000 };
  expect(told(drawing(30_000), -50_000, {}, large)).toBe(-limitA * 690);
});

test('two batteries share what is imported', () => {
  const script = withBattery();
  const { site } = script.state;
  const second = { ...BATTERY, id: 'b2', dischargeMaxW: 30_000 };
  const edited = { ...site, storage: [BATTERY, second], version: 3 };
  feed(script, { type: 'site.edited', site: edited, actor: 'test' });
  metered(script, 10);
  expect(told(script, -15_000)).toBe(-Math.floor(6900 / 4));
});

test('full it is not charged, at its reserve it gives nothing, and without a plan it is told nothing', () => {
  const script = withBattery();
  metered(script, 0);
  expect(told(script, 5000, { energyWh: 20_000 })).toBe(0);
  expect(told(script, -5000, { energyWh: 2000 })).toBe(0);
  const { circuits } = liveSite(script.state, script.nowMs);
  const from = { report: reportOf(script), circuits, nowMs: script.nowMs };
  expect(setPointW(script.state, BATTERY, from)).toBeUndefined();
  const state = { ...script.state, plan: planned(script, 1000) };
  expect(setPointW(state, BATTERY, { ...from, report: undefined })).toBeUndefined();
  const late = { ...from, nowMs: script.nowMs + HOUR_MS };
  expect(setPointW(state, BATTERY, late)).toBeUndefined();
});

test('what is sent is signed, has an end, and one that refuses is logged once', async () => {
  const script = withBattery();
  metered(script, 0);
  // 3.5 kW are imported.
  metered(script, 5);
  const state = { ...script.state, plan: planned(script, -3000) };
  const secret = Buffer.from('a secret of the battery');
  const sent: OutboundRequest[] = [];
  let status = 200;
  const log = rememberingLog();
  const port = createStoragePort({
    engine: {
      sites: () => [state.site],
      state: () => state,
      live: () => liveSite(state, script.nowMs),
    },
    store: {
      storage: {
        links: async () => [{ storageId: 'b1', url: 'https://battery.example/x', secret }],
        reports: async () => [reportOf(script)],
      },
    },
    outbound: {
      async send(request) {
        sent.push(request);
        return { status, headers: {}, body: '' };
      },
    },
    clock: {
      nowMs: () => script.nowMs,
      monotonicMs: () => 0,
      speed: 1,
      at: () => () => undefined,
    },
    log,
    realNowMs: () => 1_000_000,
  });
  await port.sendAll();
  const [request] = sent;
  expect(JSON.parse(request?.body ?? '')).toMatchObject({
    type: 'storage.set-point',
    storageId: 'b1',
    powerW: -3000,
    at: new Date(script.nowMs).toISOString(),
    endsAt: new Date(script.nowMs + 300_000).toISOString(),
  });
  const { headers = {} } = request ?? {};
  const webhook = {
    id: headers['webhook-id'],
    timestamp: headers['webhook-timestamp'],
    signature: headers['webhook-signature'],
  };
  expect(verifyWebhook(webhook, Buffer.from(request?.body ?? ''), secret, 1000)).toBe('valid');
  status = 500;
  await port.sendAll();
  await port.sendAll();
  expect(sent).toHaveLength(3);
  const refusals = log.lines.filter((it) => it.message.includes('did not take'));
  expect(refusals).toHaveLength(1);
  await port.stop();
});
