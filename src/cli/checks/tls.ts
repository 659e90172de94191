/** The certificate that browsers see: for this host, trusted, and not about to end. */
import { connect, type PeerCertificate, type TLSSocket } from 'node:tls';
import { type CheckResult, failed, none, ok, warning } from './check.js';

const NAME = 'TLS';
const TIMEOUT_MS = 5_000;
const DAY_MS = 86_400_000;
const WARNING_DAYS = 14;

export async function checkTls(publicUrl: string | undefined): Promise<CheckResult> {
  if (publicUrl === undefined) return none(NAME, 'no public URL is set');
  const url = new URL(publicUrl);
  if (url.protocol !== 'https:') {
    const fix = 'put a reverse proxy with a certificate in front, and name it by https';
    return warning(NAME, `${publicUrl} is not https: passwords travel in the open`, fix);
  }
  return new Promise((resolve) => {
    const socket = connect({
      host: url.hostname,
      port: url.port === '' ? 443 : Number(url.port),
      servername: url.hostname,
      rejectUnauthorized: false,
      timeout: TIMEOUT_MS,
    });
    const end = (result: CheckResult): void => {
      socket.destroy();
      resolve(result);
    };
    socket.once('secureConnect', () => end(judge(socket, url.hostname)));
    socket.once('timeout', () =>
      end(failed(NAME, `${url.host} does not answer`, 'check the proxy')),
    );
    socket.once('error', (error) =>
      end(failed(NAME, `${url.host}: ${error.message}`, 'check the proxy')),
    );
  });
}

function judge(socket: TLSSocket, host: string): CheckResult {
  const certificate: PeerCertificate = socket.getPeerCertificate();
  const endsAtMs = Date.parse(certificate.valid_to);
  const days = Math.floor((endsAtMs - Date.now()) / DAY_MS);
  const found = `${host}: ends ${new Date(endsAtMs).toISOString().slice(0, 10)}, in ${days} days`;
  if (days < 0) return failed(NAME, found, 'renew the certificate');
  if (!socket.authorized) {
    const why = String(socket.authorizationError);
    return failed(
      NAME,
      `${found}, and is not accepted: ${why}`,
      'serve a certificate for this host with its chain',
    );
  }
  return days < WARNING_DAYS ? warning(NAME, found, 'renew the certificate') : ok(NAME, found);
}
