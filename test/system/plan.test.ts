/** Prices and a claim by the API become limits of a station that are low while energy is dear. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { provision } from '../../launch/provision.js';
import { VirtualSite } from '../../simulator/virtual-site.js';
import { verifyWebhook, webhookSecretOf } from '../../src/signals/webhook.js';
import { type CpmsProcess, startCpms } from '../support/cpms-process.js';
import { makeDirectory, removeDirectory } from '../support/demo-process.js';
import { partOfDemo } from '../support/durable-stations.js';

const SITE_ID = 'planned';
const SPEED = 20;
const SOON = { timeout: 180_000, interval: 100 };
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** So long after the start energy is dear, then cheap. */
const DEAR_MS = 30 * MINUTE_MS;

const cleanups: (() => Promise<unknown> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface World {
  readonly cpms: CpmsProcess;
  readonly virtual: VirtualSite;
  put(path: string, body: object): Promise<unknown>;
}

/** Two stations of the demo, a vehicle at each, charging. */
async function charging(env: Readonly<Record<string, string>> = {}): Promise<World> {
  const dataDir = makeDirectory();
  cleanups.push(() => removeDirectory(dataDir));
  const originMs = Date.now();
  const cpms = await startCpms({
    dataDir,
    env: {
      BUSBAR_CLOCK_ORIGIN_SITE_MS: String(originMs),
      BUSBAR_CLOCK_ORIGIN_REAL_MS: String(originMs),
      BUSBAR_CLOCK_SPEED: String(SPEED),
      BUSBAR_CALL_TIMEOUT_MS: String(10_000 / SPEED),
      ...env,
    },
  });
  cleanups.push(() => cpms.kill());
  const site = partOfDemo(SITE_ID, 0, 2);
  const stations = await provision(cpms.api, site, { fallbackSessionA: 0 });
  const virtual = new VirtualSite({
    type: 'start',
    ocppUrl: cpms.ocppUrl,
    apiUrl: cpms.apiUrl,
    apiKey: cpms.apiKey,
    siteId: SITE_ID,
    site,
    stations,
    clock: { originSiteMs: originMs, originRealMs: originMs, speed: SPEED },
    sessions: site.stations.map(({ id }) => ({
      sessionId: id,
      stationId: id,
      evseNumber: 1,
      arrivalAtMs: originMs,
      departureAtMs: originMs + 12 * HOUR_MS,
      energyWh: 60_000,
    })),
    servesFrom: 'first-limit',
    seed: 1,
    claims: false,
    buildingLoad: false,
  });
  cleanups.push(() => virtual.finish());
  virtual.start();
  await vi.waitFor(() => expect(virtual.progress().drawW).toBeGreaterThan(2000), SOON);
  const put = async (path: string, body: object): Promise<unknown> => {
    const answer = await fetch(`${cpms.apiUrl}${path}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${cpms.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    expect(answer.ok, text).toBe(true);
    return JSON.parse(text) as unknown;
  };
  return { cpms, virtual, put };
}

interface Plan {
  readonly sentence: string;
  readonly engine?: string;
  readonly sessions: readonly { readonly sessionId: string; readonly targetA?: number }[];
}

interface Received {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** A battery's door on this machine. */
async function listening(): Promise<{ readonly url: string; readonly received: Received[] }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      received.push({ headers: request.headers, body });
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => new Promise((resolve) => server.close(resolve)));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/b1`, received };
}

const limitsOf = async ({ cpms }: World) =>
  (
    await cpms.api.get<{
      evses: readonly { limitA: number; plan?: string; sessionId?: string }[];
    }>(`/v1/sites/${SITE_ID}/live`)
  ).evses;

test('vehicles with time wait while energy is dear and charge when it is cheap', async () => {
  const world = await charging();
  const { cpms, virtual, put } = world;
  const before = await limitsOf(world);
  const fullA = Math.max(...before.map((it) => it.limitA));
  expect(fullA).toBeGreaterThan(0);
  const nowMs = virtual.nowMs();
  const cheapMs = nowMs + DEAR_MS;
  const at = (atMs: number) => new Date(atMs).toISOString();
  await put(`/v1/sites/${SITE_ID}/prices`, {
    currency: 'EUR',
    importPrices: [
      { at: at(nowMs - MINUTE_MS), pricePerKwh: '0.60' },
      { at: at(cheapMs), pricePerKwh: '0.10' },
    ],
    endsAt: at(nowMs + 30 * HOUR_MS),
  });
  expect((await cpms.api.get<Plan>(`/v1/sites/${SITE_ID}/plan`)).sessions).toEqual([]);
  for (const { sessionId } of before) {
    await put(`/v1/sessions/${sessionId}/claim`, {
      departureAt: at(nowMs + 8 * HOUR_MS),
      energyWh: 12_000,
    });
  }
  await vi.waitFor(async () => {
    const plan = await cpms.api.get<Plan>(`/v1/sites/${SITE_ID}/plan`);
    expect(plan.engine).toBe('structured');
    expect(plan.sessions.map((it) => it.targetA)).toEqual([0, 0]);
  }, SOON);
  await vi.waitFor(() => expect(virtual.progress().drawW).toBeLessThan(100), SOON);
  expect(virtual.nowMs()).toBeLessThan(cheapMs);
  const dear = await limitsOf(world);
  expect(dear.map((it) => it.limitA)).toEqual([0, 0]);
  for (const { plan } of dear) expect(plan).toMatch(/^Plan: waits until \d\d:\d\d, finished by /);
  while (virtual.nowMs() < cheapMs) await sleep(200);
  await vi.waitFor(() => expect(virtual.progress().drawW).toBeGreaterThan(2000), SOON);
  const cheap = await limitsOf(world);
  expect(Math.max(...cheap.map((it) => it.limitA))).toBeGreaterThan(0);
});

test('a battery that reports is told to give while energy is dear, signed and with an end', async () => {
  const { cpms, virtual, put } = await charging({ BUSBAR_OUTBOUND_ALLOW: '127.0.0.0/8' });
  const { url, received } = await listening();
  const site = `/v1/sites/${SITE_ID}`;
  const circuits = await cpms.api.get<{ items: readonly { id: string; parentId?: string }[] }>(
    `${site}/circuits`,
  );
  const root = circuits.items.find((it) => it.parentId === undefined);
  await cpms.api.post(`${site}/storage`, {
    id: 'b1',
    circuitId: root?.id,
    capacityWh: 20_000,
    chargeMaxW: 5000,
    dischargeMaxW: 5000,
    efficiencyFraction: 0.9,
    reserveFraction: 0.1,
  });
  const { secret } = (await put(`${site}/storage/b1/link`, { url })) as { secret: string };
  const nowMs = virtual.nowMs();
  const at = (atMs: number) => new Date(atMs).toISOString();
  let reports = 0;
  const report = async (): Promise<void> => {
    const now = at(virtual.nowMs());
    reports += 1;
    // Without a fresh meter, or one that is stuck, nobody knows what is imported, and it gives nothing.
    const samples = [{ at: now, circuitId: root?.id, currentA: [30 + (reports % 7) / 10, 30, 30] }];
    await cpms.api.post(`${site}/meter-samples`, { samples });
    await cpms.api.post(`${site}/storage/b1/telemetry`, { at: now, energyWh: 19_000, powerW: 0 });
  };
  await report();
  await put(`${site}/prices`, {
    currency: 'EUR',
    importPrices: [
      { at: at(nowMs - MINUTE_MS), pricePerKwh: '0.90' },
      // So short that it must give all the time: in a longer one any part of it is as good.
      { at: at(nowMs + HOUR_MS), pricePerKwh: '0.10' },
    ],
    endsAt: at(nowMs + 30 * HOUR_MS),
  });
  await vi.waitFor(async () => {
    await report();
    expect(received.length).toBeGreaterThan(0);
  }, SOON);
  const [first] = received;
  const told = JSON.parse(first?.body ?? '') as { powerW: number; at: string; endsAt: string };
  expect(told.powerW).toBeLessThan(0);
  expect(told.powerW).toBeGreaterThanOrEqual(-5000);
  expect(Date.parse(told.endsAt) - Date.parse(told.at)).toBe(5 * MINUTE_MS);
  const webhook = {
    id: String(first?.headers['webhook-id']),
    timestamp: String(first?.headers['webhook-timestamp']),
    signature: String(first?.headers['webhook-signature']),
  };
  const key = webhookSecretOf(secret) ?? Buffer.alloc(0);
  const verdict = verifyWebhook(webhook, Buffer.from(first?.body ?? ''), key, Date.now() / 1000);
  expect(verdict).toBe('valid');
});
