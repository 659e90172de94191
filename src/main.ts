/** Composition root: the only file that builds the object graph. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createApi } from './api/server.js';
import { createEngine, type Engine } from './control/engine.js';
import { createGateway } from './ocpp/gateway.js';
import { createOutgoingRequests } from './ocpp/outgoing-requests.js';
import type { Gateway } from './ocpp/ports.js';
import { createLifetime } from './lifetime.js';
import { createClock } from './platform/clock.js';
import { type Config, describeConfig, readConfig } from './platform/config.js';
import { macOf, newApiKey, newSecret } from './platform/credentials.js';
import { CpmsError } from './platform/errors.js';
import { createIds } from './platform/ids.js';
import { createLog } from './platform/log.js';
import type { Clock } from './platform/ports.js';
import { gatewayPorts } from './gateway-ports.js';
import { openDatabase } from './store/postgres/open-database.js';
import { openStore } from './store/postgres-store.js';
import type { Store } from './store/ports.js';

const TENANT = 'main';
/** Per client address: far above a busy page, far below what would hurt. */
const RATE_LIMIT_PER_MINUTE = 6000;
/** A real station must not be told times that are not real. */
const SIMULATOR_VENDOR = 'Busbar Simulator';
const PRUNE_EVERY_MS = 3_600_000;

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
const isLoopback = ['127.0.0.1', 'localhost', '::1'].includes(config.host);
const log = createLog({ level: config.logLevel });
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
  const { databaseConnectionsMax: connectionsMax, retentionDays } = config;
  const store = await life.open(
    () => openStore({ url, log, clock, connectionsMax, retentionDays }),
    (it) => it.close(),
  );
  const stationKey = await store.serverKey('station-secrets');
  const macOfSecret = (secret: string): Buffer => macOf(stationKey, secret);
  const { engine, gateway } = createCore({ clock, store, macOf: macOfSecret });
  await life.open(
    () => engine.start(),
    () => engine.stop(),
  );
  const { host } = config;
  const ocpp = await life.open(
    () => gateway.listen({ host, port: config.ocppPort }).catch(namePort('--ocpp-port')),
    () => gateway.close(),
  );
  const enterCode = randomBytes(24).toString('base64url');
  const api = await createApi({
    engine,
    store,
    clock,
    log,
    credentials: { newSecret, macOf: macOfSecret },
    realNowMs: Date.now,
    dismissStation: (stationId) => gateway.dismiss(stationId),
    requests: createOutgoingRequests(),
    settings: apiSettings(enterCode),
  });
  await life.open(
    () => api.listen({ host, port: config.port }).catch(namePort('--port')),
    () => api.close(),
  );
  const address = api.server.address();
  const httpPort = typeof address === 'object' && address !== null ? address.port : config.port;
  const pruning = setInterval(() => pruneOld(store, clock), PRUNE_EVERY_MS);
  pruning.unref();
  await announce(store, { port: httpPort, ocppPort: ocpp.port, enterCode });
}

function siteClock(): Clock {
  const { clockOriginSiteMs: siteMs, clockOriginRealMs: realMs, clockSpeed: speed } = config;
  const isGiven = siteMs !== undefined && realMs !== undefined;
  return createClock({ ...(isGiven ? { origin: { siteMs, realMs } } : {}), speed });
}

/** Engine and gateway know each other. */
function createCore(deps: {
  readonly clock: Clock;
  readonly store: Store;
  macOf(secret: string): Buffer;
}): { readonly engine: Engine; readonly gateway: Gateway } {
  const ids = createIds();
  const engine: Engine = createEngine({
    ...deps,
    log,
    newId: () => ids.messageId(),
    dispatch: (commands) => gateway.dispatch(commands),
    roundTripMs: () => gateway.stats().roundTripMs,
  });
  const gateway: Gateway = createGateway(gatewayPorts({ ...deps, ids, log, engine }), {
    callTimeoutMs: config.callTimeoutMs,
    ...(config.clockSpeed === 1 ? {} : { vendorOnly: SIMULATOR_VENDOR }),
    unknownStationStatus: config.unknownStationStatus === '401' ? 401 : 404,
  });
  return { engine, gateway };
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

function pruneOld(store: Store, clock: Clock): void {
  store.prune(clock.nowMs()).catch((error: unknown) => {
    log.warn({ err: String(error) }, 'old rows not pruned');
  });
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
