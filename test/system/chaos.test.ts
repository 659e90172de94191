/** `npm run chaos`: one kill, and that its comparisons find what is taken away or is there twice. */
import { spawn } from 'node:child_process';
import { Client } from 'pg';
import { afterEach, expect, test, vi } from 'vitest';
import { openDatabase } from '../../src/store/postgres/open-database.js';
import { startApiWriter } from '../chaos/api-writer.js';
import type { ChaosReport } from '../chaos/campaign.js';
import { startCommandWriter } from '../chaos/command-writer.js';
import { builtProgram } from '../support/built-program.js';
import { startCpms } from '../support/cpms-process.js';
import { makeDirectory, removeDirectory } from '../support/demo-process.js';
import { lostRows, sessionRows } from '../support/durable-rows.js';
import { connectStations } from '../support/durable-stations.js';
import { rememberingLog } from '../support/test-store.js';

const SEED = 3;
const SOON = { timeout: 60_000, interval: 100 };
/** Of each kind, so that what is taken away is one of many. */
const ROWS_MIN = 5;

const cleanups: (() => Promise<unknown> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

test('one kill of service and PostgreSQL: a report of all that was looked at, and nothing is lost', async () => {
  const flags = ['--kills', '1', '--minutes', '9', '--seed', String(SEED), '--json'];
  const child = spawn(process.execPath, [builtProgram('test/chaos/cli.ts'), ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  cleanups.push(() => void child.kill('SIGTERM'));
  const texts = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (texts.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (texts.stderr += chunk.toString()));
  const code = await new Promise((resolve) => child.once('close', resolve));
  const last = texts.stdout.trimEnd().split('\n').at(-1) ?? '';
  const report = JSON.parse(last) as ChaosReport;
  expect(report.violations, texts.stderr).toEqual([]);
  expect(code).toBe(0);
  expect(Object.keys(report)).toEqual([
    'kills',
    'minutes',
    'acknowledged',
    'commands',
    'missing',
    'duplicated',
    'profiles',
    'overLimitAmpSeconds',
    'recoverMs',
    'violations',
  ]);
  expect(report.kills).toEqual({ service: 0, postgres: 0, both: 1 });
  expect(report).toMatchObject({ missing: 0, duplicated: 0, overLimitAmpSeconds: 0 });
  expect(report.acknowledged).toBeGreaterThan(100);
  expect(report.commands).toBeGreaterThan(0);
  expect(report.profiles).toBeGreaterThan(0);
  expect(report.recoverMs.p50).toBeGreaterThan(0);
  expect(texts.stderr).toMatch(/kill 1 both: \d+ ms, \d+ answers/);
});

test('a row that is taken away is missing, and one that is there twice is duplicated', async () => {
  const dataDir = makeDirectory();
  cleanups.push(() => removeDirectory(dataDir));
  const database = await openDatabase({ log: rememberingLog() });
  cleanups.push(() => database.stop());
  const cpms = await startCpms({ dataDir, env: { DATABASE_URL: database.url } });
  cleanups.push(() => cpms.kill());
  const client = new Client(database.url);
  await client.connect();
  cleanups.push(() => client.end());

  const stations = await connectStations(cpms.api, SEED);
  const tokens = startApiWriter(cpms);
  const commands = startCommandWriter(cpms, stations);
  for (const station of stations) station.connect(cpms.ocppUrl);
  const finished = () =>
    stations.flatMap((it) => it.transactions).filter(({ stopAcked }) => stopAcked);
  await vi.waitFor(() => {
    expect(finished().length).toBeGreaterThan(ROWS_MIN);
    expect(tokens.confirmed.size).toBeGreaterThan(ROWS_MIN);
    expect(commands.confirmed.size).toBeGreaterThan(ROWS_MIN);
  }, SOON);
  await Promise.all([tokens.stop(), commands.stop()]);
  await Promise.all(stations.map((station) => station.finish()));
  const sessions = async () => lostRows(await sessionRows(cpms.api), stations, 'whole');
  const nothing = { missing: [], duplicated: [] };
  await vi.waitFor(async () => expect(await sessions()).toEqual(nothing), SOON);
  expect(await tokens.check()).toEqual(nothing);
  expect(await commands.check()).toEqual(nothing);

  const [token = ''] = tokens.confirmed;
  expect(await changed(client, 'delete from tokens where id_token = $1', token)).toBe(1);
  expect(await tokens.check()).toEqual({ missing: [token], duplicated: [] });

  const [lost = '', twice = ''] = commands.confirmed;
  const ofMark = `command::text like '%' || $1 || '%'`;
  expect(await changed(client, `delete from outbox where ${ofMark}`, lost)).toBe(1);
  expect(await commands.check()).toEqual({ missing: [`command ${lost}`], duplicated: [] });
  expect(await copied(client, 'outbox', ofMark, twice)).toBe(1);
  expect(await commands.check()).toEqual({
    missing: [`command ${lost}`],
    duplicated: [`${twice}: 2 rows`],
  });

  const [gone, doubled, short] = finished().map(({ idToken }) => idToken);
  const ofToken = 'id_token = $1';
  expect(await changed(client, `delete from sessions where ${ofToken}`, gone ?? '')).toBe(1);
  expect(await copied(client, 'sessions', ofToken, doubled ?? '')).toBe(1);
  const less = `update sessions set meter_last_wh = meter_last_wh - 1,
    state = jsonb_set(state - 'meter', '{meterLastWh}', to_jsonb(meter_last_wh - 1)) where ${ofToken}`;
  expect(await changed(client, less, short ?? '')).toBe(1);
  const found = await sessions();
  for (const idToken of [gone, short]) {
    expect(found.missing).toContainEqual(expect.stringContaining(`${idToken}: `));
  }
  expect(found.duplicated).toContain(`${doubled} is there 2 times`);
});

/** How many rows it changed. */
async function changed(client: Client, text: string, value: string): Promise<number> {
  return (await client.query(text, [value])).rowCount ?? 0;
}

/** The same rows once more, under keys of their own. */
async function copied(
  client: Client,
  table: 'outbox' | 'sessions',
  where: string,
  value: string,
): Promise<number> {
  const keys = {
    outbox: { seq: 'seq + 1000000', command_id: `command_id || '-copy'` },
    sessions: { id: `id || '-copy'` },
  }[table];
  const { rows } = await client.query<{ readonly name: string }>(
    `select column_name as name from information_schema.columns where table_name = $1
     and table_schema = current_schema() and is_generated = 'NEVER' order by ordinal_position`,
    [table],
  );
  const names = rows.map(({ name }) => name);
  const values = names.map((name) => (keys as Readonly<Record<string, string>>)[name] ?? name);
  const text = `insert into ${table} (${names.join(', ')})
    select ${values.join(', ')} from ${table} where ${where}`;
  return changed(client, text, value);
}
