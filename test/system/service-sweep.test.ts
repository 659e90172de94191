/**
 * The whole service, engine and PostgreSQL included, takes a share of the generated frames from three
 * stations and goes on working: what a station sends must not block the inbox of its site.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { provision } from '../../launch/provision.js';
import type { OcppVersion } from '../../src/ocpp/messages.js';
import { messagesOf, VERSIONS } from '../fuzz/shipped-schemas.js';
import { stationFrame } from '../fuzz/station-frames.js';
import { dice } from '../sim/random.js';
import { startCpms } from '../support/cpms-process.js';
import { makeDirectory, removeDirectory } from '../support/demo-process.js';
import { durableSite } from '../support/durable-stations.js';

const FRAMES = 150;
const SEED = 20_260_301;
const PATIENCE = { timeout: 20_000, interval: 100 };
const BOOT_16 = { chargePointVendor: 'Acme', chargePointModel: 'Last' };
const BOOT_2 = { reason: 'PowerUp', chargingStation: { vendorName: 'Acme', model: 'Last' } };

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Link {
  readonly socket: WebSocket;
  readonly received: string[];
}

async function connect(url: string, id: string, secret: string, version: OcppVersion) {
  const socket = new WebSocket(`${url}/${id}`, [version], {
    headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
  });
  const received: string[] = [];
  socket.on('message', (data) => received.push(String(data)));
  socket.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('unexpected-response', (_request, { statusCode }) =>
      reject(new Error(`HTTP ${statusCode}`)),
    );
  });
  cleanups.push(() => socket.terminate());
  return { socket, received };
}

test(`${VERSIONS.length} stations send ${FRAMES} generated frames each, and the engine goes on`, async () => {
  const dataDir = makeDirectory();
  cleanups.push(() => removeDirectory(dataDir));
  const cpms = await startCpms({ dataDir });
  cleanups.push(() => cpms.kill());
  const site = durableSite();
  const secrets = await provision(cpms.api, site, { fallbackSessionA: 0 });
  for (const [index, version] of VERSIONS.entries()) {
    const { stationId: id = '', secret = '' } = secrets[index] ?? {};
    const open = () => connect(cpms.ocppUrl, id, secret, version);
    let link: Link = await open();
    const messages = messagesOf(version);
    for (let sent = 0; sent < FRAMES; sent += 1) {
      if (link.socket.readyState !== WebSocket.OPEN) link = await open();
      const chance = dice(SEED, `${version} ${sent}`);
      link.socket.send(stationFrame(chance, version, messages, `m${sent}`).text);
      if (sent % 20 === 19) await sleep(5);
    }
    const last = await open();
    const boot = version === 'ocpp1.6' ? BOOT_16 : BOOT_2;
    last.socket.send(JSON.stringify([2, 'boot', 'BootNotification', boot]));
    await vi.waitFor(
      () => expect(last.received.some((text) => text.startsWith('[3,"boot"'))).toBe(true),
      PATIENCE,
    );
  }
  // The engine has read all that came before the boots.
  await vi.waitFor(async () => {
    const { items } = await cpms.api.get<{ items: readonly { model?: string }[] }>(
      '/v1/charging-stations',
    );
    const models = items.slice(0, VERSIONS.length).map(({ model }) => model);
    expect(models, cpms.stderr().slice(-2_000)).toEqual(['Last', 'Last', 'Last']);
  }, PATIENCE);
  expect((await fetch(`${cpms.apiUrl}/readyz`)).status).toBe(200);
  expect(
    cpms
      .stderr()
      .split('\n')
      .filter((line) => line.includes('"level":50')),
  ).toEqual([]);
  expect(await cpms.end()).toBe(0);
});
