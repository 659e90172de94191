/**
 * The one file that knows ocpp-rpc (pinned exactly). It is left the upgrade, the framing and answering
 * of stations' calls, the counting of bad messages, and pings. The rest it does not get to see:
 *
 * - Frames pass through our subclass of WebSocket (ws constructs it by its public `WebSocket` option),
 *   which takes out answers to our calls (types 3 and 4) and what OCPP 2.1 adds (types 5 and 6), and
 *   cleans escapes. What is left is calls and garbage, and that is what ocpp-rpc handles.
 * - Its strict mode is off; payloads are checked by `validation.ts`.
 * - Its `handleUpgrade` sees a request only after the door has checked it.
 */
import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import ocppRpc, { createRPCError, RPCServer } from 'ocpp-rpc';
import { WebSocket } from 'ws';

import { CallError } from './call-error.js';
import {
  CALL_ERROR,
  CALL_RESULT,
  CALL_RESULT_ERROR,
  cleanEscapes,
  messageTypeOf,
  SEND,
} from './frames.js';
import type { OcppVersion } from './messages.js';
import type { GatewaySettings } from './settings.js';

/** Not a named export as far as Node can see in that CommonJS module. */
const { NOREPLY } = ocppRpc;

/** Returned by a call handler that wants no answer to leave. */
export const NO_ANSWER = Symbol('no answer');

/** One socket of a station, after the upgrade. */
export interface RpcConnection {
  /** True while the socket is open and the peer reads what we write. */
  readonly isWritable: () => boolean;
  send(text: string): void;
  /** Starts the closing handshake; the socket ends after the close timeout. Nothing is read any more. */
  close(code: number, reason: string): void;
  terminate(): void;
  pauseReading(): void;
  resumeReading(): void;
}

export interface ConnectionHandlers {
  /** A call of the station. Returns its answer or NO_ANSWER; throws CallError for a CALLERROR. */
  onCall(action: string, payload: unknown): Promise<object | typeof NO_ANSWER>;
  /** A frame that says it is an answer. */
  onAnswer(text: string): void;
  /** CALLRESULTERROR or SEND of OCPP 2.1: nothing is expected back. */
  onUnanswerable(messageType: number, text: string): void;
  onFrame(direction: 'in' | 'out', text: string): void;
  /** A frame that is no OCPP-J; it was answered with a CALLERROR. */
  onBadFrame(): void;
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
interface RpcClient extends EventEmitter {
  readonly session: Readonly<Record<string, unknown>>;
  readonly _ws: unknown;
  handle(handler: (call: { method: string; params: unknown }) => Promise<unknown>): void;
}

class StationSocket extends WebSocket {
  /** True: ocpp-rpc shall see this frame. Set before the first one can arrive. */
  admitsFrame: (text: string) => boolean = () => false;
  beforeSend: (text: string) => void = () => undefined;

  override emit(event: string | symbol, ...values: unknown[]): boolean {
    if (event !== 'message') return super.emit(event, ...values);
    const text = cleanEscapes(String(values[0]));
    return this.admitsFrame(text) && super.emit('message', text, false);
  }

  override send(data: string, ...rest: unknown[]): void {
    this.beforeSend(data);
    Reflect.apply(super.send, this, [data, ...rest]);
  }
}

export function createUpgrade(settings: GatewaySettings): Upgrade {
  const server = new RPCServer({
    protocols: ['ocpp2.1', 'ocpp2.0.1', 'ocpp1.6'],
    callTimeoutMs: settings.callTimeoutMs,
    pingIntervalMs: settings.pingIntervalMs,
    maxBadMessages: settings.badFramesMax,
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
    grants.set(request, grant);
    server.handleUpgrade(request, socket, head).catch(() => socket.destroy());
  };
}

type SocketOptions = NonNullable<ConstructorParameters<typeof RPCServer>[0]['wssOptions']>;

/** Its types know neither the subclass nor the newest options of ws. */
function socketOptions(settings: GatewaySettings): SocketOptions {
  const options = {
    maxPayload: settings.frameBytesMax,
    maxFragments: settings.frameFragmentsMax,
    closeTimeout: settings.closeTimeoutMs,
    perMessageDeflate: false,
    clientTracking: false,
    WebSocket: StationSocket,
  };
  return options as unknown as SocketOptions;
}

function attach(client: RpcClient, grant: UpgradeGrant, settings: GatewaySettings): void {
  const socket = client._ws;
  if (!(socket instanceof StationSocket)) throw new TypeError('ocpp-rpc holds a foreign socket');
  const handlers = grant.accept(connectionOf(socket, settings));

  socket.admitsFrame = (text) => {
    if (socket.readyState !== WebSocket.OPEN) return false;
    handlers.onFrame('in', text);
    return !takeFrame(handlers, text, grant.version);
  };
  socket.beforeSend = (text) => {
    handlers.onFrame('out', text);
    if (socket.bufferedAmount > settings.bufferedBytesMax) socket.terminate();
  };
  socket.on('close', (code, reason) => handlers.onClose(code, reason.toString('utf8')));
  client.on('badMessage', () => handlers.onBadFrame());
  client.handle(async ({ method, params }) => {
    const answer = await handlers.onCall(method, params).catch(rethrowAsRpcError);
    return answer === NO_ANSWER ? NOREPLY : answer;
  });
}

/** True when the frame is none of ocpp-rpc's business. */
function takeFrame(handlers: ConnectionHandlers, text: string, version: OcppVersion): boolean {
  const messageType = messageTypeOf(text);
  if (messageType === CALL_RESULT || messageType === CALL_ERROR) {
    handlers.onAnswer(text);
    return true;
  }
  const isUnanswerable = messageType === CALL_RESULT_ERROR || messageType === SEND;
  if (!isUnanswerable || version !== 'ocpp2.1') return false;
  handlers.onUnanswerable(messageType, text);
  return true;
}

function connectionOf(socket: StationSocket, settings: GatewaySettings): RpcConnection {
  return {
    isWritable: () =>
      socket.readyState === WebSocket.OPEN && socket.bufferedAmount <= settings.bufferedBytesMax,
    send: (text) => socket.send(text),
    close(code, reason) {
      socket.resume();
      socket.close(code, reason);
    },
    terminate: () => socket.terminate(),
    pauseReading: () => socket.pause(),
    resumeReading: () => socket.resume(),
  };
}

/** ocpp-rpc writes the 1.6 spelling of a code where it differs. Unknown errors stay inside. */
function rethrowAsRpcError(error: unknown): never {
  const known = error instanceof CallError;
  throw createRPCError(known ? error.code : 'InternalError', known ? error.message : '', {});
}
