/** Histories of power and batteries as PostgreSQL keeps them. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { circuitId } from '../../solver/index.js';
import { createPool } from '../../src/store/pool.js';
import { type Database, openDatabase } from '../../src/store/postgres/open-database.js';
import type { Store } from '../../src/store/ports.js';
import { QUARTER_MS } from '../../src/store/power-ports.js';
import { NOW_MS, siteOf, TENANT } from '../support/store-fixtures.js';
import { openTestStore, rememberingLog } from '../support/test-store.js';

const site = siteOf('planned');
const owner = { siteId: site.id, tenantId: TENANT };
const GRID = circuitId('grid');
const quarterMs = Math.floor(NOW_MS / QUARTER_MS) * QUARTER_MS;

let database: Database;
let store: Store;

beforeAll(async () => {
  database = await openDatabase({ log: rememberingLog() });
  store = await openTestStore(database.url);
  await store.sites.create(site, 'test');
});

afterAll(async () => {
  await store.close();
  await database.stop();
});

const sample = (atMs: number, powerW: number, kind: 'load' | 'import' = 'load') => ({
  ...owner,
  kind,
  circuitId: GRID,
  atMs,
  powerW,
});

test('samples become means of quarter hours, however they are spread over calls', async () => {
  const { powerHistory } = store;
  await powerHistory.add([sample(quarterMs, 1000), sample(quarterMs + 60_000, 2000)]);
  await powerHistory.add([sample(quarterMs + 120_000, 6000), sample(quarterMs - 1, -500)]);
  await powerHistory.add([]);
  const query = { siteId: site.id, kind: 'load', sinceMs: 0 } as const;
  expect(await powerHistory.read(query)).toEqual([
    { circuitId: GRID, atMs: quarterMs - QUARTER_MS, powerW: -500 },
    { circuitId: GRID, atMs: quarterMs, powerW: 3000 },
  ]);
  expect(await powerHistory.read({ ...query, sinceMs: quarterMs })).toHaveLength(1);
  expect(await powerHistory.read({ ...query, kind: 'pv' })).toEqual([]);
});

test('the peak is that of a quarter hour of import, since the billing period began', async () => {
  const { powerHistory } = store;
  expect(await powerHistory.peakW(site.id, { fromMs: 0 })).toBe(0);
  await powerHistory.add([
    sample(quarterMs - 10 * QUARTER_MS, 90_000, 'import'),
    sample(quarterMs, 10_000, 'import'),
    sample(quarterMs + 1, 30_000, 'import'),
  ]);
  expect(await powerHistory.peakW(site.id, { fromMs: 0 })).toBe(90_000);
  expect(await powerHistory.peakW(site.id, { fromMs: quarterMs })).toBe(20_000);
  const before = { fromMs: 0, untilMs: quarterMs };
  expect(await powerHistory.peakW(site.id, before)).toBe(90_000);
  expect(await powerHistory.peakW(site.id, { fromMs: 0, untilMs: 0 })).toBe(0);
});

test('the newest report of a battery stays', async () => {
  const report = { storageId: 'b1', atMs: NOW_MS, energyWh: 1000.5, powerW: -20 };
  await store.storage.report(owner, report);
  await store.storage.report(owner, { ...report, atMs: NOW_MS - 1, energyWh: 7 });
  expect(await store.storage.reports(site.id)).toEqual([report]);
  await store.storage.report(owner, { ...report, atMs: NOW_MS + 1, energyWh: 8 });
  expect(await store.storage.reports(site.id)).toMatchObject([{ energyWh: 8 }]);
});

test('the secret of a link is sealed in its row and comes back as it was', async () => {
  const link = {
    storageId: 'b1',
    url: 'https://battery.example',
    secret: Buffer.from('key of b1'),
  };
  await store.storage.link(owner, link, 'ada');
  expect(await store.storage.links(site.id)).toEqual([link]);
  const pool = createPool({ url: database.url, connectionsMax: 1, log: rememberingLog() });
  const { rows } = await pool.query<{ secret_sealed: Buffer }>('select * from storage_links');
  await pool.end();
  expect(rows).toHaveLength(1);
  expect(rows[0]?.secret_sealed.includes('key of b1')).toBe(false);
  const newer = { ...link, url: 'https://other.example', secret: Buffer.from('another') };
  await store.storage.link(owner, newer, 'ada');
  expect(await store.storage.links(site.id)).toEqual([newer]);
  expect(await store.storage.unlink(site.id, 'b1')).toBe(true);
  expect(await store.storage.unlink(site.id, 'b1')).toBe(false);
});

test('retention forgets old quarter hours', async () => {
  await store.prune(NOW_MS + 40 * 24 * 3_600_000);
  expect(await store.powerHistory.peakW(site.id, { fromMs: 0 })).toBe(0);
});
