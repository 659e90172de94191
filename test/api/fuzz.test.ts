import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { signWebhook, webhookSecretOf } from '../../src/signals/webhook.js';
import { NOW_MS, stationState } from './doubles.js';
import { SITE, startApi, type TestApi } from './harness.js';
import { siteFile } from './site-file.js';

let api: TestApi;
let secret: Buffer;

beforeAll(async () => {
  api = await startApi();
  api.engine.stationStates.set(SITE, [stationState('CP01', 'ocpp2.1')]);
  const issuer = await api.call('POST', '/v1/sites/depot/signal-issuers', {
    headers: api.keys.admin,
    body: { name: 'fuzz' },
  });
  secret = webhookSecretOf(issuer.body.secret) ?? Buffer.alloc(0);
});
afterAll(() => api.close());

const WRITES = [
  ['POST', '/v1/sites'],
  ['PATCH', '/v1/sites/depot'],
  ['POST', '/v1/sites/depot/signal-issuers'],
  ['POST', '/v1/sites/depot/meter-samples'],
  ['POST', '/v1/charging-stations'],
  ['POST', '/v1/charging-stations/CP01/ping'],
  ['POST', '/v1/charging-stations/CP01/commands'],
  ['POST', '/v1/charging-stations/CP01/customer-information'],
  ['POST', '/v1/charging-stations/CP01/display-messages'],
  ['POST', '/v1/charging-stations/CP01/remote-start'],
  ['POST', '/v1/charging-stations/CP01/trigger'],
  ['PUT', '/v1/sessions/s1/claim'],
  ['POST', '/v1/sessions/s1/stop'],
] as const;

const order = {
  type: 'import-limit',
  scope: 'total-import',
  sequence: 1,
  series: [{ at: new Date(NOW_MS).toISOString(), importLimitW: 1 }],
  endsAt: new Date(NOW_MS + 1000).toISOString(),
};

const GOOD_BODIES: readonly object[] = [
  siteFile('fuzzed'),
  { importLimitW: { from: null, to: 1000 } },
  { name: 'x' },
  { samples: [{ circuitId: 'grid', at: order.endsAt, currentA: [1, 2, 3] }] },
  { siteId: 'depot', stationId: 'CP01' },
  { evseNumber: 1, idToken: 'T' },
  { action: 'SetDisplayMessage', payload: { message: { id: 1, priority: 'InFront' } } },
  { id: 1, priority: 'normal', format: 'UTF8', content: 'x', startAt: order.endsAt },
  { report: true, clear: false, customerIdentifier: 'x' },
  { message: 'Heartbeat', evseNumber: 1 },
  { departureAt: order.endsAt, energyWh: 1 },
  order,
  { signals: [order] },
];

/** Anything at all, or a good body with one place, at any depth, replaced by anything. */
const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc
    .tuple(fc.constantFrom(...GOOD_BODIES), fc.array(fc.nat(9), { maxLength: 5 }), fc.jsonValue())
    .map(([body, path, value]) => replaced(body, path, value)),
);

function replaced(body: unknown, path: readonly number[], value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined || typeof body !== 'object' || body === null) return value;
  const entries = Object.entries(body);
  const [key] = entries[step % Math.max(1, entries.length)] ?? [];
  if (key === undefined) return value;
  const changed = { ...body, [key]: replaced(Reflect.get(body, key), rest, value) };
  return Array.isArray(body) ? Object.values(changed) : changed;
}

const PARAMETERS = { seed: 20_260_115, numRuns: 150 };

test.each(WRITES)('%s %s never answers 5xx, whatever the body', async (method, path) => {
  await fc.assert(
    fc.asyncProperty(anything, async (body) => {
      const headers = { ...api.keys.admin, 'if-match': '"1"' };
      const answer = await api.call(method, path, { headers, body });
      expect(answer.status, answer.text).toBeLessThan(500);
      if (answer.status >= 400) expect(answer.body.requestId).toBeTruthy();
    }),
    PARAMETERS,
  );
});

test('a signed signal never answers 5xx, whatever it carries', async () => {
  let n = 0;
  await fc.assert(
    fc.asyncProperty(anything, async (body) => {
      n += 1;
      const raw = JSON.stringify(body);
      const [id, timestamp] = [`fuzz_${n}`, String(NOW_MS / 1000)];
      const answer = await api.call('POST', '/v1/sites/depot/signals', {
        raw,
        headers: {
          'webhook-id': id,
          'webhook-timestamp': timestamp,
          'webhook-signature': signWebhook(id, timestamp, Buffer.from(raw), secret),
        },
      });
      expect(answer.status, answer.text).toBeLessThan(500);
    }),
    PARAMETERS,
  );
});

test('no query, path or header makes a read answer 5xx', async () => {
  const paths = [
    '/v1/sites/',
    '/v1/sessions/',
    '/v1/sessions?after=',
    '/v1/sessions?limit=',
    '/v1/evses/',
    '/v1/charging-stations?siteId=',
    '/problems/',
    '/enter?code=',
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...paths),
      fc.string({ unit: 'grapheme' }),
      async (path, text) => {
        const target = `${path}${encodeURIComponent(text)}`;
        const answer = await api.app.inject({
          method: 'GET',
          url: target,
          headers: api.keys.admin,
        });
        expect(answer.statusCode, target).toBeLessThan(500);
      },
    ),
    PARAMETERS,
  );
});
