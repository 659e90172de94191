/** The files from which the OCPP port speaks TLS: readable, of one pair, and not about to end. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Config } from '../../platform/config.js';
import { messageOf } from '../output.js';
import { type CheckResult, failed, none, ok, warning } from './check.js';

const NAME = 'OCPP TLS';
const DAY_MS = 86_400_000;
const WARNING_DAYS = 14;

type Files = Pick<Config, 'ocppTlsCert' | 'ocppTlsKey' | 'ocppTlsClientCa'>;

export function checkOcppTls(files: Files): CheckResult {
  const { ocppTlsCert, ocppTlsKey, ocppTlsClientCa } = files;
  if (ocppTlsCert === undefined || ocppTlsKey === undefined) {
    return none(NAME, 'no certificate is set: stations connect by ws://');
  }
  try {
    const certificate = read(ocppTlsCert, (pem) => new X509Certificate(pem));
    const key = read(ocppTlsKey, createPrivateKey);
    if (ocppTlsClientCa !== undefined) read(ocppTlsClientCa, (pem) => new X509Certificate(pem));
    if (!certificate.checkPrivateKey(key)) {
      const fix = 'name the certificate and the key that were made together';
      return failed(NAME, `${ocppTlsKey} is not the key of ${ocppTlsCert}`, fix);
    }
    return judge(certificate);
  } catch (error) {
    return failed(NAME, messageOf(error), 'name PEM files that this user may read');
  }
}

/** Throws with the name of the file. */
function read<Parsed>(path: string, parse: (pem: Buffer) => Parsed): Parsed {
  try {
    return parse(readFileSync(path));
  } catch (cause) {
    throw new Error(`${path} is not usable`, { cause });
  }
}

function judge(certificate: X509Certificate): CheckResult {
  const endsAtMs = Date.parse(certificate.validTo);
  const days = Math.floor((endsAtMs - Date.now()) / DAY_MS);
  const found = `ends ${new Date(endsAtMs).toISOString().slice(0, 10)}, in ${days} days`;
  const fix = 'renew the certificate: the service reads it again by itself';
  if (days < 0) return failed(NAME, found, fix);
  if (Date.parse(certificate.validFrom) > Date.now()) {
    return failed(NAME, `valid from ${certificate.validFrom} only`, 'check the clock');
  }
  return days < WARNING_DAYS ? warning(NAME, found, fix) : ok(NAME, found);
}
