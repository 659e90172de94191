/**
 * Who may come in. An upgrade request is checked here completely before ocpp-rpc sees it; those that
 * are refused are answered here.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

import { type Admitted, createDoorCheck, type Refused } from './door-check.js';
import type { GatewayPorts } from './ports.js';
import type { GatewaySettings } from './settings.js';

export interface Door {
  /** Answers refused requests itself; undefined for those and for sockets that went away. */
  admit(request: IncomingMessage, socket: Socket): Promise<Admitted | undefined>;
  stop(): void;
}

const TEXTS: Readonly<Record<Refused['status'], string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
};
const CROWDED: Refused = { status: 503, reason: 'too many upgrades under way', retryAfterSec: 10 };

export function createDoor(
  ports: GatewayPorts,
  settings: GatewaySettings,
  onRefused: (refused: Refused) => void,
): Door {
  const { check, stop } = createDoorCheck(ports, settings);
  let pendingCount = 0;

  return {
    async admit(request, socket) {
      socket.on('error', () => socket.destroy());
      const timer = setTimeout(() => socket.destroy(), settings.handshakeTimeoutMs);
      pendingCount += 1;
      try {
        const tooMany = pendingCount > settings.pendingUpgradesMax;
        const result = tooMany ? CROWDED : await check(request).catch(failed);
        if (socket.destroyed) return undefined;
        if ('credential' in result) return result;
        onRefused(result);
        answer(socket, result);
        return undefined;
      } finally {
        clearTimeout(timer);
        pendingCount -= 1;
      }
    },
    stop,
  };
}

/** Nobody comes in by a mistake of ours, and nobody ends the process by one. */
function failed(error: unknown): Refused {
  return { status: 503, reason: `not checked: ${String(error)}`, retryAfterSec: 10 };
}

function answer(socket: Socket, { status, retryAfterSec }: Refused): void {
  const challenge = status === 401 ? 'WWW-Authenticate: Basic realm="ocpp"\r\n' : '';
  const later =
    retryAfterSec === undefined ? '' : `Retry-After: ${Math.max(1, Math.ceil(retryAfterSec))}\r\n`;
  const head = `HTTP/1.1 ${status} ${TEXTS[status]}\r\nConnection: close\r\n${challenge}${later}`;
  socket.end(`${head}Content-Length: 0\r\n\r\n`, () => socket.destroy());
}
