/** Certificates: the 1.6 security extension; 2.x A02, M03 to M05. */
import type { OcppVersion } from '../messages.js';
import { fieldOf, is16, listOf, type Request, textOf } from './request.js';

/** As the standard spells it. */
export interface WireHashData {
  readonly hashAlgorithm: 'SHA256' | 'SHA384' | 'SHA512';
  readonly issuerNameHash: string;
  readonly issuerKeyHash: string;
  readonly serialNumber: string;
}

const SIGNING_USES = {
  station: 'ChargingStationCertificate',
  v2g: 'V2GCertificate',
  v2g20: 'V2G20Certificate',
} as const;
type SigningUse = keyof typeof SIGNING_USES;

/** The use that a station names; none means its own certificate. */
export function signingUseOf(wire: string | undefined): SigningUse {
  const uses: readonly SigningUse[] = ['station', 'v2g', 'v2g20'];
  return uses.find((use) => SIGNING_USES[use] === wire) ?? 'station';
}

export function certificateSigned(
  version: OcppVersion,
  signed: {
    readonly chainPem: string;
    readonly use: SigningUse;
    readonly requestId?: number;
  },
): Request {
  const { chainPem: certificateChain, use, requestId } = signed;
  const payload = {
    certificateChain,
    ...(is16(version) ? {} : { certificateType: SIGNING_USES[use] }),
    ...(version === 'ocpp2.1' && requestId !== undefined ? { requestId } : {}),
  };
  return { action: 'CertificateSigned', payload };
}

/** How long a chain may be in CertificateSigned, characters. */
export const CHAIN_LENGTH_MAX = 10_000;

const TYPES_16 = {
  'csms-root': 'CentralSystemRootCertificate',
  'manufacturer-root': 'ManufacturerRootCertificate',
} as const;
const TYPES_2 = {
  'csms-root': 'CSMSRootCertificate',
  'manufacturer-root': 'ManufacturerRootCertificate',
  'v2g-root': 'V2GRootCertificate',
  'mo-root': 'MORootCertificate',
  'oem-root': 'OEMRootCertificate',
  'v2g-chain': 'V2GCertificateChain',
} as const;
export type InstalledType = keyof typeof TYPES_2;

function wireTypes(version: OcppVersion): Readonly<Record<string, string>> {
  if (is16(version)) return TYPES_16;
  const { 'oem-root': oemRoot, ...types } = TYPES_2;
  return version === 'ocpp2.1' ? { ...types, 'oem-root': oemRoot } : types;
}

/** Types that a version can list; all but the chain can also be installed. */
export function installedTypes(version: OcppVersion): readonly InstalledType[] {
  return Object.keys(wireTypes(version)) as InstalledType[];
}

/** The longest certificate that InstallCertificate carries, characters. */
export function certificateLengthMax(version: OcppVersion): number {
  return version === 'ocpp2.1' ? 10_000 : 5_500;
}

export function installCertificate(
  version: OcppVersion,
  type: InstalledType,
  certificatePem: string,
): Request {
  const certificateType = wireTypes(version)[type];
  return {
    action: 'InstallCertificate',
    payload: { certificateType, certificate: certificatePem },
  };
}

export function deleteCertificate(certificateHashData: WireHashData): Request {
  return { action: 'DeleteCertificate', payload: { certificateHashData } };
}

/** 1.6 lists one type a call, 2.x all at once. */
export function installedCertificateIds(version: OcppVersion): readonly Request[] {
  const action = 'GetInstalledCertificateIds';
  if (!is16(version)) return [{ action, payload: {} }];
  return Object.values(TYPES_16).map((certificateType) => ({
    action,
    payload: { certificateType },
  }));
}

export interface InstalledCertificate {
  readonly type: InstalledType;
  readonly hashData: WireHashData;
}

/** What a station lists, children of a chain included. Entries that cannot be read are left out. */
export function installedOf(
  version: OcppVersion,
  request: Request,
  answer: unknown,
): readonly InstalledCertificate[] {
  if (is16(version)) {
    const type = typeNamed(version, textOf(request.payload, 'certificateType'));
    return listOf(answer, 'certificateHashData').flatMap((item) => installed(type, item));
  }
  return listOf(answer, 'certificateHashDataChain').flatMap((chain) => {
    const type = typeNamed(version, textOf(chain, 'certificateType'));
    const children = listOf(chain, 'childCertificateHashData');
    return [fieldOf(chain, 'certificateHashData'), ...children].flatMap((item) =>
      installed(type, item),
    );
  });
}

function typeNamed(version: OcppVersion, wire: string | undefined): InstalledType | undefined {
  const found = Object.entries(wireTypes(version)).find(([, name]) => name === wire);
  return found?.[0] as InstalledType | undefined;
}

function installed(
  type: InstalledType | undefined,
  item: unknown,
): readonly InstalledCertificate[] {
  const hashAlgorithm = textOf(item, 'hashAlgorithm');
  const issuerNameHash = textOf(item, 'issuerNameHash');
  const issuerKeyHash = textOf(item, 'issuerKeyHash');
  const serialNumber = textOf(item, 'serialNumber');
  if (type === undefined || issuerNameHash === undefined) return [];
  if (issuerKeyHash === undefined || serialNumber === undefined) return [];
  if (hashAlgorithm !== 'SHA256' && hashAlgorithm !== 'SHA384' && hashAlgorithm !== 'SHA512') {
    return [];
  }
  return [{ type, hashData: { hashAlgorithm, issuerNameHash, issuerKeyHash, serialNumber } }];
}
