/** The whole service in this process: private PostgreSQL, engine, gateway and API on real sockets. */
import { testRuntime } from './test-runtime.js';
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { RPCClient } from 'ocpp-rpc';
import { createApi } from '../../src/api/server.js';
import type { ApiSettings } from '../../src/api/settings.js';
import { createEngine, type Engine } from '../../src/control/engine.js';
import { gatewayPorts } from '../../src/compose/gateway-ports.js';
import { createGateway } from '../../src/ocpp/gateway.js';
import { createOutgoingRequests } from '../../src/ocpp/outgoing-requests.js';
import type { OcppVersion } from '../../src/ocpp/messages.js';
import type { Gateway } from '../../src/ocpp/ports.js';
import type { GatewaySettings } from '../../src/ocpp/settings.js';
import { createClock } from '../../src/platform/clock.js';
import { macOf, newApiKey, newStationSecret } from '../../src/platform/credentials.js';
import type { SiteClockOrigin } from '../../simulator/ipc.js';
import type { Site } from '../../src/sites/site.js';
import { openStore } from '../../src/store/postgres-store.js';
import { createPlanPool } from '../../src/planning/pool.js';
import { createPlanner } from '../../src/planning/planner.js';
import { createUpkeep } from '../../src/upkeep/upkeep.js';
import { openFileShelf } from '../../src/upkeep/transfer/file-shelf.js';
import { openDatabase } from '../../src/store/postgres/open-database.js';
import type { Store } from '../../src/store/ports.js';
import { strictOptions } from '../system/gateway-harness.js';
import { rememberingLog } from './test-store.js';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- bodies are what the test asserts on
  readonly body: any;
}

export interface RunningService {
  readonly engine: Engine;
  readonly store: Store;
  readonly databaseUrl: string;
  readonly apiUrl: string;
  /** Base of the stations' URLs, and the password of each. */
  readonly ocpp: { readonly port: number; readonly secret: string };
  /** Of the tenant of the site, with every scope. */
  readonly apiKey: string;
  readonly log: ReturnType<typeof rememberingLog>;
  /** Another key like the first. */
  newKey(): Promise<string>;
  call(method: string, path: string, body?: unknown, headers?: object): Promise<Answer>;
  /** A plain request with the key of the owner. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Connects a station of the site; `replies` answer our calls by action. */
  connect(options: StationOptions): Promise<RPCClient>;
  close(): Promise<void>;
}

export interface StationOptions {
  readonly id: string;
  readonly version: OcppVersion;
  /** Refuses what breaks its schema, in both directions. */
  readonly strict?: 'strict';
  /** Undefined: this call is never answered. */
  reply(action: string, params: unknown): object | undefined | Promise<object | undefined>;
}

/** Runs `site`, in real time or by another clock; each of its stations may connect. */
export async function runService(
  site: Site,
  settings: Partial<GatewaySettings> = {},
  apiSettings: Partial<ApiSettings> = {},
  origin?: SiteClockOrigin,
): Promise<RunningService> {
  const log = rememberingLog();
  const { speed = 1, originSiteMs: siteMs = 0, originRealMs: realMs = 0 } = origin ?? {};
  const clock = createClock({
    speed,
    ...(origin === undefined ? {} : { origin: { siteMs, realMs } }),
  });
  const database = await openDatabase({ log });
  const { url } = database;
  const store = await openStore({ url, clock, log, connectionsMax: 8, retentionDays: 30 });
  const key = await store.serverKey('station-secrets');
  const deps = { clock, log, store, macOf: (secret: string) => macOf(key, secret) };
  const engine: Engine = createEngine({
    ...deps,
    newId: randomUUID,
    dispatch: (commands) => gateway.dispatch(commands),
    onTakenOver: ({ stations }) => gateway.release(stations.map(({ id }) => id)),
    onChange: (siteId) => planner.changed(siteId),
    roundTripMs: () => [],
  });
  const pool = createPlanPool({ log, threadsMax: 1, timeoutMs: 20_000, waitingMax: 10 });
  const planner = createPlanner({ ...deps, engine, pool });
  const ids = { messageId: () => randomUUID() };
  let apiPort = 0;
  const upkeep = createUpkeep({
    ...deps,
    engine,
    realNowMs: Date.now,
    files: await openFileShelf(join(database.dataDir ?? '', 'files')),
    publicUrl: () => `http://127.0.0.1:${apiPort}`,
    settings: { certificateSigning: 'installation', fileRetentionDays: 1, lookEveryMs: 100 },
  });
  const gateway: Gateway = createGateway(gatewayPorts({ ...deps, ids, engine, upkeep }), {
    callTimeoutMs: 3000,
    ...settings,
  });
  await engine.start();
  upkeep.start();
  await engine.addSite(site, 'test');
  const secret = newStationSecret();
  for (const { id } of site.stations) {
    await store.stations.setCredential(id, site.id, deps.macOf(secret), 'test');
  }
  const ocpp = await gateway.listen({ host: '127.0.0.1', port: 0 });
  const api = await createApi({
    ...deps,
    engine,
    upkeep,
    planner,
    credentials: { newSecret: newStationSecret, macOf: deps.macOf },
    dismissStation: (stationId) => gateway.dismiss(stationId),
    realNowMs: Date.now,
    requests: createOutgoingRequests(),
    runtime: testRuntime(),
    settings: {
      secureCookie: false,
      trustProxy: false,
      rateLimitPerMinute: 100_000,
      metricsAccess: 'open',
      dashboardDir: '/nonexistent',
      ...apiSettings,
    },
  });
  await api.listen({ host: '127.0.0.1', port: 0 });
  const { port } = api.server.address() as AddressInfo;
  apiPort = port;
  const newKey = async (): Promise<string> => {
    const { id, key: made, hash } = newApiKey();
    const owner = { id, tenantId: site.tenantId, hash, name: randomBytes(4).toString('hex') };
    await store.keys.create({ ...owner, scopes: ['read', 'write', 'admin'] }, 'test');
    return made;
  };
  const apiKey = await newKey();
  return {
    engine,
    store,
    databaseUrl: url,
    apiUrl: `http://127.0.0.1:${port}`,
    ocpp: { port: ocpp.port, secret },
    apiKey,
    newKey,
    log,
    call: caller(`http://127.0.0.1:${port}`, apiKey),
    fetch: (path, init = {}) =>
      fetch(`http://127.0.0.1:${port}${path}`, {
        ...init,
        headers: { ...init.headers, authorization: `Bearer ${apiKey}` },
      }),
    connect: (options) => connect(`ws://127.0.0.1:${ocpp.port}/ocpp`, secret, options),
    async close() {
      await api.close();
      await gateway.close();
      await upkeep.stop();
      await engine.stop();
      await planner.stop();
      await store.close();
      await database.stop();
    },
  };
}

function caller(baseUrl: string, apiKey: string): RunningService['call'] {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(`${baseUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const parsed: unknown = text === '' ? undefined : JSON.parse(text);
    return { status: response.status, headers: response.headers, body: parsed };
  };
}

async function connect(
  endpoint: string,
  password: string,
  { id, version, reply, strict }: StationOptions,
): Promise<RPCClient> {
  const client = new RPCClient({
    endpoint,
    identity: id,
    password,
    protocols: [version],
    reconnect: false,
    ...(strict === 'strict' ? strictOptions(version) : {}),
  } as ConstructorParameters<typeof RPCClient>[0]);
  client.handle(async ({ method, params }) => {
    const payload = await reply(method ?? '', params);
    if (payload !== undefined) return payload as Record<string, unknown>;
    return new Promise<Record<string, unknown>>(() => undefined);
  });
  await client.connect();
  return client;
}
