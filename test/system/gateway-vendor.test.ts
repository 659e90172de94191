/** At a speed other than real time a real station would be told wrong times: it is turned away. */
import { expect, test } from 'vitest';
import { SIMULATOR_VENDOR } from '../../src/compose/gateway-settings.js';
import { IDENTITY } from '../../simulator/station/dialect.js';
import { connectStation, startHarness, waitFor } from './gateway-harness.js';

const boot16 = (chargePointVendor: string): object => ({
  chargePointVendor,
  chargePointModel: 'M',
});
const boot201 = (vendorName: string): object => ({
  reason: 'PowerUp',
  chargingStation: { vendorName, model: 'M' },
});

test.each([
  ['ocpp1.6', boot16],
  ['ocpp2.0.1', boot201],
] as const)(
  '%s: a boot of another vendor is rejected and its connection closed',
  async (version, boot) => {
    const harness = await startHarness({ vendorOnly: IDENTITY.vendor });
    try {
      const real = await connectStation(harness, { id: 'CP1', version });
      const closed = new Promise<{ code: number }>((resolve) => real.once('close', resolve));
      const answer = await real.call('BootNotification', boot('Acme'));
      expect(answer).toMatchObject({ status: 'Rejected' });
      expect((await closed).code).toBe(1008);
      const virtual = await connectStation(harness, { id: 'CP2', version });
      const admitted = await virtual.call('BootNotification', boot(IDENTITY.vendor));
      expect(admitted).toMatchObject({ status: 'Accepted' });
      await waitFor(() => harness.eventsOf('station.disconnected').length === 1, 'the end of CP1');
      expect(harness.eventsOf('station.booted').map((it) => it.stationId)).toEqual(['CP2']);
      await virtual.close();
    } finally {
      await harness.close();
    }
  },
);

test('the service and the simulator mean the same vendor', () => {
  expect(SIMULATOR_VENDOR).toBe(IDENTITY.vendor);
});
