import type { SiteId, StationId } from '../../../solver/index.js';

/** Names a certificate to a station (as OCSP does); hashes in lower-case hex, no leading zeros cut. */
export interface HashData {
  readonly hashAlgorithm: 'SHA256' | 'SHA384' | 'SHA512';
  readonly issuerNameHash: string;
  readonly issuerKeyHash: string;
  /** Hex without leading zeros. */
  readonly serialNumber: string;
}

/**
 * - `pending` to be signed: by our authority, or by an operator who uploads the chain
 * - `signed` the chain is there and on its way to the station
 * - `installed`, `rejected` what the station answered
 * - `refused` the request itself is not acceptable; `detail` says why
 * - `superseded` the station has sent another one since
 */
export type CertificateRequestStatus =
  | 'pending'
  | 'refused'
  | 'signed'
  | 'installed'
  | 'rejected'
  | 'superseded';

/** What a station wants signed. V2G ones are for an operator: our authority is not theirs. */
export type SigningUse = 'station' | 'v2g' | 'v2g20';

export interface CertificateRequest {
  readonly id: number;
  readonly stationId: StationId;
  readonly siteId: SiteId;
  readonly tenantId: string;
  readonly use: SigningUse;
  /** OCPP 2.1: repeated in CertificateSigned. */
  readonly requestId?: number;
  readonly csrPem: string;
  readonly subject: string;
  /** `EC P-256`, `RSA 2048`, ... */
  readonly keyKind: string;
  readonly status: CertificateRequestStatus;
  readonly detail?: string;
  /** PEM, the station's certificate first. */
  readonly chainPem?: string;
  /** How often CertificateSigned was tried. */
  readonly attempts: number;
  readonly notBeforeMs: number;
  readonly createdAtMs: number;
  readonly endedAtMs?: number;
  readonly actor: string;
}

export const CERTIFICATE_TYPES = [
  'station',
  'v2g',
  'v2g20',
  'csms-root',
  'manufacturer-root',
  'v2g-root',
  'mo-root',
  'oem-root',
  'v2g-chain',
] as const;
export type CertificateType = (typeof CERTIFICATE_TYPES)[number];

/** A certificate that a station holds: `sent` by us and accepted, or `reported` by the station. */
export interface StationCertificate {
  readonly id: number;
  readonly stationId: StationId;
  readonly siteId: SiteId;
  readonly tenantId: string;
  readonly type: CertificateType;
  /** Absent where the issuer of what we sent is not known. */
  readonly hashData?: HashData;
  readonly source: 'sent' | 'reported';
  readonly pem?: string;
  readonly subject?: string;
  readonly issuer?: string;
  /** SHA-256 of the certificate, hex. */
  readonly fingerprint?: string;
  readonly validFromMs?: number;
  readonly validToMs?: number;
  readonly seenAtMs: number;
  readonly actor: string;
}
