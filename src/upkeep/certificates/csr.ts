/** What a station wants signed (PKCS#10), and whether it may be: A02.FR.07, 1.6 security extension. */
import './metadata.js';
import { type Name, Pkcs10CertificateRequest, X509Certificate } from '@peculiar/x509';

export interface CsrRules {
  /** Names that the station may bear. */
  readonly names: readonly string[];
  /** Absent: O is not looked at. */
  readonly organisation?: string;
}

export type CheckedCsr =
  | {
      readonly status: 'good';
      readonly csr: Pkcs10CertificateRequest;
      readonly subject: string;
      readonly keyKind: string;
    }
  | {
      readonly status: 'bad';
      readonly reason: string;
      readonly subject: string;
      readonly keyKind: string;
    };

const RSA_BITS_MIN = 2048;
/** Larger keys only cost time to verify. */
const RSA_BITS_MAX = 8192;
const CURVES: ReadonlySet<string> = new Set(['P-256', 'P-384', 'P-521']);

/** Never throws: what cannot be read is bad. */
export async function checkCsr(pem: string, rules: CsrRules): Promise<CheckedCsr> {
  try {
    return await check(new Pkcs10CertificateRequest(pem), rules);
  } catch {
    const reason = 'it is no PKCS#10 certificate request in PEM';
    return { status: 'bad', reason, subject: '', keyKind: '' };
  }
}

async function check(csr: Pkcs10CertificateRequest, rules: CsrRules): Promise<CheckedCsr> {
  const subject = csr.subject;
  const key = keyOf(csr);
  const told = { subject, keyKind: key.kind };
  const reason = key.weakness ?? wrongName(csr.subjectName, rules);
  if (reason !== undefined) return { status: 'bad', reason, ...told };
  // The proof that the station holds the private key.
  if (!(await csr.verify())) {
    return { status: 'bad', reason: 'its signature does not fit its key', ...told };
  }
  return { status: 'good', csr, ...told };
}

interface Key {
  readonly kind: string;
  readonly weakness?: string;
}

function keyOf(csr: Pkcs10CertificateRequest): Key {
  const { name, namedCurve, modulusLength } = csr.publicKey.algorithm as {
    name: string;
    namedCurve?: string;
    modulusLength?: number;
  };
  if (name.startsWith('RSA')) {
    const bits = modulusLength ?? 0;
    const kind = `RSA ${bits}`;
    if (bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX) return { kind };
    return { kind, weakness: `an RSA key of ${bits} bits; 2048 to 8192 are accepted` };
  }
  if (name === 'ECDSA' && namedCurve !== undefined && CURVES.has(namedCurve)) {
    return { kind: `EC ${namedCurve}` };
  }
  const kind = [name, namedCurve].filter((part) => part !== undefined).join(' ');
  return {
    kind,
    weakness: `a key of kind ${kind}; RSA, and EC on P-256, P-384, P-521 are accepted`,
  };
}

function wrongName(subject: Name, rules: CsrRules): string | undefined {
  const names = subject.getField('CN');
  const [name] = names;
  if (name === undefined || names.length > 1) return 'its subject has not exactly one CN';
  if (!rules.names.includes(name)) {
    return `its subject CN is ${name}; ${rules.names.join(' or ')} is expected`;
  }
  const { organisation } = rules;
  if (organisation === undefined || subject.getField('O').includes(organisation)) {
    return undefined;
  }
  return `its subject O is not ${organisation}`;
}

/** Why a certificate in PEM does not bear the name of its station; undefined where it does. */
export function wrongSubject(certificatePem: string, rules: CsrRules): string | undefined {
  return wrongName(new X509Certificate(certificatePem).subjectName, rules);
}

/** The key of a request that was checked before, as SPKI in DER. */
export function csrKey(pem: string): Buffer {
  return Buffer.from(new Pkcs10CertificateRequest(pem).publicKey.rawData);
}
