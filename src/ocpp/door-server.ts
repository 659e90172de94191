/** The HTTP server under the door: plain or TLS, with limits that cost a bad peer its socket soon. */
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { SecureContextOptions } from 'node:tls';

import { CpmsError } from '../platform/errors.js';
import type { Log } from '../platform/ports.js';
import type { GatewaySettings, TlsSettings } from './settings.js';

const HEADER_BYTES_MAX = 8_192;
/** Certificates are renewed by others; a change is found this soon. */
const WATCH_EVERY_MS = 5_000;

/** Slow or silent peers cost a socket for seconds only. Knows no request but upgrades. */
export function createDoorServer(settings: GatewaySettings, log: Log): Server {
  const { handshakeTimeoutMs, tls } = settings;
  const options: ServerOptions & { readonly noDelay: boolean } = {
    noDelay: true,
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: handshakeTimeoutMs,
    requestTimeout: handshakeTimeoutMs,
    keepAliveTimeout: handshakeTimeoutMs,
    connectionsCheckingInterval: Math.min(1_000, handshakeTimeoutMs),
  };
  const notFound: RequestListener = (_request, response) => {
    response.writeHead(404, { Connection: 'close' }).end();
  };
  const server =
    tls === undefined
      ? createServer(options, notFound)
      : tlsServer(options, notFound, { tls, handshakeTimeoutMs, log });
  server.maxConnections = settings.connectionsMax;
  server.on('clientError', (_error, socket) => socket.destroy());
  return server;
}

function tlsServer(
  options: ServerOptions,
  onRequest: RequestListener,
  { tls, handshakeTimeoutMs, log }: { tls: TlsSettings; handshakeTimeoutMs: number; log: Log },
): Server {
  const asksForCertificates = tls.clientAuthorityFile !== undefined;
  const server = createTlsServer(
    {
      ...options,
      ...contextOf(tls),
      handshakeTimeout: handshakeTimeoutMs,
      // Whether a certificate is needed is the door's decision: a password does as well.
      ...(asksForCertificates ? { requestCert: true, rejectUnauthorized: false } : {}),
    },
    onRequest,
  );
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  const reload = (): void => {
    try {
      server.setSecureContext(contextOf(tls));
      log.info({ certificateFile: tls.certificateFile }, 'TLS certificate read again');
    } catch (error) {
      log.error({ error: String(error) }, 'TLS certificate not usable, the one before stays');
    }
  };
  const files = [tls.certificateFile, tls.keyFile, tls.clientAuthorityFile].filter(
    (path) => path !== undefined,
  );
  for (const path of files) {
    watchFile(path, { interval: WATCH_EVERY_MS, persistent: false }, reload);
  }
  process.on('SIGHUP', reload);
  server.once('close', () => {
    for (const path of files) unwatchFile(path, reload);
    process.off('SIGHUP', reload);
  });
  return server;
}

/** Throws `config-invalid` with the path that cannot be read or used. */
function contextOf(tls: TlsSettings): SecureContextOptions {
  const { clientAuthorityFile } = tls;
  return {
    cert: readPem(tls.certificateFile),
    key: readPem(tls.keyFile),
    // A00.FR.312: TLS 1.2 or newer.
    minVersion: 'TLSv1.2',
    ...(clientAuthorityFile === undefined ? {} : { ca: readPem(clientAuthorityFile) }),
  };
}

function readPem(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new CpmsError('config-invalid', `TLS: ${path} cannot be read`, {
      retriable: false,
      cause,
    });
  }
}
