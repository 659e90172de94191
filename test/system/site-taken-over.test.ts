/** Another process claims a site: the old one lets go of its stations, so that they come in there. */
import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { siteId } from '../../solver/index.js';
import { smallSite } from '../control/small-site.js';
import { type RunningService, runService } from '../support/running-service.js';

const PATIENCE = { timeout: 60_000, interval: 50 };
const SITE = smallSite({ settings: { acceptAnyToken: true } });

let service: RunningService;

beforeAll(async () => {
  service = await runService(SITE);
});
afterAll(async () => {
  await service.close();
});

test('its sockets close with 1012, and the door answers 503 and not 404', async () => {
  const connect = () =>
    service.connect({ id: 'S1', version: 'ocpp1.6', reply: () => ({ status: 'Accepted' }) });
  const station = await connect();
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    station.once('disconnect', (event: { code: number; reason: string }) => resolve(event));
  });
  const boot = { chargePointVendor: 'V', chargePointModel: 'M' };
  await station.call('BootNotification', boot);
  await service.store.engine.claimEpoch(siteId('site'));
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
