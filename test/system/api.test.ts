import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pictureAt } from '../browser/moving-site.js';
import { NOW_MS } from '../api/doubles.js';
import { startApi, type TestApi } from '../api/harness.js';

/** What is to come comes on a busy machine too. */
const SOON = { timeout: 30_000 };

let api: TestApi;
let port: number;

beforeEach(async () => {
  api = await startApi();
  await api.app.listen({ host: '127.0.0.1', port: 0 });
  ({ port } = api.app.server.address() as AddressInfo);
});
afterEach(() => api.close());

function publish(tick: number): void {
  const [site] = api.engine.sites();
  if (site !== undefined) api.engine.publish(pictureAt(site, NOW_MS, tick));
}

function openStream(): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options = { port, path: '/v1/sites/depot/stream', headers: api.keys.read };
    get({ host: '127.0.0.1', ...options }, resolve).on('error', reject);
  });
}

/** Collects what a stream has sent. */
function textOf(stream: IncomingMessage): () => string {
  let text = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    text += chunk;
  });
  stream.on('error', () => undefined);
  return () => text;
}

const ids = (text: string): number[] =>
  [...text.matchAll(/^id: (\d+)$/gm)].map((match) => Number(match[1]));

test('a stream shows the present picture at once, then each change in order', async () => {
  publish(1);
  const stream = await openStream();
  const text = textOf(stream);
  expect(stream.headers['content-type']).toContain('text/event-stream');
  expect(stream.headers['cache-control']).toBe('no-store');
  await expect.poll(() => ids(text()), SOON).toEqual([2]);
  publish(2);
  publish(3);
  await expect.poll(() => ids(text()), SOON).toEqual([2, 3, 4]);
  const [, data] = text().match(/event: live\ndata: (.+)\n\n/) ?? [];
  expect(JSON.parse(data ?? '')).toMatchObject({ siteId: 'depot', seq: 2 });
  stream.destroy();
});

test('a reader that leaves is forgotten', async () => {
  publish(1);
  const streams = await Promise.all([openStream(), openStream(), openStream()]);
  expect(api.engine.subscribers()).toBe(3);
  for (const stream of streams) stream.destroy();
  await expect.poll(() => api.engine.subscribers(), SOON).toBe(0);
});

test('a slow reader gets the newest picture, not all of them', async () => {
  publish(1);
  const stream = await openStream();
  stream.pause();
  for (let tick = 2; tick < 4000; tick += 1) publish(tick);
  const text = textOf(stream);
  stream.resume();
  await expect.poll(() => ids(text()).at(-1), SOON).toBe(4000);
  const seen = ids(text());
  expect(seen.length).toBeLessThan(3999);
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  stream.destroy();
});

test('a quiet site is shown again, so that quiet can be told from cut off', async () => {
  publish(1);
  const stream = await openStream();
  const text = textOf(stream);
  await expect.poll(() => ids(text()).slice(0, 2), SOON).toEqual([2, 2]);
  stream.destroy();
});

test('closing the server ends open streams', async () => {
  publish(1);
  const stream = await openStream();
  const ended = new Promise((resolve) => stream.once('close', resolve));
  stream.resume();
  const startedMs = performance.now();
  await api.app.close();
  await ended;
  console.info(`closed ${(performance.now() - startedMs).toFixed(0)} ms after it was told to`);
  expect(api.engine.subscribers()).toBe(0);
});

test('fetch over a real socket: a limit is read, changed and refused when stale', async () => {
  const url = `http://127.0.0.1:${port}/v1/sites/depot`;
  const etag = (await fetch(url, { headers: api.keys.read })).headers.get('etag') ?? '';
  const patch = (from: number | null, to: number): Promise<Response> =>
    fetch(url, {
      method: 'PATCH',
      headers: { ...api.keys.write, 'content-type': 'application/json', 'if-match': etag },
      body: JSON.stringify({ importLimitW: { from, to } }),
    });
  expect((await patch(null, 30_000)).status).toBe(200);
  const stale = await patch(30_000, 20_000);
  expect(stale.status).toBe(412);
  expect(stale.headers.get('content-type')).toContain('application/problem+json');
});
