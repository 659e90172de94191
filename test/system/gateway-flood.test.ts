/** Floods, rotations and strangers at the door: those who belong come in all the same. */
import { request } from 'node:http';
import { networkInterfaces } from 'node:os';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { stationId } from '../../solver/index.js';
import {
  basic,
  type Harness,
  macOf,
  SECRET,
  startHarness,
  upgradeStatus,
  waitFor,
} from './gateway-harness.js';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const upgrade = (id: string, password: string, of = harness): Promise<number> =>
  upgradeStatus(of, { path: `/ocpp/${id}`, authorization: basic(id, password) });

function provision(of: Harness, id: string, changes: object = {}): void {
  const known = of.memory.stations.get('CP1');
  if (known === undefined) throw new Error('no CP1');
  of.memory.stations.set(id, { ...known, stationId: stationId(id), ...changes });
}

/** An upgrade from another address of this machine; its status and Retry-After. */
function upgradeFrom(
  address: string,
  id: string,
  password: string,
  port: number,
): Promise<{ readonly status: number; readonly retryAfter: string | undefined }> {
  return new Promise((resolve, reject) => {
    const asked = request({
      host: '127.0.0.1',
      port,
      localAddress: address,
      path: `/ocpp/${id}`,
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
        'Sec-WebSocket-Protocol': 'ocpp1.6',
        Authorization: basic(id, password),
      },
    });
    asked.on('upgrade', (_response, socket) => {
      socket.destroy();
      resolve({ status: 101, retryAfter: undefined });
    });
    asked.on('response', (response) => {
      response.resume();
      resolve({
        status: response.statusCode ?? 0,
        retryAfter: response.headers['retry-after'],
      });
    });
    asked.on('error', reject);
    asked.end();
  });
}

describe('a flood of bad handshakes (I12)', () => {
  const FLOOD = 2_400;
  const GOOD = 60;
  /** Linux answers on all of 127/8; elsewhere the flood comes from one address. */
  const hasManyAddresses =
    process.platform === 'linux' && Object.keys(networkInterfaces()).includes('lo');
  const addressOf = (index: number): string =>
    hasManyAddresses ? `127.0.${1 + (index % 200)}.${1 + (index % 250)}` : '127.0.0.1';

  test('keeps out no station with the right password, and costs a bounded number of look-ups', async () => {
    const flooded = await startHarness({ failuresMax: 200, failuresRefillMs: 1_000 });
    for (let index = 0; index < GOOD; index += 1) provision(flooded, `G${index}`);
    const statuses = new Map<number, number>();
    const goodMs: number[] = [];
    const good = async (index: number): Promise<void> => {
      const startedMs = performance.now();
      const { status } = await upgradeFrom('127.0.0.9', `G${index}`, SECRET, flooded.port);
      goodMs.push(performance.now() - startedMs);
      expect(status, `G${index}`).toBe(101);
    };
    const bad = async (index: number): Promise<void> => {
      const id = index % 3 === 0 ? `G${index % GOOD}` : `X${index}`;
      const { status } = await upgradeFrom(addressOf(index), id, 'wrong', flooded.port);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    };
    const startedMs = performance.now();
    for (let index = 0; index < FLOOD; index += 40) {
      const wave = Array.from({ length: 40 }, (_, at) => bad(index + at));
      await Promise.all([...wave, good((index / 40) % GOOD)]);
    }
    const tookSec = (performance.now() - startedMs) / 1000;
    const p99 = goodMs.toSorted((a, b) => a - b).at(-1) ?? 0;
    console.info(
      `${FLOOD} bad handshakes in ${tookSec.toFixed(1)} s, the slowest good one ${p99.toFixed(0)} ms`,
    );
    expect([...statuses.keys()].every((it) => [401, 404, 429, 503].includes(it))).toBe(true);
    expect(statuses.get(503) ?? 0).toBeGreaterThan(1000);
    await waitFor(() => flooded.memory.pending.length > 0, 'pending stations');
    const ofAddress = new Map<string, number>();
    for (const { remoteAddress } of flooded.memory.pending) {
      ofAddress.set(remoteAddress, (ofAddress.get(remoteAddress) ?? 0) + 1);
    }
    expect(Math.max(...ofAddress.values())).toBeLessThanOrEqual(20);
    const events = flooded.memory.records.filter((it) => it.kind === 'security-event');
    expect(new Set(events.map((it) => it.stationId)).size).toBe(events.length);
    expect(events.length).toBeGreaterThan(0);
    await flooded.close();
  });

  test('an overflow of good connections is told when to come back', async () => {
    const narrow = await startHarness({ acceptsMax: 2, acceptsRefillMs: 1_000_000 });
    const statuses: number[] = [];
    for (const id of ['CP1', 'CP2']) statuses.push(await upgrade(id, SECRET, narrow));
    expect(statuses).toEqual([101, 101]);
    const { status, retryAfter } = await upgradeFrom('127.0.0.1', 'CP3', SECRET, narrow.port);
    expect(status).toBe(503);
    expect(Number(retryAfter)).toBeGreaterThanOrEqual(5);
    await narrow.close();
  });

  test('a station that comes back too often is let in more slowly, and people hear of it once', async () => {
    const patient = await startHarness({ reconnectsPerHourMax: 3, reconnectSlowMs: 600_000 });
    const statuses: number[] = [];
    for (let turn = 0; turn < 6; turn += 1) statuses.push(await upgrade('CP1', SECRET, patient));
    expect(statuses).toEqual([101, 101, 101, 503, 503, 503]);
    expect(await upgrade('CP2', SECRET, patient)).toBe(101);
    await patient.close();
    const quick = await startHarness({ reconnectsPerHourMax: 3, reconnectSlowMs: 0 });
    for (let turn = 0; turn < 6; turn += 1) await upgrade('CP1', SECRET, quick);
    expect(quick.memory.records).toMatchObject([
      { stationId: 'CP1', severity: 'warning', data: { type: 'ConnectionFlapping' } },
    ]);
    await quick.close();
  });
});

describe('secrets', () => {
  test('old and new are good until the station has used the new one', async () => {
    provision(harness, 'CP1', { secretMac: macOf('new secret'), previousMac: macOf(SECRET) });
    expect(await upgrade('CP1', SECRET)).toBe(101);
    expect(await upgrade('CP1', SECRET)).toBe(101);
    expect(await upgrade('CP1', 'new secret')).toBe(101);
    expect(await upgrade('CP1', SECRET)).toBe(401);
    expect(await upgrade('CP1', 'new secret')).toBe(101);
  });

  const HEX = '00ff10a9'.repeat(5);
  test.each([
    ['hex digits as text', HEX, HEX],
    ['the bytes that they stand for', HEX, Buffer.from(HEX, 'hex')],
    ['hex digits in upper case', HEX, HEX.toUpperCase()],
    ['the bytes of a key kept in upper case', HEX.toUpperCase(), Buffer.from(HEX, 'hex')],
    [
      'the hex of a text',
      'a text of 20 letters',
      Buffer.from('a text of 20 letters').toString('hex'),
    ],
    ['a text beyond ASCII', 'schlüssel der säule', 'schlüssel der säule'],
  ])('%s are the same password', async (_what, kept, presented) => {
    provision(harness, 'CP1', { secretMac: macOf(kept) });
    const authorization = basic('CP1', presented);
    expect(await upgradeStatus(harness, { path: '/ocpp/CP1', authorization })).toBe(101);
    const wrong = basic('CP1', `${String(kept).slice(1)}x`);
    expect(await upgradeStatus(harness, { path: '/ocpp/CP1', authorization: wrong })).toBe(401);
  });

  test('a failed login is a security event once, then counted', async () => {
    for (let turn = 0; turn < 4; turn += 1) await upgrade('CP1', 'wrong');
    await upgrade('unknown', 'wrong');
    expect(harness.memory.records).toMatchObject([
      { stationId: 'CP1', kind: 'security-event', summary: expect.stringContaining('127.0.0.1') },
    ]);
  });

  test('no secret at all is enough only where that is allowed', async () => {
    expect(await upgradeStatus(harness, { path: '/ocpp/CP1' })).toBe(401);
    const open = await startHarness({ allowUnauthenticated: true });
    expect(await upgradeStatus(open, { path: '/ocpp/CP1' })).toBe(101);
    expect(await upgrade('CP1', 'wrong', open)).toBe(401);
    expect(await upgradeStatus(open, { path: '/ocpp/unknown' })).toBe(404);
    await open.close();
  });
});

test('an unknown station is noted with what it offered', async () => {
  await upgrade('NEW-1', 'whatever');
  await upgrade('NEW-1', 'whatever');
  await waitFor(() => harness.memory.pending.length > 0, 'the note');
  expect(harness.memory.pending).toMatchObject([
    { identity: 'NEW-1', count: 2, subprotocols: 'ocpp1.6', remoteAddress: '127.0.0.1' },
  ]);
});
