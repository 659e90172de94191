/** Every request of upkeep, for every version, against the schema of the standard, strictly. */
import { expect, test } from 'vitest';
import { requestPem } from '../../src/ocpp/pem.js';
import type { OcppVersion } from '../../src/ocpp/messages.js';
import {
  certificateSigned,
  deleteCertificate,
  installCertificate,
  installedCertificateIds,
  installedOf,
  installedTypes,
} from '../../src/ocpp/requests/certificate.js';
import { updateFirmware } from '../../src/ocpp/requests/firmware.js';
import {
  listLimitsOf,
  LIST_VERSION,
  readListLimits,
  sendLocalList,
} from '../../src/ocpp/requests/local-list.js';
import { getLog, hasLogType } from '../../src/ocpp/requests/log.js';
import type { Request } from '../../src/ocpp/requests/request.js';
import { cancelReservation, reserveNow } from '../../src/ocpp/requests/reservation.js';
import { createMessageSchemas } from '../../src/ocpp/validation.js';
import { kebabOf } from '../../src/upkeep/kebab.js';
import { reportedFirmware, updateMeant } from '../../src/upkeep/firmware/progress.js';

const AT_MS = Date.parse('2026-03-01T12:00:00Z');
const VERSIONS: readonly OcppVersion[] = ['ocpp1.6', 'ocpp2.0.1', 'ocpp2.1'];
const HASHES = {
  hashAlgorithm: 'SHA256',
  issuerNameHash: 'aa',
  issuerKeyHash: 'bb',
  serialNumber: '1f',
} as const;
const info = { status: 'Accepted', expiresAtMs: AT_MS, groupIdToken: 'G1' } as const;
const location = 'https://cpms.example/transfer/x';
const signing = { certificatePem: 'PEM', signature: 'c2ln' };

function requests(version: OcppVersion): readonly Request[] {
  const listed = { listVersion: 2, changes: [{ idToken: 'AB', info }, { idToken: 'CD' }] };
  const reservation = { id: 7, idToken: '04A2B3C4', expiresAtMs: AT_MS };
  const update = { id: 8, location, retrieveAtMs: AT_MS, installAtMs: AT_MS };
  const tries = { retries: 3, retryIntervalSec: 60 };
  const logTypes = (['diagnostics', 'security', 'data-collector'] as const).filter((type) =>
    hasLogType(version, type),
  );
  return [
    LIST_VERSION,
    readListLimits(version),
    sendLocalList(version, { ...listed, updateType: 'Differential' }),
    sendLocalList(version, { listVersion: 1, updateType: 'Full', changes: [] }),
    reserveNow(version, reservation),
    reserveNow(version, { ...reservation, evseNumber: 1, groupIdToken: 'G1' }),
    cancelReservation(7),
    updateFirmware(version, update),
    updateFirmware(version, { ...update, signing, ...tries }),
    ...logTypes.map((logType) => getLog(version, { id: 9, logType, location })),
    getLog(version, {
      id: 9,
      logType: 'diagnostics',
      location,
      oldestAtMs: AT_MS,
      latestAtMs: AT_MS,
      ...tries,
    }),
    certificateSigned(version, { chainPem: 'PEM', use: 'station', requestId: 3 }),
    ...installedTypes(version)
      .filter((type) => type !== 'v2g-chain')
      .map((type) => installCertificate(version, type, 'PEM')),
    ...installedCertificateIds(version),
    deleteCertificate(HASHES),
  ];
}

test.each(VERSIONS)('%s: every request follows its schema to the letter', (version) => {
  const schemas = createMessageSchemas(version, 'strict');
  for (const { action, payload } of requests(version)) {
    const { notes } = schemas.checkRequest(action, payload);
    expect(notes, `${action} ${JSON.stringify(payload)}`).toEqual([]);
  }
});

test('limits of the list are read where the station says them', () => {
  const configurationKey = [
    { key: 'LocalAuthListEnabled', readonly: false, value: 'TRUE' },
    { key: 'SendLocalListMaxLength', readonly: true, value: '12' },
    { key: 'LocalAuthListMaxLength', readonly: true, value: 'many' },
  ];
  expect(listLimitsOf('ocpp1.6', { configurationKey })).toEqual({
    isEnabled: true,
    itemsPerMessage: 12,
  });
  const result = (name: string, attributeValue: string, attributeStatus = 'Accepted') => ({
    component: { name: 'LocalAuthListCtrlr' },
    variable: { name },
    attributeStatus,
    attributeValue,
  });
  const getVariableResult = [
    result('Enabled', 'false'),
    result('ItemsPerMessage', '7', 'UnknownVariable'),
    result('BytesPerMessage', '900'),
  ];
  const limits = listLimitsOf('ocpp2.0.1', { getVariableResult });
  expect(limits).toEqual({ isEnabled: false, bytesPerMessage: 900 });
  expect(listLimitsOf('ocpp2.1', undefined)).toEqual({});
});

test('installed certificates are read with the children of a chain; the unreadable is left out', () => {
  const [request] = installedCertificateIds('ocpp2.0.1');
  if (request === undefined) throw new Error('no request');
  const certificateHashDataChain = [
    {
      certificateType: 'V2GCertificateChain',
      certificateHashData: HASHES,
      childCertificateHashData: [{ ...HASHES, serialNumber: '2' }, { hashAlgorithm: 'MD5' }],
    },
    { certificateType: 'SomethingElse', certificateHashData: HASHES },
  ];
  const found = installedOf('ocpp2.0.1', request, { certificateHashDataChain });
  expect(found.map(({ type, hashData }) => [type, hashData.serialNumber])).toEqual([
    ['v2g-chain', '1f'],
    ['v2g-chain', '2'],
  ]);
});

test('a request that lost its line ends or its armour is PEM again', () => {
  const base64 = 'QUJD'.repeat(30);
  const lines = [base64.slice(0, 64), base64.slice(64)];
  const begin = '-----BEGIN CERTIFICATE REQUEST-----';
  const end = '-----END CERTIFICATE REQUEST-----';
  const pem = [begin, ...lines, end, ''].join('\n');
  expect(requestPem(pem)).toBe(pem);
  expect(requestPem(`${begin} ${lines.join(' ')} ${end}`)).toBe(pem);
  expect(requestPem(pem.replaceAll('\n', '\r\n'))).toBe(pem);
  expect(requestPem(pem.replaceAll('CERTIFICATE', 'NEW CERTIFICATE'))).toBe(pem);
  expect(requestPem(base64)).toBe(pem);
});

test('reports of firmware are told by their words, and belong to their number or the newest', () => {
  expect(kebabOf('InstallVerificationFailed')).toBe('install-verification-failed');
  expect(reportedFirmware('Downloaded')).toBe('downloaded');
  expect(reportedFirmware('Idle')).toBeUndefined();
  expect(reportedFirmware('Accepted')).toBeUndefined();
  expect(reportedFirmware(undefined)).toBeUndefined();
  const open = [{ id: 4 }, { id: 9 }];
  expect(updateMeant(open, 4)).toEqual({ id: 4 });
  expect(updateMeant(open, 5)).toBeUndefined();
  expect(updateMeant(open, undefined)).toEqual({ id: 9 });
});
