/** Upkeep among peers that do what they should not, over the whole service on real sockets. */
import { randomBytes, webcrypto } from 'node:crypto';
import '../../src/upkeep/certificates/metadata.js';
import { connect, type Socket } from 'node:net';
import { X509CertificateGenerator } from '@peculiar/x509';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stationId } from '../../solver/index.js';
import type { OcppVersion } from '../../src/ocpp/messages.js';
import { smallSite } from '../control/small-site.js';
import { type RunningService, runService } from '../support/running-service.js';
import {
  connectUpkeepStation,
  keepLocalList,
  PATIENCE,
  type UpkeepStation,
} from '../support/upkeep-station.js';

const HOUR_MS = 3_600_000;
const VERSIONS = ['ocpp1.6', 'ocpp2.0.1', 'ocpp2.1'] as const;

let service: RunningService;
const stations = new Map<OcppVersion, UpkeepStation>();

beforeAll(async () => {
  const settings = { acceptAnyToken: true };
  service = await runService(smallSite({ stations: 3, evsesPerStation: 2, settings }), {
    callTimeoutMs: 1500,
  });
  for (const [index, version] of VERSIONS.entries()) {
    stations.set(version, await connectUpkeepStation(service, { id: `S${index + 1}`, version }));
  }
  await service.call('PUT', '/v1/tokens/LOST', { status: 'Blocked' });
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

/** A request for a log, and the address that the station was given. */
async function askLog(version: OcppVersion): Promise<{ id: number; target: string }> {
  const station = stationOf(version);
  const action = version === 'ocpp1.6' ? 'GetDiagnostics' : 'GetLog';
  station.answer(action, () =>
    version === 'ocpp1.6' ? { fileName: '../../x"\r\n.gz' } : { status: 'Accepted' },
  );
  const ask = { stationId: station.id, logType: 'diagnostics' };
  const { body } = await service.call('POST', '/v1/log-requests', ask);
  const { location = '', log } = station.asked(action).at(-1);
  return { id: body.id, target: log?.remoteLocation ?? location };
}

/** What the service answers to these bytes until it closes the connection. */
function speak(
  head: readonly string[],
  onOpen: (socket: Socket) => void = () => undefined,
): Promise<string> {
  const { hostname, port } = new URL(service.apiUrl);
  return new Promise((resolve) => {
    let heard = '';
    const socket = connect(Number(port), hostname, () => {
      socket.write(`${head.join('\r\n')}\r\n\r\n`);
      onOpen(socket);
    });
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      heard += text;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(heard));
  });
}

const putHead = (target: string, length = 'transfer-encoding: chunked') => [
  `PUT ${new URL(target).pathname} HTTP/1.1`,
  'host: busbar',
  length,
];

describe('an address for uploads', () => {
  test('names a file of its own, whatever stands behind it', async () => {
    const { id, target } = await askLog('ocpp1.6');
    for (const name of ['..%2f..%2fetc%2fpasswd', 'a%00b', '%252e%252e%252fx']) {
      const sent = await fetch(`${target}/${name}`, { method: 'PUT', body: name });
      expect([name, sent.status]).toEqual([name, 200]);
    }
    const file = await service.fetch(`/v1/log-requests/${id}/file`);
    expect(await file.text()).toBe('%252e%252e%252fx');
    expect(file.headers.get('content-disposition')).toBe('attachment; filename=".._.._x___.gz"');
  });

  test('keeps whatever it is given as bytes to be downloaded, never to be shown', async () => {
    const { id, target } = await askLog('ocpp2.0.1');
    const body = '<script>alert(1)</script>';
    for (const type of ['text/html', 'application/json', 'application/x-www-form-urlencoded']) {
      const headers = { 'content-type': type, 'content-encoding': 'gzip' };
      expect((await fetch(target, { method: 'PUT', body, headers })).status).toBe(200);
    }
    const file = await service.fetch(`/v1/log-requests/${id}/file`);
    expect(await file.text()).toBe(body);
    expect(file.headers.get('content-type')).toBe('application/octet-stream');
    expect(file.headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('that nobody was given is closed at once, body or not', async () => {
    const nobody = `${service.apiUrl}/transfer/${'A'.repeat(43)}`;
    expect(await speak(putHead(nobody))).toMatch(/^HTTP\/1.1 404 /);
    expect(await speak(putHead(nobody, 'content-length: 1000000'))).toMatch(/^HTTP\/1.1 404 /);
  });

  test('takes no more than it says, and says so before it is sent', async () => {
    const { id, target } = await askLog('ocpp2.1');
    const length = `content-length: ${65 * 1024 * 1024}`;
    expect(await speak(putHead(target, length))).toMatch(/^HTTP\/1.1 413 /);
    expect((await read(`/v1/log-requests/${id}`)).file).toBeUndefined();
  });

  test('takes one upload at a time: a new attempt ends the one before', async () => {
    const { id, target } = await askLog('ocpp1.6');
    let opened: (socket: Socket) => void = () => undefined;
    const isOpen = new Promise<Socket>((resolve) => {
      opened = resolve;
    });
    const first = speak(putHead(target), (socket) => {
      socket.write('5\r\nfirst\r\n');
      opened(socket);
    });
    const socket = await isOpen;
    let isClosed = false;
    void first.then(() => {
      isClosed = true;
    });
    // Whether the first has arrived by now is not known: the attempts go on until it has.
    await expect
      .poll(async () => {
        await fetch(target, { method: 'PUT', body: 'second' });
        return isClosed;
      }, PATIENCE)
      .toBe(true);
    socket.destroy();
    expect(await (await service.fetch(`/v1/log-requests/${id}/file`)).text()).toBe('second');
  });

  test('is for one direction, and is over when it has expired', async () => {
    const { target } = await askLog('ocpp2.0.1');
    expect((await fetch(target)).status).toBe(404);
    expect((await fetch(target, { method: 'DELETE' })).status).toBe(405);
    await service.store.upkeep.transferLinks.removeBefore(Date.now() + 24 * HOUR_MS);
    expect((await fetch(target, { method: 'PUT', body: 'late' })).status).toBe(404);
  });

  test('is shown to nobody', async () => {
    const { target } = await askLog('ocpp2.1');
    const token = target.split('/').at(-1) ?? '';
    const { body } = await service.call('GET', '/v1/charging-stations/S3/commands');
    const [newest] = body.items;
    expect(newest).toMatchObject({ action: 'GetLog' });
    expect(newest.payload.log.remoteLocation).toMatch(/\/transfer\/\*{3}$/);
    expect(JSON.stringify(body)).not.toContain(token);
    expect(JSON.stringify(service.log)).not.toContain(token);
  });
});

describe('firmware', () => {
  async function signingCertificate(days: { from: number; until: number }): Promise<string> {
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const dayMs = 24 * HOUR_MS;
    const certificate = await X509CertificateGenerator.createSelfSigned({
      name: 'CN=Maker',
      notBefore: new Date(Date.now() + days.from * dayMs),
      notAfter: new Date(Date.now() + days.until * dayMs),
      keys: keys as never,
      signingAlgorithm: algorithm,
    });
    return certificate.toString('pem');
  }

  const ask = (id: string, more: object) =>
    service.call('POST', '/v1/firmware-updates', {
      stationId: id,
      location: 'https://example.com/fw.bin',
      ...more,
    });

  test.each(VERSIONS)('%s: signed, with what is in force alone', async (version) => {
    const station = stationOf(version);
    const action = version === 'ocpp1.6' ? 'SignedUpdateFirmware' : 'UpdateFirmware';
    station.answer(action, () => ({ status: 'InvalidCertificate' }));
    const signature = randomBytes(64).toString('base64');
    const good = await signingCertificate({ from: -1, until: 1 });
    for (const [signingCertificatePem, why] of [
      [await signingCertificate({ from: -2, until: -1 }), 'expired'],
      [await signingCertificate({ from: 1, until: 2 }), 'valid from'],
      [`${good}\n${good}`, 'one certificate'],
      ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', 'cannot be read'],
    ] as const) {
      const { status, body } = await ask(station.id, { signature, signingCertificatePem });
      expect([status, body.errors?.[0].pointer]).toEqual([422, '/signingCertificatePem']);
      expect(body.detail).toContain(why);
    }
    expect((await ask(station.id, { signature })).status).toBe(422);
    expect(station.asked(action)).toEqual([]);
    const refused = await ask(station.id, { signature, signingCertificatePem: good });
    expect(refused.body).toMatchObject({ status: 'refused', signed: true });
    expect(refused.body.detail).toContain('InvalidCertificate');
    const [sent] = station.asked(action);
    expect(sent.firmware).toMatchObject({ signature, signingCertificate: good.trim() });
  });
});

describe('ids of another station', () => {
  test('move nothing: updates, logs and reservations belong to whom they were made for', async () => {
    const owner = stationOf('ocpp2.0.1');
    const other = stationOf('ocpp2.1');
    owner.answer('UpdateFirmware', () => ({ status: 'Accepted' }));
    owner.answer('ReserveNow', () => ({ status: 'Accepted' }));
    const { id: logId } = await askLog('ocpp2.0.1');
    const update = await service.call('POST', '/v1/firmware-updates', {
      stationId: owner.id,
      location: 'https://example.com/fw.bin',
    });
    const reservation = await service.call('POST', '/v1/reservations', {
      stationId: owner.id,
      evseNumber: 1,
      idToken: 'GUEST',
      expiresAt: new Date(Date.now() + HOUR_MS).toISOString(),
    });
    expect([update.body.status, reservation.body.status]).toEqual(['accepted', 'active']);
    const paths = [
      [`/v1/log-requests/${logId}`, 'upload-failed'],
      [`/v1/firmware-updates/${update.body.id}`, 'installed'],
      [`/v1/reservations/${reservation.body.id}`, 'removed'],
    ] as const;
    const say = async ({ call }: UpkeepStation): Promise<void> => {
      await call('LogStatusNotification', { status: 'UploadFailure', requestId: logId });
      await call('FirmwareStatusNotification', {
        status: 'Installed',
        requestId: update.body.id,
      });
      await call('ReservationStatusUpdate', {
        reservationId: reservation.body.id,
        reservationUpdateStatus: 'Removed',
      });
    };
    const before = await Promise.all(paths.map(([path]) => read(path)));
    await say(other);
    // What the owner says comes after it: once that is seen, the other's has been taken too.
    const marker = await askLog('ocpp2.1');
    await other.call('LogStatusNotification', { status: 'UploadFailure', requestId: marker.id });
    await expect
      .poll(async () => (await read(`/v1/log-requests/${marker.id}`)).status, PATIENCE)
      .toBe('upload-failed');
    expect(await Promise.all(paths.map(([path]) => read(path)))).toEqual(before);
    await say(owner);
    for (const [path, status] of paths) {
      await expect.poll(async () => (await read(path)).status, PATIENCE).toBe(status);
    }
  });
});

describe('reservations', () => {
  const ask = (more: object) =>
    service.call('POST', '/v1/reservations', {
      stationId: 'S2',
      evseNumber: 2,
      idToken: 'VISITOR',
      expiresAt: new Date(Date.now() + HOUR_MS).toISOString(),
      ...more,
    });

  test('are not made for a token that may not charge, nor for the past', async () => {
    const blocked = await ask({ idToken: 'lost' });
    expect([blocked.status, blocked.body.detail]).toEqual([
      409,
      'the token is Blocked at this station',
    ]);
    const past = await ask({ expiresAt: new Date(Date.now() - 1000).toISOString() });
    expect([past.status, past.body.errors[0].pointer]).toEqual([422, '/expiresAt']);
  });

  test.each(['Faulted', 'Occupied', 'Rejected', 'Unavailable'])(
    'that the station answers %s hold nothing',
    async (status) => {
      stationOf('ocpp2.0.1').answer('ReserveNow', () => ({ status }));
      expect((await ask({})).body).toMatchObject({ status: 'refused' });
    },
  );

  test('are not used by a start of before that is told only now, and end by themselves', async () => {
    const station = stationOf('ocpp2.0.1');
    station.answer('ReserveNow', () => ({ status: 'Accepted' }));
    const { body } = await ask({});
    expect(body.status).toBe('active');
    const path = `/v1/reservations/${body.id}`;
    const started = (transactionId: string, agoMs: number) =>
      station.call('TransactionEvent', {
        eventType: 'Started',
        timestamp: new Date(Date.now() - agoMs).toISOString(),
        triggerReason: 'Authorized',
        seqNo: 0,
        offline: agoMs > 0,
        transactionInfo: { transactionId },
        evse: { id: 2 },
        idToken: { idToken: 'visitor', type: 'Central' },
      });
    const { tenantId, id: siteId } = smallSite({});
    const over = await service.store.upkeep.reservations.create({
      tenantId,
      siteId,
      stationId: stationId('S3'),
      idToken: 'VISITOR',
      expiresAtMs: Date.now() - 120_000,
      status: 'active',
      actor: 'ada',
    });
    await started('old', 5 * HOUR_MS);
    // A look later the one of before has been taken as well.
    await expect
      .poll(async () => (await read(`/v1/reservations/${over.id}`)).status, PATIENCE)
      .toBe('expired');
    expect((await read(path)).status).toBe('active');
    await started('new', 0);
    await expect.poll(async () => (await read(path)).status, PATIENCE).toBe('used');
  });
});

describe('a local list', () => {
  const put = (id: string, body: object) =>
    service.call('PUT', `/v1/charging-stations/${id}/local-list`, body);
  const entries = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ idToken: `T${index}` }));

  test('1.6: has no more entries in a message than SendLocalListMaxLength', async () => {
    const station = stationOf('ocpp1.6');
    const list = keepLocalList(station);
    const limits = { SendLocalListMaxLength: '4', LocalAuthListMaxLength: '10' };
    station.answer('GetConfiguration', () => ({
      configurationKey: Object.entries(limits).map(([key, value]) => ({
        key,
        value,
        readonly: true,
      })),
    }));
    await put(station.id, { source: 'explicit', entries: entries(10) });
    await expect.poll(() => list.tokens.size, PATIENCE).toBe(10);
    const sizes = station.asked('SendLocalList').map((it) => it.localAuthorizationList.length);
    expect(sizes).toEqual([4, 4, 2]);
    await put(station.id, { source: 'explicit', entries: entries(11) });
    const path = `/v1/charging-stations/${station.id}/local-list`;
    await expect.poll(async () => (await read(path)).status, PATIENCE).toBe('failed');
    expect((await read(path)).detail).toBe('11 tokens are wanted, the station holds 10');
    expect(list.tokens.size).toBe(10);
  });

  test('2.x: is measured by ItemsPerMessage and by what the report says that it holds', async () => {
    const station = stationOf('ocpp2.0.1');
    const list = keepLocalList(station);
    station.answer('GetVariables', ({ getVariableData }) => ({
      getVariableResult: getVariableData.map(
        (it: { variable: { name: string }; component: object }) => ({
          component: it.component,
          variable: it.variable,
          attributeStatus: it.variable.name === 'ItemsPerMessage' ? 'Accepted' : 'UnknownVariable',
          ...(it.variable.name === 'ItemsPerMessage' ? { attributeValue: '3' } : {}),
        }),
      ),
    }));
    await station.call('NotifyReport', {
      requestId: 1,
      generatedAt: new Date().toISOString(),
      seqNo: 0,
      reportData: [
        {
          component: { name: 'LocalAuthListCtrlr' },
          variable: { name: 'Entries' },
          variableAttribute: [{ value: '0', mutability: 'ReadOnly' }],
          variableCharacteristics: {
            dataType: 'integer',
            supportsMonitoring: false,
            maxLimit: 5,
          },
        },
      ],
    });
    const path = `/v1/charging-stations/${station.id}/local-list`;
    await put(station.id, { source: 'explicit', entries: entries(6) });
    await expect.poll(async () => (await read(path)).status, PATIENCE).toBe('failed');
    expect((await read(path)).detail).toBe('6 tokens are wanted, the station holds 5');
    expect(station.asked('SendLocalList')).toEqual([]);
    await put(station.id, { source: 'explicit', entries: entries(5) });
    await expect.poll(() => list.tokens.size, PATIENCE).toBe(5);
    const sizes = station.asked('SendLocalList').map((it) => it.localAuthorizationList.length);
    expect(sizes).toEqual([3, 2]);
  });

  test('that somebody writes past us is brought back', async () => {
    const station = stationOf('ocpp2.1');
    const list = keepLocalList(station);
    await put(station.id, { source: 'explicit', entries: entries(3) });
    await expect.poll(() => list.tokens.size, PATIENCE).toBe(3);
    const path = `/v1/charging-stations/${station.id}/local-list`;
    await expect.poll(async () => (await read(path)).status, PATIENCE).toBe('synchronised');
    const action = 'SendLocalList';
    const payload = { versionNumber: 77, updateType: 'Full' };
    const past = { action, payload };
    const sent = await service.call('POST', `/v1/charging-stations/${station.id}/commands`, past);
    expect(sent.status, JSON.stringify(sent.body)).toBe(200);
    await expect.poll(() => list.tokens.size, PATIENCE).toBe(3);
    expect(list.version).toBeGreaterThan(77);
  });

  test('of tokens is empty where stations shall ask each time', async () => {
    const station = stationOf('ocpp2.1');
    const list = keepLocalList(station);
    await service.call('PUT', '/v1/tokens/GOOD', { status: 'Accepted' });
    await put(station.id, { source: 'tokens' });
    await expect.poll(() => [...list.tokens], PATIENCE).toEqual(['GOOD']);
    const path = '/v1/sites/site/settings';
    const shown = await service.call('GET', path);
    const ifMatch = { 'if-match': shown.headers.get('etag') };
    const patched = await service.call('PATCH', path, { offlineAuthorization: 'refused' }, ifMatch);
    expect(patched.status, JSON.stringify(patched.body)).toBe(200);
    await expect.poll(() => list.tokens.size, PATIENCE).toBe(0);
  });
});
