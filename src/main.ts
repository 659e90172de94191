/** Composition root: the only file that builds the object graph. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createApi } from './api/server.js';
import { createEngine, type Engine } from './control/engine.js';
import { createGateway } from './ocpp/gateway.js';
import type { Gateway } from './ocpp/ports.js';
import { createClock } from './platform/clock.js';
import { describeConfig, readConfig } from './platform/config.js';
import { macOf, newApiKey, newSecret } from './platform/credentials.js';
import { createIds } from './platform/ids.js';
import { createLog } from './platform/log.js';
import { gatewayPorts } from './gateway-ports.js';
import { openDatabase } from './store/postgres/open-database.js';
import { openStore } from './store/postgres-store.js';

const TENANT = 'main';
/** Per client address: far above a busy page, far below what would hurt. */
const RATE_LIMIT_PER_MINUTE = 6000;
const PRUNE_EVERY_MS = 3_600_000;

/** What a launcher is told over IPC; never printed. */
interface ReadyMessage {
  readonly type: 'ready';
  readonly port: number;
  readonly ocppPort: number;
  readonly apiKey: string;
  readonly enterPath: string;
}

const config = readConfig({ args: process.argv.slice(2), env: process.env });
const log = createLog({ level: config.logLevel });
log.info(describeConfig(config), 'starting');

const clock = createClock({
  ...(config.clockOriginSiteMs === undefined || config.clockOriginRealMs === undefined
    ? {}
    : { origin: { siteMs: config.clockOriginSiteMs, realMs: config.clockOriginRealMs } }),
  speed: config.clockSpeed,
});
const database = await openDatabase({
  databaseUrl: config.databaseUrl,
  dataDir: config.dataDir,
  log,
});
const store = await openStore({
  url: database.url,
  log,
  clock,
  connectionsMax: config.databaseConnectionsMax,
  retentionDays: config.retentionDays,
});
const stationKey = await store.serverKey('station-secrets');

const engine: Engine = createEngine({
  clock,
  log,
  store,
  dispatch: (commands) => gateway.dispatch(commands),
  roundTripMs: () => gateway.stats().roundTripMs,
});
const gateway: Gateway = createGateway(
  gatewayPorts({
    clock,
    ids: createIds(),
    log,
    store,
    engine,
    macOf: (it) => macOf(stationKey, it),
  }),
  {
    callTimeoutMs: config.callTimeoutMs,
    unknownStationStatus: config.unknownStationStatus === '401' ? 401 : 404,
  },
);
await engine.start();
const ocpp = await gateway.listen({ host: config.host, port: config.ocppPort });

/** A link that signs in whoever reads it is for the machine itself only. */
const isLoopback = ['127.0.0.1', 'localhost', '::1'].includes(config.host);
const enterCode = randomBytes(24).toString('base64url');
const enter = {
  code: enterCode,
  tenantId: TENANT,
  scopes: ['read', 'write', 'admin'] as const,
  actor: 'owner',
};
const api = await createApi({
  engine,
  store,
  clock,
  log,
  credentials: { newSecret, macOf: (secret) => macOf(stationKey, secret) },
  realNowMs: Date.now,
  settings: {
    ...(isLoopback ? { enter } : {}),
    secureCookie: false,
    trustProxy: false,
    rateLimitPerMinute: RATE_LIMIT_PER_MINUTE,
    metricsAccess: 'open',
    dashboardDir: dashboardDir(),
  },
});
await api.listen({ host: config.host, port: config.port });
const address = api.server.address();
const httpPort = typeof address === 'object' && address !== null ? address.port : config.port;
await announce();

const pruning = setInterval(() => {
  store.prune(clock.nowMs()).catch((error: unknown) => {
    log.warn({ err: String(error) }, 'old rows not pruned');
  });
}, PRUNE_EVERY_MS);

let ending: Promise<void> | undefined;
function end(reason: string): void {
  ending ??= close(reason).then(
    () => process.exit(0),
    (error: unknown) => {
      log.error({ err: String(error) }, 'unclean end');
      process.exit(1);
    },
  );
}
process.on('SIGINT', () => end('SIGINT'));
process.on('SIGTERM', () => end('SIGTERM'));
process.on('disconnect', () => end('launcher gone'));

async function close(reason: string): Promise<void> {
  log.info({ reason }, 'ending');
  clearInterval(pruning);
  await api.close();
  await gateway.close();
  await engine.stop();
  await store.close();
  await database.stop();
}

/** Beside the sources, or above the compiled ones. */
function dashboardDir(): string {
  const places = ['../web/dist', '../../web/dist'];
  const folders = places.map((it) => fileURLToPath(new URL(it, import.meta.url)));
  return folders.find((it) => existsSync(it)) ?? folders[0] ?? '';
}

/** A launcher gets its key over IPC; a person sees the first key once. */
async function announce(): Promise<void> {
  const { id, key, hash } = newApiKey();
  const launched = process.send !== undefined;
  const name = launched ? 'launcher' : 'first key';
  const known = await store.keys.any(TENANT);
  if (launched || !known) {
    await store.keys.create(
      { id, tenantId: TENANT, hash, scopes: ['read', 'write', 'admin'], name },
      'system',
    );
  }
  log.info({ port: httpPort, ocppPort: ocpp.port }, 'ready');
  if (launched) {
    const ready: ReadyMessage = {
      type: 'ready',
      port: httpPort,
      ocppPort: ocpp.port,
      apiKey: key,
      enterPath: `/enter?code=${enterCode}`,
    };
    process.send?.(ready);
    return;
  }
  const path = isLoopback ? `/enter?code=${enterCode}` : '';
  process.stdout.write(`dashboard  http://localhost:${httpPort}${path}\n`);
  process.stdout.write(`ocpp       ws://localhost:${ocpp.port}/ocpp/{stationId}\n`);
  if (!known) process.stdout.write(`API key    ${key}  (shown once)\n`);
}
