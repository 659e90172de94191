/**
 * One station of the gateway without a socket: framing, validation, repair, routing, handlers, journal
 * and command line are the real ones; what comes off a socket and what goes to SQL is held here.
 */
import { stationId } from '../../solver/index.js';
import { createCounts } from '../../src/ocpp/counters.js';
import { cleanFrame } from '../../src/ocpp/frames.js';
import type {
  OcppVersion,
  OutboxCommand,
  SchemaMode,
  StationEvent,
  StationRecord,
} from '../../src/ocpp/messages.js';
import type { GatewayPorts, StationCredential } from '../../src/ocpp/ports.js';
import type { ConnectionHandlers, RpcConnection } from '../../src/ocpp/rpc-server.js';
import { defaultGatewaySettings } from '../../src/ocpp/settings.js';
import { createStation } from '../../src/ocpp/station.js';
import { createMessageSchemas, type MessageSchemas } from '../../src/ocpp/validation.js';
import { createLog } from '../../src/platform/log.js';

/** What one batch brought about. */
export interface Outcome {
  /** Frames that the gateway wrote, in order. */
  readonly sent: readonly string[];
  readonly events: readonly StationEvent[];
  readonly records: readonly StationRecord[];
  readonly logLines: readonly string[];
}

export interface LineUnderTest {
  readonly version: OcppVersion;
  readonly mode: SchemaMode;
  /** Hands over a frame as it comes off the socket. */
  feed(text: string): void;
  dispatch(row: OutboxCommand): void;
  readonly isOpen: () => boolean;
  /** A fresh connection of the same station. */
  reopen(): void;
  /** While true, nothing can be stored. */
  setDown(isDown: boolean): void;
  /** Resolves when nothing waits to be stored any more. */
  drained(): Promise<void>;
  readonly sentCount: () => number;
  /** Takes what has come about since the last time. */
  drain(): Outcome;
  close(): Promise<void>;
  readonly counters: () => Readonly<Record<string, number>>;
}

export const NOW_MS = Date.parse('2026-03-01T12:00:00.000Z');
const STATION = stationId('CP1');

interface Collected {
  sent: string[];
  events: StationEvent[];
  records: StationRecord[];
  logLines: string[];
}

export function createLineUnderTest(
  version: OcppVersion,
  mode: SchemaMode,
  schemas: MessageSchemas = createMessageSchemas(version, mode),
): LineUnderTest {
  let collected: Collected = { sent: [], events: [], records: [], logLines: [] };
  let isDown = false;
  const counts = createCounts();
  const station = createStation(STATION, {
    ports: portsOf(
      () => collected,
      () => isDown,
    ),
    settings: {
      ...defaultGatewaySettings,
      callTimeoutMs: 600_000,
      appendRetryMinMs: 2,
      appendRetryMaxMs: 5,
    },
    counts,
    schemasOf: () => schemas,
    nextGeneration: () => NOW_MS,
    newestEpoch: () => 1,
  });
  const credential: StationCredential = {
    stationId: STATION,
    siteId: 'site',
    secretMac: Buffer.alloc(32),
    evseNumbers: [1, 2],
    sampleIntervalSec: 60,
    schemaMode: mode,
  };
  let isOpen = false;
  let handlers: ConnectionHandlers | undefined;

  const reopen = (): void => {
    isOpen = true;
    const connection: RpcConnection = {
      isWritable: () => isOpen,
      send(text) {
        if (!isOpen) return;
        handlers?.onSent(text);
        collected.sent.push(text);
      },
      close(code, reason) {
        if (!isOpen) return;
        isOpen = false;
        handlers?.onClose(code, reason);
      },
      terminate: () => undefined,
      pauseReading: () => undefined,
      resumeReading: () => undefined,
    };
    handlers = station.connect({ credential, version, remoteAddress: '127.0.0.1' }, connection);
  };
  reopen();

  return {
    version,
    mode,
    feed: (text) => handlers?.onFrame(cleanFrame(text)),
    dispatch: (row) => station.dispatch(row),
    isOpen: () => isOpen,
    reopen,
    setDown(down) {
      isDown = down;
    },
    drained: () => station.drained(1_000),
    sentCount: () => collected.sent.length,
    drain() {
      const outcome = collected;
      collected = { sent: [], events: [], records: [], logLines: [] };
      return outcome;
    },
    async close() {
      station.disconnect(1000, 'done');
      await station.drained(1_000);
    },
    counters: counts.totals,
  };
}

function portsOf(collected: () => Collected, isDown: () => boolean): GatewayPorts {
  let nextId = 1;
  const refuseWhileDown = (): void => {
    if (isDown()) throw new Error('SQL is down');
  };
  return {
    clock: {
      nowMs: () => NOW_MS,
      monotonicMs: () => performance.now(),
      speed: 1,
      at: () => () => undefined,
    },
    ids: { messageId: () => `our-${nextId++}` },
    log: createLog({
      level: 'info',
      stream: { write: (line: string) => void collected().logLines.push(line) },
    }),
    findCredential: async () => undefined,
    isProvisioned: () => false,
    newestSecretUsed: async () => undefined,
    notePending: async () => undefined,
    macOf: () => Buffer.alloc(32),
    async append(events) {
      refuseWhileDown();
      collected().events.push(...events);
    },
    async record(records) {
      refuseWhileDown();
      collected().records.push(...records);
    },
    transactionIdOf: async () => 1 + (nextId++ % 1_000),
    findTransactionEvse: async (_station, id) => (Number(id) % 2 === 0 ? 1 : undefined),
    authorize: async (_station, { idToken }) => ({
      status: idToken.length % 2 === 0 ? 'Accepted' : 'Blocked',
    }),
    keepVariables: async () => undefined,
    requestCertificate: async (_station, { csrPem }) =>
      csrPem.length % 2 === 0 ? undefined : 'no CA is configured',
  };
}
