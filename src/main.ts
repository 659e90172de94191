/** Composition root: opens one part after the other. What is opened last is closed first. */
import { randomBytes } from 'node:crypto';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { createApi } from './api/server.js';
import { announce } from './compose/announce.js';
import { apiSettings } from './compose/api-settings.js';
import { startCore } from './compose/core.js';
import { failureText, namePort } from './compose/failures-in-words.js';
import { keepHouse } from './compose/housekeeping.js';
import { openOperating } from './compose/operating.js';
import { openFiles, publicUrlOf } from './compose/upkeep-parts.js';
import { createOutgoingRequests } from './ocpp/outgoing-requests.js';
import { createClock } from './platform/clock.js';
import { type Config, describeConfig, readConfig } from './platform/config.js';
import { macOf, newStationSecret } from './platform/credentials.js';
import { createHealth } from './platform/health.js';
import { createLifetime } from './platform/lifetime.js';
import { createLog } from './platform/log.js';
import type { Clock } from './platform/ports.js';
import { createTracing, traceFields } from './platform/trace.js';
import { openQueue } from './queue/open-queue.js';
import type { Queue } from './queue/ports.js';
import { tracedQueue } from './queue/traced.js';
import { openDatabase } from './store/postgres/open-database.js';
import { openStore } from './store/postgres-store.js';
import type { Store } from './store/ports.js';

/** Tells the installations apart that share a Redis. */
const NAMESPACE_BYTES = 6;

/** A launcher talks over IPC, and decides what a Ctrl-C means. */
const isLaunched = process.send !== undefined;
const config = configOrEnd();
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
  process.stderr.write(`${failureText(error)}\n`);
  life.end('not started', 1);
});

async function main(): Promise<void> {
  const clock = siteClock();
  const { store, dataDir } = await openRows(clock);
  const stationKey = await store.serverKey('station-secrets');
  const macOfSecret = (secret: string): Buffer => macOf(stationKey, secret);
  const queue = await openJobs(store);
  const files = await life.open(
    () => openFiles(dataDir, log),
    (it) => it.close(),
  );
  const parts = { config, life, log, clock, store, queue, tracing, registry };
  const operating = await openOperating(parts);
  let apiPort = config.port;
  const { engine, gateway, planner, upkeep } = await startCore(life, {
    config,
    log,
    registry,
    tracing,
    clock,
    store,
    queue,
    files: files.shelf,
    operating,
    macOf: macOfSecret,
    publicUrl: () => publicUrlOf(config, apiPort),
  });
  const enterCode = randomBytes(24).toString('base64url');
  const api = await createApi({
    engine,
    store,
    upkeep,
    planner,
    clock,
    log,
    credentials: { newSecret: newStationSecret, macOf: macOfSecret },
    realNowMs: Date.now,
    dismissStation: (stationId) => gateway.dismiss(stationId),
    hintDelivery: operating.hintDelivery,
    requests: createOutgoingRequests(),
    runtime: { health, tracing, registry, queue, gateway: () => gateway.stats() },
    settings: apiSettings(config, enterCode),
  });
  const { host, port, ocppPort } = config;
  await life.open(
    () => api.listen({ host, port }).catch(namePort('--port', port)),
    () => api.close(),
  );
  const address = api.server.address();
  apiPort = typeof address === 'object' && address !== null ? address.port : port;
  const ocpp = await life.open(
    () => gateway.listen({ host, port: ocppPort }).catch(namePort('--ocpp-port', ocppPort)),
    () => gateway.close(),
  );
  await life.open(
    async () => keepHouse({ queue, store, clock, log }),
    async (house) => house.stop(),
  );
  // Closed first: whoever balances load is told before the first socket closes.
  await life.open(
    async () => health.ready(),
    async () => health.drain(),
  );
  await announce({ clock, config, log, store }, { port: apiPort, ocppPort: ocpp.port, enterCode });
}

function siteClock(): Clock {
  const { clockOriginSiteMs: siteMs, clockOriginRealMs: realMs, clockSpeed: speed } = config;
  const isGiven = siteMs !== undefined && realMs !== undefined;
  return createClock({ ...(isGiven ? { origin: { siteMs, realMs } } : {}), speed });
}

/** PostgreSQL, and the folder beside it where it is a private one. */
async function openRows(
  clock: Clock,
): Promise<{ readonly store: Store; readonly dataDir: string | undefined }> {
  const { dataDir, databaseUrl, retentionDays, ocppLogDays } = config;
  const database = await life.open(
    () => openDatabase({ databaseUrl, dataDir, log }),
    (it) => it.stop(),
  );
  const { url } = database;
  const { databaseConnectionsMax: connectionsMax } = config;
  const store = await life.open(
    () => openStore({ url, log, clock, connectionsMax, retentionDays, ocppLogDays }),
    (it) => it.close(),
  );
  return { store, dataDir: dataDir ?? database.dataDir };
}

/** On Redis where there is one, else in this process. */
async function openJobs(store: Store): Promise<Queue> {
  const { redisUrl } = config;
  const namespace = (await store.serverKey('queue-namespace')).toString('hex', 0, NAMESPACE_BYTES);
  return life.open(
    async () => tracedQueue(await openQueue({ redisUrl, namespace, log }), tracing),
    (it) => it.close(),
  );
}

function configOrEnd(): Config {
  try {
    return readConfig({ args: process.argv.slice(2), env: process.env });
  } catch (error) {
    process.stderr.write(`${failureText(error)}\n`);
    process.exit(1);
  }
}
