import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { signWebhook, webhookSecretOf } from '../../src/signals/webhook.js';
import { NOW_MS } from './doubles.js';
import { at, pointers, startApi, type TestApi } from './harness.js';

const URL_PATH = '/v1/sites/depot/signals';

let api: TestApi;
let secret: Buffer;
let nextId = 0;

beforeEach(async () => {
  api = await startApi();
  const answer = await api.call('POST', '/v1/sites/depot/signal-issuers', {
    headers: api.keys.admin,
    body: { name: 'City grid' },
  });
  const found = webhookSecretOf(answer.body.secret);
  if (found === undefined) throw new Error('the secret is not whsec_');
  secret = found;
});
afterEach(() => api.close());

interface Sending {
  readonly id?: string;
  readonly key?: Buffer;
  readonly sec?: number;
  readonly path?: string;
}

function sendRaw(
  raw: string,
  { id, key = secret, sec = NOW_MS / 1000, path = URL_PATH }: Sending = {},
) {
  nextId += 1;
  const webhookId = id ?? `msg_${nextId}`;
  return api.call('POST', path, {
    raw,
    headers: {
      'webhook-id': webhookId,
      'webhook-timestamp': String(sec),
      'webhook-signature': signWebhook(webhookId, String(sec), Buffer.from(raw), key),
    },
  });
}
const send = (body: unknown, sending: Sending = {}) => sendRaw(JSON.stringify(body), sending);

const order = (change: object = {}) => ({
  type: 'import-limit',
  scope: 'total-import',
  sequence: 1,
  series: [
    { at: at(0), importLimitW: 40_000 },
    { at: at(900), importLimitW: 0 },
  ],
  endsAt: at(3600),
  ...change,
});
const received = () =>
  api.engine.submitted.flatMap(({ event }) =>
    event.type === 'signal.received' ? [event.signal] : [],
  );

describe('POST /v1/sites/{id}/signals', () => {
  test('takes a signed limit and hands it on normalised', async () => {
    const answer = await send(order());
    expect(answer.status).toBe(202);
    expect(answer.body).toEqual({ accepted: 1 });
    expect(received()).toEqual([
      expect.objectContaining({
        type: 'import-limit',
        scope: 'total-import',
        issuer: 'City grid',
        siteId: 'depot',
        tenantId: 'tenant-a',
        sequence: 1,
        series: [
          { atMs: NOW_MS, value: 40_000 },
          { atMs: NOW_MS + 900_000, value: 0 },
        ],
        endsAtMs: NOW_MS + 3_600_000,
        receivedAtMs: NOW_MS,
      }),
    ]);
    expect(api.store.rows.audit.at(-1)?.action).toBe('signal.received');
  });

  test('I4: takes a heartbeat, which has a sequence and nothing else', async () => {
    const beat = { type: 'heartbeat', sequence: 7 };
    expect((await send(beat)).body).toEqual({ accepted: 1 });
    expect(received()).toEqual([
      expect.objectContaining({
        type: 'heartbeat',
        issuer: 'City grid',
        sequence: 7,
        series: [],
        receivedAtMs: NOW_MS,
      }),
    ]);
    expect((await send(beat)).body).toEqual({ accepted: 0, superseded: true });
    const wrong = await send({ ...beat, series: [] });
    expect(wrong.status).toBe(422);
  });

  test('I4: a grid link is configured, shown with the ceiling, and taken away', async () => {
    const path = '/v1/sites/depot/settings';
    const headers = { ...api.keys.admin, 'if-match': '*' };
    const gridLink = { issuer: 'City grid', failsafeLimitW: 4200, scope: 'total-import' };
    const set = await api.call('PATCH', path, { headers, body: { gridLink } });
    expect([set.status, set.body.gridLink]).toEqual([200, gridLink]);
    const wrong = { ...gridLink, failsafeLimitW: -1 };
    expect((await api.call('PATCH', path, { headers, body: { gridLink: wrong } })).status).toBe(
      422,
    );
    const none = await api.call('PATCH', path, { headers, body: { gridLink: null } });
    expect([none.status, none.body.gridLink]).toEqual([200, null]);
  });

  test('takes several types in one document', async () => {
    const price = {
      ...order({ type: 'price' }),
      series: [{ at: at(0), priceMicrosPerKwh: -120_000 }],
    };
    const answer = await send({ signals: [order(), price] });
    expect(answer.body).toEqual({ accepted: 2 });
    expect(received().map((signal) => signal.type)).toEqual(['import-limit', 'price']);
  });

  test('answers a repeated webhook id as a duplicate without effect, whatever it carries', async () => {
    await send(order(), { id: 'msg_same' });
    const answer = await send(order({ sequence: 2 }), { id: 'msg_same' });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ accepted: 0, duplicate: true });
    expect(received()).toHaveLength(1);
  });

  test('an older or equal sequence never overrides, even before the engine has folded it in', async () => {
    api.engine.foldingPaused = true;
    await send(order({ sequence: 5 }));
    for (const sequence of [4, 5]) {
      const answer = await send(order({ sequence }));
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({ accepted: 0, superseded: true });
    }
    expect((await send(order({ sequence: 6 }))).status).toBe(202);
    expect(received().map((signal) => signal.sequence)).toEqual([5, 6]);
  });

  test('sequences count per type', async () => {
    await send(order({ sequence: 5 }));
    const price = {
      ...order({ type: 'price', sequence: 1 }),
      series: [{ at: at(0), priceMicrosPerKwh: 1 }],
    };
    expect((await send(price)).status).toBe(202);
  });

  test('the same delivery twice at once has its effect once', async () => {
    const answers = await Promise.all([
      send(order(), { id: 'msg_twin' }),
      send(order(), { id: 'msg_twin' }),
    ]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 202]);
    expect(received()).toHaveLength(1);
  });

  test('a delivery that could not be stored is taken when it is sent again', async () => {
    const { submit } = api.engine;
    api.engine.submit = async () => {
      throw new Error('connection lost');
    };
    expect((await send(order(), { id: 'msg_retry' })).status).toBe(503);
    api.engine.submit = submit;
    expect((await send(order(), { id: 'msg_retry' })).status).toBe(202);
  });

  test('refuses a forged, a stale and an unsigned body alike, before it is parsed', async () => {
    const forged = await send(order(), { key: Buffer.alloc(32) });
    const stale = await send(order(), { sec: NOW_MS / 1000 - 301 });
    const broken = await sendRaw('{"type":', { key: Buffer.alloc(32) });
    const unsigned = await api.call('POST', URL_PATH, { body: order() });
    const elsewhere = await send(order(), { path: '/v1/sites/nowhere/signals' });
    for (const answer of [forged, stale, broken, unsigned, elsewhere]) {
      expect(answer.status).toBe(401);
      expect(answer.body.type).toBe('/problems/bad-signature');
    }
    expect(stale.body.detail).toContain('300 s');
    expect(received()).toEqual([]);
  });

  test("an API key does not replace an issuer's signature", async () => {
    const answer = await api.call('POST', URL_PATH, { headers: api.keys.admin, body: order() });
    expect(answer.status).toBe(401);
  });

  test.each([
    ['/series/0/importLimitW', { series: [{ at: at(0), importLimitW: -1 }] }],
    ['/series/0/importLimitW', { series: [{ at: at(0), importLimitW: 'NaN' }] }],
    ['/series/0/importLimitW', { series: [{ at: at(0), importLimitW: null }] }],
    ['/series/0/importLimitW', { series: [{ at: at(0) }] }],
    ['/series/0/at', { series: [{ at: 'soon', importLimitW: 1 }] }],
    ['/series', { series: [] }],
    [
      '/series/1/at',
      {
        series: [
          { at: at(60), importLimitW: 1 },
          { at: at(0), importLimitW: 2 },
        ],
      },
    ],
    [
      '/series/1/at',
      {
        series: [
          { at: at(0), importLimitW: 1 },
          { at: at(0), importLimitW: 2 },
        ],
      },
    ],
    ['/endsAt', { endsAt: undefined }],
    ['/endsAt', { endsAt: at(900) }],
    ['/endsAt', { series: [{ at: at(-7200), importLimitW: 1 }], endsAt: at(-3600) }],
    ['/sequence', { sequence: -1 }],
    ['/sequence', { sequence: 1.5 }],
    ['/scope', { scope: 'everything' }],
    ['/type', { type: 'weather' }],
    ['/unit', { unit: 'kW' }],
  ])('names %s of a signal that cannot be followed', async (pointer, change) => {
    const answer = await send(order(change));
    expect(answer.status).toBe(422);
    expect(pointers(answer)).toContain(pointer);
    expect(received()).toEqual([]);
  });

  test('names the field inside a list of signals', async () => {
    const answer = await send({ signals: [order(), order({ scope: 'none', sequence: 2 })] });
    expect(pointers(answer)).toEqual(['/signals/1/scope']);
    expect(received()).toEqual([]);
  });

  test('NaN, a number beyond all bounds and bytes that are not UTF-8 are refused', async () => {
    const text = JSON.stringify(order());
    expect((await sendRaw(text.replace('40000', 'NaN'))).status).toBe(400);
    const endless = await sendRaw(text.replace('40000', '1e999'));
    expect(pointers(endless)).toEqual(['/series/0/importLimitW']);
    expect((await sendRaw('[]')).status).toBe(422);
    expect((await sendRaw('')).status).toBe(400);
  });
});

describe('POST /v1/sites/{id}/signal-issuers', () => {
  const create = (name: unknown, headers = api.keys.admin) =>
    api.call('POST', '/v1/sites/depot/signal-issuers', { headers, body: { name } });

  test('shows a whsec_ secret once, of 256 bits', async () => {
    const answer = await create('Aggregator');
    expect(answer.status).toBe(201);
    expect(webhookSecretOf(answer.body.secret)).toHaveLength(32);
    expect(JSON.stringify(api.store.rows.audit)).not.toContain(answer.body.secret);
  });

  test('refuses an empty or taken name, another tenant and a key without the scope', async () => {
    expect(pointers(await create(''))).toEqual(['/name']);
    expect((await create('City grid')).status).toBe(409);
    expect((await create('X', api.keys.foreign)).status).toBe(404);
    expect((await create('X', api.keys.write)).status).toBe(403);
  });

  test("one issuer's sequence does not touch another's", async () => {
    await send(order({ sequence: 9 }));
    const other = webhookSecretOf((await create('Aggregator')).body.secret);
    expect((await send(order({ sequence: 1 }), { key: other ?? Buffer.alloc(0) })).status).toBe(
      202,
    );
  });
});
