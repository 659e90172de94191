import { Type } from 'typebox';
import type { Static } from 'typebox';
import { CERTIFICATE_TYPES } from '../../upkeep/certificates/certificate.js';
import { Id, Instant, PageOf, Word } from './common.js';
import { Actor, closed, Detail } from './upkeep.js';

const Pem = (maxLength: number, description: string) =>
  Type.String({ minLength: 1, maxLength, description });

export const CertificateRequestSchema = Type.Object(
  {
    id: Type.Integer(),
    siteId: Type.String(),
    stationId: Type.String(),
    use: Word(['station', 'v2g', 'v2g20'], 'What the certificate is for.'),
    status: Word(
      ['pending', 'refused', 'signed', 'installed', 'rejected', 'superseded'],
      '`pending`: to be signed. `signed`: on its way. `rejected`: by the station.',
    ),
    detail: Detail,
    subject: Type.String(),
    key: Type.String({ description: 'Kind and size of the key.' }),
    csrPem: Type.String(),
    chainPem: Type.Optional(Type.String({ description: "The station's certificate first." })),
    createdAt: Instant('Received.'),
    endedAt: Type.Optional(Instant('Over since.')),
    actor: Type.String({ description: 'Who asked, or who signed.' }),
  },
  { title: 'CertificateRequest' },
);
export type CertificateRequestBody = Static<typeof CertificateRequestSchema>;
export const CertificateRequestPage = PageOf(CertificateRequestSchema, 'CertificateRequestPage');

export const ChainPut = Type.Object(
  {
    chainPem: Pem(20_000, 'The certificate for the key of the request, then its issuers.'),
  },
  { ...closed, title: 'CertificateChain' },
);

export const CertificateSchema = Type.Object(
  {
    id: Type.Integer(),
    siteId: Type.String(),
    stationId: Type.String(),
    type: Word([...CERTIFICATE_TYPES], 'What it is for.'),
    source: Word(
      ['sent', 'reported'],
      'Sent by us and accepted, or reported by the station alone.',
    ),
    hashData: Type.Optional(
      Type.Object({
        hashAlgorithm: Word(['SHA256', 'SHA384', 'SHA512'], 'Of both hashes.'),
        issuerNameHash: Type.String(),
        issuerKeyHash: Type.String(),
        serialNumber: Type.String(),
      }),
    ),
    subject: Type.Optional(Type.String()),
    issuer: Type.Optional(Type.String()),
    fingerprint: Type.Optional(Type.String({ description: 'SHA-256, hex.' })),
    validFrom: Type.Optional(Instant('In force from.')),
    validTo: Type.Optional(Instant('In force to.')),
    pem: Type.Optional(Type.String()),
    seenAt: Instant('Accepted or reported last.'),
    actor: Actor,
  },
  { title: 'StationCertificate' },
);
export type CertificateBody = Static<typeof CertificateSchema>;
export const CertificateList = Type.Object(
  { items: Type.Array(CertificateSchema) },
  { title: 'StationCertificateList' },
);
export const CertificateQuery = Type.Object(
  {
    stationId: Type.Optional(Id('Only of this charging station.')),
    endsBefore: Type.Optional(Instant('Only those that are in force no longer than this.')),
  },
  closed,
);

export const CertificateInstall = Type.Object(
  {
    type: Word(
      ['csms-root', 'manufacturer-root', 'v2g-root', 'mo-root', 'oem-root'],
      'OCPP 1.6 knows the first two, OCPP 2.1 all.',
    ),
    certificatePem: Pem(10_000, 'One certificate.'),
  },
  { ...closed, title: 'CertificateInstall' },
);

export const StationAnswer = Type.Object(
  {
    status: Word(
      ['accepted', 'refused', 'unknown'],
      'What the station said; `unknown`: nothing, it may have acted.',
    ),
    detail: Detail,
  },
  { title: 'StationAnswer' },
);

export const StationCertificateParams = Type.Object({
  stationId: Id('The charging station.'),
  id: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }),
});
export const AuthorityCertificate = Type.Object(
  { certificatePem: Type.String() },
  { title: 'AuthorityCertificate' },
);
