/** What the door keeps in PostgreSQL: secrets in rotation, and stations that nobody knows. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stationId } from '../../solver/index.js';
import { type Database, openDatabase } from '../../src/store/postgres/open-database.js';
import type { Store } from '../../src/store/ports.js';
import { NOW_MS, siteOf } from '../support/store-fixtures.js';
import { openTestStore, rememberingLog } from '../support/test-store.js';

let database: Database;
let store: Store;

beforeAll(async () => {
  database = await openDatabase({ log: rememberingLog() });
  store = await openTestStore(database.url);
});
afterAll(async () => {
  await store.close();
  await database.stop();
});

const attempt = (identity: string, remoteAddress: string, more: object = {}) => ({
  identity,
  remoteAddress,
  subprotocols: 'ocpp1.6',
  userAgent: 'a\u0000b',
  atMs: NOW_MS,
  count: 1,
  ...more,
});

test('a rotated secret leaves the one that the station has used', async () => {
  const site = siteOf('rotation');
  await store.sites.create(site, 'tester');
  const station = stationId('R1');
  const [one, two, three] = [1, 2, 3].map((byte) => Buffer.alloc(32, byte));
  if (one === undefined || two === undefined || three === undefined) throw new Error('three');
  expect(await store.stations.rotateCredential(station, two, 'tester')).toBe(false);
  await store.stations.setCredential(station, site.id, one, 'tester');
  expect(await store.stations.rotateCredential(station, two, 'tester')).toBe(true);
  await store.stations.rotateCredential(station, three, 'tester');
  expect(await store.stations.credential(station)).toEqual({
    siteId: site.id,
    secretMac: three,
    previousMac: one,
    schemaMode: 'lenient',
  });
  await store.stations.forgetPrevious(station);
  expect(await store.stations.credential(station)).toEqual({
    siteId: site.id,
    secretMac: three,
    schemaMode: 'lenient',
  });
  await store.stations.rotateCredential(station, two, 'tester');
  await store.stations.setCredential(station, site.id, one, 'tester');
  expect(await store.stations.credential(station)).toEqual({
    siteId: site.id,
    secretMac: one,
    schemaMode: 'lenient',
  });
});

test('pending stations are counted, dismissed and forgotten after a day', async () => {
  await store.pending.note([attempt('P1', '192.0.2.1'), attempt('P2', '192.0.2.2')]);
  await store.pending.note([attempt('P1', '192.0.2.1', { atMs: NOW_MS + 5, count: 3 })]);
  expect(await store.pending.list()).toMatchObject([
    { identity: 'P1', attempts: 4, firstSeenAtMs: NOW_MS, lastSeenAtMs: NOW_MS + 5 },
    { identity: 'P2', attempts: 1, userAgent: expect.stringMatching(/^a.?b$/) },
  ]);
  expect(await store.pending.remove('P1')).toBe(true);
  expect(await store.pending.remove('P1')).toBe(false);
  await store.pending.note([attempt('OLD', '192.0.2.3', { atMs: NOW_MS - 25 * 3_600_000 })]);
  expect((await store.pending.list()).map((it) => it.identity)).toEqual(['P2']);
  await store.pending.remove('P2');
});

test('a flood from one address leaves room for everybody else', async () => {
  for (let piece = 0; piece < 8; piece += 1) {
    await store.pending.note(
      Array.from({ length: 20 }, (_, index) => attempt(`F${piece}-${index}`, '203.0.113.9')),
    );
  }
  await store.pending.note([attempt('REAL', '198.51.100.4')]);
  const found = await store.pending.list();
  expect(found.length).toBeLessThanOrEqual(51);
  expect(found.map((it) => it.identity)).toContain('REAL');
});
