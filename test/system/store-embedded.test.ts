import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { type SiteId, siteId } from '../../solver/index.js';
import type { Store } from '../../src/store/ports.js';
import { openDatabase } from '../../src/store/postgres/open-database.js';
import { isAlive, waitForEnd } from '../../src/store/postgres/process-table.js';
import { builtProgram } from '../support/built-program.js';
import { processTable } from '../support/processes.js';
import { siteOf, statusEvent } from '../support/store-fixtures.js';
import { openTestStore, rememberingLog } from '../support/test-store.js';

interface Fact {
  readonly ready?: boolean;
  readonly pid?: number;
  readonly dataDir?: string;
  readonly committed?: number;
  readonly stopped?: boolean;
}

interface Child {
  readonly process: ChildProcess;
  readonly facts: Fact[];
  readonly errors: string[];
  readonly ended: Promise<number | null>;
}

/** For what is to happen, on a busy machine too. */
const PATIENCE_MS = 120_000;

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Open to others, as a data directory's parents must be when we run as root. */
async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'busbar-test-'));
  await chmod(path, 0o755);
  cleanups.push(() => rm(path, { recursive: true, force: true }));
  return path;
}

function startChild(...args: readonly string[]): Child {
  const child = spawn(process.execPath, [builtProgram('test/support/store-child.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const facts: Fact[] = [];
  const errors: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    facts.push(JSON.parse(line) as Fact);
  });
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString('utf8')));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  cleanups.push(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { process: child, facts, errors, ended };
}

async function factOf(child: Child, is: (fact: Fact) => boolean): Promise<Fact> {
  const endMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = child.facts.find(is);
    if (found !== undefined) return found;
    const { exitCode, signalCode } = child.process;
    const over = exitCode ?? signalCode;
    if (over !== null || performance.now() > endMs) {
      throw new Error(`no such fact (ended: ${over}); ${child.errors.join('')}`);
    }
    await sleep(20);
  }
}

function killHard(pid: number): void {
  process.kill(pid, 'SIGKILL');
}

test('a temporary database is gone after the stop, directory and process', async () => {
  const database = await openDatabase({ log: rememberingLog() });
  const pid = database.pid() ?? 0;
  const path = database.dataDir ?? '';
  expect(isAlive(pid)).toBe(true);
  expect(existsSync(path)).toBe(true);
  await database.stop();
  expect(isAlive(pid)).toBe(false);
  expect(existsSync(path)).toBe(false);
});

test('DATABASE_URL is used as it is and nothing is started', async () => {
  const database = await openDatabase({
    databaseUrl: 'postgres://elsewhere/db',
    log: rememberingLog(),
  });
  expect(database.url).toBe('postgres://elsewhere/db');
  expect(database.pid()).toBeUndefined();
  await database.stop();
});

test('killing a process hard leaves neither its postgres nor its temporary directory', async () => {
  const child = startChild('-');
  const { pid = 0, dataDir = '' } = await factOf(child, (fact) => fact.ready === true);
  expect(isAlive(pid)).toBe(true);
  child.process.kill('SIGKILL');
  await child.ended;
  const startMs = performance.now();
  expect(await waitForEnd(pid, PATIENCE_MS)).toBe(true);
  while (existsSync(dataDir) && performance.now() < startMs + PATIENCE_MS) await sleep(20);
  expect(existsSync(dataDir)).toBe(false);
  console.info(
    `postgres and its directory gone ${(performance.now() - startMs).toFixed(0)} ms after kill -9`,
  );
});

test('a process that is asked to end stops its postgres itself', async () => {
  const child = startChild('-');
  const { pid = 0, dataDir = '' } = await factOf(child, (fact) => fact.ready === true);
  child.process.kill('SIGTERM');
  await factOf(child, (fact) => fact.stopped === true);
  expect(isAlive(pid)).toBe(false);
  expect(existsSync(dataDir)).toBe(false);
});

test('no committed row is lost by kill -9 while writing, nor by kill -9 of PostgreSQL as well', async () => {
  const path = await directory();
  for (const victims of ['process', 'process and postmaster'] as const) {
    const child = startChild(path, 'append');
    const { pid = 0 } = await factOf(child, (fact) => fact.ready === true);
    await factOf(child, (fact) => fact.committed !== undefined);
    await sleep(300);
    if (victims === 'process and postmaster') killHard(pid);
    child.process.kill('SIGKILL');
    await child.ended;

    const startMs = performance.now();
    const database = await openDatabase({ dataDir: path, log: rememberingLog() });
    const tookMs = performance.now() - startMs;
    const store = await openTestStore(database.url);
    const found = await store.inbox.read(siteId('child'), 0, 1_000_000);
    await store.close();
    await database.stop();
    const committed = Math.max(...child.facts.map((fact) => fact.committed ?? 0));
    console.info(
      `${victims} killed after ${committed} rows: open again in ${tookMs.toFixed(0)} ms`,
    );
    expect(found.length).toBeGreaterThanOrEqual(committed);
    expect(found.map((item) => item.seq)).toStrictEqual(found.map((_, index) => index + 1));
  }
});

test('while PostgreSQL is down calls reject quickly, and afterwards work by themselves', async () => {
  const log = rememberingLog();
  const database = await openDatabase({ log });
  cleanups.push(() => database.stop());
  const store = await openTestStore(database.url);
  cleanups.push(() => store.close());
  const site = siteOf('outage');
  await store.sites.create(site, 'tester');
  await store.inbox.append(site.id, [statusEvent('st', 1)]);

  killHard(database.pid() ?? 0);
  const startMs = performance.now();
  const { committed, refused } = await appendUntilRefused(store, site.id);
  expect(refused).toMatchObject({ code: 'database-unavailable', retriable: true });
  console.info(`rejected ${sinceMs(startMs)} ms after kill -9 of the postmaster`);

  for (let attempt = 0; ; attempt += 1) {
    try {
      await store.ping();
      break;
    } catch (error) {
      if (attempt > 600) throw error;
      await sleep(100);
    }
  }
  console.info(
    `SQL back ${(performance.now() - startMs).toFixed(0)} ms after kill -9 of the postmaster`,
  );
  await store.inbox.append(site.id, [statusEvent('st', 3)]);
  const found = await store.inbox.read(site.id, 0, 1_000_000);
  expect(found).toHaveLength(committed + 2);
  expect(found.map((item) => item.seq)).toStrictEqual(found.map((_, index) => index + 1));
  expect(log.lines.map((line) => line.message)).toContain('PostgreSQL is back');
});

/** The backends of a killed postmaster live on for a moment: what they commit is kept. */
async function appendUntilRefused(
  store: Store,
  site: SiteId,
): Promise<{ readonly committed: number; readonly refused: unknown }> {
  for (let committed = 0; ; committed += 1) {
    try {
      await store.inbox.append(site, [statusEvent('st', 2)]);
    } catch (refused) {
      return { committed, refused };
    }
  }
}

test('a stop that comes while PostgreSQL is being started again leaves nothing behind', async () => {
  const database = await openDatabase({ log: rememberingLog() });
  const first = database.pid() ?? 0;
  killHard(first);
  expect(await waitForEnd(first, PATIENCE_MS)).toBe(true);
  await sleep(20);
  await database.stop();
  expect(database.pid()).toBeUndefined();
  expect(existsSync(database.dataDir ?? '')).toBe(false);
  expect(processesWith(database.dataDir ?? '')).toStrictEqual([]);
});

test('a server that hangs makes calls reject in seconds, and nothing acknowledged is lost', async () => {
  const database = await openDatabase({ log: rememberingLog() });
  cleanups.push(() => database.stop());
  const store = await openTestStore(database.url);
  cleanups.push(() => store.close());
  const site = siteOf('hang');
  await store.sites.create(site, 'tester');
  const pids = backendsOf(database.pid() ?? 0);
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  try {
    const startMs = performance.now();
    await expect(store.inbox.append(site.id, [statusEvent('st', 1)])).rejects.toMatchObject({
      code: 'database-unavailable',
    });
    console.info(`a call to a hung server rejected after ${sinceMs(startMs)} ms`);
    await expect(store.ping()).rejects.toMatchObject({ code: 'database-unavailable' });
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
  }
  await store.inbox.append(site.id, [statusEvent('st', 2)]);
  const found = await store.inbox.read(site.id, 0, 10);
  expect(found.at(-1)?.event).toMatchObject({ evseNumber: 2 });
});

test('a second process on the same data directory is refused and disturbs nothing', async () => {
  const path = await directory();
  const database = await openDatabase({ dataDir: path, log: rememberingLog() });
  cleanups.push(() => database.stop());
  const pid = database.pid() ?? 0;
  const second = startChild(path);
  expect(await second.ended).not.toBe(0);
  expect(second.errors.join('')).toMatch(/data directory is in use by process \d+/);
  await expect(openDatabase({ dataDir: path, log: rememberingLog() })).rejects.toMatchObject({
    code: 'data-dir-in-use',
  });
  expect(database.pid()).toBe(pid);
  const store = await openTestStore(database.url);
  await store.ping();
  await store.close();
});

test('the lock of a dead process, or of another process with its number, is taken over', async () => {
  const path = await directory();
  await writeFile(
    join(path, 'busbar.lock'),
    JSON.stringify({ pid: process.pid, startMark: 'some other start' }),
  );
  const database = await openDatabase({ dataDir: path, log: rememberingLog() });
  await database.stop();
  expect(existsSync(join(path, 'busbar.lock'))).toBe(false);
  expect((await stat(join(path, 'postgres', 'PG_VERSION'))).isFile()).toBe(true);
});

test('lock files that PostgreSQL would believe for ever do not keep it from starting', async () => {
  const path = await directory();
  const locks = [
    join(path, 'postgres', 'postmaster.pid'),
    join(path, 'run', '.s.PGSQL.5432.lock'),
  ] as const;
  await (await openDatabase({ dataDir: path, log: rememberingLog() })).stop();
  const ofAnotherProgram = `${process.pid}\n${join(path, 'postgres')}\n`;
  for (const lock of locks) {
    for (const content of ['', '\n', ofAnotherProgram]) {
      await writeFile(lock, content);
      const database = await openDatabase({ dataDir: path, log: rememberingLog() });
      expect(isAlive(database.pid() ?? 0), JSON.stringify([lock, content])).toBe(true);
      await database.stop();
    }
  }

  const log = rememberingLog();
  const database = await openDatabase({ dataDir: path, log });
  cleanups.push(() => database.stop());
  killHard(database.pid() ?? 0);
  for (const lock of locks) await writeFile(lock, '');
  const isBack = (): boolean => log.lines.some((line) => line.message === 'PostgreSQL is back');
  const endMs = performance.now() + PATIENCE_MS;
  while (!isBack() && performance.now() < endMs) await sleep(20);
  expect(isBack()).toBe(true);
});

test('a directory that the unprivileged server cannot enter is refused with its name', async () => {
  if (process.getuid?.() !== 0) {
    console.info(
      'not root: the server runs as ourselves, and every directory of ours is open to it',
    );
    const database = await openDatabase({ dataDir: await directory(), log: rememberingLog() });
    await database.stop();
    return;
  }
  const parent = await mkdtemp(join(tmpdir(), 'busbar-closed-'));
  cleanups.push(() => rm(parent, { recursive: true, force: true }));
  const path = join(parent, 'data');
  await expect(openDatabase({ dataDir: path, log: rememberingLog() })).rejects.toMatchObject({
    code: 'data-dir-unusable',
    message: expect.stringContaining(path) as string,
  });
});

const sinceMs = (startMs: number): string => (performance.now() - startMs).toFixed(0);

/** Postmaster and the server processes below it. */
function backendsOf(postmaster: number): readonly number[] {
  const children = processTable().filter((row) => row.parentPid === postmaster);
  return [postmaster, ...children.map((row) => row.pid)];
}

function processesWith(path: string): readonly string[] {
  return processTable().flatMap(({ command }) => (command.includes(path) ? [command] : []));
}
