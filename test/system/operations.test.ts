/** What people who operate look at, over the whole service: real stations, PostgreSQL, SMTP, HTTP. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RPCClient } from 'ocpp-rpc';
import { Client } from 'pg';
import { Registry } from 'prom-client';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type EvseId, siteId, stationId } from '../../solver/index.js';
import { createFrameRecorder, type FrameRecorder } from '../../src/operations/frame-recorder.js';
import { meterFrames } from '../../src/operations/frame-metrics.js';
import { createMail, type Mail } from '../../src/operations/mail.js';
import { type Operations, startOperations } from '../../src/operations/operations.js';
import { frameRecord } from '../../src/ocpp/frame-log.js';
import { allowedRanges } from '../../src/outbound/addresses.js';
import { createOutbound } from '../../src/outbound/outbound.js';
import { createClock } from '../../src/platform/clock.js';
import { createInProcessQueue } from '../../src/queue/in-process.js';
import type { Queue } from '../../src/queue/ports.js';
import { verifyWebhook, webhookSecretOf } from '../../src/signals/webhook.js';
import { smallSite } from '../control/small-site.js';
import { type RunningService, runService } from '../support/running-service.js';

const SITE = siteId('site');
const TENANT = 'main';
const SOON = { timeout: 20_000, interval: 50 };

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let service: RunningService;
let recorder: FrameRecorder;
let operations: Operations;
let queue: Queue;
let mail: Mail;
let receiverUrl: string;
/** What the receiver answers next. */
let receiverStatus = 204;
const received: Received[] = [];
const mails: { readonly to: string; readonly text: string }[] = [];
const closers: (() => Promise<unknown> | unknown)[] = [];

beforeAll(async () => {
  service = await runService(smallSite({ stations: 3 }), {
    callTimeoutMs: 1500,
    onFrame: (frame) => recorder.onFrame(frame),
  });
  const { log, store, engine } = service;
  const clock = createClock({ speed: 1 });
  recorder = createFrameRecorder({ clock, log, store: store.operations });
  queue = createInProcessQueue({ log, nowMs: Date.now });
  mail = createMail({ url: await smtpServer(), from: 'busbar@site.example' });
  receiverUrl = await webhookReceiver();
  const outbound = createOutbound({ allow: allowedRanges('127.0.0.0/8') });
  operations = startOperations({
    clock,
    log,
    engine,
    store: store.operations,
    queue,
    mail,
    outbound,
    realNowMs: Date.now,
  });
});
afterAll(async () => {
  await operations.stop();
  await queue.close();
  mail.close();
  await recorder.stop();
  for (const close of closers) await close();
  await service.close();
});

async function smtpServer(): Promise<string> {
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData(stream, session, done) {
      let text = '';
      stream.on('data', (part: Buffer) => (text += part.toString()));
      stream.on('end', () => {
        mails.push({ to: session.envelope.rcptTo[0]?.address ?? '', text });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', () => resolve()));
  closers.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const { port } = server.server.address() as AddressInfo;
  return `smtp://127.0.0.1:${port}`;
}

async function webhookReceiver(): Promise<string> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      received.push({ headers: request.headers, body });
      response.writeHead(receiverStatus).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
}

async function connect(id: string): Promise<RPCClient> {
  const client = await service.connect({
    id,
    version: 'ocpp1.6',
    reply: () => ({ status: 'Accepted' }),
  });
  await client.call('BootNotification', { chargePointVendor: 'Acme', chargePointModel: 'Wall' });
  return client;
}

const leave = (client: RPCClient): Promise<unknown> =>
  client.close({ code: 1000, reason: 'bye' } as never);

const status = (client: RPCClient, name: string, errorCode = 'NoError'): Promise<unknown> =>
  client.call('StatusNotification', {
    connectorId: 1,
    status: name,
    errorCode,
    timestamp: new Date().toISOString(),
  });

// oxlint-disable-next-line typescript/no-explicit-any -- bodies are what the test asserts on
async function read(path: string): Promise<any> {
  const answer = await service.call('GET', path);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body;
}

// oxlint-disable-next-line typescript/no-explicit-any -- bodies are what the test asserts on
async function send(method: string, path: string, body: unknown = {}): Promise<any> {
  const answer = await service.call(method, path, body);
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  return answer.body;
}

describe('the log of messages', () => {
  const path = '/v1/charging-stations/S1/messages';

  test('keeps calls and answers without secrets, and finds them again', async () => {
    const client = await connect('S1');
    await client.call('Authorize', { idTag: 'DEADBEEF4711' });
    await client.call('DataTransfer', { vendorId: 'acme', data: 'password=s3cr3tvalue' });
    await expect(client.call('Nonsense', {})).rejects.toThrow();
    await recorder.flush();

    const page = await read(`${path}?action=Authorize&order=oldest-first`);
    expect(page.items).toMatchObject([
      {
        direction: 'in',
        messageType: 2,
        message: [2, expect.anything(), 'Authorize', { idTag: '***4711' }],
      },
      { direction: 'out', messageType: 3, action: 'Authorize' },
    ]);
    const whole = JSON.stringify(await read(`${path}?limit=500`));
    expect(whole).not.toContain('DEADBEEF');
    expect(whole).not.toContain('s3cr3tvalue');

    const errors = await read(`${path}?only=errors`);
    expect(errors.items).toMatchObject([{ direction: 'out', messageType: 4, action: 'Nonsense' }]);
    expect(errors.items[0].errorCode).toBe('NotImplemented');
    const unknown = await read(`${path}?action=Nonsense&type=2`);
    expect(unknown.items[0].violation).toBe('Nonsense is no message of this version');
    expect((await read(`${path}?text=ACME&direction=in`)).items.length).toBeGreaterThan(0);
    expect((await read(`${path}?to=2020-01-01T00:00:00Z`)).items).toEqual([]);

    const seen = new Set<number>();
    for (let after = ''; ; ) {
      const part = await read(`${path}?limit=2${after}`);
      for (const { id } of part.items) expect(seen.has(id)).toBe(false);
      for (const { id } of part.items) seen.add(id);
      if (part.next === undefined) break;
      after = `&after=${encodeURIComponent(part.next)}`;
    }
    expect(seen.size).toBeGreaterThan(6);
    await leave(client);
  });

  test('leaves as lines', async () => {
    const ndjson = await service.fetch(`${path}/export?format=ndjson&action=Authorize`);
    expect(ndjson.headers.get('content-type')).toContain('application/x-ndjson');
    const lines = (await ndjson.text()).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).action)).toEqual(['Authorize', 'Authorize']);
    const csv = await (await service.fetch(`${path}/export?format=csv&action=Authorize`)).text();
    const rows = csv.trim().split('\r\n');
    expect(rows).toHaveLength(3);
    expect(rows[0]).toContain('id,at,direction,version');
  });

  test('is kept for no station whose log is off', async () => {
    await send('PUT', '/v1/charging-stations/S2/message-log', { keepFraction: 0 });
    const client = await connect('S2');
    await recorder.flush();
    expect((await read('/v1/charging-stations/S2/messages')).items).toEqual([]);
    await send('PUT', '/v1/charging-stations/S2/message-log', { keepFraction: 1 });
    await client.call('Heartbeat', {});
    await recorder.flush();
    const { items } = await read('/v1/charging-stations/S2/messages?action=Heartbeat');
    expect(items).toHaveLength(2);
    await leave(client);
  });

  test('drops what SQL is too slow for, counts it, and goes on', async () => {
    const blocker = new Client({ connectionString: service.databaseUrl });
    await blocker.connect();
    await blocker.query('begin');
    await blocker.query('lock table ocpp_log in access exclusive mode');
    const origin = { stationId: 'S3', generation: 1, version: 'ocpp1.6' } as const;
    const frame = frameRecord(
      origin,
      { framesIn: 1, framesOut: 0 },
      'in',
      '[2,"x","Heartbeat",{}]',
    );
    for (let count = 0; count < 10_500; count += 1) recorder.onFrame(frame);
    expect(recorder.counts().dropped).toBeGreaterThanOrEqual(490);
    const registry = new Registry();
    meterFrames(registry, recorder);
    const { dropped } = recorder.counts();
    expect(await registry.metrics()).toContain(`frames_total{outcome="dropped"} ${dropped}`);
    await blocker.query('rollback');
    await blocker.end();
    await recorder.flush();
    expect(recorder.counts().written).toBeGreaterThan(0);
  });
});

describe('connections', () => {
  test('have a beginning, an end in words, and counts', async () => {
    await vi.waitFor(async () => {
      const { items } = await read('/v1/charging-stations/S1/connections');
      expect(items[0]).toMatchObject({
        version: 'ocpp1.6',
        remoteAddress: '127.0.0.1',
        closeCode: 1000,
        closeReason: 'closed in the ordinary way ("bye")',
      });
      expect(items[0].messagesIn).toBeGreaterThanOrEqual(4);
      expect(items[0].messagesOut).toBeGreaterThanOrEqual(4);
      expect(Date.parse(items[0].lastMessageAt)).toBeGreaterThan(Date.parse(items[0].openedAt) - 1);
    }, SOON);
  });

  test('of a process that ended without a word end with their last message', async () => {
    const openedAtMs = Date.now() - 3_600_000;
    const connected = {
      type: 'station.connected',
      stationId: stationId('S3'),
      receivedAtMs: openedAtMs,
      generation: openedAtMs,
      version: 'ocpp2.0.1',
    } as const;
    const { inbox, operations: rows } = service.store;
    await inbox.append(SITE, [connected]);
    const activity = { stationId: 'S3', generation: openedAtMs, messagesIn: 7, messagesOut: 5 };
    await rows.connections.touch([{ ...activity, lastMessageAtMs: openedAtMs + 60_000 }]);
    await inbox.append(SITE, [{ type: 'engine.started', epoch: 1, links: 'closed' }]);
    const { items } = await read('/v1/charging-stations/S3/connections');
    expect(items[0]).toMatchObject({
      durationSec: 60,
      messagesIn: 7,
      closeReason: 'the service ended without a goodbye; seen at its next start',
    });
    // One that goes on talking was not dead.
    await rows.connections.touch([{ ...activity, lastMessageAtMs: openedAtMs + 120_000 }]);
    const again = await read('/v1/charging-stations/S3/connections');
    expect(again.items[0].closedAt).toBeUndefined();
    await inbox.append(SITE, [
      {
        type: 'station.disconnected',
        stationId: stationId('S3'),
        receivedAtMs: Date.now(),
        generation: openedAtMs,
        reason: '1006',
        closeCode: 1006,
      },
    ]);
  });

  test('that open and close in one statement are one row, also when told twice', async () => {
    const generation = Date.now() - 10_000;
    const base = { stationId: stationId('S3'), generation } as const;
    const events = [
      { ...base, type: 'station.connected', receivedAtMs: generation, version: 'ocpp1.6' },
      { ...base, type: 'station.disconnected', receivedAtMs: generation + 500, reason: 'idle' },
    ] as const;
    await service.store.inbox.append(SITE, events);
    await service.store.inbox.append(SITE, events);
    const rows = await service.store.operations.connections.within({
      tenantId: smallSite({ stations: 1 }).tenantId,
      stationId: stationId('S3'),
      fromMs: generation,
      toMs: generation + 1000,
    });
    const own = rows.filter((it) => it.openedAtMs === generation);
    expect(own).toMatchObject([{ closedAtMs: generation + 500, closeReason: 'idle' }]);
  });
});

describe('a station and its sessions', () => {
  test('are told on one page', async () => {
    const client = await connect('S1');
    await status(client, 'Available');
    await vi.waitFor(async () => {
      const page = await read('/v1/charging-stations/S1/overview');
      expect(page.station).toMatchObject({ id: 'S1', vendor: 'Acme', model: 'Wall' });
      expect(page.connections).toMatchObject({ isConnected: true, remoteAddress: '127.0.0.1' });
      expect(page.evses).toMatchObject([
        {
          id: 'S1:1',
          circuitId: 'grid',
          phases: ['L1', 'L2', 'L3'],
          trust: 'tested',
          status: 'available',
        },
      ]);
      expect(page.evses[0].uptimeFraction).toBeGreaterThan(0);
      expect(page.evses[0].uptimeFraction).toBeLessThanOrEqual(1);
      expect(page.lastMessageAgeSec).toBeGreaterThanOrEqual(0);
    }, SOON);
    const year = await read('/v1/charging-stations/S1/overview?days=365');
    expect(Date.parse(year.period.to) - Date.parse(year.period.from)).toBe(365 * 24 * 3_600_000);
    expect(Date.parse(year.evses[0].uptimeFrom)).toBeGreaterThan(Date.parse(year.period.from));
    await leave(client);
  });

  test('a maintenance window is kept, listed and taken back', async () => {
    const exclusion = {
      siteId: 'site',
      stationId: 'S1',
      kind: 'scheduled-maintenance',
      startsAt: '2026-01-01T00:00:00.000Z',
      endsAt: '2026-01-01T02:00:00.000Z',
    };
    const made = await send('POST', '/v1/uptime-exclusions', exclusion);
    expect((await read('/v1/uptime-exclusions?siteId=site')).items).toEqual([made]);
    const gone = await service.call('DELETE', `/v1/uptime-exclusions/${made.id}`);
    expect(gone.status).toBe(204);
    const wrong = await service.call('POST', '/v1/uptime-exclusions', {
      ...exclusion,
      endsAt: exclusion.startsAt,
    });
    expect(wrong.body.errors[0].pointer).toBe('/endsAt');
  });

  test('a refused token is why nothing was charged', async () => {
    const client = await connect('S1');
    await send('PUT', '/v1/tokens/BLOCKED1234', { status: 'Blocked' }).catch(() => undefined);
    await status(client, 'Preparing');
    await client.call('Authorize', { idTag: 'BLOCKED1234' });
    await status(client, 'Available');
    await recorder.flush();
    await vi.waitFor(async () => {
      const { items } = await read('/v1/sessions?stationId=S1');
      const told = await read(`/v1/sessions/${items[0].id}/diagnosis`);
      expect(told.code).toBe('authorisation-refused');
      expect(told.sentence).toMatch(/^authorisation refused: token /);
    }, SOON);
    await leave(client);
  });
});

describe('faults', () => {
  test('open with their cause, are looked after, and solve themselves', async () => {
    const client = await connect('S2');
    await status(client, 'Faulted', 'GroundFailure');
    await client.call('SecurityEventNotification', {
      type: 'TamperDetectionActivated',
      timestamp: new Date().toISOString(),
    });
    await vi.waitFor(() => {
      const state = service.engine.state(SITE)?.evses.get('S2:1' as EvseId);
      expect(state?.status).toBe('faulted');
    }, SOON);
    await operations.look();
    await operations.look();

    const { items } = await read('/v1/faults?stationId=S2&kind=evse-faulted');
    expect(items).toMatchObject([
      {
        state: 'open',
        severity: 'error',
        cause: 'An EVSE reports GroundFailure',
        summary: 'S2:1 is faulted: the ground fault protection tripped',
        count: 1,
      },
    ]);
    const { items: events } = await read('/v1/faults?kind=security-event');
    expect(events).toMatchObject([{ stationId: 'S2', count: 1 }]);
    expect(events[0].evidence.recordIds).toHaveLength(1);
    const causes = (await read('/v1/fault-causes')).items;
    expect(causes).toContainEqual(
      expect.objectContaining({ cause: 'An EVSE reports GroundFailure', faults: 1, stations: 1 }),
    );

    const patched = await send('PATCH', `/v1/faults/${items[0].id}`, {
      state: 'acknowledged',
      note: 'electrician is on the way',
    });
    expect(patched).toMatchObject({ state: 'acknowledged', note: 'electrician is on the way' });
    await status(client, 'Available');
    await vi.waitFor(async () => {
      await operations.look();
      expect(await read(`/v1/faults/${items[0].id}`)).toMatchObject({
        state: 'solved',
        actor: 'system',
      });
    }, SOON);
    const late = await service.call('PATCH', `/v1/faults/${items[0].id}`, { state: 'open' });
    expect(late.status).toBe(409);
    const security = await read(`/v1/faults/${events[0].id}`);
    expect(security.state).toBe('open');
    await leave(client);
  });
});

test('a station that is faulted as a whole is a fault, until it says otherwise', async () => {
  const client = await connect('S3');
  const say = (name: string, errorCode: string): Promise<unknown> =>
    client.call('StatusNotification', { connectorId: 0, status: name, errorCode });
  // 1.6 §4.9: number 0 is the station itself.
  await say('Faulted', 'PowerMeterFailure');
  const whole = async (): Promise<{ summary: string; state: string }[]> => {
    await operations.look();
    return (await read('/v1/faults?stationId=S3&kind=evse-faulted')).items;
  };
  await vi.waitFor(async () => {
    expect(await whole()).toMatchObject([
      { state: 'open', summary: 'S3 as a whole is faulted: the meter could not be read' },
    ]);
  }, SOON);
  await say('Available', 'NoError');
  await vi.waitFor(async () => expect(await whole()).toMatchObject([{ state: 'solved' }]), SOON);
  await leave(client);
});

describe('alerts', () => {
  const fault = (key: string) => ({
    key,
    kind: 'security-event' as const,
    cause: 'A station reports a security event',
    severity: 'error' as const,
    stationId: stationId('S3'),
    summary: `${key} was opened by force`,
    evidence: { figures: { doors: 1 } },
  });
  const scope = { tenantId: TENANT, siteId: SITE };
  const occur = (key: string): Promise<void> =>
    service.store.operations.faults.occur(scope, [fault(key)], Date.now());
  const rule = (channelIds: readonly string[], more: object = {}) => ({
    name: 'security',
    kinds: ['security-event'],
    severityMin: 'warning',
    channelIds,
    timeZone: 'UTC',
    digest: 'none',
    tellsSolved: true,
    enabled: true,
    ...more,
  });

  test('reach a mailbox and a receiver, signed; a receiver that fails is tried again', async () => {
    const to = 'ada@site.example';
    const { channel: box } = await send('POST', '/v1/alert-channels', {
      kind: 'mail',
      name: 'Ada',
      target: to,
    });
    const made = await send('POST', '/v1/alert-channels', {
      kind: 'webhook',
      name: 'ticket system',
      target: receiverUrl,
    });
    const hook = made.channel;
    const { id: ruleId } = await send('POST', '/v1/alert-rules', rule([box.id, hook.id]));

    receiverStatus = 500;
    await occur('first');
    await operations.look();
    await vi.waitFor(() => expect(mails).toHaveLength(1), SOON);
    expect(mails[0]?.to).toBe(to);
    expect(mails[0]?.text).toContain('Subject: Busbar: first was opened by force');
    await vi.waitFor(async () => {
      const { items } = await read(`/v1/alert-deliveries?channelId=${hook.id}`);
      expect(items).toMatchObject([{ state: 'waiting', attempts: 1, lastStatus: 500 }]);
      const pauseMs = Date.parse(items[0].dueAt) - Date.parse(items[0].createdAt);
      expect(pauseMs).toBeGreaterThanOrEqual(5000);
    }, SOON);
    receiverStatus = 204;
    await vi.waitFor(async () => {
      const { items } = await read(`/v1/alert-deliveries?channelId=${hook.id}`);
      expect(items).toMatchObject([{ state: 'delivered', attempts: 2, lastStatus: 204 }]);
    }, SOON);
    const [failed, taken] = received;
    expect(failed?.headers['webhook-id']).toBe(taken?.headers['webhook-id']);
    expect(failed?.body).toBe(taken?.body);
    expect(verdict(taken, made.secret)).toBe('valid');
    expect(JSON.parse(taken?.body ?? '')).toMatchObject({
      type: 'fault.opened',
      data: { faults: [{ kind: 'security-event', stationId: 'S3' }], omitted: 0 },
    });
    await service.call('DELETE', `/v1/alert-rules/${ruleId}`);
  });

  test('are tested and sent again; two secrets sign while one is replaced', async () => {
    const made = await send('POST', '/v1/alert-channels', {
      kind: 'webhook',
      name: 'rotating',
      target: receiverUrl,
    });
    const { id } = made.channel;
    const { secret } = await send('POST', `/v1/alert-channels/${id}/rotate-secret`);
    const before = received.length;
    const { deliveryId } = await send('POST', `/v1/alert-channels/${id}/test`);
    // Nobody hints here: the sweep finds it in the rows.
    await operations.alerts.sweep();
    await vi.waitFor(() => expect(received.length).toBe(before + 1), SOON);
    expect(verdict(received.at(-1), secret)).toBe('valid');
    expect(verdict(received.at(-1), made.secret)).toBe('valid');
    expect(received.at(-1)?.headers['webhook-id']).toBe(deliveryId);
    await vi.waitFor(async () => {
      const { items } = await read(`/v1/alert-deliveries?channelId=${id}`);
      expect(items[0].state).toBe('delivered');
    }, SOON);
    await send('POST', `/v1/alert-deliveries/${deliveryId}/resend`);
    await operations.alerts.sweep();
    await vi.waitFor(() => expect(received.length).toBe(before + 2), SOON);
    expect(received.at(-1)?.body).toBe(received.at(-2)?.body);
  });

  test('410 ends a channel, until a person takes it up again', async () => {
    const { channel } = await send('POST', '/v1/alert-channels', {
      kind: 'webhook',
      name: 'gone',
      target: receiverUrl,
    });
    receiverStatus = 410;
    await send('POST', `/v1/alert-channels/${channel.id}/test`);
    await operations.alerts.sweep();
    const find = async () =>
      (await read('/v1/alert-channels')).items.find((it: { id: string }) => it.id === channel.id);
    await vi.waitFor(async () => expect((await find()).disabledReason).toContain('410'), SOON);
    receiverStatus = 204;
    const before = received.length;
    const { deliveryId } = await send('POST', `/v1/alert-channels/${channel.id}/test`);
    await operations.alerts.sweep();
    await vi.waitFor(async () => {
      const { items } = await read(`/v1/alert-deliveries?channelId=${channel.id}`);
      const own = items.find((it: { id: string }) => it.id === deliveryId);
      expect(own).toMatchObject({ state: 'failed' });
    }, SOON);
    expect(received.length).toBe(before);
    expect((await service.call('POST', `/v1/alert-channels/${channel.id}/enable`)).status).toBe(
      204,
    );
    expect((await find()).disabledAt).toBeUndefined();
  });

  test('what cannot be called is said when the channel is made, or in the log of deliveries', async () => {
    const wrong = await service.call('POST', '/v1/alert-channels', {
      kind: 'webhook',
      name: 'x',
      target: 'https://user:secret@example.com/',
    });
    expect(wrong.body.errors[0].pointer).toBe('/target');
    const { channel } = await send('POST', '/v1/alert-channels', {
      kind: 'webhook',
      name: 'inside',
      target: 'https://192.168.0.1/hook',
    });
    await send('POST', `/v1/alert-channels/${channel.id}/test`);
    await operations.alerts.sweep();
    await vi.waitFor(async () => {
      const { items } = await read(`/v1/alert-deliveries?channelId=${channel.id}`);
      expect(items).toMatchObject([{ state: 'failed', attempts: 1 }]);
      expect(items[0].lastError).toContain('no public address');
    }, SOON);
  });

  test('a digest waits and gathers', async () => {
    const { channel } = await send('POST', '/v1/alert-channels', {
      kind: 'mail',
      name: 'digest',
      target: 'bob@site.example',
    });
    const { id } = await send(
      'POST',
      '/v1/alert-rules',
      rule([channel.id], { digest: 'daily', tellsSolved: false }),
    );
    await occur('second');
    await operations.look();
    await occur('third');
    await operations.look();
    const { items } = await read(`/v1/alert-deliveries?channelId=${channel.id}`);
    expect(items).toMatchObject([{ type: 'faults.digest', state: 'waiting', attempts: 0 }]);
    expect(Date.parse(items[0].dueAt)).toBeGreaterThan(Date.now());
    const dueMs = Date.parse(items[0].dueAt);
    const { deliveries } = service.store.operations.alerts;
    const claimed = await deliveries.claim(items[0].id, dueMs, dueMs + 1000);
    expect(claimed?.events.map((it) => it.fault.key).toSorted()).toEqual(['second', 'third']);
    expect(await deliveries.claim(items[0].id, dueMs, dueMs + 1000)).toBeUndefined();
    await service.call('DELETE', `/v1/alert-rules/${id}`);
  });
});

function verdict(message: Received | undefined, secretText: string): string {
  const header = (name: string): string => String(message?.headers[name]);
  const headers = {
    id: header('webhook-id'),
    timestamp: header('webhook-timestamp'),
    signature: header('webhook-signature'),
  };
  const secret = webhookSecretOf(secretText) ?? Buffer.alloc(0);
  return verifyWebhook(headers, Buffer.from(message?.body ?? ''), secret, Date.now() / 1000);
}
