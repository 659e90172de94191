/** PostgreSQL is killed again and again during traffic: sockets stay, stations keep what they owe. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { type CpmsProcess, postmasterPid, startCpms } from '../support/cpms-process.js';
import { makeDirectory, processesOf, removeDirectory } from '../support/demo-process.js';
import { expectNothingLost, expectReserved } from '../support/durable-site.js';
import { connectStations } from '../support/durable-stations.js';
import type { RecordingStation } from '../support/recording-station.js';

const SEED = 7;
const AWAY_MS = 4000;
/** Each waits behind the message that the station has just sent and that nobody answers. */
const ANSWER = { timeout: 30_000, interval: 100 };

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const total = (stations: readonly RecordingStation[], of: 'calls' | 'failures' | 'profiles') =>
  stations.reduce((sum, station) => sum + station.counts[of], 0);

/** Kills every postmaster that appears until told to stop. */
function keepSqlAway(dataDir: string): () => number {
  const killed = new Set<number>();
  const timer = setInterval(() => {
    const pid = postmasterPid(dataDir);
    if (pid === undefined) return;
    try {
      process.kill(pid, 'SIGKILL');
      killed.add(pid);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }, 20);
  return () => {
    clearInterval(timer);
    return killed.size;
  };
}

const readiness = async (cpms: CpmsProcess): Promise<number> =>
  (await fetch(`${cpms.apiUrl}/readyz`)).status;

test('while SQL is away sockets stay, boots are answered, transactions wait and nothing is lost', async () => {
  const dataDir = makeDirectory();
  cleanups.push(() => removeDirectory(dataDir));
  const cpms = await startCpms({ dataDir });
  cleanups.push(() => cpms.kill());
  const stations = await connectStations(cpms.api, SEED);
  for (const station of stations) station.connect(cpms.ocppUrl);
  await vi.waitFor(() => expect(total(stations, 'profiles')).toBeGreaterThan(4), {
    timeout: 120_000,
  });

  const letSqlBack = keepSqlAway(dataDir);
  cleanups.push(() => void letSqlBack());
  await vi.waitFor(async () => expect(await readiness(cpms)).toBe(503), { timeout: 60_000 });
  for (const station of stations) {
    const beat = await vi.waitFor(() => station.call('Heartbeat', {}), ANSWER);
    expect(beat).toHaveProperty('currentTime');
    const booted = await vi.waitFor(() => station.boot(), ANSWER);
    expect(booted).toMatchObject({ status: 'Accepted' });
  }
  expect((await fetch(`${cpms.apiUrl}/livez`)).status).toBe(200);
  await sleep(AWAY_MS);
  const kills = letSqlBack();
  expect(total(stations, 'failures')).toBeGreaterThan(0);

  await vi.waitFor(
    async () => expect(await readiness(cpms), cpms.stderr().slice(-2000)).toBe(200),
    {
      timeout: 240_000,
    },
  );
  const profiles = total(stations, 'profiles');
  await vi.waitFor(() => expect(total(stations, 'profiles')).toBeGreaterThan(profiles), {
    timeout: 180_000,
  });
  await expectReserved(cpms.api, stations);
  console.info(`${kills} postmasters killed, ${total(stations, 'failures')} messages sent again`);
  await Promise.all(stations.map((station) => station.finish()));
  await vi.waitFor(() => expectNothingLost(cpms.api, stations, 'whole'), {
    timeout: 60_000,
    interval: 200,
  });
  for (const station of stations) expect(station.counts.connections, station.id).toBe(1);
  expect(await cpms.end(), cpms.stderr()).toBe(0);
  await vi.waitFor(() => expect(processesOf(dataDir)).toEqual([]), { timeout: 30_000 });
});
