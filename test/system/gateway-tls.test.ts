/** The door over TLS: versions, renewed certificates, certificates of stations. */
import '../support/decorator-metadata.js';
import { webcrypto } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import {
  BasicConstraintsExtension,
  X509CertificateGenerator,
  type X509Certificate,
} from '@peculiar/x509';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { basic, type Harness, SECRET, startHarness } from './gateway-harness.js';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

interface Issued {
  readonly certificate: X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly certificatePem: string;
  readonly keyPem: string;
}

let folder: string;
let harness: Harness | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'busbar-tls-'));
});
afterEach(async () => {
  await harness?.close();
  harness = undefined;
  rmSync(folder, { recursive: true, force: true });
});

async function issue(subject: string, authority?: Issued): Promise<Issued> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const validity = {
    serialNumber: `0${Date.now().toString(16)}`,
    notBefore: new Date(Date.now() - 3_600_000),
    notAfter: new Date(Date.now() + 86_400_000),
    signingAlgorithm: ALGORITHM,
  };
  const certificate =
    authority === undefined
      ? await X509CertificateGenerator.createSelfSigned({
          ...validity,
          name: subject,
          keys,
          extensions: [new BasicConstraintsExtension(true, undefined, true)],
        })
      : await X509CertificateGenerator.create({
          ...validity,
          subject,
          issuer: authority.certificate.subject,
          publicKey: keys.publicKey,
          signingKey: authority.keys.privateKey,
        });
  const der = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  const body = Buffer.from(der).toString('base64').replace(/.{64}/g, '$&\n');
  const keyPem = `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----\n`;
  return { certificate, keys, certificatePem: certificate.toString('pem'), keyPem };
}

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function start(server: Issued, more: object = {}): Promise<Harness> {
  const tls = {
    certificateFile: write('cert.pem', server.certificatePem),
    keyFile: write('key.pem', server.keyPem),
    ...more,
  };
  harness = await startHarness({ tls });
  return harness;
}

/** Status of an upgrade to CP1 over TLS. */
function upgrade(
  port: number,
  options: { readonly authorization?: string; readonly client?: Issued },
): Promise<number> {
  const { authorization, client } = options;
  return new Promise((resolve, reject) => {
    const asked = request({
      host: '127.0.0.1',
      port,
      path: '/ocpp/CP1',
      rejectUnauthorized: false,
      ...(client === undefined ? {} : { cert: client.certificatePem, key: client.keyPem }),
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
        'Sec-WebSocket-Protocol': 'ocpp1.6',
        ...(authorization === undefined ? {} : { Authorization: authorization }),
      },
    });
    asked.on('upgrade', (_response, socket) => {
      socket.destroy();
      resolve(101);
    });
    asked.on('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.on('error', reject);
    asked.end();
  });
}

function shown(port: number): Promise<DetailedPeerCertificate> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
    socket.once('secureConnect', () => {
      resolve(socket.getPeerCertificate(true));
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

test('stations come in over TLS 1.2 and 1.3, and over nothing older', async () => {
  const { port } = await start(await issue('CN=cpms.test'));
  expect(await upgrade(port, { authorization: basic('CP1', SECRET) })).toBe(101);
  expect(await upgrade(port, { authorization: basic('CP1', 'wrong') })).toBe(401);
  const old = new Promise<string>((resolve) => {
    const options = { rejectUnauthorized: false, ciphers: 'DEFAULT@SECLEVEL=0' };
    const socket = connect({ host: '127.0.0.1', port, maxVersion: 'TLSv1.1', ...options });
    socket.once('secureConnect', () => resolve('let in'));
    socket.once('error', () => resolve('refused'));
  });
  expect(await old).toBe('refused');
});

test('a renewed certificate is used from SIGHUP on; a broken one changes nothing', async () => {
  const { port } = await start(await issue('CN=first.test'));
  expect((await shown(port)).subject.CN).toBe('first.test');
  const renewed = await issue('CN=second.test');
  write('cert.pem', 'no certificate');
  process.emit('SIGHUP');
  expect((await shown(port)).subject.CN).toBe('first.test');
  write('cert.pem', renewed.certificatePem);
  write('key.pem', renewed.keyPem);
  process.emit('SIGHUP');
  expect((await shown(port)).subject.CN).toBe('second.test');
});

test("a station's certificate stands for its password: authority, name and organization", async () => {
  const authority = await issue('CN=Stations CA, O=Acme');
  const { port } = await start(await issue('CN=cpms.test'), {
    clientAuthorityFile: write('ca.pem', authority.certificatePem),
    clientOrganization: 'Acme',
  });
  const own = await issue('CN=CP1, O=Acme', authority);
  expect(await upgrade(port, { client: own })).toBe(101);
  const others = [
    await issue('CN=CP2, O=Acme', authority),
    await issue('CN=CP1, O=Other', authority),
    await issue('CN=CP1, O=Acme'),
  ];
  for (const client of others) expect(await upgrade(port, { client })).toBe(401);
  expect(await upgrade(port, { authorization: basic('CP1', SECRET) })).toBe(101);
});
