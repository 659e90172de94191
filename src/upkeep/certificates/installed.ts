/** Roots in a station: InstallCertificate, DeleteCertificate, GetInstalledCertificateIds (M03 to M05). */
import type { X509Certificate } from 'node:crypto';
import {
  deleteCertificate,
  installCertificate,
  type InstalledType,
  installedCertificateIds,
  installedOf,
  installedTypes,
} from '../../ocpp/requests/certificate.js';
import { textOf } from '../../ocpp/requests/request.js';
import type { OcppVersion } from '../../ocpp/messages.js';
import type { StationAt, UpkeepDeps } from '../ports.js';
import { type CallEnd, callStation } from '../station-call.js';
import type { HashData, StationCertificate } from './certificate.js';
import { isSelfSigned, oneLine } from './chain.js';
import { hashDataOf } from './hash-data.js';

interface Ask {
  readonly station: StationAt;
  readonly version: OcppVersion;
  readonly actor: string;
}

/** Remembered once the station has accepted it. */
export async function install(
  deps: UpkeepDeps,
  { station, version, actor }: Ask,
  root: { readonly type: InstalledType; readonly certificate: X509Certificate },
): Promise<CallEnd> {
  const { type, certificate } = root;
  const pem = certificate.toString().trim();
  const end = await callStation(deps, station, installCertificate(version, type, pem), actor);
  if (end.status !== 'accepted') return end;
  await deps.store.upkeep.certificates.put({
    ...ownerOf(station),
    actor,
    type,
    source: 'sent',
    // Of an intermediate the station alone can say how it names it.
    ...(isSelfSigned(certificate) ? { hashData: await hashDataOf(pem, pem) } : {}),
    pem,
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    validFromMs: Date.parse(certificate.validFrom),
    validToMs: Date.parse(certificate.validTo),
    seenAtMs: deps.clock.nowMs(),
  });
  return end;
}

/** Forgotten once the station has, or says that it does not know it. */
export async function remove(
  deps: UpkeepDeps,
  { station, actor }: Ask,
  certificate: StationCertificate & { readonly hashData: HashData },
): Promise<CallEnd> {
  const end = await callStation(deps, station, deleteCertificate(certificate.hashData), actor);
  const isUnknown = end.status === 'refused' && textOf(end.response, 'status') === 'NotFound';
  if (end.status === 'accepted' || isUnknown) {
    await deps.store.upkeep.certificates.remove(certificate.id);
  }
  return end;
}

/** Asks what is installed; what the station does not list any more is forgotten. */
export async function refresh(deps: UpkeepDeps, ask: Ask): Promise<CallEnd> {
  const { station, version, actor } = ask;
  const { certificates } = deps.store.upkeep;
  const startedAtMs = deps.clock.nowMs();
  let last: CallEnd = { status: 'accepted', response: {} };
  for (const request of installedCertificateIds(version)) {
    const end = await callStation(deps, station, request, actor);
    const isNone = end.status === 'refused' && textOf(end.response, 'status') === 'NotFound';
    if (end.status !== 'accepted' && !isNone) return end;
    const found = isNone ? [] : installedOf(version, request, end.response);
    for (const { type, hashData } of found) {
      await certificates.put({
        ...ownerOf(station),
        actor,
        type,
        hashData: plain(hashData),
        source: 'reported',
        seenAtMs: deps.clock.nowMs(),
      });
    }
    if (!isNone) last = end;
  }
  await certificates.removeUnseen(station.stationId, installedTypes(version), startedAtMs);
  return last;
}

function ownerOf({ site, stationId }: StationAt) {
  return { tenantId: site.tenantId, siteId: site.id, stationId };
}

/** Stations write hex in either case, and some write leading zeros. */
function plain({ hashAlgorithm, issuerNameHash, issuerKeyHash, serialNumber }: HashData): HashData {
  return {
    hashAlgorithm,
    issuerNameHash: issuerNameHash.toLowerCase(),
    issuerKeyHash: issuerKeyHash.toLowerCase(),
    serialNumber: serialNumber.toLowerCase().replace(/^0+(?=.)/, ''),
  };
}
