/**
 * Whether an upgrade request may come in: URL, version, what it failed at before, password, and how
 * many come in at once. Unknown stations and wrong passwords cost the same work.
 */
import { randomBytes, randomInt } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import { callerAddress } from '../platform/proxies.js';
import { anyMacMatches, basicCredentials } from './basic-auth.js';
import { hasClientCertificate } from './client-certificate.js';
import { type Caller, createDoorLimits, type DoorLimits } from './door-limits.js';
import { createDoorReports } from './door-reports.js';
import type { OcppVersion } from './messages.js';
import { createPendingNotes } from './pending-notes.js';
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
  readonly identity?: string;
  /** For 429 and 503; different for each, so that those who are sent away do not come back at once. */
  readonly retryAfterSec?: number;
}

export interface DoorCheck {
  check(request: IncomingMessage): Promise<Admitted | Refused>;
  stop(): void;
}

export function createDoorCheck(ports: GatewayPorts, settings: GatewaySettings): DoorCheck {
  const limits = createDoorLimits(settings, () => ports.clock.monotonicMs());
  const reports = createDoorReports(ports);
  const notes = createPendingNotes(ports);

  const fail = (caller: Caller, request: IncomingMessage, verdict: Refused): Refused => {
    if (verdict.status === 503) return verdict;
    const isFlooded = limits.isFlooded();
    limits.failed(caller);
    if (caller.isProvisioned) {
      const stationId = caller.identity as StationCredential['stationId'];
      reports.loginFailed(stationId, caller.remoteAddress, verdict.reason);
    } else notes.add(attemptOf(caller, request, ports.clock.nowMs()));
    return isFlooded ? refused(503, `flooded: ${verdict.reason}`) : verdict;
  };

  const comeIn = (caller: Caller, credential: StationCredential): Refused | undefined => {
    const hold = limits.afterCheck(caller);
    if (hold === 'too-many-at-once') return refused(503, 'too many connections at once');
    if (hold === 'reconnects-too-often') {
      return {
        ...refused(503, 'reconnects too often'),
        retryAfterSec: settings.reconnectSlowMs / 1e3,
      };
    }
    const perHour = limits.cameIn(caller);
    if (perHour > settings.reconnectsPerHourMax) reports.flapping(credential.stationId, perHour);
    return undefined;
  };

  return {
    async check(request) {
      const identity = stationIdentity(request.url ?? '');
      if (identity === undefined) return refused(400, 'malformed URL');
      const version = negotiateVersion(request.headers['sec-websocket-protocol']);
      if (version === undefined) return refused(400, 'no common subprotocol');
      const remoteAddress = callerAddress(
        request.socket.remoteAddress,
        request.headers['x-forwarded-for'],
        settings.trustedProxies,
      );
      const caller = { identity, remoteAddress, isProvisioned: ports.isProvisioned(identity) };
      const early = refuseEarly(limits, caller);
      if (early !== undefined) return { ...early, identity };
      const verdict = await verify(ports, settings, caller, request);
      if ('status' in verdict) return { ...fail(caller, request, verdict), identity };
      const { pinnedVersion = version } = verdict.credential;
      if (!isOffered(pinnedVersion, request.headers['sec-websocket-protocol'])) {
        return refused(400, `station is pinned to ${pinnedVersion}, which it does not offer`);
      }
      const held = comeIn(caller, verdict.credential);
      if (held !== undefined) return { ...held, identity };
      return { ...verdict, version: pinnedVersion, remoteAddress };
    },
    stop: () => notes.stop(),
  };
}

function refuseEarly(limits: DoorLimits, caller: Caller): Refused | undefined {
  const reason = limits.beforeCheck(caller);
  if (reason === 'too-many-failures') return refused(429, 'too many failed attempts');
  return reason === undefined ? undefined : refused(503, 'flooded by failed attempts');
}

async function verify(
  ports: GatewayPorts,
  settings: GatewaySettings,
  { identity }: Caller,
  request: IncomingMessage,
): Promise<{ readonly credential: StationCredential } | Refused> {
  const { authorization } = request.headers;
  const { username, passwords } = basicCredentials(authorization);
  let presented: readonly Buffer[];
  let credential: StationCredential | undefined;
  try {
    presented = passwords.map((password) => ports.macOf(password));
    credential = await ports.findCredential(identity);
  } catch (error) {
    ports.log.warn({ stationId: identity, error: String(error) }, 'credentials cannot be read');
    return refused(503, 'credentials cannot be read');
  }
  const isNewest = anyMacMatches(presented, credential?.secretMac ?? randomBytes(32));
  const isPrevious = anyMacMatches(presented, credential?.previousMac ?? randomBytes(32));
  if (credential === undefined) return refused(settings.unknownStationStatus, 'unknown station');
  if (hasClientCertificate(request.socket, identity, settings)) return { credential };
  if (settings.allowUnauthenticated && authorization === undefined) return { credential };
  if (!isNewest && !isPrevious) return refused(401, 'wrong password');
  if (username !== identity) return refused(401, 'username is not the identity');
  if (isNewest && credential.previousMac !== undefined) {
    // The station has it: from now on the one before is worth nothing.
    await ports.newestSecretUsed(credential.stationId).catch((error: unknown) => {
      ports.log.warn({ stationId: identity, error: String(error) }, 'old secret not forgotten yet');
    });
  }
  return { credential };
}

function attemptOf(caller: Caller, request: IncomingMessage, atMs: number) {
  const { headers } = request;
  return {
    identity: caller.identity,
    remoteAddress: caller.remoteAddress ?? '',
    subprotocols: headers['sec-websocket-protocol'] ?? '',
    userAgent: headers['user-agent'] ?? '',
    atMs,
    count: 1,
  };
}

const RETRY_AFTER_SEC = [5, 30] as const;

function refused(status: Refused['status'], reason: string): Refused {
  const isLater = status === 429 || status === 503;
  return { status, reason, ...(isLater ? { retryAfterSec: randomInt(...RETRY_AFTER_SEC) } : {}) };
}
