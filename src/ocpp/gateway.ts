/** The gateway of one process: HTTP server, door, stations. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { createCounts } from './counters.js';
import { createDoor } from './door.js';
import { drain } from './drain.js';
import { createDoorServer } from './door-server.js';
import type { OcppVersion, SchemaMode } from './messages.js';
import type { Gateway, GatewayPorts } from './ports.js';
import { createRefusalLog } from './refusal-log.js';
import { createUpgrade } from './rpc-server.js';
import { defaultGatewaySettings, type GatewaySettings } from './settings.js';
import { createStation, type Station, type StationDeps } from './station.js';
import { createWaitingSockets } from './waiting-sockets.js';
import { createMessageSchemas, type MessageSchemas } from './validation.js';

const IDLE_SWEEP_MS = 5_000;

/** `settings` override `defaultGatewaySettings`. Listens only when told to. */
export function createGateway(
  ports: GatewayPorts,
  settings: Partial<GatewaySettings> = {},
): Gateway {
  const allSettings: GatewaySettings = { ...defaultGatewaySettings, ...settings };
  const counts = createCounts(allSettings.onCallEnd);
  const stations = new Map<string, Station>();
  const deps = stationDeps(ports, allSettings, counts);
  const upgrade = createUpgrade(allSettings);
  const logRefused = createRefusalLog(ports.log, ports.clock);
  const door = createDoor(ports, allSettings, (refused) => {
    counts.add('refusedUpgrades');
    logRefused(refused);
  });
  let isClosing = false;

  const stationOf = (stationId: Parameters<typeof createStation>[0]): Station => {
    const station = stations.get(stationId) ?? createStation(stationId, deps);
    stations.set(stationId, station);
    return station;
  };

  const waiting = createWaitingSockets(allSettings);
  const server = createDoorServer(allSettings, ports.log);
  server.on('connection', (socket) => {
    if (!waiting.enter(socket)) socket.destroy();
  });
  server.on('upgrade', async (request, stream, head) => {
    const socket = stream as Socket;
    const admitted = isClosing ? undefined : await door.admit(request, socket);
    if (isClosing) socket.destroy();
    if (admitted === undefined || isClosing) return;
    waiting.admitted(socket);
    const { credential, version } = admitted;
    upgrade(request, socket, head, {
      identity: credential.stationId,
      version,
      accept: (connection) => stationOf(credential.stationId).connect(admitted, connection),
    });
  });
  const sweep = setInterval(() => {
    for (const station of stations.values()) station.closeIfIdle();
  }, IDLE_SWEEP_MS);
  sweep.unref();

  return {
    listen: (options) => listen(server, options),
    dispatch(rows) {
      for (const row of rows) deps.sawEpoch(row.siteId, row.epoch);
      for (const row of rows) stationOf(row.stationId).dispatch(row);
    },
    connectedVersion: (stationId) => stations.get(stationId)?.version(),
    stats: () => ({
      connections: [...stations.values()].filter((station) => station.version()).length,
      roundTripMs: counts.roundTripMs(),
      counters: counts.totals(),
    }),
    dismiss: (stationId) => stations.get(stationId)?.disconnect(1008, 'no longer provisioned'),
    release(stationIds) {
      // Service restart: the station connects again, and the door here sends it on.
      for (const id of stationIds) stations.get(id)?.disconnect(1012, 'another process serves it');
    },
    async close() {
      isClosing = true;
      clearInterval(sweep);
      door.stop();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await drain([...stations.values()], allSettings);
      server.closeAllConnections();
      await Promise.race([
        closed,
        sleep(2 * allSettings.closeTimeoutMs, undefined, { ref: false }),
      ]);
    },
  };
}

function stationDeps(
  ports: GatewayPorts,
  settings: GatewaySettings,
  counts: StationDeps['counts'],
): StationDeps & { readonly sawEpoch: (siteId: string, epoch: number) => void } {
  const schemas = new Map<`${OcppVersion} ${SchemaMode}`, MessageSchemas>();
  const epochs = new Map<string, number>();
  let generation = 0;
  return {
    ports,
    settings,
    counts,
    schemasOf(version, mode) {
      const known = schemas.get(`${version} ${mode}`) ?? createMessageSchemas(version, mode);
      schemas.set(`${version} ${mode}`, known);
      return known;
    },
    /** Site time, so that it also increases over restarts as long as that does. */
    nextGeneration() {
      generation = Math.max(generation + 1, Math.floor(ports.clock.nowMs()));
      return generation;
    },
    newestEpoch: (siteId) => epochs.get(siteId) ?? 0,
    sawEpoch(siteId, epoch) {
      epochs.set(siteId, Math.max(epoch, epochs.get(siteId) ?? 0));
    },
  };
}

function listen(
  server: Server,
  options: { readonly host: string; readonly port: number },
): Promise<{ readonly port: number }> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.removeListener('error', reject);
      const address = server.address();
      resolve({ port: typeof address === 'object' && address !== null ? address.port : 0 });
    });
  });
}
