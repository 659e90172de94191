/** Firmware: 1.6 §5.19 and its security extension (SignedUpdateFirmware); 2.x L01, L02. */
import { formatInstant } from '../instants.js';
import type { OcppVersion } from '../messages.js';
import { is16, type Request } from './request.js';

export function updateFirmware(
  version: OcppVersion,
  update: {
    readonly id: number;
    readonly location: string;
    readonly retrieveAtMs: number;
    readonly installAtMs?: number;
    readonly signing?: { readonly certificatePem: string; readonly signature: string };
    readonly retries?: number;
    readonly retryIntervalSec?: number;
  },
): Request {
  const { id, location, retrieveAtMs, installAtMs, signing, retries, retryIntervalSec } = update;
  const tries = {
    ...(retries !== undefined && { retries }),
    ...(retryIntervalSec !== undefined && { retryInterval: retryIntervalSec }),
  };
  if (is16(version) && signing === undefined) {
    const retrieveDate = formatInstant(retrieveAtMs);
    return { action: 'UpdateFirmware', payload: { location, retrieveDate, ...tries } };
  }
  const firmware = {
    location,
    retrieveDateTime: formatInstant(retrieveAtMs),
    ...(installAtMs !== undefined && { installDateTime: formatInstant(installAtMs) }),
    ...(signing && { signingCertificate: signing.certificatePem, signature: signing.signature }),
  };
  return {
    action: is16(version) ? 'SignedUpdateFirmware' : 'UpdateFirmware',
    payload: { requestId: id, firmware, ...tries },
  };
}

/** A plain 1.6 update names no install date: the station installs when it is ready. */
export function carriesInstallDate(version: OcppVersion, isSigned: boolean): boolean {
  return !is16(version) || isSigned;
}
