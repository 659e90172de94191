/** kill -9 at a random moment of the work: what was acknowledged is there after the restart. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { randomFor } from '../../simulator/random.js';
import { type CpmsProcess, postmasterPid, startCpms } from '../support/cpms-process.js';
import {
  type DemoProcess,
  leftBehind,
  makeDirectory,
  processesOf,
  removeDirectory,
  startDemo,
} from '../support/demo-process.js';
import { expectNothingLost, expectReserved } from '../support/durable-site.js';
import { connectStations } from '../support/durable-stations.js';
import type { RecordingStation } from '../support/recording-station.js';

const SEED = 20_261;
const KILLS = 3;
const CATCH_UP_MS = 60_000;
/** First contact, and the settle time before a fallback counts. */
const GRANTED_MS = 180_000;

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function directory(): string {
  const path = makeDirectory();
  cleanups.push(() => removeDirectory(path));
  return path;
}

async function start(dataDir: string): Promise<CpmsProcess> {
  const cpms = await startCpms({ dataDir });
  cleanups.push(() => cpms.kill());
  return cpms;
}

const acknowledged = (stations: readonly RecordingStation[]): number =>
  stations.reduce((sum, it) => sum + it.counts.calls - it.counts.failures, 0);

/** Rows may still be on their way from the inbox to the sessions. */
function soon(check: () => Promise<void>): Promise<void> {
  return vi.waitFor(check, { timeout: CATCH_UP_MS, interval: 200 });
}

test('three times kill -9 in the middle of traffic lose and double nothing acknowledged', async () => {
  const dataDir = directory();
  const random = randomFor(SEED, 'kills');
  let cpms = await start(dataDir);
  let heldMaxA = 0;
  const stations = await connectStations(cpms.api, SEED);
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const before = acknowledged(stations);
    for (const station of stations) station.connect(cpms.ocppUrl);
    await vi.waitFor(() => expect(acknowledged(stations)).toBeGreaterThan(before + 40), {
      timeout: CATCH_UP_MS,
    });
    if (kill === 1) {
      await vi.waitFor(() => expect(stations.some((it) => it.heldA() > 0)).toBe(true), {
        timeout: GRANTED_MS,
      });
    }
    await sleep(500 + 1500 * random());
    const atKill = acknowledged(stations);
    await cpms.kill();
    await Promise.all(stations.map((station) => station.unplugNetwork()));
    cpms = await start(dataDir);
    const { api } = cpms;
    await soon(() => expectNothingLost(api, stations, 'acknowledged'));
    await expectReserved(api, stations);
    const heldA = stations.map((station) => Math.round(station.heldA()));
    heldMaxA = Math.max(heldMaxA, ...heldA);
    console.info(`kill ${kill} after ${atKill} answers, stations hold ${heldA.join(' ')} A`);
  }
  for (const station of stations) station.connect(cpms.ocppUrl);
  await Promise.all(stations.map((station) => station.finish()));
  const { api } = cpms;
  await soon(() => expectNothingLost(api, stations, 'whole'));
  expect(heldMaxA).toBeGreaterThan(0);
  expect(await cpms.end(), cpms.stderr()).toBe(0);
  expect(postmasterPid(dataDir)).toBeUndefined();
  expect(processesOf(dataDir)).toEqual([]);
});

/** The first visit of the link gives the cookie that the page uses. */
async function sessionsOf(link: string): Promise<() => Promise<readonly SessionRow[]>> {
  const entered = await fetch(link, { redirect: 'manual' });
  const [cookie = ''] = (entered.headers.get('set-cookie') ?? '').split(';');
  return async () => {
    const url = new URL('/v1/sessions?siteId=demo&limit=100', link);
    const { items } = (await (await fetch(url, { headers: { cookie } })).json()) as {
      items: readonly SessionRow[];
    };
    return items;
  };
}

interface SessionRow {
  readonly id: string;
  readonly energyWh?: number;
}

test('kill -9 of the whole demo: the next one on its data directory goes on with its sessions', async () => {
  const temporary = directory();
  const dataDir = join(temporary, 'data');
  const first = startDemo(['--data-dir', dataDir, '--speed', '60'], temporary);
  cleanups.push(() => killGroup(first));
  const sessions = await sessionsOf(await first.link());
  const charged = (rows: readonly SessionRow[]): readonly SessionRow[] =>
    rows.filter((row) => (row.energyWh ?? 0) > 0);
  await vi.waitFor(async () => expect(charged(await sessions())).not.toEqual([]), {
    timeout: 180_000,
    interval: 500,
  });

  const clock = readFileSync(join(dataDir, 'demo-clock.json'), 'utf8');
  const second = startDemo(['--data-dir', dataDir], temporary);
  expect(await second.ended).not.toBe(0);
  expect(second.stderr()).toMatch(/the data directory is in use by process \d+/);
  expect(second.stderr()).not.toMatch(/^\s+at /m);
  expect(readFileSync(join(dataDir, 'demo-clock.json'), 'utf8')).toBe(clock);

  const known = charged(await sessions());
  first.signal('SIGKILL');
  await first.ended;
  await vi.waitFor(() => expect(processesOf(temporary)).toEqual([]), { timeout: 60_000 });

  const third = startDemo(['--data-dir', dataDir, '--speed', '30', '--json'], temporary);
  cleanups.push(() => killGroup(third));
  const later = await (await sessionsOf(await third.link()))();
  for (const { id, energyWh = 0 } of known) {
    const found = later.find((row) => row.id === id);
    expect(found?.energyWh ?? -1, id).toBeGreaterThanOrEqual(energyWh);
  }
  third.signal('SIGINT');
  expect(await third.ended, third.stderr()).toBe(0);
  await soon(async () => expect(leftBehind(temporary)).toEqual(['data']));
});

async function killGroup(demo: DemoProcess): Promise<void> {
  demo.signal('SIGKILL');
  await demo.ended;
}
