/** Another process claims a site: the old one lets go of its stations, so that they come in there. */
import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { siteId } from '../../solver/index.js';
import { Client } from 'pg';
import type { Store } from '../../src/store/ports.js';
import { openTestStore } from '../support/test-store.js';
import { smallSite } from '../control/small-site.js';
import { type RunningService, runService } from '../support/running-service.js';

const PATIENCE = { timeout: 60_000, interval: 50 };
const SITE = smallSite({ settings: { acceptAnyToken: true } });

let service: RunningService;
let other: Store;

beforeAll(async () => {
  service = await runService(SITE);
  other = await openTestStore(service.databaseUrl);
});
afterAll(async () => {
  await service.close();
});

test('its sockets close with 1012, the door answers 503, and it is taken back once it is left', async () => {
  const connect = () =>
    service.connect({ id: 'S1', version: 'ocpp1.6', reply: () => ({ status: 'Accepted' }) });
  const station = await connect();
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    station.once('disconnect', (event: { code: number; reason: string }) => resolve(event));
  });
  const boot = { chargePointVendor: 'V', chargePointModel: 'M' };
  await station.call('BootNotification', boot);
  await other.engine.claimEpoch(siteId('site'));
  // The next thing that it wants to write tells it.
  const status = { connectorId: 1, errorCode: 'NoError', status: 'Available' };
  await station.call('StatusNotification', status).catch(() => undefined);
  const end = await closed;
  expect([end.code, end.reason]).toEqual([1012, 'another process serves it']);
  expect(service.engine.isElsewhere(siteId('site'))).toBe(true);
  await station.close({ code: 1000, force: true });
  const { port, secret } = service.ocpp;
  const authorization = `Basic ${Buffer.from(`S1:${secret}`).toString('base64')}`;
  const door = () => upgradeStatus(port, authorization);
  await expect.poll(door, PATIENCE).toBe(503);

  // The other process is gone: nobody says any more that the site is run there.
  await other.close();
  const client = new Client(service.databaseUrl);
  await client.connect();
  await client.query(`update sites set holder_seen_at = now() - interval '2 minutes'`);
  await client.end();
  await expect.poll(() => service.engine.isElsewhere(siteId('site')), PATIENCE).toBe(false);
  const back = await connect();
  expect(await back.call('BootNotification', boot)).toMatchObject({ status: 'Accepted' });
  const { inboxSeq = 0 } = service.engine.state(siteId('site')) ?? {};
  await back.call('StatusNotification', status);
  const folded = () => service.engine.state(siteId('site'))?.inboxSeq;
  await expect.poll(folded, PATIENCE).toBeGreaterThan(inboxSeq);
  await back.close({ code: 1000, force: true });
});

/** What the door answers to an upgrade, as a number. */
function upgradeStatus(port: number, authorization: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request({
      host: '127.0.0.1',
      port,
      path: '/ocpp/S1',
      headers: {
        authorization,
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': Buffer.alloc(16, 7).toString('base64'),
        'sec-websocket-protocol': 'ocpp1.6',
      },
    });
    asked.once('response', (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asked.once('upgrade', (_answer, socket) => {
      socket.destroy();
      resolve(101);
    });
    asked.once('error', reject);
    asked.end();
  });
}
