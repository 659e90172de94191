/**
 * Everything that runs on the queue, on a real Redis: timed starts of signals, alerts, webhooks out,
 * the clean-up. And what becomes of it when Redis goes, or a process in the middle of a delivery.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { signalId, siteId } from '../../solver/index.js';
import type { SiteEvent } from '../../src/control/state.js';
import { withHints } from '../../src/compose/site-hints.js';
import { type House, keepHouse } from '../../src/compose/housekeeping.js';
import { deliver, type DeliverDeps } from '../../src/operations/deliver.js';
import { type Operations, startOperations } from '../../src/operations/operations.js';
import { allowedRanges } from '../../src/outbound/addresses.js';
import { createOutbound } from '../../src/outbound/outbound.js';
import { createClock } from '../../src/platform/clock.js';
import { openQueue } from '../../src/queue/open-queue.js';
import type { Queue } from '../../src/queue/ports.js';
import { smallSite } from '../control/small-site.js';
import { type RedisProcess, startRedis } from '../support/redis-process.js';
import { type RunningService, runService } from '../support/running-service.js';

const SITE = siteId('site');
const TENANT = 'main';
const SOON = { timeout: 20_000, interval: 50 };
const clock = createClock({ speed: 1 });

interface Received {
  readonly id: string;
  readonly body: string;
  readonly response: ServerResponse;
}

let redis: RedisProcess;
let service: RunningService;
let queue: Queue;
let operations: Operations;
let house: House;
let channelId: string;
let submitSignal: (event: SiteEvent) => Promise<void>;
let deliverDeps: DeliverDeps;
/** Requests are answered as they come, or held back. */
let answers: 'at once' | 'when told' = 'at once';
const received: Received[] = [];
const woken: SiteEvent[] = [];
const closers: (() => Promise<unknown> | unknown)[] = [];

beforeAll(async () => {
  redis = await startRedis();
  service = await runService(smallSite());
  const { log, store } = service;
  queue = await openQueue({ redisUrl: redis.url, namespace: 'test', log });
  const engine = {
    ...service.engine,
    async submit(id: typeof SITE, event: SiteEvent) {
      if (event.type === 'wake') woken.push(event);
      await service.engine.submit(id, event);
    },
  };
  const hinted = withHints({ engine, queue, clock, log });
  submitSignal = (event) => hinted.submit(SITE, event);
  const outbound = createOutbound({ allow: allowedRanges('127.0.0.0/8') });
  deliverDeps = { log, store: store.operations, outbound, mail: undefined, realNowMs: Date.now };
  operations = startOperations({ ...deliverDeps, store: store.operations, clock, engine, queue });
  house = keepHouse({ queue, store, clock, log });
  const target = await receiver();
  const made = await service.call('POST', '/v1/alert-channels', {
    kind: 'webhook',
    name: 'hook',
    target,
  });
  channelId = made.body.channel.id;
  await service.call('POST', '/v1/alert-rules', {
    name: 'all',
    severityMin: 'warning',
    channelIds: [channelId],
    timeZone: 'UTC',
    digest: 'none',
    tellsSolved: false,
    enabled: true,
  });
});
afterAll(async () => {
  house.stop();
  await operations.stop();
  await queue.close();
  for (const close of closers) await close();
  await service.close();
  await redis.remove();
});

async function receiver(): Promise<string> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      received.push({ id: String(request.headers['webhook-id']), body, response });
      if (answers === 'at once') response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

function occur(key: string): Promise<void> {
  const fault = { key, kind: 'security-event', cause: 'x', severity: 'error' } as const;
  return service.store.operations.faults.occur(
    { tenantId: TENANT, siteId: SITE },
    [{ ...fault, summary: key, evidence: {} }],
    clock.nowMs(),
  );
}

async function sql(text: string, values: readonly unknown[] = []): Promise<readonly object[]> {
  const client = new Client({ connectionString: service.databaseUrl });
  await client.connect();
  try {
    return (await client.query<object>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}

const oldMessage = (): Promise<unknown> =>
  sql(
    `insert into ocpp_log (site_id, tenant_id, station_id, generation, at, direction, bytes, message)
     values ('site', 'main', 'OLD', 1, now() - interval '31 days', 'in', 1, 'x')`,
  );
const oldMessages = (): Promise<unknown> => sql("select id from ocpp_log where station_id = 'OLD'");
const told = (text: string): boolean => received.some((it) => it.body.includes(text));
// oxlint-disable-next-line typescript/no-explicit-any -- bodies are what the test asserts on
const deliveries = async (): Promise<any[]> =>
  (await service.call('GET', `/v1/alert-deliveries?channelId=${channelId}`)).body.items;

test('starts and ends of a signal wake its site through the queue', async () => {
  const nowMs = clock.nowMs();
  const signal = {
    id: signalId('s1'),
    siteId: SITE,
    tenantId: TENANT,
    type: 'import-limit',
    scope: 'total-import',
    issuer: 'dso',
    sequence: 1,
    series: [
      { atMs: nowMs - 1000, value: 20_000 },
      { atMs: nowMs + 400, value: 10_000 },
    ],
    endsAtMs: nowMs + 800,
    receivedAtMs: nowMs,
  } as const;
  await submitSignal({ type: 'signal.received', signal });
  await vi.waitFor(() => expect(woken).toHaveLength(2), SOON);
  expect(await queue.counts('site-hints')).toMatchObject({ delayed: 0, waiting: 0, dead: 0 });
});

test('an alert is planned by a job, and delivered by another', async () => {
  await occur('first');
  await operations.alerts.ask();
  await vi.waitFor(() => expect(told('first')).toBe(true), SOON);
  for (const name of ['alerts', 'webhook-deliveries'] as const) {
    await vi.waitFor(async () => {
      expect(await queue.counts(name)).toMatchObject({ waiting: 0, active: 0, dead: 0 });
    }, SOON);
  }
});

test('old rows are forgotten by a job', async () => {
  await oldMessage();
  await house.ask();
  await vi.waitFor(async () => expect(await oldMessages()).toEqual([]), SOON);
});

test('without Redis alerts go out and old rows go all the same; with it the queue goes on', async () => {
  await redis.kill();
  await occur('while Redis is away');
  await oldMessage();
  await operations.alerts.ask();
  expect(told('while Redis is away')).toBe(true);
  await house.ask();
  expect(await oldMessages()).toEqual([]);

  await redis.start();
  await vi.waitFor(() => queue.counts('alerts'), SOON);
  await occur('Redis is back');
  await operations.alerts.ask();
  await vi.waitFor(() => expect(told('Redis is back')).toBe(true), SOON);
});

test('an emptied Redis loses hints, and no delivery', async () => {
  await redis.kill();
  await service.call('POST', `/v1/alert-channels/${channelId}/test`);
  await redis.start();
  await redis.flush();
  await vi.waitFor(() => queue.counts('alerts'), SOON);
  await operations.alerts.ask();
  await vi.waitFor(() => expect(told('alert.test')).toBe(true), SOON);
});

test('a delivery whose process died in the middle is made again, with the same id and body', async () => {
  const { alerts } = service.store.operations;
  const id = await alerts.deliveries.createTest(TENANT, channelId, Date.now(), 'tester');
  const own = (): readonly Received[] => received.filter((it) => it.id === id);
  answers = 'when told';
  const dying = deliver(deliverDeps, id);
  await vi.waitFor(() => expect(own()).toHaveLength(1), SOON);
  answers = 'at once';
  // Nobody else takes it while its claim holds.
  expect(await deliver(deliverDeps, id)).toBeUndefined();
  expect(own()).toHaveLength(1);
  const later = (): number => Date.now() + 5 * 60_000;
  await deliver({ ...deliverDeps, realNowMs: later }, id);
  expect(own()).toHaveLength(2);
  expect(own()[1]?.body).toBe(own()[0]?.body);
  // The first one wakes up after all, and is told a failure: that is history.
  own()[0]?.response.writeHead(500).end();
  await dying;
  expect(await deliveries()).toContainEqual(
    expect.objectContaining({ id, state: 'delivered', attempts: 2, lastStatus: 204 }),
  );
});

test('one that never comes to an end is given up', async () => {
  const { alerts } = service.store.operations;
  const id = await alerts.deliveries.createTest(TENANT, channelId, Date.now(), 'tester');
  await sql('update alert_deliveries set attempts = 10 where id = $1', [id]);
  await deliver(deliverDeps, id);
  expect(received.filter((it) => it.id === id)).toEqual([]);
  expect(await deliveries()).toContainEqual(
    expect.objectContaining({
      id,
      state: 'failed',
      lastError: expect.stringContaining('given up'),
    }),
  );
});
