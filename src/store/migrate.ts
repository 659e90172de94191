import { Client } from 'pg';
import { CpmsError } from '../platform/errors.js';
import { redactText } from '../platform/redact.js';
import { MIGRATIONS } from './migrations/index.js';

/** Any constant that no other program uses on this database; taken while migrations run. */
const LOCK_ID = 7_205_759_403;

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Brings the schema up to date; concurrent starts wait for each other. Throws `schema-too-new` when
 * a newer program has been here, `database-unavailable` when nothing answers at the URL.
 */
export async function migrate(url: string): Promise<void> {
  const client = await connect(url);
  try {
    await client.query('select pg_advisory_lock($1)', [LOCK_ID]);
    await applyMissing(client);
  } finally {
    await client.end();
  }
}

/** Its own connection: a migration may take longer than a statement of the service. */
async function connect(url: string): Promise<Client> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'busbar migration',
  });
  // Its statements reject when the connection is lost; without a listener the process would end.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (cause) {
    const { message: text, code } = cause as NodeJS.ErrnoException;
    const message = `cannot connect to PostgreSQL: ${redactText(text || String(code))}`;
    throw new CpmsError('database-unavailable', message, { retriable: true, cause });
  }
}

async function applyMissing(client: Client): Promise<void> {
  await client.query(
    'create table if not exists schema_migrations (name text primary key, applied_at timestamptz not null default now())',
  );
  const { rows } = await client.query<{ name: string }>('select name from schema_migrations');
  const applied = new Set(rows.map((row) => row.name));
  const unknown = [...applied].filter((name) => !MIGRATIONS.some((known) => known.name === name));
  if (unknown.length > 0) {
    const message = `the database was migrated by a newer version: ${unknown.join(', ')}`;
    throw new CpmsError('schema-too-new', message, { retriable: false });
  }
  for (const { name, statements } of MIGRATIONS) {
    if (applied.has(name)) continue;
    await client.query('begin');
    try {
      await client.query(statements);
      await client.query('insert into schema_migrations (name) values ($1)', [name]);
      await client.query('commit');
    } catch (error) {
      await client.query('rollback');
      throw error;
    }
  }
}
