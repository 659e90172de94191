/** The connections to PostgreSQL, with limits on how long anything may take. */
import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely';
import { DatabaseError, Pool, type PoolClient, types } from 'pg';
import { CpmsError } from '../platform/errors.js';
import type { Log } from '../platform/ports.js';
import type { Database } from './schema.js';

export interface PoolOptions {
  readonly url: string;
  readonly connectionsMax: number;
  readonly log: Log;
}

/**
 * A caller that waits longer than this leaves the station without an answer, and it retries.
 * The client's own limit is the last: it also ends waiting on a server that has stopped answering.
 */
const CONNECT_TIMEOUT_MS = 3000;
const STATEMENT_TIMEOUT_MS = 3000;
const QUERY_TIMEOUT_MS = 4000;
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000;

/** int8, and its array: our sequences stay far below 2^53. */
const OID_INT8 = 20;

export function createPool({ url, connectionsMax, log }: PoolOptions): Pool {
  const pool = new Pool({
    connectionString: url,
    max: connectionsMax,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'busbar',
    types: {
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        oid === OID_INT8 && format !== 'binary' ? Number : types.getTypeParser(oid, format),
    },
  });
  // Without a listener, a server that stops would end this process. The pool has ended before its
  // last connections have, and what becomes of those is no news.
  pool.on('error', (error) => {
    if (!pool.ending) log.warn({ err: error }, 'a connection to PostgreSQL ended');
  });
  // The pool listens to idle connections only. One that is lost in use would end this process as
  // well; its statement rejects, and that is how it is learnt.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** Typed SQL over the pool; what is not the statement's fault arrives as `database-unavailable`. */
export function createKysely(pool: Pool): Kysely<Database> {
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool: naming(pool) }) });
}

function naming(pool: Pool): PostgresPool {
  const nameOf = statementNames();
  const connect = async (): Promise<PostgresPoolClient> => {
    try {
      return namingClient(await pool.connect(), nameOf);
    } catch (error) {
      throw nameFailure(error, 'not-sent');
    }
  };
  return { connect, end: () => pool.end() };
}

/**
 * After a failure that is not the server's own word, nobody knows what the connection is in the
 * middle of: it is thrown away, else a later statement could land in a transaction left open.
 */
function namingClient(
  client: PoolClient,
  nameOf: (statement: string) => string | undefined,
): PostgresPoolClient {
  let broken = false;
  const query = async (statement: string, parameters: readonly unknown[]): Promise<unknown> => {
    try {
      const name = nameOf(statement);
      const values = [...parameters];
      return await client.query(
        name === undefined ? { text: statement, values } : { name, text: statement, values },
      );
    } catch (error) {
      broken ||= sqlState(error) === undefined;
      throw nameFailure(error, 'sent');
    }
  };
  return { query: query as PostgresPoolClient['query'], release: () => client.release(broken) };
}

/** From its third use on a statement is prepared: each connection then plans it once. */
const USES_BEFORE_PREPARING = 2;
/** Statements of variable length must not fill the server's memory. */
const PREPARED_MAX = 100;

function statementNames(): (statement: string) => string | undefined {
  const seen = new Map<string, { readonly name: string; uses: number }>();
  return (statement) => {
    const known = seen.get(statement);
    if (known === undefined) {
      if (seen.size < PREPARED_MAX) seen.set(statement, { name: `busbar_${seen.size}`, uses: 1 });
      return undefined;
    }
    known.uses += 1;
    return known.uses > USES_BEFORE_PREPARING ? known.name : undefined;
  };
}

/** SQLSTATE classes that speak of the server, not of the statement (PostgreSQL, appendix A). */
const SERVER_STATES = /^(?:08|25P03|40|53|57|58|XX)/;

/**
 * Errors without an SQLSTATE come from the socket or a time limit of ours. `not-sent`: there was no
 * connection to be had, of the server or of the pool.
 */
function nameFailure(error: unknown, statement: 'sent' | 'not-sent'): unknown {
  const state = sqlState(error);
  if (state !== undefined && !SERVER_STATES.test(state)) return error;
  return new CpmsError('database-unavailable', 'PostgreSQL does not answer', {
    retriable: true,
    cause: error,
    ...(statement === 'not-sent' ? { didNothing: true } : {}),
  });
}

/** The five characters by which PostgreSQL names an error; undefined for any other error. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined;
}
