/** PostgreSQL: reachable, new enough, durable, migrated; and how far its clock is from ours. */
import { Client } from 'pg';
import { MIGRATIONS } from '../../store/migrations/index.js';
import { messageOf } from '../output.js';
import { type CheckResult, failed, none, ok, warning } from './check.js';

const NAME = 'PostgreSQL';
const CLOCK = 'clock';
const TIMEOUT_MS = 5_000;
const VERSION_MIN = 15;
const DRIFT_WARNING_MS = 1_000;
/** Leases and orders of the grid count by the clock. */
const DRIFT_MAX_MS = 5_000;

export async function checkPostgres(
  databaseUrl: string | undefined,
): Promise<readonly CheckResult[]> {
  if (databaseUrl === undefined) {
    const found = 'no DATABASE_URL: the service starts a private PostgreSQL of its own';
    return [none(NAME, found), none(CLOCK, 'compared with the clock of PostgreSQL only')];
  }
  const client = new Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
    application_name: 'busbar doctor',
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return [await checkServer(client), await checkMigrations(client), await checkClock(client)];
  } catch (error) {
    return [
      failed(NAME, `not reachable: ${messageOf(error)}`, 'check DATABASE_URL and the server'),
    ];
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function checkServer(client: Client): Promise<CheckResult> {
  const { rows } = await client.query<{ name: string; setting: string }>(
    "select name, setting from pg_settings where name in ('server_version', 'server_version_num', 'fsync', 'synchronous_commit', 'full_page_writes')",
  );
  const of = (name: string): string => rows.find((row) => row.name === name)?.setting ?? '';
  const found = `${of('server_version')}, fsync ${of('fsync')}`;
  if (Number(of('server_version_num')) < VERSION_MIN * 10_000) {
    return failed(NAME, found, `use version ${VERSION_MIN} or later`);
  }
  const off = ['fsync', 'synchronous_commit', 'full_page_writes'].filter((it) => of(it) === 'off');
  if (off.length === 0) return ok(NAME, found);
  const fix = `set ${off.map((it) => `${it} = on`).join(', ')}: a power cut would lose what stations were told is stored`;
  return failed(NAME, `${found}; off: ${off.join(', ')}`, fix);
}

async function checkMigrations(client: Client): Promise<CheckResult> {
  const name = 'migrations';
  const { rows: tables } = await client.query<{ found: boolean }>(
    "select to_regclass('schema_migrations') is not null as found",
  );
  const applied = tables[0]?.found === true ? await appliedNames(client) : [];
  const known = MIGRATIONS.map((it) => it.name);
  const foreign = applied.filter((it) => !known.includes(it));
  if (foreign.length > 0) {
    return failed(name, `of a newer version: ${foreign.join(', ')}`, 'run that version');
  }
  const missing = known.filter((it) => !applied.includes(it));
  if (missing.length === 0) return ok(name, `all ${known.length} applied`);
  return ok(name, `${missing.length} of ${known.length} are applied at the next start`);
}

async function appliedNames(client: Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>('select name from schema_migrations');
  return rows.map((row) => row.name);
}

/** No time server is asked: what counts is that the two agree. */
async function checkClock(client: Client): Promise<CheckResult> {
  const beforeMs = Date.now();
  const { rows } = await client.query<{ ms: string }>(
    'select extract(epoch from clock_timestamp()) * 1000 as ms',
  );
  const afterMs = Date.now();
  const driftMs = Number(rows[0]?.ms) - (beforeMs + afterMs) / 2;
  // What the way there and back may explain is no drift.
  const provenMs = Math.max(0, Math.abs(driftMs) - (afterMs - beforeMs) / 2);
  const found = `${Math.round(provenMs)} ms from PostgreSQL's`;
  const fix = 'let both machines follow one time server';
  if (provenMs > DRIFT_MAX_MS) return failed(CLOCK, found, fix);
  return provenMs > DRIFT_WARNING_MS ? warning(CLOCK, found, fix) : ok(CLOCK, found);
}
