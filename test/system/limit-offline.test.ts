/** A limit falls while half of the stations are offline: the site's own meter says when it is met. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { provision } from '../../launch/provision.js';
import { VirtualSite } from '../../simulator/virtual-site.js';
import { signWebhook } from '../../src/signals/webhook.js';
import { type CpmsProcess, startCpms } from '../support/cpms-process.js';
import { makeDirectory, removeDirectory } from '../support/demo-process.js';
import { partOfDemo } from '../support/durable-stations.js';

const SITE_ID = 'half-offline';
const SPEED = 5;
const SOON = { timeout: 180_000, interval: 100 };
const POLL_MS = 40;
const HOUR_MS = 3_600_000;
const LEASE_SEC = 90;
/** So long that one renewed shortly before a limit would outlast its first instant by far. */
const LONG_LEASE_SEC = 240;
/** Goals obey a coming limit this long before it, s. */
const LOOKAHEAD_SEC = 60;
const SKEW_SEC = 10;
const SETTLE_SEC = 12;
/** SAFETY's bound for stations that vanish: tick + lease + skew + settle, s. */
const OFFLINE_MAX_SEC = 1 + LEASE_SEC + SKEW_SEC + SETTLE_SEC;
/** For one vehicle at its least current on three phases, W. */
const LIMIT_W = 5000;

const cleanups: (() => Promise<unknown> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface World {
  readonly cpms: CpmsProcess;
  readonly virtual: VirtualSite;
  /** Sends an order to the managed devices that holds from then on. */
  order(atMs: number): Promise<void>;
}

/** Six stations, of which some charge. */
async function charging(leaseSec: number): Promise<World> {
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
    },
  });
  cleanups.push(() => cpms.kill());
  const site = partOfDemo(SITE_ID, 0, 6);
  const settings = { fallbackSessionA: 0, leaseSec };
  const stations = await provision(cpms.api, site, settings);
  const { secret } = await cpms.api.post<{ secret: string }>(
    `/v1/sites/${SITE_ID}/signal-issuers`,
    { name: 'grid operator' },
  );
  const virtual = new VirtualSite({
    type: 'start',
    ocppUrl: cpms.ocppUrl,
    apiUrl: cpms.apiUrl,
    apiKey: cpms.apiKey,
    siteId: SITE_ID,
    site,
    stations,
    clock: { originSiteMs: originMs, originRealMs: originMs, speed: SPEED },
    sessions: site.stations.map(({ id }, index) => ({
      sessionId: id,
      stationId: id,
      evseNumber: 1,
      arrivalAtMs: originMs + index * 1000,
      departureAtMs: originMs + 4 * HOUR_MS,
      energyWh: 60_000,
    })),
    servesFrom: 'first-limit',
    seed: 1,
    claims: false,
    buildingLoad: false,
  });
  cleanups.push(() => virtual.finish());
  virtual.start();
  await vi.waitFor(() => expect(virtual.progress().drawW).toBeGreaterThan(2 * LIMIT_W), SOON);
  return { cpms, virtual, order: (atMs) => sendOrder(cpms.apiUrl, secret, atMs) };
}

async function sendOrder(apiUrl: string, secret: string, atMs: number): Promise<void> {
  const body = JSON.stringify({
    type: 'import-limit',
    scope: 'managed-devices',
    sequence: 1,
    series: [{ at: new Date(atMs).toISOString(), importLimitW: LIMIT_W }],
    endsAt: new Date(atMs + HOUR_MS).toISOString(),
  });
  const id = randomUUID();
  const timestamp = String(Math.floor(Date.now() / 1000));
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const answer = await fetch(`${apiUrl}/v1/sites/${SITE_ID}/signals`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': signWebhook(id, timestamp, Buffer.from(body), key),
    },
    body,
  });
  expect(answer.ok, await answer.text()).toBe(true);
}

/** The half of the stations that holds the most current: at least two of them more than none. */
async function chargingHalf(cpms: CpmsProcess): Promise<readonly string[]> {
  const { evses } = await cpms.api.get<{
    evses: readonly { stationId: string; worstCaseA: number }[];
  }>(`/v1/sites/${SITE_ID}/live`);
  const half = evses.toSorted((a, b) => b.worstCaseA - a.worstCaseA).slice(0, evses.length / 2);
  expect(half[1]?.worstCaseA).toBeGreaterThan(0);
  return half.map(({ stationId }) => stationId);
}

/** The last instant up to `untilMs` at which the vehicles drew more than the limit, site time. */
async function lastAboveMs(virtual: VirtualSite, untilMs: number): Promise<number> {
  let aboveMs = Number.NEGATIVE_INFINITY;
  for (let nowMs = virtual.nowMs(); nowMs < untilMs; nowMs = virtual.nowMs()) {
    const { drawW, siteMs } = virtual.progress();
    if (drawW > LIMIT_W) aboveMs = siteMs;
    await sleep(POLL_MS);
  }
  return aboveMs;
}

const siteSleep = (virtual: VirtualSite, untilMs: number): Promise<void> =>
  sleep(Math.max(0, (untilMs - virtual.nowMs()) / SPEED));

async function areOffline({ cpms }: World, offline: readonly string[]): Promise<boolean> {
  const { items } = await cpms.api.get<{ items: readonly { id: string; stage: string }[] }>(
    `/v1/charging-stations?siteId=${SITE_ID}`,
  );
  return items.every((it) => offline.includes(it.id) === (it.stage === 'offline'));
}

test('a limit that falls at once is met within the bound of stations that vanished', async () => {
  const world = await charging(LEASE_SEC);
  const { cpms, virtual } = world;
  const offline = await chargingHalf(cpms);
  virtual.goOffline(offline);
  await vi.waitFor(async () => expect(await areOffline(world, offline)).toBe(true), SOON);
  expect(virtual.progress().drawW).toBeGreaterThan(LIMIT_W);

  const atMs = virtual.nowMs();
  await world.order(atMs);
  const aboveMs = await lastAboveMs(virtual, atMs + (OFFLINE_MAX_SEC + LEASE_SEC / 3) * 1000);
  console.info(`met after ${((aboveMs - atMs) / 1000).toFixed(1)} of ${OFFLINE_MAX_SEC} s`);
  expect(aboveMs).toBeGreaterThan(atMs);
  expect((aboveMs - atMs) / 1000).toBeLessThanOrEqual(OFFLINE_MAX_SEC);
  expect(virtual.progress().overLimitAmpSeconds).toBe(0);
});

test('a limit known ahead is met at its first instant, although they went before', async () => {
  const world = await charging(LONG_LEASE_SEC);
  const { cpms, virtual } = world;
  const atMs = virtual.nowMs() + LONG_LEASE_SEC * 1000;
  await world.order(atMs);
  await siteSleep(virtual, atMs - (LOOKAHEAD_SEC + 20) * 1000);
  expect(virtual.progress().drawW).toBeGreaterThan(LIMIT_W);
  virtual.goOffline(await chargingHalf(cpms));
  const aboveMs = await lastAboveMs(virtual, atMs + LOOKAHEAD_SEC * 1000);
  console.info(`met ${((atMs - aboveMs) / 1000).toFixed(1)} s before its first instant`);
  expect(aboveMs).toBeLessThanOrEqual(atMs);
  expect(aboveMs).toBeGreaterThan(atMs - LONG_LEASE_SEC * 1000);
  expect(virtual.progress().overLimitAmpSeconds).toBe(0);
});
