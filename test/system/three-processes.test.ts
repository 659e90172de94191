/** The service with a PostgreSQL and a Redis of its own, as in production, and what looks after it. */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { RPCClient } from 'ocpp-rpc';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { provision } from '../../launch/provision.js';
import { randomFor } from '../../simulator/random.js';
import { openDatabase } from '../../src/store/postgres/open-database.js';
import { durableSite } from '../support/durable-stations.js';
import { recordingStation } from '../support/recording-station.js';
import { type RedisProcess, startRedis } from '../support/redis-process.js';
import { type Environment, runBusbar, type Served, startServed } from '../support/served.js';
import { rememberingLog } from '../support/test-store.js';

const SOON = { timeout: 30_000, interval: 100 };
const GRANTED = { timeout: 90_000, interval: 200 };
const SEED = 11;

const cleanups: (() => Promise<unknown>)[] = [];
let redis: RedisProcess;
let env: Environment;
let served: Served;

beforeEach(async () => {
  const database = await openDatabase({ log: rememberingLog() });
  cleanups.push(() => database.stop());
  redis = await startRedis(['--appendonly', 'yes']);
  cleanups.push(() => redis.remove());
  env = {
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    BUSBAR_OUTBOUND_ALLOW: '127.0.0.1/32',
  };
  served = await startServed(env);
  cleanups.push(() => served.kill());
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

const metric = async (line: RegExp): Promise<string | undefined> =>
  line.exec(await (await fetch(`${served.apiUrl}/metrics`)).text())?.[1];

test('a station charges while Redis goes and comes back; doctor is content; SIGTERM drains', async () => {
  const site = durableSite();
  const secrets = await provision(served.api, site, { fallbackSessionA: 0 });
  const stationAt = (index: number) =>
    recordingStation({
      site,
      index,
      secret: secrets[index]?.secret ?? '',
      random: randomFor(SEED, `three/${index}`),
      bootsAgain: true,
      readingsMax: Number.POSITIVE_INFINITY,
    });
  const station = stationAt(0);
  station.connect(served.ocppUrl);
  await vi.waitFor(() => expect(station.heldA()).toBeGreaterThan(0), GRANTED);

  await redis.kill();
  await vi.waitFor(async () => expect(await metric(/^busbar_queue_up (\d)/m)).toBe('0'), SOON);
  expect((await fetch(`${served.apiUrl}/readyz`)).status).toBe(200);
  const { calls, failures } = station.counts;
  await vi.waitFor(() => expect(station.counts.calls).toBeGreaterThan(calls + 3), SOON);
  expect(station.counts.failures).toBe(failures);
  const sick = await doctor(['--json']);
  expect(sick.code, sick.stdout).toBe(3);
  expect(JSON.parse(sick.stdout)).toMatchObject({ status: 'failed' });
  expect(failedOf(sick.stdout)).toEqual(['Redis']);
  await redis.start();
  await vi.waitFor(async () => expect(await metric(/^busbar_queue_up (\d)/m)).toBe('1'), SOON);

  const sound = await doctor([]);
  expect(sound.code, `${sound.stdout}${sound.stderr}`).toBe(0);
  expect(sound.stdout).not.toMatch(/^(?:failed|warning)/m);
  for (const name of ['configuration', 'HTTP port', 'OCPP port', 'PostgreSQL', 'migrations']) {
    expect(sound.stdout).toMatch(new RegExp(`^ok +${name}`, 'm'));
  }
  expect(sound.stdout).toMatch(/^ok +Redis +\d\S*, noeviction, append-only file on$/m);
  expect(sound.stdout).toMatch(/^ok +clock +\d+ ms from PostgreSQL's$/m);

  expectConventions(await (await fetch(`${served.apiUrl}/metrics`)).text());

  const idle = new WebSocket(`${served.ocppUrl}/${secrets[1]?.stationId}`, 'ocpp1.6', {
    auth: `${secrets[1]?.stationId}:${secrets[1]?.secret}`,
  });
  const closed = new Promise<number>((resolve) => idle.once('close', resolve));
  await new Promise((resolve) => idle.once('open', resolve));
  expect(await served.end(), served.log()).toBe(0);
  expect(await closed).toBe(1012);
  await station.unplugNetwork();
});

test('the commands of busbar talk to it by key, and end with codes that scripts can use', async () => {
  const site = durableSite();
  const secrets = await provision(served.api, site, { fallbackSessionA: 0 });
  const [first] = secrets;
  const stationId = first?.stationId ?? '';
  const keyed = { BUSBAR_URL: served.apiUrl, BUSBAR_API_KEY: served.apiKey };

  const listed = await runBusbar(['station', 'list', '--json'], keyed);
  expect(listed.code, listed.stderr).toBe(0);
  const { items } = JSON.parse(listed.stdout) as { items: { id: string; stage: string }[] };
  expect(items.map((it) => it.id)).toEqual(site.stations.map((it) => it.id));

  const added = await runBusbar(['station', 'add', site.id, stationId], keyed);
  expect(added.code, added.stderr).toBe(0);
  expect(added.stdout).toMatch(new RegExp(`^station   ${stationId}\npassword  \\S{20,}\n$`));
  expect(added.stdout).not.toContain(first?.secret);

  const owner = ['admin', 'create', '--email', 'ada@example.com', '--name', 'Ada'];
  const created = await runBusbar(owner, keyed);
  expect(created.code, created.stderr).toBe(0);
  expect(created.stdout).toContain(`${served.apiUrl}/`);
  const twice = await runBusbar(owner, keyed);
  expect(twice).toMatchObject({ code: 1, stdout: '' });

  const foreign = await runBusbar(['station', 'list'], { ...keyed, BUSBAR_API_KEY: 'bb_00_no' });
  expect(foreign).toMatchObject({ code: 1, stdout: '' });
  expect(foreign.stderr).toMatch(/^401 /);
  expect(`${added.stderr}${served.log()}`).not.toContain(served.apiKey);
});

test('a request is one trace: in the log line of the call to a station, and in a webhook', async () => {
  const site = durableSite();
  const [first] = await provision(served.api, site, { fallbackSessionA: 0 });
  const { stationId = '', secret = '' } = first ?? {};
  await connectStation({ stationId, secret });
  await vi.waitFor(async () => {
    const { items } = await served.api.get<{ items: { id: string; stage: string }[] }>(
      '/v1/charging-stations',
    );
    expect(items.find((it) => it.id === stationId)?.stage).not.toBe('offline');
  }, SOON);
  const traceId = randomBytes(16).toString('hex');
  const ask = async (path: string, body: object): Promise<unknown> => {
    const response = await fetch(`${served.apiUrl}${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${served.apiKey}`,
        'content-type': 'application/json',
        traceparent: `00-${traceId}-${'1'.repeat(16)}-01`,
      },
      body: JSON.stringify(body),
    });
    expect(response.headers.get('traceparent')).toContain(traceId);
    return response.json();
  };

  const answer = await ask(`/v1/charging-stations/${stationId}/commands`, {
    action: 'ClearCache',
    payload: {},
  });
  expect(answer).toMatchObject({ status: 'accepted' });
  const { commandId } = answer as { readonly commandId: string };
  const call = { traceId, commandId, stationId, action: 'ClearCache', outcome: 'answered' };
  await vi.waitFor(() => expect(logLines()).toContainEqual(expect.objectContaining(call)), SOON);
  expect(logLines().find((it) => it['commandId'] === commandId)?.['messageId']).toMatch(/./);

  const received = await receiveWebhooks();
  const made = await ask('/v1/alert-channels', {
    kind: 'webhook',
    name: 'tickets',
    target: received.url,
  });
  const { channel } = made as { readonly channel: { readonly id: string } };
  await ask(`/v1/alert-channels/${channel.id}/test`, {});
  await vi.waitFor(() => expect(received.traceparents).toHaveLength(1), SOON);
  expect(received.traceparents[0]).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
});

const logLines = (): readonly Readonly<Record<string, unknown>>[] =>
  served
    .log()
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** Accepts whatever it is asked. */
async function connectStation(at: {
  readonly stationId: string;
  readonly secret: string;
}): Promise<void> {
  const client = new RPCClient({
    endpoint: served.ocppUrl,
    identity: at.stationId,
    password: at.secret,
    protocols: ['ocpp1.6'],
    reconnect: false,
  } as ConstructorParameters<typeof RPCClient>[0]);
  client.handle(async () => ({ status: 'Accepted' }));
  await client.connect();
  cleanups.push(() => client.close({ force: true } as never));
  await client.call('BootNotification', { chargePointVendor: 'Acme', chargePointModel: 'Wall' });
}

async function receiveWebhooks(): Promise<{
  readonly url: string;
  readonly traceparents: readonly unknown[];
}> {
  const traceparents: unknown[] = [];
  const server = createServer((request, response) => {
    traceparents.push(request.headers['traceparent']);
    request.resume();
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}/hook`, traceparents };
}

/** Of Prometheus: prefix, base units, `_total` on counters only; and labels that cannot grow. */
function expectConventions(text: string): void {
  // What the library measures of Node has names of its own.
  const own = [...text.matchAll(/^# TYPE (busbar_(?!nodejs_)\w+) (\w+)$/gm)];
  expect(own.length).toBeGreaterThan(20);
  for (const [, name = '', type] of own) {
    expect(name, type).not.toMatch(/_(?:ms|milliseconds|minutes|kwh?|percent|count|sum)\b/);
    expect(name.endsWith('_total'), `${name} ${type}`).toBe(type === 'counter');
    if (type === 'histogram') expect(name).toMatch(/_(?:seconds|bytes)$/);
  }
  const labels = [...text.matchAll(/^busbar_(?!nodejs_)\w+\{(.+)\} /gm)].flatMap(([, found = '']) =>
    [...found.matchAll(/(\w+)="/g)].map((it) => it[1]),
  );
  const bounded = ['action', 'direction', 'event', 'le', 'method', 'outcome', 'queue', 'route'];
  expect([...new Set(labels)].toSorted()).toEqual(
    [...bounded, 'site', 'state', 'status'].toSorted(),
  );
}

function doctor(args: readonly string[]): ReturnType<typeof runBusbar> {
  const { httpPort, ocppPort } = served;
  return runBusbar(['doctor', '--port', httpPort, '--ocpp-port', ocppPort, ...args], env);
}

function failedOf(stdout: string): readonly string[] {
  const { checks } = JSON.parse(stdout) as { checks: { name: string; status: string }[] };
  return checks.filter((it) => it.status === 'failed').map((it) => it.name);
}
