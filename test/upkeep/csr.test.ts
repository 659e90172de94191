import '../../src/upkeep/certificates/metadata.js';
import { webcrypto } from 'node:crypto';
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import { expect, test } from 'vitest';
import { checkCsr } from '../../src/upkeep/certificates/csr.js';

const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const RSA = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
};

type Names = Record<string, string[]>[];

async function csrOf(name: Names, algorithm: object = EC): Promise<string> {
  const keys = await webcrypto.subtle.generateKey(algorithm as never, true, ['sign', 'verify']);
  const signingAlgorithm = algorithm as never;
  const made = { name, keys: keys as never, signingAlgorithm };
  return (await Pkcs10CertificateRequestGenerator.create(made)).toString('pem');
}

const rules = { names: ['CP-1', 'SN-1'] };
const reasonOf = async (pem: string, more = {}): Promise<string | undefined> => {
  const checked = await checkCsr(pem, { ...rules, ...more });
  return checked.status === 'bad' ? checked.reason : undefined;
};

test.each([
  ['the identity of the station', 'CP-1'],
  ['its serial number', 'SN-1'],
])('takes a request for %s', async (_name, name) => {
  const checked = await checkCsr(await csrOf([{ CN: [name] }]), rules);
  expect(checked).toMatchObject({ status: 'good', subject: `CN=${name}`, keyKind: 'EC P-256' });
});

test.each([
  ['another name', [{ CN: ['CP-2'] }], 'its subject CN is CP-2; CP-1 or SN-1 is expected'],
  ['no name', [{ O: ['Acme'] }], 'its subject has not exactly one CN'],
  ['two names', [{ CN: ['CP-1'] }, { CN: ['SN-1'] }], 'its subject has not exactly one CN'],
] as [string, Names, string][])('refuses %s', async (_note, name, reason) => {
  expect(await reasonOf(await csrOf(name))).toBe(reason);
});

test('asks for the organisation where one is configured', async () => {
  const organisation = 'Acme, Inc.';
  const good = await csrOf([{ CN: ['CP-1'] }, { O: [organisation] }]);
  expect(await reasonOf(good, { organisation })).toBeUndefined();
  const bad = await csrOf([{ CN: ['CP-1'] }, { O: ['Other'] }]);
  expect(await reasonOf(bad, { organisation })).toBe('its subject O is not Acme, Inc.');
});

test('takes RSA from 2048 bits, and refuses less', async () => {
  const name = [{ CN: ['CP-1'] }];
  const strong = await checkCsr(await csrOf(name, { ...RSA, modulusLength: 2048 }), rules);
  expect(strong).toMatchObject({ status: 'good', keyKind: 'RSA 2048' });
  const weak = await reasonOf(await csrOf(name, { ...RSA, modulusLength: 1024 }));
  expect(weak).toContain('an RSA key of 1024 bits');
});

test('refuses a signature that is not of the key', async () => {
  const pem = await csrOf([{ CN: ['CP-1'] }]);
  const der = Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
  const last = der.length - 1;
  der[last] = (der[last] ?? 0) ^ 1;
  const broken = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----`;
  expect(await reasonOf(broken)).toBe('its signature does not fit its key');
});

test.each([
  '',
  'nonsense',
  '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----',
])('refuses what is no request: %j', async (text) => {
  expect(await reasonOf(text)).toBe('it is no PKCS#10 certificate request in PEM');
});
