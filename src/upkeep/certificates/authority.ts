/** The authority of this installation, which signs certificates of its stations. Made at first use. */
import './metadata.js';
import { randomBytes, webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  type Pkcs10CertificateRequest,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { UpkeepDeps } from '../ports.js';

const NAME = 'stations';
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 24 * 3_600_000;
const AUTHORITY_DAYS = 3653;
const STATION_DAYS = 398;
/** Clocks of stations may be behind. */
const BACKDATED_MS = DAY_MS;

type AuthorityDeps = Pick<UpkeepDeps, 'store' | 'realNowMs' | 'settings'>;

interface Authority {
  readonly certificate: X509Certificate;
  readonly key: webcrypto.CryptoKey;
}

/** PEM, the station's certificate first, then the authority's. The request has been checked. */
export async function signCsr(deps: AuthorityDeps, csr: Pkcs10CertificateRequest): Promise<string> {
  const authority = (await openAuthority(deps)) ?? (await createAuthority(deps));
  const nowMs = deps.realNowMs();
  const notAfterMs = Math.min(
    nowMs + STATION_DAYS * DAY_MS,
    authority.certificate.notAfter.getTime(),
  );
  const certificate = await X509CertificateGenerator.create({
    serialNumber: newSerialNumber(),
    subject: csr.subjectName,
    issuer: authority.certificate.subjectName,
    notBefore: new Date(nowMs - BACKDATED_MS),
    notAfter: new Date(notAfterMs),
    publicKey: csr.publicKey,
    signingKey: authority.key,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyAgreement, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
      await SubjectKeyIdentifierExtension.create(csr.publicKey),
      await AuthorityKeyIdentifierExtension.create(authority.certificate),
    ],
  });
  return `${certificate.toString('pem')}\n${authority.certificate.toString('pem')}\n`;
}

/** PEM of the authority; undefined while nothing has been signed. */
export async function authorityPem(deps: AuthorityDeps): Promise<string | undefined> {
  return (await deps.store.upkeep.authorities.find(NAME))?.certificatePem;
}

async function openAuthority(deps: AuthorityDeps): Promise<Authority | undefined> {
  const stored = await deps.store.upkeep.authorities.find(NAME);
  if (stored === undefined) return undefined;
  const { keyPkcs8 } = stored;
  const key = await webcrypto.subtle.importKey('pkcs8', keyPkcs8, ALGORITHM, false, ['sign']);
  return { certificate: new X509Certificate(stored.certificatePem), key };
}

async function createAuthority(deps: AuthorityDeps): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const nowMs = deps.realNowMs();
  const { certificateOrganisation: organisation } = deps.settings;
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerialNumber(),
    name: [
      { CN: ['Busbar station authority'] },
      ...(organisation === undefined ? [] : [{ O: [organisation] }]),
    ],
    notBefore: new Date(nowMs - BACKDATED_MS),
    notAfter: new Date(nowMs + AUTHORITY_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const keyPkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const certificatePem = certificate.toString('pem');
  await deps.store.upkeep.authorities.create(NAME, { certificatePem, keyPkcs8 });
  // Another process may have been first: what is stored is the authority.
  const stored = await openAuthority(deps);
  if (stored === undefined) throw new Error('the authority was not stored');
  return stored;
}

/** 16 random bytes, positive (RFC 5280, 4.1.2.2). */
function newSerialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}
