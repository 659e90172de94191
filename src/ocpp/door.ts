/**
 * Who may come in. An upgrade request is checked here completely before ocpp-rpc sees it: URL, version,
 * failures of the past, credentials. Unknown stations and wrong passwords cost the same work.
 */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

import { addressKey, createAttemptLimiter } from './attempt-limiter.js';
import { anyMacMatches, basicCredentials } from './basic-auth.js';
import type { OcppVersion } from './messages.js';
import type { GatewayPorts, StationCredential } from './ports.js';
import type { GatewaySettings } from './settings.js';
import { stationIdentity } from './station-url.js';
import { isOffered, negotiateVersion } from './subprotocol.js';

export interface Admitted {
  readonly credential: StationCredential;
  readonly version: OcppVersion;
  readonly remoteAddress: string | undefined;
}

export interface Refused {
  readonly status: 400 | 401 | 404 | 429 | 503;
  readonly reason: string;
}

export interface Door {
  /** Answers refused requests itself; undefined for those and for sockets that went away. */
  admit(request: IncomingMessage, socket: Socket): Promise<Admitted | undefined>;
}

const TEXTS: Readonly<Record<Refused['status'], string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
};
const RETRY_AFTER_SEC = 10;

export function createDoor(
  ports: GatewayPorts,
  settings: GatewaySettings,
  onRefused: (refused: Refused) => void,
): Door {
  const check = createCheck(ports, settings);
  let pendingCount = 0;

  return {
    async admit(request, socket) {
      socket.on('error', () => socket.destroy());
      const timer = setTimeout(() => socket.destroy(), settings.handshakeTimeoutMs);
      pendingCount += 1;
      try {
        const tooMany = pendingCount > settings.pendingUpgradesMax;
        const result = tooMany ? refused(503, 'too many upgrades under way') : await check(request);
        if (socket.destroyed) return undefined;
        if ('credential' in result) return result;
        onRefused(result);
        answer(socket, result.status);
        return undefined;
      } finally {
        clearTimeout(timer);
        pendingCount -= 1;
      }
    },
  };
}

type Check = (request: IncomingMessage) => Promise<Admitted | Refused>;

function createCheck(ports: GatewayPorts, settings: GatewaySettings): Check {
  const { monotonicMs } = ports.clock;
  const { addressFailuresMax, addressRefillMs, identityFailuresMax, identityRefillMs } = settings;
  const byAddress = createAttemptLimiter({
    burst: addressFailuresMax,
    refillMs: addressRefillMs,
    monotonicMs: () => monotonicMs(),
  });
  /** Per address too: nobody can lock a station out from elsewhere. */
  const byIdentity = createAttemptLimiter({
    burst: identityFailuresMax,
    refillMs: identityRefillMs,
    monotonicMs: () => monotonicMs(),
  });

  return async (request) => {
    const identity = stationIdentity(request.url ?? '');
    if (identity === undefined) return refused(400, 'malformed URL');
    const version = negotiateVersion(request.headers['sec-websocket-protocol']);
    if (version === undefined) return refused(400, 'no common subprotocol');
    const { remoteAddress } = request.socket;
    const address = addressKey(remoteAddress);
    const pair = `${address} ${identity}`;
    if (!byIdentity.mayTry(pair) || !byAddress.mayTry(address)) {
      return refused(429, 'too many failed attempts');
    }
    const verdict = await verify(ports, settings, identity, request.headers.authorization);
    if ('credential' in verdict) {
      const { pinnedVersion = version } = verdict.credential;
      if (isOffered(pinnedVersion, request.headers['sec-websocket-protocol'])) {
        return { ...verdict, version: pinnedVersion, remoteAddress };
      }
      return refused(400, `station is pinned to ${pinnedVersion}, which it does not offer`);
    }
    if (verdict.status !== 503) {
      byIdentity.failed(pair);
      byAddress.failed(address);
    }
    return verdict;
  };
}

async function verify(
  ports: GatewayPorts,
  settings: GatewaySettings,
  identity: string,
  header: string | undefined,
): Promise<{ readonly credential: StationCredential } | Refused> {
  const { username, passwords } = basicCredentials(header);
  let presented: readonly Buffer[];
  let credential: StationCredential | undefined;
  try {
    presented = passwords.map((password) => ports.macOf(password));
    credential = await ports.findCredential(identity);
  } catch (error) {
    ports.log.warn({ stationId: identity, error: String(error) }, 'credentials cannot be read');
    return refused(503, 'credentials cannot be read');
  }
  const matches = anyMacMatches(presented, credential?.secretMac ?? randomBytes(32));
  if (credential === undefined) return refused(settings.unknownStationStatus, 'unknown station');
  if (!matches) return refused(401, 'wrong password');
  if (username !== identity) return refused(401, 'username is not the identity');
  return { credential };
}

function refused(status: Refused['status'], reason: string): Refused {
  return { status, reason };
}

function answer(socket: Socket, status: Refused['status']): void {
  const extra =
    status === 401
      ? 'WWW-Authenticate: Basic realm="ocpp"\r\n'
      : status === 429 || status === 503
        ? `Retry-After: ${RETRY_AFTER_SEC}\r\n`
        : '';
  const head = `HTTP/1.1 ${status} ${TEXTS[status]}\r\nConnection: close\r\n${extra}`;
  socket.end(`${head}Content-Length: 0\r\n\r\n`, () => socket.destroy());
}
