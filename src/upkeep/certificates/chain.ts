/** Certificates that people bring: taken apart and checked before a station sees them. */
import { createPublicKey, X509Certificate } from 'node:crypto';

const BLOCK = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/** The certificates of a PEM text, in its order; a reason where one of them cannot be read. */
export function readChain(
  pem: string,
): { readonly certificates: readonly X509Certificate[] } | { readonly broken: string } {
  const blocks = pem.match(BLOCK) ?? [];
  if (blocks.length === 0) return { broken: 'there is no certificate in PEM' };
  try {
    return { certificates: blocks.map((block) => new X509Certificate(block)) };
  } catch {
    return { broken: 'a certificate of it cannot be read' };
  }
}

/** Why this certificate is not in force at this instant (real time); undefined when it is. */
export function notInForce(certificate: X509Certificate, atMs: number): string | undefined {
  const { validFrom, validTo } = certificate;
  if (Date.parse(validFrom) > atMs) return `it is valid from ${validFrom} only`;
  return Date.parse(validTo) < atMs ? `it has expired: ${validTo}` : undefined;
}

/**
 * Why this chain does not answer the request; undefined when it does: the first certificate carries the
 * key of the request and can sign no other, and each one is signed by the next, an authority.
 */
export function chainFault(
  certificates: readonly X509Certificate[],
  asked: { readonly publicKeySpki: Buffer; readonly atMs: number },
): string | undefined {
  const [leaf] = certificates;
  if (leaf === undefined) return 'there is no certificate';
  const key = createPublicKey({ key: asked.publicKeySpki, format: 'der', type: 'spki' });
  if (!leaf.publicKey.equals(key)) {
    return 'the first certificate is not for the key of the request';
  }
  if (leaf.ca) return 'the first certificate is one of an authority: its holder could sign others';
  for (const [index, certificate] of certificates.entries()) {
    const late = notInForce(certificate, asked.atMs);
    if (late !== undefined) return `certificate ${index + 1}: ${late}`;
    const issuer = certificates[index + 1];
    if (issuer !== undefined && !isSignedBy(certificate, issuer)) {
      return `certificate ${index + 1} is not signed by the next one`;
    }
    if (issuer !== undefined && !issuer.ca && !isSelfSigned(issuer)) {
      return `certificate ${index + 2} is not one of an authority`;
    }
  }
  return undefined;
}

/** True for a root: it is its own issuer. */
export function isSelfSigned(certificate: X509Certificate): boolean {
  return isSignedBy(certificate, certificate);
}

function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

/** Subject and issuer on one line. */
export function oneLine(name: string): string {
  return name.replaceAll('\n', ', ');
}
