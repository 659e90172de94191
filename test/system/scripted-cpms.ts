/** A small CPMS that answers by script: for tests of the virtual site without the real service. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RPCServer } from 'ocpp-rpc';

export interface Frame {
  readonly stationId: string;
  readonly action: string;
  readonly params: Readonly<Record<string, unknown>>;
}

export interface StationSide {
  readonly stationId: string;
  readonly version: string;
  call(action: string, params: object): Promise<Readonly<Record<string, unknown>>>;
}

export interface ScriptedCpms {
  readonly ocppUrl: string;
  readonly apiUrl: string;
  /** Everything that stations said, in order. */
  readonly frames: Frame[];
  readonly stations: Map<string, StationSide>;
  readonly claims: { readonly path: string; readonly body: unknown }[];
  readonly meterSamples: unknown[];
  /** Frames of either side that break the standard's schemas. */
  readonly violations: unknown[];
  /** Handshakes that had the wrong secret. */
  refused: number;
  /** Cuts the link of one station. */
  dropStation(stationId: string): void;
  close(): Promise<void>;
}

export async function startScriptedCpms(
  secrets: ReadonlyMap<string, string>,
): Promise<ScriptedCpms> {
  const frames: Frame[] = [];
  const stations = new Map<string, StationSide>();
  const violations: unknown[] = [];
  const links = new Map<string, () => void>();
  const active = new Map<string, string>();
  const ocpp = new RPCServer({
    protocols: ['ocpp1.6', 'ocpp2.0.1'],
    strictMode: true,
    respondWithDetailedErrors: true,
  } as ConstructorParameters<typeof RPCServer>[0]);
  const cpms = { refused: 0 };
  ocpp.auth((accept, reject, handshake) => {
    const { identity = '', password } = handshake as {
      readonly identity?: string;
      readonly password?: Buffer;
    };
    if (password?.toString() === secrets.get(identity)) {
      accept();
    } else {
      cpms.refused += 1;
      reject(401, 'unknown');
    }
  });
  const answer = scriptedAnswers(active);
  ocpp.on('client', (client) => {
    const stationId = String(client.identity);
    stations.set(stationId, {
      stationId,
      version: String(client.protocol),
      call: async (action, params) => (await client.call(action, params)) as Frame['params'],
    });
    client.on('strictValidationFailure', (failure: unknown) => violations.push(failure));
    links.set(stationId, () => void client.close({ code: 1001, reason: 'dropped', force: true }));
    client.handle(async ({ method = '', params = {} }) => {
      frames.push({ stationId, action: method, params });
      return answer(stationId, method, params) as Record<string, unknown>;
    });
  });
  const ocppServer = (await ocpp.listen(0, '127.0.0.1')) as Server;
  const api = scriptedApi(active);
  await new Promise<void>((resolve) => api.server.listen(0, '127.0.0.1', resolve));
  const port = (server: Server): number => (server.address() as AddressInfo).port;
  return Object.assign(cpms, {
    ocppUrl: `ws://127.0.0.1:${port(ocppServer)}`,
    apiUrl: `http://127.0.0.1:${port(api.server)}`,
    frames,
    violations,
    stations,
    claims: api.claims,
    meterSamples: api.meterSamples,
    dropStation: (stationId: string) => links.get(stationId)?.(),
    async close() {
      await ocpp.close({ code: 1001, reason: 'test over', awaitPending: false, force: true });
      api.server.closeAllConnections();
      await new Promise((resolve) => api.server.close(resolve));
    },
  });
}

/** Accepts everything, and remembers which transaction runs at which station. */
function scriptedAnswers(active: Map<string, string>) {
  let transactionCount = 0;
  return (stationId: string, action: string, params: Frame['params']): object => {
    const now = new Date().toISOString();
    if (action === 'BootNotification') {
      return { status: 'Accepted', currentTime: now, interval: 300 };
    }
    if (action === 'Heartbeat') return { currentTime: now };
    if (action === 'Authorize') {
      return 'idTag' in params
        ? { idTagInfo: { status: 'Accepted' } }
        : { idTokenInfo: { status: 'Accepted' } };
    }
    if (action === 'StartTransaction') {
      transactionCount += 1;
      active.set(stationId, String(transactionCount));
      return { idTagInfo: { status: 'Accepted' }, transactionId: transactionCount };
    }
    if (action === 'TransactionEvent' && params['eventType'] === 'Started') {
      const info = params['transactionInfo'] as { readonly transactionId: string };
      active.set(stationId, info.transactionId);
      return { idTokenInfo: { status: 'Accepted' } };
    }
    return {};
  };
}

/** Sessions are there once their transaction has started. */
function scriptedApi(active: ReadonlyMap<string, string>) {
  const claims: { path: string; body: unknown }[] = [];
  const meterSamples: unknown[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://localhost');
      const text = Buffer.concat(chunks).toString();
      const isAllowed = request.headers.authorization === 'Bearer key';
      if (request.method === 'PUT') claims.push({ path: url.pathname, body: JSON.parse(text) });
      if (request.method === 'POST') meterSamples.push(JSON.parse(text));
      const stationId = url.searchParams.get('stationId') ?? '';
      const transactionId = active.get(stationId);
      const items =
        transactionId === undefined
          ? []
          : [{ id: `session-${stationId}`, evseId: `${stationId}:1`, stationId, transactionId }];
      response.writeHead(isAllowed ? 200 : 401, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ items }));
    });
  });
  return { server, claims, meterSamples };
}
