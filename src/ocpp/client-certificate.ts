/** Security profile 3: the station proves itself with a certificate instead of a password. */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { GatewaySettings } from './settings.js';

/**
 * True when the connection has a certificate of the configured authority whose common name is the
 * identity, and whose organization is the configured one (OCPP 2.0.1 part 2, A00.FR.404, 405).
 */
export function hasClientCertificate(
  socket: Socket,
  identity: string,
  { tls }: Pick<GatewaySettings, 'tls'>,
): boolean {
  if (tls?.clientAuthorityFile === undefined) return false;
  if (!(socket instanceof TLSSocket) || !socket.authorized) return false;
  const { subject } = socket.getPeerCertificate();
  if (subject?.CN !== identity) return false;
  return tls.clientOrganization === undefined || subject.O === tls.clientOrganization;
}
