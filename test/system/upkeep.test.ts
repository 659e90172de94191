/** Upkeep over the whole service: API, engine, PostgreSQL and gateway, and stations on real sockets. */
import { createHash, randomBytes, webcrypto, X509Certificate } from 'node:crypto';
import '../../src/upkeep/certificates/metadata.js';
import {
  Pkcs10CertificateRequest,
  Pkcs10CertificateRequestGenerator,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OcppVersion } from '../../src/ocpp/messages.js';
import { smallSite } from '../control/small-site.js';
import { type RunningService, runService } from '../support/running-service.js';
import {
  connectUpkeepStation,
  keepLocalList,
  PATIENCE,
  type UpkeepStation,
} from '../support/upkeep-station.js';

let service: RunningService;
const stations = new Map<OcppVersion, UpkeepStation>();
const VERSIONS = ['ocpp1.6', 'ocpp2.0.1', 'ocpp2.1'] as const;

beforeAll(async () => {
  service = await runService(smallSite({ stations: 4, evsesPerStation: 2 }), {
    callTimeoutMs: 1500,
  });
  for (const [index, version] of VERSIONS.entries()) {
    const station = await connectUpkeepStation(service, { id: `S${index + 1}`, version });
    stations.set(version, station);
  }
});
afterAll(async () => {
  for (const station of stations.values()) await station.close();
  await service?.close();
});

function stationOf(version: OcppVersion): UpkeepStation {
  const station = stations.get(version);
  if (station === undefined) throw new Error(`no station of ${version}`);
  return station;
}

// oxlint-disable-next-line typescript/no-explicit-any -- bodies are what the test asserts on
async function read(path: string): Promise<any> {
  const { status, body } = await service.call('GET', path);
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}

test('every station is online', async () => {
  await expect
    .poll(async () => {
      const { body } = await service.call('GET', '/v1/charging-stations');
      return body.items.filter(({ stage }: { stage: string }) => stage !== 'offline').length;
    }, PATIENCE)
    .toBe(VERSIONS.length);
});

describe.each(VERSIONS)('%s', (version) => {
  test('a local list follows the tokens: in full, then by differences, after a mismatch in full', async () => {
    const station = stationOf(version);
    const list = keepLocalList(station);
    const path = `/v1/charging-stations/${station.id}/local-list`;
    const entries = Array.from({ length: 30 }, (_, index) => ({ idToken: `T${index}` }));
    const put = await service.call('PUT', path, { source: 'explicit', entries });
    expect(put.status, JSON.stringify(put.body)).toBe(200);
    await expect.poll(async () => (await read(path)).status, PATIENCE).toBe('synchronised');
    expect(list.tokens.size).toBe(30);
    expect(await read(path)).toMatchObject({ version: list.version, entryCount: 30 });
    const fulls = station.asked('SendLocalList');
    expect(fulls.map(({ updateType }) => updateType)).toEqual(['Full', 'Differential']);

    const changed = [...entries.slice(1), { idToken: 'NEW' }];
    await service.call('PUT', path, { source: 'explicit', entries: changed });
    await expect.poll(() => list.tokens.has('NEW'), PATIENCE).toBe(true);
    const [difference] = station.asked('SendLocalList').slice(fulls.length);
    expect(difference).toMatchObject({ updateType: 'Differential' });
    expect(difference.localAuthorizationList).toHaveLength(2);
    expect(list.tokens.has('T0')).toBe(false);

    await expect.poll(async () => (await read(path)).status, PATIENCE).toBe('synchronised');
    list.version = 99;
    list.tokens.clear();
    await service.call('PUT', path, { source: 'explicit', entries: changed });
    await expect.poll(() => list.tokens.size, PATIENCE).toBe(30);
    expect(list.version).toBeGreaterThan(99);
  });

  test('a list of all tokens grows with them', async () => {
    const station = stationOf(version);
    const list = keepLocalList(station);
    const path = `/v1/charging-stations/${station.id}/local-list`;
    await service.call('PUT', path, { source: 'tokens' });
    const token = `CARD-${version.slice(4)}`;
    await service.call('PUT', `/v1/tokens/${token}`, { status: 'Accepted' });
    await expect.poll(() => list.tokens.has(token), PATIENCE).toBe(true);
    await service.call('PUT', `/v1/tokens/${token}`, { status: 'Blocked' });
    await expect.poll(() => list.tokens.has(token), PATIENCE).toBe(false);
    await service.call('PUT', path, { source: 'unmanaged' });
  });

  test('a reservation is made, refuses a second one, and is cancelled', async () => {
    const station = stationOf(version);
    station.answer('ReserveNow', () => ({ status: 'Accepted' }));
    station.answer('CancelReservation', () => ({ status: 'Accepted' }));
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const ask = { stationId: station.id, evseNumber: 1, idToken: '04A2B3C4', expiresAt };
    const made = await service.call('POST', '/v1/reservations', ask);
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    expect(made.body).toMatchObject({ status: 'active', idTokenEnd: 'B3C4', evseNumber: 1 });
    expect((await service.call('POST', '/v1/reservations', ask)).status).toBe(409);
    const unknown = await service.call('POST', '/v1/reservations', { ...ask, evseNumber: 7 });
    expect(unknown.status).toBe(422);
    expect(unknown.body.errors[0].pointer).toBe('/evseNumber');
    const gone = await service.call('DELETE', `/v1/reservations/${made.body.id}`);
    expect(gone.body).toMatchObject({ status: 'cancelled' });
    expect((await service.call('DELETE', `/v1/reservations/${made.body.id}`)).status).toBe(409);
  });

  test('a firmware image is uploaded, fetched by the station, and followed to its end', async () => {
    const station = stationOf(version);
    const image = randomBytes(300_000);
    const put = await putBytes(`/v1/firmware-images/fw-${version}.bin`, image);
    expect(put).toMatchObject({ sizeBytes: image.length, sha256: sha256(image) });
    station.answer('UpdateFirmware', () => (version === 'ocpp1.6' ? {} : { status: 'Accepted' }));
    const ask = { stationId: station.id, imageName: `fw-${version}.bin` };
    const made = await service.call('POST', '/v1/firmware-updates', ask);
    expect(made.body, JSON.stringify(made.body)).toMatchObject({ status: 'accepted' });
    const { id } = made.body;
    const [asked] = station.asked('UpdateFirmware');
    const location: string = asked.location ?? asked.firmware.location;
    const fetched = Buffer.from(await (await fetch(location)).arrayBuffer());
    expect(sha256(fetched)).toBe(sha256(image));
    const rest = await fetch(location, { headers: { range: 'bytes=299000-' } });
    expect(rest.status).toBe(206);
    expect(sha256(Buffer.from(await rest.arrayBuffer()))).toBe(sha256(image.subarray(299_000)));

    const named = version === 'ocpp1.6' ? {} : { requestId: id };
    await station.call('FirmwareStatusNotification', { status: 'Downloading', ...named });
    const path = `/v1/firmware-updates/${id}`;
    await expect.poll(async () => (await read(path)).status, PATIENCE).toBe('downloading');
    await station.call('FirmwareStatusNotification', { status: 'Installed', ...named });
    await expect.poll(async () => (await read(path)).status, PATIENCE).toBe('installed');
    await station.call('FirmwareStatusNotification', { status: 'Downloading', ...named });
    expect((await read(path)).endedAt).toBeDefined();
    expect((await read(path)).status).toBe('installed');
  });

  test('a log is uploaded, raw and as a form, and downloaded', async () => {
    const station = stationOf(version);
    const action = version === 'ocpp1.6' ? 'GetDiagnostics' : 'GetLog';
    const nameKey = version === 'ocpp1.6' ? 'fileName' : 'filename';
    station.answer(action, () => ({
      ...(version === 'ocpp1.6' ? {} : { status: 'Accepted' }),
      [nameKey]: 'diag.tar.gz',
    }));
    const made = await service.call('POST', '/v1/log-requests', {
      stationId: station.id,
      logType: 'diagnostics',
      oldestAt: new Date(Date.now() - 3_600_000).toISOString(),
    });
    expect(made.body).toMatchObject({ status: 'accepted', fileName: 'diag.tar.gz' });
    const { location = '', log } = station.asked(action).at(-1);
    const target: string = log?.remoteLocation ?? location;
    const raw = randomBytes(200_000);
    const sent = await fetch(`${target}/diag.tar.gz`, { method: 'PUT', body: raw });
    expect(await sent.json()).toEqual({ sizeBytes: raw.length, sha256: sha256(raw) });
    const path = `/v1/log-requests/${made.body.id}`;
    expect(await read(path)).toMatchObject({ status: 'uploaded', file: { sha256: sha256(raw) } });

    const again = randomBytes(150_000);
    const form = new FormData();
    form.append('note', 'a field before the file');
    form.append('file', new Blob([again]), 'diag.tar.gz');
    expect((await fetch(target, { method: 'POST', body: form })).status).toBe(200);
    const file = await service.fetch(`${path}/file`);
    expect(sha256(Buffer.from(await file.arrayBuffer()))).toBe(sha256(again));
    expect(file.headers.get('content-disposition')).toBe('attachment; filename="diag.tar.gz"');
    expect((await fetch(target)).status).toBe(404);
    const guessed = target.replace(/.$/, (end) => (end === 'A' ? 'B' : 'A'));
    expect((await fetch(guessed, { method: 'PUT', body: 'x' })).status).toBe(404);
  });

  test('a certificate request is signed by the authority and reaches the station', async () => {
    const station = stationOf(version);
    station.answer('CertificateSigned', () => ({ status: 'Accepted' }));
    const csr = await newCsr(station.id);
    const named = version === 'ocpp2.1' ? { requestId: 42 } : {};
    const answer = await station.call('SignCertificate', { csr, ...named });
    expect(answer['status'], JSON.stringify(answer)).toBe('Accepted');
    const signed = (): { certificateChain: string; requestId?: number } | undefined =>
      station.asked('CertificateSigned').at(-1);
    await expect.poll(signed, PATIENCE).toBeDefined();
    if (version === 'ocpp2.1') expect(signed()?.requestId).toBe(42);
    const [leaf, root] = (signed()?.certificateChain ?? '')
      .split(/(?=-----BEGIN)/)
      .map((pem) => new X509Certificate(pem));
    if (leaf === undefined || root === undefined) throw new Error('no chain');
    expect(leaf.subject).toBe(`CN=${station.id}`);
    expect(leaf.ca).toBe(false);
    expect(root.ca).toBe(true);
    expect(leaf.checkIssued(root)).toBe(true);
    expect(leaf.verify(root.publicKey)).toBe(true);
    expect(root.verify(root.publicKey)).toBe(true);
    const shown = await read('/v1/certificate-authority');
    expect(new X509Certificate(shown.certificatePem).fingerprint256).toBe(root.fingerprint256);
    await expect
      .poll(async () => (await requests(station))[0], PATIENCE)
      .toMatchObject({ status: 'installed', key: 'EC P-256' });
    const { items } = await read(`/v1/station-certificates?stationId=${station.id}`);
    expect(items[0]).toMatchObject({ type: 'station', subject: `CN=${station.id}` });
    expect(Date.parse(items[0].validTo)).toBe(Date.parse(leaf.validTo));
  });

  test('a root is installed, listed by the station, and removed', async () => {
    const station = stationOf(version);
    const { certificatePem } = await read('/v1/certificate-authority');
    const held: object[] = [];
    station.answer('InstallCertificate', () => ({ status: 'Accepted' }));
    const path = `/v1/charging-stations/${station.id}/certificates`;
    const put = await service.call('POST', path, { type: 'csms-root', certificatePem });
    expect(put.body).toEqual({ status: 'accepted' });
    const listed = async () =>
      (await read(`/v1/station-certificates?stationId=${station.id}`)).items.filter(
        ({ type }: { type: string }) => type === 'csms-root',
      );
    const [installed] = await listed();
    expect(installed.hashData.hashAlgorithm).toBe('SHA256');
    held.push(upper(installed.hashData));
    station.answer('GetInstalledCertificateIds', ({ certificateType }) =>
      version === 'ocpp1.6'
        ? certificateType === 'CentralSystemRootCertificate'
          ? { status: 'Accepted', certificateHashData: held }
          : { status: 'NotFound' }
        : {
            status: 'Accepted',
            certificateHashDataChain: held.map((certificateHashData) => ({
              certificateType: 'CSMSRootCertificate',
              certificateHashData,
            })),
          },
    );
    expect((await service.call('POST', `${path}/refresh`)).body).toEqual({ status: 'accepted' });
    expect(await listed()).toHaveLength(1);
    station.answer('DeleteCertificate', () => ({ status: 'Accepted' }));
    const gone = await service.call('DELETE', `${path}/${installed.id}`);
    expect(gone.body).toEqual({ status: 'accepted' });
    const [{ certificateHashData }] = station.asked('DeleteCertificate').slice(-1);
    expect(certificateHashData).toEqual(installed.hashData);
    expect(await listed()).toHaveLength(0);
  });
});

describe('what goes wrong', () => {
  test('a station that is offline is a conflict', async () => {
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    const ask = { stationId: 'S4', evseNumber: 1, idToken: 'T', expiresAt };
    expect((await service.call('POST', '/v1/reservations', ask)).status).toBe(409);
  });

  test('a certificate for another name is refused, and the row says why', async () => {
    const station = stationOf('ocpp2.0.1');
    // The service takes one request a second from a station.
    const ask = async () => station.call('SignCertificate', { csr: await newCsr('S1') });
    await expect
      .poll(async () => JSON.stringify(await ask()), { ...PATIENCE, interval: 1100 })
      .toContain('CN is S1');
    expect((await requests(station))[0]).toMatchObject({ status: 'refused', subject: 'CN=S1' });
  });

  test('a refusal of the station is told in its words', async () => {
    const station = stationOf('ocpp2.1');
    station.answer('GetLog', () => ({ status: 'Rejected', statusInfo: { reasonCode: 'Busy' } }));
    const ask = { stationId: station.id, logType: 'security' };
    const made = await service.call('POST', '/v1/log-requests', ask);
    expect(made.body).toMatchObject({ status: 'refused', detail: 'Rejected: Busy' });
  });

  test('a start with its token uses a reservation; one that the station drops is removed', async () => {
    const station = stationOf('ocpp2.0.1');
    station.answer('ReserveNow', () => ({ status: 'Accepted' }));
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const reserve = async (evseNumber: number, idToken: string): Promise<number> => {
      const ask = { stationId: station.id, evseNumber, idToken, expiresAt };
      return (await service.call('POST', '/v1/reservations', ask)).body.id;
    };
    const used = await reserve(1, 'MINE');
    const dropped = await reserve(2, 'OTHER');
    await station.call('TransactionEvent', {
      eventType: 'Started',
      timestamp: new Date().toISOString(),
      triggerReason: 'Authorized',
      seqNo: 0,
      transactionInfo: { transactionId: 'tx-1' },
      evse: { id: 1, connectorId: 1 },
      idToken: { idToken: 'mine', type: 'Central' },
    });
    await station.call('ReservationStatusUpdate', {
      reservationId: dropped,
      reservationUpdateStatus: 'Removed',
    });
    const statusOf = async (id: number) => (await read(`/v1/reservations/${id}`)).status;
    await expect.poll(() => statusOf(used), PATIENCE).toBe('used');
    await expect.poll(() => statusOf(dropped), PATIENCE).toBe('removed');
  });
});

describe('a local list that is not taken', () => {
  const entries = [{ idToken: 'T1' }];
  const ends = async (station: UpkeepStation, more = entries) => {
    const path = `/v1/charging-stations/${station.id}/local-list`;
    await service.call('PUT', path, { source: 'explicit', entries: more });
    await expect.poll(async () => (await read(path)).status, PATIENCE).not.toBe('waiting');
    return read(path);
  };

  test('is remembered with the reason of the station', async () => {
    const station = stationOf('ocpp2.1');
    keepLocalList(station).version = 500;
    station.answer('SendLocalList', () => ({
      status: 'Failed',
      statusInfo: { reasonCode: 'Full', additionalInfo: 'no room' },
    }));
    expect(await ends(station)).toMatchObject({
      status: 'failed',
      detail: 'SendLocalList: Failed: Full: no room',
    });
  });

  test('is not tried where the station has none', async () => {
    const station = stationOf('ocpp1.6');
    station.answer('GetLocalListVersion', () => ({ listVersion: -1 }));
    const sentBefore = station.asked('SendLocalList').length;
    expect(await ends(station)).toMatchObject({ status: 'not-supported' });
    expect(station.asked('SendLocalList')).toHaveLength(sentBefore);
  });

  test('goes out in full after a station found the versions apart', async () => {
    const station = stationOf('ocpp2.0.1');
    const list = keepLocalList(station);
    const many = Array.from({ length: 9 }, (_, index) => ({ idToken: `M${index}` }));
    expect(await ends(station, many)).toMatchObject({ status: 'synchronised' });
    // It says the version that we know and forgets the list before the difference comes.
    station.answer('GetLocalListVersion', () => {
      const { version } = list;
      list.version += 50;
      return { versionNumber: version };
    });
    const changed = [...many, { idToken: 'M9' }];
    expect(await ends(station, changed)).toMatchObject({ status: 'synchronised', entryCount: 10 });
    const types = station.asked('SendLocalList').map(({ updateType }) => updateType);
    expect(types.slice(-2)).toEqual(['Differential', 'Full']);
    expect(list.tokens.has('M9')).toBe(true);
  });
});

test('a chain that an operator brings goes to the station; a wrong one is refused', async () => {
  const station = stationOf('ocpp2.0.1');
  const csr = await newCsr(station.id);
  const use = { certificateType: 'V2GCertificate' };
  await expect
    .poll(async () => station.call('SignCertificate', { csr, ...use }), {
      ...PATIENCE,
      interval: 1100,
    })
    .toMatchObject({ status: 'Accepted' });
  const [request] = await requests(station);
  expect(request).toMatchObject({ use: 'v2g', status: 'pending' });
  const path = `/v1/certificate-requests/${request.id}/chain`;
  const { certificatePem } = await read('/v1/certificate-authority');
  const wrong = await service.call('PUT', path, { chainPem: certificatePem });
  expect(wrong.status).toBe(422);
  expect(wrong.body.errors[0]).toMatchObject({ pointer: '/chainPem' });
  const chainPem = await signedElsewhere(csr);
  expect((await service.call('PUT', path, { chainPem })).body).toMatchObject({ status: 'signed' });
  await expect.poll(async () => (await requests(station))[0].status, PATIENCE).toBe('installed');
  const sent = station.asked('CertificateSigned').at(-1);
  expect(sent).toMatchObject({ certificateType: 'V2GCertificate' });
  const leaf = new X509Certificate(sent.certificateChain);
  expect(leaf.subject).toBe(`CN=${station.id}`);
});

/** A chain of an authority that is not ours. */
async function signedElsewhere(csrPem: string): Promise<string> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const csr = new Pkcs10CertificateRequest(csrPem);
  const certificate = await X509CertificateGenerator.create({
    subject: csr.subject,
    issuer: 'CN=Elsewhere',
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    publicKey: csr.publicKey,
    signingKey: keys.privateKey as never,
    signingAlgorithm: algorithm,
  });
  return certificate.toString('pem');
}

async function requests(station: UpkeepStation) {
  return (await read(`/v1/certificate-requests?stationId=${station.id}`)).items;
}

async function putBytes(path: string, bytes: Buffer): Promise<object> {
  const init = { method: 'PUT', headers: { 'content-type': 'application/octet-stream' } };
  const response = await service.fetch(path, { ...init, body: bytes });
  return response.json() as Promise<object>;
}

async function newCsr(name: string): Promise<string> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const csr = await Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [name] }],
    keys: keys as never,
    signingAlgorithm: algorithm,
  });
  return csr.toString('pem');
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Stations write hex as they like. */
function upper(hashData: Readonly<Record<string, string>>): object {
  return Object.fromEntries(Object.entries(hashData).map(([key, it]) => [key, it.toUpperCase()]));
}
