/** How a station names a certificate: hashes of its issuer, and its serial number (RFC 6960, 4.1.1). */
import './metadata.js';
import { createHash } from 'node:crypto';
import { X509Certificate } from '@peculiar/x509';
import type { HashData } from './certificate.js';

/** Precondition: `issuerPem` is the certificate that signed it; for a root that is the root itself. */
export async function hashDataOf(pem: string, issuerPem: string): Promise<HashData> {
  const certificate = new X509Certificate(pem);
  const issuer = new X509Certificate(issuerPem);
  const name = Buffer.from(issuer.subjectName.toArrayBuffer());
  const key = await issuer.publicKey.getKeyIdentifier('SHA-256');
  return {
    hashAlgorithm: 'SHA256',
    issuerNameHash: createHash('sha256').update(name).digest('hex'),
    issuerKeyHash: Buffer.from(key).toString('hex'),
    serialNumber: certificate.serialNumber.replace(/^0+(?=.)/, '').toLowerCase(),
  };
}
