/** The WebSocket of a virtual station: connects, comes back after a loss, with growing pauses. */
import { setTimeout as sleep } from 'node:timers/promises';
import { RPCClient } from 'ocpp-rpc';
import type { Random } from '../random.js';
import type { Handler } from './dialect.js';
import { type FrameLoss, LossyClient } from './lossy-client.js';
import { type Answer, isCallError } from './out-queue.js';

export interface LinkOptions {
  readonly url: string;
  readonly identity: string;
  readonly password: string;
  readonly subprotocol: string;
  readonly handlers: Readonly<Record<string, Handler>>;
  /** Real ms that it waits for an answer. */
  readonly callTimeoutMs: number;
  readonly random: Random;
  readonly onUp: () => void;
  readonly onDown: () => void;
  readonly onCall?: CallWatch;
  /** Absent: the transport loses no frame. */
  readonly isLost?: FrameLoss;
  /** Real ms that a call of the CPMS waits in the station's own queue; absent: none. */
  readonly lateMs?: () => number;
}

/** How a call of the station ended: `refused` by a CALLERROR, `lost` without an answer. */
export type CallEnd = 'answered' | 'refused' | 'lost';

/** Told of each call as it is made; what it returns is told the end of that call, once. */
export type CallWatch = (action: string) => (end: CallEnd) => void;

export interface Link {
  start(firstDelayMs: number): void;
  call(action: string, payload: object): Promise<Answer>;
  /** Ends this connection; it comes back after a pause. */
  drop(): void;
  /** The network is gone: no closing handshake, and nothing for this long. */
  cut(pauseMs: number): void;
  stop(): Promise<void>;
  isUp(): boolean;
}

const PING_INTERVAL_MS = 30_000;
const RETRY_FIRST_MS = 250;
const RETRY_MAX_MS = 10_000;

export function createLink(options: LinkOptions): Link {
  let client: RPCClient | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isUp = false;
  let isStopped = false;
  let failures = 0;
  let absentUntilMs = 0;
  /** Of a station that is late: calls wait here, in order, whatever becomes of their connection. */
  let queue: Promise<unknown> = Promise.resolve();

  const handle = async (
    handler: Handler,
    params: Readonly<Record<string, unknown>>,
  ): Promise<Record<string, unknown>> => {
    const { lateMs } = options;
    if (lateMs === undefined) return handler(params) as Record<string, unknown>;
    const turn = queue.then(() => sleep(lateMs(), undefined, { ref: false }));
    const done = turn.then(() => handler(params) as Record<string, unknown>);
    queue = done.catch(() => undefined);
    return await done;
  };
  const connect = async (): Promise<void> => {
    const { isLost } = options;
    const settings = clientOptions(options);
    const next = isLost === undefined ? new RPCClient(settings) : new LossyClient(settings, isLost);
    for (const [action, handler] of Object.entries(options.handlers)) {
      next.handle(action, ({ params }) => handle(handler, params ?? {}));
    }
    client = next;
    next.once('close', () => closed(next));
    try {
      await next.connect();
    } catch {
      return; // `close` has been emitted, and has set the next attempt.
    }
    opened(next);
  };
  const opened = (opener: RPCClient): void => {
    if (opener !== client || isStopped) return;
    failures = 0;
    isUp = true;
    options.onUp();
  };
  const closed = (closer: RPCClient): void => {
    if (closer !== client) return;
    const wasUp = isUp;
    isUp = false;
    client = undefined;
    if (wasUp) options.onDown();
    if (isStopped) return;
    const pauseMs = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** failures);
    failures = Math.min(failures + 1, 10);
    const waitMs = Math.max(pauseMs * (0.5 + options.random()), absentUntilMs - performance.now());
    if (waitMs < Number.POSITIVE_INFINITY) timer = setTimeout(() => void connect(), waitMs);
  };

  return {
    start(firstDelayMs) {
      timer = setTimeout(() => void connect(), firstDelayMs);
    },
    async call(action, payload) {
      if (client === undefined || !isUp) throw new Error('the station has no link');
      const ended = options.onCall?.(action);
      try {
        const answer = (await client.call(action, payload)) as Answer;
        ended?.('answered');
        return answer;
      } catch (error) {
        ended?.(isCallError(error) ? 'refused' : 'lost');
        throw error;
      }
    },
    drop() {
      void client?.close({ code: 1001, reason: 'Reset' });
    },
    cut(pauseMs) {
      absentUntilMs = performance.now() + pauseMs;
      void client?.close({ force: true });
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await client?.close({ code: 1001, reason: 'The simulation has ended' });
    },
    isUp: () => isUp,
  };
}

function clientOptions(options: LinkOptions): ConstructorParameters<typeof RPCClient>[0] {
  return {
    endpoint: options.url,
    identity: options.identity,
    password: options.password,
    protocols: [options.subprotocol],
    reconnect: false,
    maxReconnects: 0,
    callTimeoutMs: options.callTimeoutMs,
    pingIntervalMs: PING_INTERVAL_MS,
    deferPingsOnActivity: true,
    callConcurrency: 1,
    strictMode: false,
    strictModeValidators: [],
    maxBadMessages: 10,
    respondWithDetailedErrors: false,
    wsOpts: { perMessageDeflate: false, maxPayload: 65_536 },
    headers: {},
    backoff: { initialDelay: 1000, maxDelay: 10_000, factor: 2, randomisationFactor: 0.25 },
  };
}
