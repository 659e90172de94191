/** What attackers, broken proxies and hasty firmware write to a socket. */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { parseProxies } from '../../src/platform/proxies.js';
import {
  basic,
  connectRaw,
  connectStation,
  type Harness,
  SECRET,
  startHarness,
  upgradeStatus,
  waitFor,
} from './gateway-harness.js';

const TEXT = 0x1;
const BINARY = 0x2;
const PING = 0x9;
const FINAL = 0x80;
const COMPRESSED = 0x40;
const HEARTBEAT = '[2,"h","Heartbeat",{}]';

let harness: Harness;
const sockets: Socket[] = [];

beforeEach(async () => {
  harness = await startHarness();
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await harness.close();
});

/** One WebSocket frame as a client masks it, of at most 64 KiB. */
function wsFrame(head: number, payload: Buffer, mask = randomBytes(4)): Buffer {
  const isShort = payload.length < 126;
  const length = isShort ? Buffer.from([0x80 | payload.length]) : Buffer.alloc(3, 0xfe);
  if (!isShort) length.writeUInt16BE(payload.length, 1);
  const masked = payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return Buffer.concat([Buffer.from([head]), length, mask, masked]);
}

interface Bare {
  readonly socket: Socket;
  /** All that came, the HTTP head included. */
  read(): string;
  readonly closed: Promise<void>;
}

/** A TCP socket that asks for an upgrade and writes `more` in the same breath. */
function bare(target: Harness, more: readonly Buffer[] = [], headers = ''): Bare {
  const socket = connect(target.port, '127.0.0.1');
  sockets.push(socket);
  let received = '';
  socket.on('data', (data) => {
    received += data.toString('latin1');
  });
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const head = [
    'GET /ocpp/CP1 HTTP/1.1',
    'Host: x',
    'Connection: keep-alive, Upgrade',
    'Upgrade: WebSocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Protocol: ocpp1.5',
    'Sec-WebSocket-Protocol: ocpp1.6',
    `Authorization: ${basic('CP1', SECRET)}`,
  ];
  socket.write(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n${headers}\r\n`), ...more]));
  return { socket, read: () => received, closed };
}

describe('a handshake', () => {
  test('with frames behind it in the same segment loses none of them', async () => {
    const { read } = bare(harness, [wsFrame(FINAL | TEXT, Buffer.from(HEARTBEAT))]);
    await waitFor(() => read().includes('[3,"h"'), 'an answer');
    expect(read()).toMatch(/^HTTP\/1\.1 101 [^]*\r\nSec-WebSocket-Protocol: ocpp1\.6\r\n/);
  });

  test('that offers compression gets none, and compressed bombs end the connection', async () => {
    const offer = 'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n';
    const bomb = wsFrame(FINAL | COMPRESSED | TEXT, randomBytes(60_000));
    const { read, closed } = bare(harness, [bomb], offer);
    await closed;
    expect(read()).toContain('HTTP/1.1 101');
    expect(read().toLowerCase()).not.toContain('sec-websocket-extensions');
    expect(harness.gateway.stats().counters['framesIn']).toBe(0);
  });

  test('with two different passwords is judged by none but the first', async () => {
    const second = `Authorization: ${basic('CP2', SECRET)}\r\n`;
    const { read } = bare(harness, [], second);
    await waitFor(() => read().includes('\r\n\r\n'), 'a verdict');
    expect(harness.gateway.connectedVersion('CP2' as never)).toBeUndefined();
  });

  test('with a head beyond 8 KiB ends', async () => {
    const { read, closed } = bare(harness, [], `X-Large: ${'x'.repeat(9_000)}\r\n`);
    await closed;
    expect(read()).not.toContain('101');
  });

  test.each([
    ['another method', 'POST /ocpp/CP1 HTTP/1.1', 'websocket', '13'],
    ['another protocol', 'GET /ocpp/CP1 HTTP/1.1', 'h2c', '13'],
    ['an old version', 'GET /ocpp/CP1 HTTP/1.1', 'websocket', '7'],
  ])('of %s is refused, and counts as no connection', async (_what, line, upgrade, version) => {
    const socket = connect(harness.port, '127.0.0.1');
    sockets.push(socket);
    let received = '';
    socket.on('data', (data) => {
      received += data.toString('latin1');
    });
    socket.on('error', () => undefined);
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    const head = [
      line,
      'Host: x',
      'Connection: Upgrade',
      `Upgrade: ${upgrade}`,
      `Sec-WebSocket-Version: ${version}`,
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Protocol: ocpp1.6',
      `Authorization: ${basic('CP1', SECRET)}`,
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    await closed;
    expect(received).toMatch(/^HTTP\/1\.1 4/);
    expect(harness.gateway.stats().connections).toBe(0);
  });

  test.each(['/ocpp//CP1', '/ocpp/CP1/', '/ocpp/%43%501', '/ocpp/CP1/?a=/ocpp/CP2'])(
    'of a URL with a slash too many or percent signs is that of its station: %s',
    async (path) => {
      const authorization = basic('CP1', SECRET);
      expect(await upgradeStatus(harness, { path, authorization })).toBe(101);
      const { stationId } = await harness.until('station.connected');
      expect(stationId).toBe('CP1');
    },
  );
});

test('behind a proxy, who guesses keeps out nobody else', async () => {
  const trustedProxies = parseProxies('127.0.0.1,::1');
  if (trustedProxies === undefined) throw new Error('no proxies');
  const proxied = await startHarness({ addressFailuresMax: 2, trustedProxies });
  const ask = (forwardedFor: string, password: string): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(proxied.port, '127.0.0.1');
      sockets.push(socket);
      socket.on('error', () => undefined);
      socket.once('data', (data) => resolve(/ (\d+) /.exec(data.toString())?.[1] ?? ''));
      const head = [
        'GET /ocpp/CP1 HTTP/1.1',
        'Host: x',
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
        'Sec-WebSocket-Protocol: ocpp1.6',
        `X-Forwarded-For: 1.2.3.4, ${forwardedFor}`,
        `Authorization: ${basic('CP1', password)}`,
      ];
      socket.write(`${head.join('\r\n')}\r\n\r\n`);
    });
  const guesses = [];
  for (let count = 0; count < 3; count += 1) guesses.push(await ask('203.0.113.1', 'wrong'));
  expect(guesses).toEqual(['401', '401', '429']);
  expect(await ask('203.0.113.2', SECRET)).toBe('101');
  expect(await proxied.until('station.connected')).toMatchObject({ remoteAddress: '203.0.113.2' });
  await proxied.close();
});

test('sockets of one address that say nothing are dropped beyond a number', async () => {
  const small = await startHarness({ waitingSocketsMax: 3, handshakeTimeoutMs: 60_000 });
  const inside = await connectStation(small);
  const silent = Array.from({ length: 6 }, () => {
    const socket = connect(small.port, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.resume();
    return socket;
  });
  await waitFor(() => silent.filter((it) => it.closed).length === 3, 'three that are dropped');
  expect(await inside.call('Heartbeat', {})).toHaveProperty('currentTime');
  for (const socket of silent) socket.destroy();
  const isIn = async (): Promise<boolean> => {
    const client = await connectStation(small, { id: 'CP2' }).catch(() => undefined);
    await client?.close({});
    return client !== undefined;
  };
  await expect.poll(isIn, { timeout: 20_000 }).toBe(true);
  await small.close();
});

describe('frames (I12)', () => {
  test('of bytes, in pieces that split a letter, and with pings between them are read', async () => {
    const { socket, read } = bare(harness);
    await waitFor(() => read().includes('101'), 'the upgrade');
    const text = Buffer.from(JSON.stringify([2, 'é', 'Heartbeat', {}]));
    const cut = text.indexOf(0xc3) + 1;
    for (const part of [
      wsFrame(BINARY, text.subarray(0, cut)),
      wsFrame(FINAL | PING, Buffer.from('between')),
      wsFrame(FINAL, text.subarray(cut)),
    ]) {
      socket.write(part);
    }
    await waitFor(() => read().includes(Buffer.from('[3,"é"').toString('latin1')), 'an answer');
    expect(read()).toContain('between');
  });

  test.each([
    ['that is not masked', Buffer.from([FINAL | TEXT, 2, 0x5b, 0x5d])],
    ['of an opcode that nobody has', wsFrame(FINAL | 0x3, Buffer.from('x'))],
    ['that continues nothing', wsFrame(FINAL, Buffer.from('x'))],
    ['of control that is too long', wsFrame(FINAL | PING, Buffer.alloc(200))],
    ['that says it has 2^63 bytes', Buffer.from([FINAL | TEXT, 0xff, ...Buffer.alloc(8, 0xff)])],
  ])('one %s ends the connection alone', async (_what, frame) => {
    const other = await connectStation(harness, { id: 'CP2' });
    const { closed } = bare(harness, [frame]);
    await closed;
    await harness.until('station.disconnected');
    expect(await other.call('Heartbeat', {})).toHaveProperty('currentTime');
    await other.close({});
  });

  test.each([
    ['the NUL of a C string behind it', Buffer.from(`${HEARTBEAT}\0`)],
    ['a tabulator in a text', Buffer.from('[2,"h","Heartbeat",{"x":"a\tb"}]')],
    ['a letter of Latin-1', Buffer.from('[2,"h","Heartbeat",{"x":"Stra\xdfe"}]', 'latin1')],
  ])('one with %s is read all the same', async (_what, text) => {
    const { socket, received } = await connectRaw(harness);
    socket.send(text, { binary: false });
    await waitFor(() => received.length > 0, 'an answer');
    expect(received[0]).toContain('[3,"h"');
    socket.terminate();
  });

  test('pings of a peer that does not read fill no memory', async () => {
    const { socket, read } = bare(harness);
    await waitFor(() => read().includes('101'), 'the upgrade');
    socket.pause();
    const pings = Buffer.concat(
      Array.from({ length: 2_000 }, () => wsFrame(FINAL | PING, Buffer.alloc(125))),
    );
    const isOver = (): boolean => harness.eventsOf('station.disconnected').length > 0;
    while (!isOver()) await new Promise((resolve) => socket.write(pings, resolve));
    expect(await harness.until('station.disconnected')).toMatchObject({ closeCode: 1006 });
  });

  test('without end are read more slowly, and hold up no other station', async () => {
    const burst = 20;
    const slow = await startHarness({ framesBurst: burst, framesRefillMs: 3_600_000 });
    const hasty = await connectRaw(slow);
    for (let sent = 0; sent <= burst; sent += 1) {
      hasty.socket.send(`[2,"${sent}","Heartbeat",{}]`);
      await waitFor(() => hasty.received.length > sent, 'an answer');
    }
    expect(slow.gateway.stats().counters['slowedConnections']).toBe(1);
    hasty.socket.send('[2,"late","Heartbeat",{}]');
    const other = await connectStation(slow, { id: 'CP2' });
    for (let sent = 0; sent < burst / 2; sent += 1) await other.call('Heartbeat', {});
    expect(hasty.received).toHaveLength(burst + 1);
    await slow.close();
  });
});
