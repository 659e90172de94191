/** A gateway on a free port of 127.0.0.1 with ports in memory, and stations that talk to it. */
import { createHmac, randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { createValidator, RPCClient } from 'ocpp-rpc';
import { WebSocket } from 'ws';

import type { DeviceVariable } from '../../src/ocpp/device-variable.js';
import { createGateway } from '../../src/ocpp/gateway.js';
import type {
  OcppVersion,
  OutboxCommand,
  StationEvent,
  StationRecord,
} from '../../src/ocpp/messages.js';
import type {
  Gateway,
  GatewayPorts,
  PendingAttempt,
  StationCredential,
} from '../../src/ocpp/ports.js';
import type { GatewaySettings } from '../../src/ocpp/settings.js';
import { stationId } from '../../solver/index.js';

/** Site time of all tests, epoch ms. */
export const NOW_MS = Date.parse('2026-03-01T12:00:00.000Z');
export const SECRET = 'a-secret-of-twenty-bytes';
/** Nothing that is to happen fails because the machine is busy. */
export const PATIENCE_MS = 30_000;

export interface Harness {
  readonly gateway: Gateway;
  readonly port: number;
  /** Everything appended, in order. */
  readonly events: StationEvent[];
  readonly memory: Memory;
  eventsOf<Type extends StationEvent['type']>(type: Type): Extract<StationEvent, { type: Type }>[];
  /** Waits for an event that is there or is still to come. */
  until<Type extends StationEvent['type']>(
    type: Type,
    count?: number,
  ): Promise<Extract<StationEvent, { type: Type }>>;
  close(): Promise<void>;
}

export interface Memory {
  nowMs: number;
  /** While true, `append` rejects. */
  isDown: boolean;
  readonly stations: Map<string, StationCredential>;
  readonly transactionIds: Map<string, number>;
  readonly transactionEvses: Map<string, number>;
  readonly blockedTokens: Set<string>;
  readonly records: StationRecord[];
  readonly pending: PendingAttempt[];
  readonly variables: (DeviceVariable & { readonly station: string })[];
}

export const macOf = (secret: string): Buffer =>
  createHmac('sha256', 'server key').update(secret).digest();

export async function startHarness(settings: Partial<GatewaySettings> = {}): Promise<Harness> {
  const events: StationEvent[] = [];
  const memory: Memory = {
    nowMs: NOW_MS,
    isDown: false,
    stations: new Map(),
    transactionIds: new Map(),
    transactionEvses: new Map(),
    blockedTokens: new Set(['BLOCKED']),
    records: [],
    pending: [],
    variables: [],
  };
  for (const id of ['CP1', 'CP2', 'CP3']) memory.stations.set(id, credential(id));
  const gateway = createGateway(memoryPorts(memory, events), {
    appendRetryMinMs: 20,
    appendRetryMaxMs: 100,
    callTimeoutMs: PATIENCE_MS,
    closeTimeoutMs: 3_000,
    ...settings,
  });
  const { port } = await gateway.listen({ host: '127.0.0.1', port: 0 });
  const eventsOf = <Type extends StationEvent['type']>(type: Type) =>
    events.filter((e): e is Extract<StationEvent, { type: Type }> => e.type === type);
  return {
    gateway,
    port,
    events,
    memory,
    eventsOf,
    until: async (type, count = 1) => {
      await waitFor(() => eventsOf(type).length >= count, `${count} x ${type}`);
      const found = eventsOf(type)[count - 1];
      if (found === undefined) throw new Error('unreachable');
      return found;
    },
    close: () => gateway.close(),
  };
}

function credential(id: string): StationCredential {
  return {
    stationId: stationId(id),
    siteId: 'site',
    secretMac: macOf(SECRET),
    evseNumbers: [1, 2],
    sampleIntervalSec: 60,
  };
}

function memoryPorts(memory: Memory, events: StationEvent[]): GatewayPorts {
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  return {
    clock: {
      nowMs: () => memory.nowMs,
      monotonicMs: () => performance.now(),
      speed: 1,
      at: () => () => undefined,
    },
    ids: { messageId: () => randomUUID() },
    log,
    findCredential: async (id) => memory.stations.get(id),
    isProvisioned: (id) => memory.stations.has(id),
    async newestSecretUsed(id) {
      const { previousMac: _, ...known } = memory.stations.get(id) ?? credential(id);
      memory.stations.set(id, known);
    },
    async notePending(attempts) {
      memory.pending.push(...attempts);
    },
    macOf,
    async append(batch) {
      await Promise.resolve();
      if (memory.isDown) throw new Error('SQL is down');
      for (const event of batch) {
        events.push(event);
        if (event.type !== 'transaction.started') continue;
        memory.transactionEvses.set(`${event.stationId}|${event.transactionId}`, event.evseNumber);
      }
    },
    async keepVariables(station, variables) {
      if (memory.isDown) throw new Error('SQL is down');
      memory.variables.push(...variables.map((it) => ({ station, ...it })));
    },
    async record(batch) {
      if (memory.isDown) throw new Error('SQL is down');
      memory.records.push(...batch);
    },
    async transactionIdOf(station, fingerprint) {
      const key = `${station}|${fingerprint}`;
      const id = memory.transactionIds.get(key) ?? memory.transactionIds.size + 1;
      memory.transactionIds.set(key, id);
      return id;
    },
    findTransactionEvse: async (station, id) => memory.transactionEvses.get(`${station}|${id}`),
    requestCertificate: async () => undefined,
    authorize: async (_station, { idToken }) => ({
      status: memory.blockedTokens.has(idToken) ? 'Blocked' : 'Accepted',
    }),
  };
}

export async function waitFor(condition: () => boolean, what: string): Promise<void> {
  const deadlineMs = performance.now() + PATIENCE_MS;
  while (!condition()) {
    if (performance.now() > deadlineMs) throw new Error(`waited in vain for ${what}`);
    await sleep(5);
  }
}

export const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

const require = createRequire(import.meta.url);

/** Strict in both directions, so a payload of ours that breaks the standard fails the test. */
export function strictOptions(version: OcppVersion): object {
  const file = { 'ocpp1.6': 'ocpp1_6', 'ocpp2.0.1': 'ocpp2_0_1', 'ocpp2.1': 'ocpp2_1' }[version];
  const shipped = JSON.stringify(require(`ocpp-rpc/lib/schemas/${file}.json`));
  const schemas = JSON.parse(shipped, withoutStrayKeyword) as { $id: string }[];
  const renamed = schemas.map((schema) => ({
    ...schema,
    $id: schema.$id.replace(/Request$/, '.req').replace(/Response$/, '.conf'),
  }));
  return { strictMode: true, strictModeValidators: [createValidator(version, renamed)] };
}

/** 2.1 marks texts with `additionalProperties`, about which ajv complains on the console. */
function withoutStrayKeyword(this: { type?: string }, key: string, value: unknown): unknown {
  return key === 'additionalProperties' && this.type === 'string' ? undefined : value;
}

export type StationClient = RPCClient;
export type Reply = (params: Record<string, unknown>) => unknown;

/** A station of ocpp-rpc, connected. `replies` answer the gateway's calls by action. */
export async function connectStation(
  harness: Harness,
  options: {
    readonly id?: string;
    readonly version?: OcppVersion;
    readonly password?: string;
    readonly replies?: Readonly<Record<string, Reply>>;
    readonly strict?: 'strict' | 'lax';
  } = {},
): Promise<StationClient> {
  const { id = 'CP1', version = 'ocpp1.6', password = SECRET, replies = {} } = options;
  const client = new RPCClient({
    endpoint: `ws://127.0.0.1:${harness.port}/ocpp`,
    identity: id,
    password,
    protocols: [version],
    reconnect: false,
    callTimeoutMs: PATIENCE_MS,
    ...(options.strict === 'lax' ? {} : strictOptions(version)),
  } as ConstructorParameters<typeof RPCClient>[0]);
  for (const [action, reply] of Object.entries(replies)) {
    client.handle(
      action,
      async ({ params = {} }) => (await reply(params)) as Record<string, unknown>,
    );
  }
  await client.connect();
  return client;
}

/** A bare WebSocket with valid credentials, for frames that no client library would send. */
export async function connectRaw(
  harness: Harness,
  id = 'CP1',
  version: OcppVersion = 'ocpp1.6',
): Promise<{ readonly socket: WebSocket; readonly received: string[]; closed: Promise<number> }> {
  const socket = new WebSocket(`ws://127.0.0.1:${harness.port}/ocpp/${id}`, [version], {
    headers: { authorization: basic(id, SECRET) },
  });
  const received: string[] = [];
  socket.on('message', (data) => received.push(String(data)));
  socket.on('error', () => undefined);
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('unexpected-response', (_request, response) => {
      reject(new Error(`HTTP ${response.statusCode}`));
    });
  });
  return { socket, received, closed };
}

export const basic = (username: string, password: string | Buffer): string =>
  `Basic ${Buffer.concat([Buffer.from(`${username}:`), Buffer.from(password)]).toString('base64')}`;

/** HTTP status of an upgrade request: 101 when it is let in. */
export function upgradeStatus(
  harness: Harness,
  options: {
    readonly path: string;
    readonly authorization?: string;
    readonly protocol?: string;
  },
): Promise<number> {
  const { path, authorization, protocol = 'ocpp1.6' } = options;
  return import('node:http').then(
    ({ request }) =>
      new Promise((resolve, reject) => {
        const req = request({
          host: '127.0.0.1',
          port: harness.port,
          path,
          headers: {
            Connection: 'Upgrade',
            Upgrade: 'websocket',
            'Sec-WebSocket-Version': '13',
            'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
            ...(protocol !== '' && { 'Sec-WebSocket-Protocol': protocol }),
            ...(authorization !== undefined && { Authorization: authorization }),
          },
        });
        req.on('upgrade', (_response, socket) => {
          socket.destroy();
          resolve(101);
        });
        req.on('response', (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        });
        req.on('error', reject);
        req.end();
      }),
  );
}

let nextSeq = 1;

/** An outbox row for CP1; seq increases by itself. */
export function row(
  command: OutboxCommand['command'],
  changes: Partial<OutboxCommand> = {},
): OutboxCommand {
  return {
    siteId: 'site',
    stationId: stationId('CP1'),
    epoch: 1,
    seq: nextSeq++,
    command,
    priority: 'normal',
    createdAtMs: NOW_MS,
    expiresAtMs: NOW_MS + 60_000,
    ...changes,
  };
}

/** A profile of one period for an EVSE. */
export function setProfile(evseNumber: number, limitA: number): OutboxCommand['command'] {
  return {
    kind: 'set-charging-profile',
    profile: {
      id: 100 + evseNumber,
      stackLevel: 0,
      purpose: 'tx-default',
      evseNumber,
      startAtMs: NOW_MS,
      unit: 'A',
      periods: [{ startSec: 0, limit: limitA, numberPhases: 3 }],
    },
  };
}
