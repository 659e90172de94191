/** Chains and names of certificates, checked against what node reads of the same bytes. */
import '../../src/upkeep/certificates/metadata.js';
import { createHash, webcrypto, X509Certificate } from 'node:crypto';
import {
  BasicConstraintsExtension,
  X509Certificate as Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { beforeAll, expect, test } from 'vitest';
import {
  chainFault,
  isSelfSigned,
  notInForce,
  readChain,
} from '../../src/upkeep/certificates/chain.js';
import { hashDataOf } from '../../src/upkeep/certificates/hash-data.js';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const NOW_MS = Date.parse('2026-03-01T12:00:00Z');
const DAY_MS = 86_400_000;

interface Made {
  readonly pem: string;
  readonly keys: Awaited<ReturnType<typeof newKeys>>;
}

const newKeys = () => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);

async function make(
  name: string,
  serialNumber: string,
  issuer?: Made,
  role: 'authority' | 'leaf' = 'authority',
): Promise<Made> {
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.create({
    serialNumber,
    subject: `CN=${name}, O=Ä & Söhne`,
    issuer: issuer === undefined ? `CN=${name}, O=Ä & Söhne` : new Certificate(issuer.pem).subject,
    notBefore: new Date(NOW_MS - DAY_MS),
    notAfter: new Date(NOW_MS + DAY_MS),
    publicKey: keys.publicKey as never,
    signingKey: (issuer?.keys ?? keys).privateKey as never,
    signingAlgorithm: ALGORITHM,
    extensions: [new BasicConstraintsExtension(role === 'authority', undefined, true)],
  });
  return { pem: certificate.toString('pem'), keys };
}

let root: Made;
let middle: Made;
let leaf: Made;
let child: Made;
beforeAll(async () => {
  root = await make('Root', '01');
  middle = await make('Middle', '00ab', root);
  leaf = await make('Leaf', '4a0b', middle, 'leaf');
  child = await make('Child', '4a0c', leaf, 'leaf');
});

const chainOf = (...made: Made[]): readonly X509Certificate[] => {
  const chain = readChain(made.map(({ pem }) => pem).join('\n'));
  return 'broken' in chain ? [] : chain.certificates;
};

const spkiOf = (made: Made): Buffer =>
  new X509Certificate(made.pem).publicKey.export({ type: 'spki', format: 'der' });

test('a chain for the key of the request, in order and in force, has no fault', () => {
  const asked = { publicKeySpki: spkiOf(leaf), atMs: NOW_MS };
  expect(chainFault(chainOf(leaf, middle, root), asked)).toBeUndefined();
  expect(chainFault(chainOf(leaf), asked)).toBeUndefined();
});

test.each([
  ['another key', () => [root], 'not for the key'],
  ['a gap', () => [leaf, root], 'certificate 1 is not signed by the next one'],
  ['the wrong order behind the first', () => [leaf, middle, leaf], 'certificate 2 is not signed'],
])('a chain with %s is refused', (_note, made, fault) => {
  const asked = { publicKeySpki: spkiOf(leaf), atMs: NOW_MS };
  expect(chainFault(chainOf(...made()), asked)).toContain(fault);
});

test('a certificate that could sign others is not for a station', () => {
  const asked = { publicKeySpki: spkiOf(middle), atMs: NOW_MS };
  expect(chainFault(chainOf(middle, root), asked)).toContain('one of an authority');
});

test('what a station signed with its own certificate is no chain', () => {
  const asked = { publicKeySpki: spkiOf(child), atMs: NOW_MS };
  const fault = chainFault(chainOf(child, leaf, middle, root), asked);
  expect(fault).toContain('certificate 2 is not one of an authority');
});

test('a chain that is not in force is refused, before and after', () => {
  const publicKeySpki = spkiOf(leaf);
  const at = (days: number) =>
    chainFault(chainOf(leaf, middle), { publicKeySpki, atMs: NOW_MS + days * DAY_MS });
  expect(at(2)).toContain('certificate 1: it has expired');
  expect(at(-2)).toContain('certificate 1: it is valid from');
  expect(notInForce(new X509Certificate(leaf.pem), NOW_MS)).toBeUndefined();
});

test('a text without a certificate, or with a broken one, is no chain', () => {
  expect(readChain('hello')).toEqual({ broken: 'there is no certificate in PEM' });
  const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
  expect(readChain(broken)).toEqual({ broken: 'a certificate of it cannot be read' });
});

test('a root is its own issuer', () => {
  expect(isSelfSigned(new X509Certificate(root.pem))).toBe(true);
  expect(isSelfSigned(new X509Certificate(middle.pem))).toBe(false);
});

/** Content of the DER element at `start`, and where it ends. */
function element(der: Buffer, start: number): { content: number; end: number } {
  const first = der[start + 1] ?? 0;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  const length = lengthBytes === 0 ? first : der.readUIntBE(start + 2, lengthBytes);
  const content = start + 2 + lengthBytes;
  return { content, end: content + length };
}

/** Children of a constructed element. */
function children(der: Buffer): Buffer[] {
  const { content, end } = element(der, 0);
  const found: Buffer[] = [];
  for (let at = content; at < end; at = element(der, at).end) {
    found.push(der.subarray(at, element(der, at).end));
  }
  return found;
}

test.each([
  ['a root', () => [root, root] as const],
  ['an intermediate with a leading zero in its serial number', () => [middle, root] as const],
  ['a leaf', () => [leaf, middle] as const],
])('hash data of %s is made of the bytes of its issuer (RFC 6960)', async (_note, pair) => {
  const [certificate, issuer] = pair();
  const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
  const [tbs = Buffer.alloc(0)] = children(new X509Certificate(certificate.pem).raw);
  const [, serial = Buffer.alloc(0), , issuerName = Buffer.alloc(0)] = children(tbs);
  const [, bits = Buffer.alloc(0)] = children(spkiOf(issuer));
  const number = serial.subarray(element(serial, 0).content).toString('hex');
  expect(await hashDataOf(certificate.pem, issuer.pem)).toEqual({
    hashAlgorithm: 'SHA256',
    issuerNameHash: sha256(issuerName),
    // The first byte of a bit string counts its unused bits.
    issuerKeyHash: sha256(bits.subarray(element(bits, 0).content + 1)),
    serialNumber: number.replace(/^0+(?=.)/, ''),
  });
});
