import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import type { OcppVersion } from '../../src/ocpp/messages.js';
import { connectRaw, connectStation, startHarness } from './gateway-harness.js';

const FRAMES = 2_000;
const SEED = 20_260_301;
const VERSIONS: readonly OcppVersion[] = ['ocpp1.6', 'ocpp2.0.1', 'ocpp2.1'];
const ACTIONS = [
  'Authorize',
  'BootNotification',
  'DataTransfer',
  'Heartbeat',
  'MeterValues',
  'NotifyReport',
  'StartTransaction',
  'StatusNotification',
  'StopTransaction',
  'TransactionEvent',
  '__proto__',
  'constructor',
  '',
];
const KEYS = [
  'connectorId',
  'evseId',
  'evse',
  'idTag',
  'idToken',
  'meterStart',
  'meterValue',
  'sampledValue',
  'timestamp',
  'transactionInfo',
  'transactionId',
  'value',
  'status',
  '__proto__',
  'constructor',
];

const json = fc.jsonValue({ maxDepth: 4 });
const payload = fc.oneof(json, fc.dictionary(fc.constantFrom(...KEYS), json));
const call = fc.tuple(fc.constant(2), fc.string(), fc.constantFrom(...ACTIONS), payload);
const message = fc.tuple(fc.integer({ min: -1, max: 9 }), json, json, json);
const frame = fc.oneof(
  { weight: 6, arbitrary: call.map((value) => JSON.stringify(value)) },
  { weight: 2, arbitrary: message.map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 1, arbitrary: call.map((value) => JSON.stringify(value).slice(0, -3)) },
  { weight: 1, arbitrary: fc.constant(`[2,"deep","Heartbeat",${'['.repeat(9_000)}`) },
  {
    weight: 1,
    arbitrary: fc.constant(`[2,"d","Heartbeat",${'['.repeat(9_000)}${']'.repeat(9_000)}]`),
  },
);

test(`${FRAMES} random frames leave the gateway answering`, async () => {
  const unhandled: unknown[] = [];
  const onUnhandled = (error: unknown) => unhandled.push(error);
  process.on('unhandledRejection', onUnhandled);
  const harness = await startHarness({ badFramesMax: 5 });
  const frames = fc.sample(frame, { numRuns: FRAMES, seed: SEED });
  for (const [index, version] of VERSIONS.entries()) {
    const share = frames.filter((_text, position) => position % VERSIONS.length === index);
    let attacker = await connectRaw(harness, 'CP1', version);
    for (const text of share) {
      if (attacker.socket.readyState !== 1) attacker = await connectRaw(harness, 'CP1', version);
      attacker.socket.send(text, { binary: text.length % 5 === 0 });
      await new Promise((resolve) => setImmediate(resolve));
    }
    attacker.socket.terminate();
    const honest = await connectStation(harness, { id: 'CP2', version });
    expect(await honest.call('Heartbeat', {})).toHaveProperty('currentTime');
    await honest.close({});
  }
  expect(unhandled).toEqual([]);
  const { counters } = harness.gateway.stats();
  expect(counters['framesIn']).toBeGreaterThan(FRAMES / 2);
  expect(counters['callErrorsSent']).toBeGreaterThan(100);
  for (const event of harness.events) {
    expect(event.stationId).toMatch(/^CP[12]$/);
    expect(JSON.stringify(event)).not.toMatch(/null|\\u00|\\n/);
  }
  await harness.close();
  process.off('unhandledRejection', onUnhandled);
});
