/** The outbound door against real receivers on loopback. */
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { createServer as createRawServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { allowedRanges } from '../../src/outbound/addresses.js';
import { createOutbound } from '../../src/outbound/outbound.js';
import type { OutboundRequest } from '../../src/outbound/ports.js';
import { selfSigned } from '../support/self-signed.js';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const LOOPBACK = allowedRanges('127.0.0.0/8');
const NOTHING = allowedRanges('');

const post = (url: string, more: Partial<OutboundRequest> = {}): OutboundRequest => ({
  method: 'POST',
  url,
  body: '{}',
  timeoutMs: 20_000,
  ...more,
});

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

describe('what is refused before anything is sent', () => {
  const outbound = createOutbound({ allow: NOTHING, resolve: async () => ['10.0.0.8'] });
  test.each([
    ['loopback', 'https://127.0.0.1/'],
    ['a decimal address', 'https://2130706433/'],
    ['a hexadecimal address', 'https://0x7f000001/'],
    ['an octal address', 'https://0177.0.0.1/'],
    ['a short address', 'https://127.1/'],
    ['IPv6 loopback', 'https://[::1]/'],
    ['an IPv4-mapped address', 'https://[::ffff:127.0.0.1]/'],
    ['an IPv6 zone', 'https://[fe80::1%25eth0]/'],
    ['a bare IPv6 zone', 'https://[fe80::1%eth0]/'],
    ['the metadata service', 'https://169.254.169.254/latest/meta-data'],
    ['a name of the own network', 'https://intranet.example/'],
    ['a user that looks like a host', 'https://example.com@127.0.0.1/'],
    ['a user', 'https://user:secret@example.com/'],
    ['http', 'http://8.8.8.8/'],
    ['a file', 'file:///etc/passwd'],
    ['another protocol', 'gopher://example.com/'],
    ['no URL', 'example.com'],
    ['a very long URL', `https://example.com/${'a'.repeat(3000)}`],
  ])('%s', async (_what, url) => {
    const sent = outbound.send(post(url));
    await expect(sent).rejects.toMatchObject({ code: 'outbound-refused', retriable: false });
  });

  test('a name of which one address is not public', async () => {
    const mixed = createOutbound({
      allow: NOTHING,
      resolve: async () => ['93.184.216.34', '127.0.0.1'],
    });
    await expect(mixed.send(post('https://mixed.example/'))).rejects.toMatchObject({
      code: 'outbound-refused',
    });
  });
});

test('a body arrives whole, and the answer comes back', async () => {
  const seen: { method?: string; host?: string; type?: string; body: string } = { body: '' };
  const server = createServer((request, response) => {
    seen.method = request.method ?? '';
    seen.host = request.headers.host ?? '';
    seen.type = request.headers['content-type'] ?? '';
    request.on('data', (part: Buffer) => (seen.body += part.toString()));
    request.on('end', () => response.writeHead(202, { 'x-note': 'thanks' }).end('taken'));
  });
  const port = await listening(server);
  const outbound = createOutbound({ allow: LOOPBACK, resolve: async () => ['127.0.0.1'] });
  const answer = await outbound.send(
    post(`http://receiver.example:${port}/hook`, {
      body: '{"a":"ü"}',
      headers: { 'content-type': 'application/json' },
    }),
  );
  expect(answer).toMatchObject({ status: 202, body: 'taken' });
  expect(answer.headers['x-note']).toBe('thanks');
  expect(seen).toEqual({
    method: 'POST',
    host: `receiver.example:${port}`,
    type: 'application/json',
    body: '{"a":"ü"}',
  });
});

test('a name is resolved once: a resolver that changes its mind gains nothing', async () => {
  let calls = 0;
  let asked = 0;
  const server = createServer((_request, response) => {
    calls += 1;
    response.end();
  });
  const port = await listening(server);
  const outbound = createOutbound({
    allow: allowedRanges('127.0.0.1/32'),
    // The second answer would be refused; the first one is called.
    resolve: async () => {
      asked += 1;
      return asked % 2 === 1 ? ['127.0.0.1'] : ['127.0.0.2'];
    },
  });
  expect((await outbound.send(post(`http://rebind.example:${port}/`))).status).toBe(200);
  expect(asked).toBe(1);
  await expect(outbound.send(post(`http://rebind.example:${port}/`))).rejects.toMatchObject({
    code: 'outbound-refused',
  });
  expect(calls).toBe(1);
});

test('a redirect is an answer, not an order', async () => {
  const paths: string[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url ?? '');
    response.writeHead(307, { location: '/inside' }).end();
  });
  const port = await listening(server);
  const outbound = createOutbound({ allow: LOOPBACK });
  const answer = await outbound.send(post(`http://127.0.0.1:${port}/start`));
  expect(answer.status).toBe(307);
  expect(paths).toEqual(['/start']);
});

test('an answer that would switch protocols is an answer', async () => {
  const server = createRawServer((socket) => {
    socket.on('error', () => undefined);
    const answer = [
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: x',
      'Connection: Upgrade',
      '',
      '',
    ];
    socket.once('data', () => socket.write(answer.join('\r\n')));
  });
  const port = await listening(server);
  const outbound = createOutbound({ allow: LOOPBACK });
  expect(await outbound.send(post(`http://127.0.0.1:${port}/`))).toMatchObject({ status: 101 });
});

test('a body without an end is cut', async () => {
  const server = createServer((_request, response) => {
    const pour = (): void => {
      while (response.write('x'.repeat(10_000))) continue;
      if (!response.destroyed) response.once('drain', pour);
    };
    response.on('error', () => undefined);
    pour();
  });
  const port = await listening(server);
  const outbound = createOutbound({ allow: LOOPBACK });
  const answer = await outbound.send(post(`http://127.0.0.1:${port}/`));
  expect(answer.body.length).toBe(65_536);
});

test('a peer that answers byte by byte is left after the time for the whole exchange', async () => {
  const server = createRawServer((socket) => {
    socket.on('error', () => undefined);
    const timer = setInterval(() => socket.write('H'), 50);
    socket.on('close', () => clearInterval(timer));
  });
  const port = await listening(server);
  const outbound = createOutbound({ allow: LOOPBACK });
  const sent = outbound.send(post(`http://127.0.0.1:${port}/`, { timeoutMs: 300 }));
  await expect(sent).rejects.toMatchObject({ code: 'outbound-failed', retriable: true });
});

test('a resolver that never answers is left as well', async () => {
  const outbound = createOutbound({ allow: NOTHING, resolve: () => new Promise(() => undefined) });
  const sent = outbound.send(post('https://slow.example/', { timeoutMs: 100 }));
  await expect(sent).rejects.toMatchObject({ code: 'outbound-failed' });
});

test('nobody there is a failure that may pass', async () => {
  const server = createServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  const outbound = createOutbound({ allow: LOOPBACK });
  await expect(outbound.send(post(`http://127.0.0.1:${port}/`))).rejects.toMatchObject({
    code: 'outbound-failed',
    retriable: true,
  });
});

test('the certificate must be of the name in the URL, not of the address', async () => {
  const { key, certificate } = selfSigned('good.example');
  const server = createTlsServer({ key, cert: certificate }, (_request, response) => {
    response.end('private');
  });
  const port = await listening(server);
  const outbound = createOutbound({
    allow: LOOPBACK,
    resolve: async () => ['127.0.0.1'],
    authorities: [certificate],
  });
  expect((await outbound.send(post(`https://good.example:${port}/`))).body).toBe('private');
  await expect(outbound.send(post(`https://evil.example:${port}/`))).rejects.toMatchObject({
    code: 'outbound-failed',
  });
  const strict = createOutbound({ allow: LOOPBACK, resolve: async () => ['127.0.0.1'] });
  await expect(strict.send(post(`https://good.example:${port}/`))).rejects.toMatchObject({
    code: 'outbound-failed',
  });
});
