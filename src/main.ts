/** Composition root: the only file that builds the object graph. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Runtime } from './api/runtime.js';
import { inviteFirstOwner } from './api/auth/first-owner.js';
import { createApi } from './api/server.js';
import { createEngine, type Engine } from './control/engine.js';
import { createGateway } from './ocpp/gateway.js';
import { createOutgoingRequests } from './ocpp/outgoing-requests.js';
import type { Gateway } from './ocpp/ports.js';
import { withHints } from './hints.js';
import { keepHouse } from './housekeeping.js';
import { createLifetime } from './lifetime.js';
import { openOperating, type Operating } from './operating.js';
import { createCallMeter } from './ocpp/call-meter.js';
import { createClock } from './platform/clock.js';
import { type Config, describeConfig, isLoopbackHost, readConfig } from './platform/config.js';
import { macOf, newApiKey, newStationSecret } from './platform/credentials.js';
import { CpmsError } from './platform/errors.js';
import { createHealth } from './platform/health.js';
import { createIds } from './platform/ids.js';
import { createLog } from './platform/log.js';
import type { Clock } from './platform/ports.js';
import { createTracing, traceFields } from './platform/trace.js';
import { openQueue } from './queue/open-queue.js';
import type { Queue } from './queue/ports.js';
import { tracedQueue } from './queue/traced.js';
import { gatewayPorts, tlsSettings } from './gateway-ports.js';
import { openDatabase } from './store/postgres/open-database.js';
import { openStore } from './store/postgres-store.js';
import { openFiles, publicUrlOf, upkeepSettings } from './upkeep-deps.js';
import { createUpkeep, type Upkeep } from './upkeep/upkeep.js';
import type { FileShelf } from './upkeep/transfer/file-shelf.js';
import type { Store } from './store/ports.js';

const TENANT = 'main';
/** Per client address: far above a busy page, far below what would hurt. */
const RATE_LIMIT_PER_MINUTE = 6000;
/** A real station must not be told times that are not real. */
const SIMULATOR_VENDOR = 'Busbar Simulator';

/** What a launcher is told over IPC; never printed. */
interface ReadyMessage {
  readonly type: 'ready';
  readonly port: number;
  readonly ocppPort: number;
  readonly apiKey: string;
  readonly enterPath: string;
}

/** A launcher talks over IPC, and decides what a Ctrl-C means. */
const isLaunched = process.send !== undefined;
const config = configOrEnd();
/** A link that signs in whoever reads it is for the machine itself only. */
const isLoopback = isLoopbackHost(config.host);
const health = createHealth();
const tracing = createTracing();
const registry = new Registry();
collectDefaultMetrics({ register: registry, prefix: 'busbar_' });
const log = createLog({
  level: config.logLevel,
  format: config.logFormat,
  context: () => traceFields(tracing),
});
const life = createLifetime(log);
process.on('SIGINT', () => {
  if (!isLaunched) life.end('SIGINT', 0);
});
process.on('SIGTERM', () => life.end('SIGTERM', 0));
process.on('disconnect', () => life.end('launcher gone', 0));
// It may have gone while this file was still being loaded.
if (isLaunched && !process.connected) life.end('launcher gone', 0);
log.info(describeConfig(config), 'starting');
main().catch((error: unknown) => {
  say(error);
  life.end('not started', 1);
});

async function main(): Promise<void> {
  const clock = siteClock();
  const { dataDir, databaseUrl } = config;
  const database = await life.open(
    () => openDatabase({ databaseUrl, dataDir, log }),
    (it) => it.stop(),
  );
  const { url } = database;
  const { databaseConnectionsMax: connectionsMax, retentionDays, ocppLogDays } = config;
  const store = await life.open(
    () => openStore({ url, log, clock, connectionsMax, retentionDays, ocppLogDays }),
    (it) => it.close(),
  );
  const stationKey = await store.serverKey('station-secrets');
  const macOfSecret = (secret: string): Buffer => macOf(stationKey, secret);
  const { redisUrl } = config;
  const queue = await life.open(
    async () => tracedQueue(await openQueue({ redisUrl, log }), tracing),
    (it) => it.close(),
  );
  const files = await openFiles(dataDir ?? database.dataDir, log);
  let apiPort = config.port;
  const publicUrl = (): string => publicUrlOf(config, apiPort);
  const operating = await openOperating({ config, life, log, clock, store, queue, tracing });
  const core = { clock, store, queue, macOf: macOfSecret, files, publicUrl, operating };
  const { engine, gateway, upkeep } = await startCore(core);
  const enterCode = randomBytes(24).toString('base64url');
  const api = await createApi({
    engine,
    store,
    upkeep,
    clock,
    log,
    credentials: { newSecret: newStationSecret, macOf: macOfSecret },
    realNowMs: Date.now,
    dismissStation: (stationId) => gateway.dismiss(stationId),
    hintDelivery: operating.hintDelivery,
    requests: createOutgoingRequests(),
    runtime: runtimeOf(queue, gateway),
    settings: apiSettings(enterCode),
  });
  const { host } = config;
  await life.open(
    () => api.listen({ host, port: config.port }).catch(namePort('--port')),
    () => api.close(),
  );
  const address = api.server.address();
  apiPort = typeof address === 'object' && address !== null ? address.port : config.port;
  const ocpp = await life.open(
    () => gateway.listen({ host, port: config.ocppPort }).catch(namePort('--ocpp-port')),
    () => gateway.close(),
  );
  await life.open(
    async () => keepHouse({ queue, store, clock, log }),
    async (stop) => stop(),
  );
  // Closed first: whoever balances load is told before the first socket closes.
  await life.open(
    async () => health.ready(),
    async () => health.drain(),
  );
  await announce(store, { port: apiPort, ocppPort: ocpp.port, enterCode });
}

function siteClock(): Clock {
  const { clockOriginSiteMs: siteMs, clockOriginRealMs: realMs, clockSpeed: speed } = config;
  const isGiven = siteMs !== undefined && realMs !== undefined;
  return createClock({ ...(isGiven ? { origin: { siteMs, realMs } } : {}), speed });
}

interface Core {
  readonly engine: Engine;
  readonly gateway: Gateway;
  readonly upkeep: Upkeep;
}

async function startCore(deps: Parameters<typeof createCore>[0]): Promise<Core> {
  const core = createCore(deps);
  const { engine, upkeep } = core;
  await life.open(
    () => engine.start(),
    () => engine.stop(),
  );
  await deps.operating.watch(engine);
  await life.open(
    async () => upkeep.start(),
    () => upkeep.stop(),
  );
  return core;
}

/** Engine and gateway know each other; upkeep follows what stations say and asks through the engine. */
function createCore(deps: {
  readonly clock: Clock;
  readonly store: Store;
  readonly queue: Queue;
  readonly files: FileShelf;
  macOf(secret: string): Buffer;
  readonly operating: Operating;
  publicUrl(): string;
}): Core {
  const ids = createIds();
  const { queue, clock } = deps;
  const own: Engine = createEngine({
    ...deps,
    log,
    newId: () => ids.messageId(),
    onAlarm: deps.operating.onAlarm,
    dispatch: (commands) => gateway.dispatch(commands),
    roundTripMs: () => gateway.stats().roundTripMs,
  });
  const engine = withHints({ engine: own, queue, clock, log });
  const upkeep = createUpkeep({
    ...deps,
    engine,
    log,
    realNowMs: Date.now,
    settings: upkeepSettings(config),
  });
  const gateway: Gateway = createGateway(gatewayPorts({ ...deps, ids, log, engine, upkeep }), {
    drainMs: config.drainMs,
    onCallEnd: createCallMeter(registry),
    callTimeoutMs: config.callTimeoutMs,
    ...(config.clockSpeed === 1 ? {} : { vendorOnly: SIMULATOR_VENDOR }),
    unknownStationStatus: config.unknownStationStatus === '401' ? 401 : 404,
    allowUnauthenticated: config.allowUnauthenticatedStations === 'yes',
    ...tlsSettings(config),
    onFrame: deps.operating.onFrame,
  });
  return { engine, gateway, upkeep };
}

function apiSettings(code: string): Parameters<typeof createApi>[0]['settings'] {
  return {
    ...(isLoopback
      ? { enter: { code, tenantId: TENANT, scopes: ['read', 'write', 'admin'], actor: 'owner' } }
      : {}),
    ...(config.publicUrl === undefined ? {} : { publicUrl: config.publicUrl }),
    secureCookie: config.publicUrl?.startsWith('https:') === true,
    trustProxy: config.trustProxy ?? false,
    rateLimitPerMinute: RATE_LIMIT_PER_MINUTE,
    metricsAccess: 'open',
    dashboardDir: dashboardDir(),
  };
}

/** Beside the sources, or above the compiled ones. */
function dashboardDir(): string {
  const places = ['../web/dist', '../../web/dist'];
  const folders = places.map((it) => fileURLToPath(new URL(it, import.meta.url)));
  return folders.find((it) => existsSync(it)) ?? folders[0] ?? '';
}

function runtimeOf(queue: Queue, gateway: Gateway): Runtime {
  return { health, tracing, registry, queue, gateway: () => gateway.stats() };
}

/** A launcher gets its key over IPC; a person sees the first key once. */
async function announce(
  store: Store,
  open: { readonly port: number; readonly ocppPort: number; readonly enterCode: string },
): Promise<void> {
  const { port, ocppPort, enterCode } = open;
  const { id, key, hash } = newApiKey();
  const name = isLaunched ? 'launcher' : 'first key';
  const known = await store.keys.any(TENANT);
  if (isLaunched || !known) {
    await store.keys.create(
      { id, tenantId: TENANT, hash, scopes: ['read', 'write', 'admin'], name },
      'system',
    );
  }
  log.info({ port, ocppPort }, 'ready');
  const enterPath = `/enter?code=${enterCode}`;
  if (isLaunched) {
    const ready: ReadyMessage = { type: 'ready', port, ocppPort, apiKey: key, enterPath };
    process.send?.(ready);
    return;
  }
  process.stdout.write(`dashboard  http://localhost:${port}${isLoopback ? enterPath : ''}\n`);
  process.stdout.write(`ocpp       ws://localhost:${ocppPort}/ocpp/{stationId}\n`);
  if (!known) process.stdout.write(`API key    ${key}  (shown once)\n`);
  await announceOwner(store, port);
}

/** With --owner-email, and while there is nobody: the link by which the first owner comes in. */
async function announceOwner(store: Store, port: number): Promise<void> {
  const { ownerEmail: email } = config;
  if (email === undefined) return;
  const path = await inviteFirstOwner(store, { tenantId: TENANT, email, realNowMs: Date.now() });
  const origin = config.publicUrl ?? `http://localhost:${port}`;
  if (path !== undefined) process.stdout.write(`first owner ${origin}${path}  (works once)\n`);
}

function configOrEnd(): Config {
  try {
    return readConfig({ args: process.argv.slice(2), env: process.env });
  } catch (error) {
    say(error);
    process.exit(1);
  }
}

/** A wrong setting is told in words; what nobody foresaw with its stack. */
function say(error: unknown): void {
  const isForeseen = error instanceof CpmsError;
  const text = error instanceof Error && !isForeseen ? error.stack : undefined;
  process.stderr.write(`${text ?? (isForeseen ? error.message : String(error))}\n`);
}

const LISTEN_FAILURES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use by another program',
  EACCES: 'may not be opened by this user',
  EADDRNOTAVAIL: 'cannot be opened: the address of --host is not of this machine',
};

/** Says which flag to change. */
function namePort(flag: '--port' | '--ocpp-port'): (cause: NodeJS.ErrnoException) => never {
  return (cause) => {
    const failure = LISTEN_FAILURES[cause.code ?? ''];
    if (failure === undefined) throw cause;
    const port = flag === '--port' ? config.port : config.ocppPort;
    const message = `${flag}: port ${port} ${failure}; choose another, 0 for a free one`;
    throw new CpmsError('config-invalid', message, { retriable: true, cause });
  };
}
