/**
 * The one file that knows ocpp-rpc (pinned exactly). It is left the upgrade and the pings. Frames it
 * does not get to see: our subclass of WebSocket (ws constructs it by its public `WebSocket` option)
 * takes them out, because ocpp-rpc knows three of the five message types, answers what 1.6 wants
 * ignored, misspells a code of 1.6 and turns a repeated call into an error. Its `handleUpgrade` sees a
 * request only after the door has checked it.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { RPCServer } from 'ocpp-rpc';
import { WebSocket } from 'ws';

import { cleanFrame } from './frames.js';
import type { OcppVersion } from './messages.js';
import type { GatewaySettings } from './settings.js';
import { stationPath } from './station-url.js';

/** `backlog` its calls wait for their turn; `pace` it sends more than a station has to say. */
type PauseReason = 'backlog' | 'pace';

/** One socket of a station, after the upgrade. */
export interface RpcConnection {
  /** True while the socket is open and the peer reads what we write. */
  readonly isWritable: () => boolean;
  /** Writes nothing once the socket is closing. */
  send(text: string): void;
  /** Starts the closing handshake; the socket ends after the close timeout. Nothing is read any more. */
  close(code: number, reason: string): void;
  terminate(): void;
  /** Reads nothing until every reason not to has gone. */
  pauseReading(why: PauseReason): void;
  resumeReading(why: PauseReason): void;
}

export interface ConnectionHandlers {
  /** A frame of the station, freed of control characters. */
  onFrame(text: string): void;
  /** A frame that leaves. */
  onSent(text: string): void;
  /** Called once. */
  onClose(code: number, reason: string): void;
}

export interface UpgradeGrant {
  readonly identity: string;
  readonly version: OcppVersion;
  /** Takes over the socket, in the same step in which the upgrade succeeds. */
  accept(connection: RpcConnection): ConnectionHandlers;
}

/** Upgrades a request whose URL and credentials the door has checked. */
export type Upgrade = (
  request: IncomingMessage,
  socket: Socket,
  head: Buffer,
  grant: UpgradeGrant,
) => void;

/** What we use of an ocpp-rpc client. */
interface RpcClient {
  readonly session: Readonly<Record<string, unknown>>;
  readonly _ws: unknown;
}

class StationSocket extends WebSocket {
  /** Set before the first frame can arrive. */
  onFrame: (text: string) => void = () => undefined;
  beforeSend: (text: string) => void = () => undefined;

  /** ocpp-rpc hears of no message. */
  override emit(event: string | symbol, ...values: unknown[]): boolean {
    if (event !== 'message') return super.emit(event, ...values);
    if (this.readyState === WebSocket.OPEN) this.onFrame(cleanFrame(String(values[0])));
    return true;
  }

  override send(data: string, ...rest: unknown[]): void {
    this.beforeSend(data);
    Reflect.apply(super.send, this, [data, ...rest]);
  }
}

export function createUpgrade(settings: GatewaySettings): Upgrade {
  const server = new RPCServer({
    protocols: ['ocpp2.1', 'ocpp2.0.1', 'ocpp1.6'],
    pingIntervalMs: settings.pingIntervalMs,
    wssOptions: socketOptions(settings),
  });
  const grants = new WeakMap<IncomingMessage, UpgradeGrant>();

  server.auth((allow, refuse, handshake) => {
    const grant = grants.get(handshake.request);
    if (grant === undefined || grant.identity !== handshake.identity) refuse(400, 'Bad Request');
    else allow({ grant }, grant.version);
  });
  server.on('error', () => undefined);
  server.on('client', (client: RpcClient) => {
    const { grant } = client.session as { readonly grant: UpgradeGrant };
    attach(client, grant, settings);
  });

  return (request, socket, head, grant) => {
    // It reads the identity from the URL once more, by rules of its own.
    request.url = stationPath(grant.identity);
    grants.set(request, grant);
    server.handleUpgrade(request, socket, head).catch(() => socket.destroy());
  };
}

/** A frame may come in so many segments: whoever sends it byte by byte costs more than its bytes. */
const CHUNKS_MAX = 4_096;

type SocketOptions = NonNullable<ConstructorParameters<typeof RPCServer>[0]['wssOptions']>;

/** Its types know neither the subclass nor the newest options of ws. */
function socketOptions(settings: GatewaySettings): SocketOptions {
  const options = {
    maxPayload: settings.frameBytesMax,
    maxFragments: settings.frameFragmentsMax,
    maxBufferedChunks: CHUNKS_MAX,
    closeTimeout: settings.closeTimeoutMs,
    perMessageDeflate: false,
    // Names in Latin-1 must not cost a station its connection: what is no UTF-8 is read as U+FFFD.
    skipUTF8Validation: true,
    clientTracking: false,
    WebSocket: StationSocket,
  };
  return options as unknown as SocketOptions;
}

function attach(client: RpcClient, grant: UpgradeGrant, settings: GatewaySettings): void {
  const socket = client._ws;
  if (!(socket instanceof StationSocket)) throw new TypeError('ocpp-rpc holds a foreign socket');
  const handlers = grant.accept(connectionOf(socket, settings));

  socket.onFrame = (text) => handlers.onFrame(text);
  socket.beforeSend = (text) => {
    handlers.onSent(text);
    if (socket.bufferedAmount > settings.bufferedBytesMax) socket.terminate();
  };
  socket.on('close', (code, reason) => handlers.onClose(code, reason.toString('utf8')));
}

function connectionOf(socket: StationSocket, settings: GatewaySettings): RpcConnection {
  const reasons = new Set<PauseReason>();
  return {
    isWritable: () =>
      socket.readyState === WebSocket.OPEN && socket.bufferedAmount <= settings.bufferedBytesMax,
    send(text) {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close(code, reason) {
      socket.resume();
      socket.close(code, reason);
    },
    terminate: () => socket.terminate(),
    pauseReading(why) {
      reasons.add(why);
      socket.pause();
    },
    resumeReading(why) {
      reasons.delete(why);
      if (reasons.size === 0) socket.resume();
    },
  };
}
