/** What a station reports later is found by kind and by the request that it answers. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { smallSite } from '../control/small-site.js';
import { type RunningService, runService } from '../support/running-service.js';

const PATH = '/v1/charging-stations/S1';

let service: RunningService;

beforeAll(async () => {
  service = await runService(smallSite({ stations: 2 }), { callTimeoutMs: 5000 });
});
afterAll(() => service.close());

test('the answer to a request comes in messages of its own, and is read by its number', async () => {
  const asked: { readonly requestId: number }[] = [];
  const station = await service.connect({
    id: 'S1',
    version: 'ocpp2.0.1',
    reply: (action, params) => {
      if (action === 'CustomerInformation') asked.push(params as { requestId: number });
      return { status: 'Accepted' };
    },
  });
  const chargingStation = { model: 'Wall', vendorName: 'Acme' };
  await station.call('BootNotification', { reason: 'PowerUp', chargingStation });
  const ask = { report: true, clear: false, customerIdentifier: 'C-1' };
  const send = async () => (await service.call('POST', `${PATH}/customer-information`, ask)).status;
  await expect.poll(send, { timeout: 20_000 }).toBe(200);
  const requestId = asked.at(-1)?.requestId ?? -1;
  const generatedAt = new Date().toISOString();
  const told = { requestId, seqNo: 0, generatedAt };
  await station.call('NotifyCustomerInformation', { ...told, data: 'charged twice in May' });
  await station.call('SecurityEventNotification', {
    type: 'FirmwareUpdated',
    timestamp: generatedAt,
  });

  const all = await service.call('GET', `${PATH}/records`);
  expect(all.body.items.map((it: { kind: string }) => it.kind)).toEqual([
    'security-event',
    'customer-information',
  ]);
  const byNumber = await service.call('GET', `${PATH}/records?requestId=${requestId}`);
  expect(byNumber.body.items).toHaveLength(1);
  expect(byNumber.body.items[0]).toMatchObject({
    kind: 'customer-information',
    requestId,
    at: generatedAt,
    data: { data: 'charged twice in May' },
  });
  const page = await service.call('GET', `${PATH}/records?limit=1`);
  const next = await service.call('GET', `${PATH}/records?limit=1&after=${page.body.next}`);
  expect(next.body.items).toEqual([byNumber.body.items[0]]);
  const others = await service.call('GET', '/v1/charging-stations/S2/records');
  expect(others.body.items).toEqual([]);
  expect((await service.call('GET', `${PATH}/records?kind=gossip`)).status).toBe(400);
  await station.close();
});
