import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import {
  basic,
  connectRaw,
  connectStation,
  type Harness,
  SECRET,
  sleep,
  startHarness,
  upgradeStatus,
  waitFor,
} from './gateway-harness.js';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

describe('who may come in', () => {
  const good = basic('CP1', SECRET);
  test.each([
    ['the right password', '/ocpp/CP1', good, 'ocpp1.6', 101],
    ['a query beside the identity', '/ocpp/CP1?x=1', good, 'ocpp1.6', 101],
    ['a percent-encoded identity', '/ocpp/CP%31', good, 'ocpp1.6', 101],
    ['an unknown station', '/ocpp/CP9', basic('CP9', SECRET), 'ocpp1.6', 404],
    ['a wrong password', '/ocpp/CP1', basic('CP1', 'wrong'), 'ocpp1.6', 401],
    ['no password', '/ocpp/CP1', undefined, 'ocpp1.6', 401],
    ['an empty password', '/ocpp/CP1', basic('CP1', ''), 'ocpp1.6', 401],
    ['a header that is not base64', '/ocpp/CP1', 'Basic ~~~', 'ocpp1.6', 401],
    ['the username of another station', '/ocpp/CP1', basic('CP2', SECRET), 'ocpp1.6', 401],
    ['broken percent encoding', '/ocpp/%E0%A4%A', good, 'ocpp1.6', 400],
    ['broken percent encoding at the root', '/%E0%A4%A', good, 'ocpp1.6', 400],
    ['a colon in the identity', '/ocpp/CP%3A1', basic('CP:1', SECRET), 'ocpp1.6', 400],
    ['a control character in the identity', '/ocpp/CP%0A1', good, 'ocpp1.6', 400],
    ['49 characters', `/ocpp/${'x'.repeat(49)}`, good, 'ocpp1.6', 400],
    ['a deeper path', '/ocpp/a/CP1', good, 'ocpp1.6', 400],
    ['a dot segment', '/ocpp/%2e%2e', good, 'ocpp1.6', 400],
    ['no subprotocol', '/ocpp/CP1', good, '', 400],
    ['a subprotocol that nobody speaks', '/ocpp/CP1', good, 'ocpp1.5', 400],
    ['a subprotocol named twice', '/ocpp/CP1', good, 'ocpp1.6, ocpp1.6', 400],
  ])('%s at %s', async (_what, path, authorization, protocol, status) => {
    const header = authorization === undefined ? {} : { authorization };
    expect(await upgradeStatus(harness, { path, protocol, ...header })).toBe(status);
  });

  test('a station that turns its hex key into bytes gets in all the same', async () => {
    const key = '00ff'.repeat(10);
    const known = harness.memory.stations.get('CP1');
    if (known === undefined) throw new Error('no CP1');
    const { macOf } = await import('./gateway-harness.js');
    harness.memory.stations.set('CP1', { ...known, secretMac: macOf(key) });
    const authorization = basic('CP1', Buffer.from(key, 'hex'));
    expect(await upgradeStatus(harness, { path: '/ocpp/CP1', authorization })).toBe(101);
  });

  test('an unknown station hears 401 where the setting says so', async () => {
    const strict = await startHarness({ unknownStationStatus: 401 });
    const authorization = basic('CP9', SECRET);
    expect(await upgradeStatus(strict, { path: '/ocpp/CP9', authorization })).toBe(401);
    await strict.close();
  });

  test('the version is the first of the client that is known', async () => {
    const client = await connectRaw(harness, 'CP1', 'ocpp2.0.1');
    expect(client.socket.protocol).toBe('ocpp2.0.1');
    expect(harness.gateway.connectedVersion('CP1' as never)).toBe('ocpp2.0.1');
    client.socket.terminate();
  });

  test('guessing is slowed to 429, for the guessed identity alone at first', async () => {
    const limited = await startHarness({ identityFailuresMax: 3, addressFailuresMax: 6 });
    const wrong = { path: '/ocpp/CP1', authorization: basic('CP1', 'wrong') };
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 5; attempt += 1) {
      statuses.push(await upgradeStatus(limited, wrong));
    }
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
    const other = { path: '/ocpp/CP2', authorization: basic('CP2', SECRET) };
    expect(await upgradeStatus(limited, other)).toBe(101);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await upgradeStatus(limited, { path: `/ocpp/X${attempt}` });
    }
    const stranger = { path: '/ocpp/CP3', authorization: basic('CP3', SECRET) };
    expect(await upgradeStatus(limited, stranger)).toBe(429);
    // It came in from here before: whoever shares its address does not keep it out.
    expect(await upgradeStatus(limited, other)).toBe(101);
    await limited.close();
  });

  test('a plain request is not found and a half request ends', async () => {
    const response = await fetch(`http://127.0.0.1:${harness.port}/ocpp/CP1`);
    expect(response.status).toBe(404);
    const slow = await startHarness({ handshakeTimeoutMs: 200 });
    const socket = connect(slow.port, '127.0.0.1');
    const ended = new Promise<void>((done) => socket.once('close', () => done()));
    socket.resume();
    socket.write('GET /ocpp/CP1 HTTP/1.1\r\nHost: x\r\n');
    await ended;
    await slow.close();
  });
});

describe('connections', () => {
  test('the newest authenticated connection wins', async () => {
    const first = await connectStation(harness);
    const closed = new Promise<{ code: number; reason: string }>((done) =>
      first.once('close', done),
    );
    const second = await connectStation(harness);
    expect(await closed).toMatchObject({ code: 1008, reason: 'replaced by a newer connection' });
    await harness.until('station.connected', 2);
    const story = harness.events.map((e) =>
      'generation' in e ? [e.type, e.generation] : [e.type],
    );
    const [a, b] = harness.eventsOf('station.connected').map((event) => event.generation);
    expect(b).toBeGreaterThan(a ?? 0);
    expect(story).toEqual([
      ['station.connected', a],
      ['station.disconnected', a],
      ['station.connected', b],
    ]);
    expect(await second.call('Heartbeat', {})).toEqual({ currentTime: '2026-03-01T12:00:00.000Z' });
    expect(harness.gateway.stats()).toMatchObject({ connections: 1 });
  });

  test('an unauthenticated connection does not push out a real one', async () => {
    const client = await connectStation(harness);
    await upgradeStatus(harness, { path: '/ocpp/CP1', authorization: basic('CP1', 'wrong') });
    expect(await client.call('Heartbeat', {})).toHaveProperty('currentTime');
    expect(harness.eventsOf('station.disconnected')).toEqual([]);
  });

  test('a peer that answers no ping is dropped', async () => {
    const pinging = await startHarness({ pingIntervalMs: 50 });
    const dead = await connectRaw(pinging);
    dead.socket.pause();
    const event = await pinging.until('station.disconnected');
    expect(event.reason).toContain('1006');
    dead.socket.terminate();
    await pinging.close();
  });

  test('the handshake timeout ends with the handshake, idleness has its own', async () => {
    const brief = await startHarness({ handshakeTimeoutMs: 2_000, idleTimeoutMs: 6_000 });
    const client = await connectRaw(brief);
    await sleep(3_500);
    client.socket.send('[2,"h","Heartbeat",{}]');
    await waitFor(() => client.received.length > 0, 'heartbeat');
    expect(await client.closed).toBe(1001);
    expect(brief.eventsOf('station.disconnected')).toMatchObject([{ reason: 'idle' }]);
    await brief.close();
  });

  test('a stop closes sockets with 1012 and hands over the last events', async () => {
    const { closed } = await connectRaw(harness);
    await harness.close();
    expect(await closed).toBe(1012);
    expect(harness.eventsOf('station.disconnected')).toMatchObject([{ reason: 'gateway stops' }]);
  });

  test('connection events wait for the inbox and keep their order', async () => {
    harness.memory.isDown = true;
    const client = await connectRaw(harness);
    client.socket.close(1000, 'bye');
    await client.closed;
    await sleep(50);
    expect(harness.events).toEqual([]);
    harness.memory.isDown = false;
    await harness.until('station.disconnected');
    expect(harness.events.map((event) => event.type)).toEqual([
      'station.connected',
      'station.disconnected',
    ]);
  });
});

describe('hostile frames', () => {
  test('a frame above 64 KiB ends the connection with 1009', async () => {
    const { socket, closed } = await connectRaw(harness);
    socket.send('x'.repeat(65_537));
    expect(await closed).toBe(1009);
  });

  test('a frame in too many fragments ends the connection', async () => {
    const { socket, closed } = await connectRaw(harness);
    for (let part = 0; part < 200; part += 1) socket.send('x', { fin: false });
    expect(await closed).toBe(1008);
  });

  test('a flood of bad JSON is answered and then closed with 1002', async () => {
    const { socket, received, closed } = await connectRaw(harness, 'CP1', 'ocpp2.0.1');
    for (let count = 0; count < 30; count += 1) socket.send('{not json');
    expect(await closed).toBe(1002);
    expect(received).toHaveLength(10);
    expect(JSON.parse(received[0] ?? '')).toEqual([
      4,
      '-1',
      'RpcFrameworkError',
      expect.any(String),
      {},
    ]);
    // Those that came in one piece with the eleventh are counted as well.
    expect(harness.gateway.stats().counters['badFrames']).toBeGreaterThanOrEqual(11);
  });

  test('1.6 has no answer to a frame without an id, and the flood is closed all the same', async () => {
    const { socket, received, closed } = await connectRaw(harness);
    for (let count = 0; count < 30; count += 1) socket.send('{not json');
    expect(await closed).toBe(1002);
    expect(received).toEqual([]);
  });

  test('a good frame in between starts the count anew', async () => {
    const { socket, received } = await connectRaw(harness, 'CP1', 'ocpp2.1');
    for (let count = 0; count < 25; count += 1) {
      socket.send('[]');
      if (count % 5 === 0) socket.send(`[2,"h${count}","Heartbeat",{}]`);
    }
    await waitFor(() => received.length >= 30, 'all answers');
    expect(socket.readyState).toBe(1);
    socket.terminate();
  });

  test('answers to nothing are ignored and counted', async () => {
    const { socket, received } = await connectRaw(harness);
    for (let count = 0; count < 20; count += 1) socket.send(`[3,"none-${count}",{}]`);
    socket.send('[4,"none","GenericError","",{}]');
    socket.send('[2,"h","Heartbeat",{}]');
    await waitFor(() => received.length > 0, 'heartbeat');
    expect(JSON.parse(received[0] ?? '')).toEqual([3, 'h', expect.any(Object)]);
    expect(harness.gateway.stats().counters['lateAnswers']).toBe(21);
    socket.terminate();
  });

  test('message types 5 and 6 belong to 2.1; 2.0.1 refuses them, 1.6 ignores them', async () => {
    const newer = await connectRaw(harness, 'CP1', 'ocpp2.1');
    newer.socket.send('[5,"id","InternalError","",{}]');
    newer.socket.send('[6,"id","NotifyPeriodicEventStream",{}]');
    newer.socket.send('[2,"h","Heartbeat",{}]');
    await waitFor(() => newer.received.length > 0, 'heartbeat');
    expect(newer.received).toHaveLength(1);
    expect(harness.gateway.stats().counters).toMatchObject({ refusedAnswers: 1, sendsIgnored: 1 });
    const older = await connectRaw(harness, 'CP2', 'ocpp2.0.1');
    older.socket.send('[6,"id","NotifyPeriodicEventStream",{}]');
    await waitFor(() => older.received.length > 0, 'error');
    expect(JSON.parse(older.received[0] ?? '')).toEqual([
      4,
      'id',
      'MessageTypeNotSupported',
      expect.any(String),
      {},
    ]);
    const oldest = await connectRaw(harness, 'CP3', 'ocpp1.6');
    oldest.socket.send('[6,"id","NotifyPeriodicEventStream",{}]');
    oldest.socket.send('[2,"h","Heartbeat",{}]');
    await waitFor(() => oldest.received.length > 0, 'heartbeat');
    expect(JSON.parse(oldest.received[0] ?? '')).toMatchObject({ 0: 3, 1: 'h' });
    for (const { socket } of [newer, older, oldest]) socket.terminate();
  });

  test('a peer that does not read is cut off instead of filling memory', async () => {
    const small = await startHarness({ bufferedBytesMax: 4_096, waitingCallsMax: 100_000 });
    const { socket, closed } = await connectRaw(small, 'CP1', 'ocpp2.1');
    (socket as unknown as { _socket: { pause(): void } })._socket.pause();
    const hash = 'h'.repeat(128);
    const certificateHashData = {
      hashAlgorithm: 'SHA256',
      issuerNameHash: hash,
      issuerKeyHash: hash,
      serialNumber: '1',
    };
    const status = { certificateHashData, source: 'OCSP', urls: ['http://127.0.0.1'] };
    const certificateStatusRequests = [status, status, status, status];
    const payload = { certificateStatusRequests };
    const call = JSON.stringify([2, 'id', 'GetCertificateChainStatus', payload]);
    for (let count = 0; count < 9_000; count += 1) {
      socket.send(call.replace('id', `id-${count}`));
    }
    const event = await small.until('station.disconnected');
    expect(event.reason).toContain('1006');
    socket.terminate();
    await closed;
    await small.close();
  });
});
