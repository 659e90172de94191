/**
 * Monthly partitions of the tables that grow for ever. A row always has a place: a month without a
 * partition goes to the default one.
 */
import { sql } from 'kysely';
import type { Log } from '../platform/ports.js';
import type { Executor } from './deps.js';
import { sqlState } from './pool.js';

export const PARTITIONED = ['decisions', 'meter_values', 'ocpp_log'] as const;

export interface Partitions {
  /** Makes room for these instants; quick when it is there. Never throws for lack of a partition. */
  cover(instantsMs: readonly number[]): Promise<void>;
  /** Drops the months of a table that ended before the instant. */
  dropBefore(table: (typeof PARTITIONED)[number], atMs: number): Promise<void>;
}

/** Months far off the present stay in the default partition: a station's clock may be decades wrong. */
const MONTHS_AROUND_NOW = 3;
const MONTH_APPROX_MS = 30.5 * 24 * 3600 * 1000;

/** Rows of that month are already in the default partition, or another process was first. */
const HARMLESS_STATES = new Set(['23514', '42P07', '23505']);

export function createPartitions(
  db: Executor,
  { nowMs, log }: { readonly nowMs: () => number; readonly log: Log },
): Partitions {
  const covered = new Map<string, Promise<void>>();

  const coverMonth = (startMs: number): Promise<void> => {
    const name = suffix(startMs);
    const known = covered.get(name);
    if (known !== undefined) return known;
    const made = createMonth(db, startMs).catch((error: unknown) => {
      covered.delete(name);
      log.warn({ err: error, month: name }, 'no partition yet; rows go to the default one');
    });
    covered.set(name, made);
    return made;
  };

  return {
    cover: async (instantsMs) => {
      const now = nowMs();
      for (const startMs of new Set(instantsMs.map(monthStart))) {
        if (Math.abs(startMs - now) < MONTHS_AROUND_NOW * MONTH_APPROX_MS)
          await coverMonth(startMs);
      }
    },
    dropBefore: (table, atMs) => dropMonths(db, table, atMs),
  };
}

async function createMonth(db: Executor, startMs: number): Promise<void> {
  const from = sql.lit(new Date(startMs).toISOString());
  const to = sql.lit(new Date(nextMonth(startMs)).toISOString());
  for (const table of PARTITIONED) {
    const partition = sql.table(`${table}_${suffix(startMs)}`);
    try {
      await sql`create table if not exists ${partition} partition of ${sql.table(table)}
        for values from (${from}) to (${to})`.execute(db);
    } catch (error) {
      if (!HARMLESS_STATES.has(sqlState(error) ?? '')) throw error;
    }
  }
}

async function dropMonths(db: Executor, table: string, atMs: number): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select child.relname as name from pg_inherits
    join pg_class child on child.oid = inhrelid
    where inhparent = ${table}::regclass and child.relname like ${`${table}_y%`}
    order by child.relname`.execute(db);
  for (const { name } of rows) {
    const [, year, month] = /_y(\d{4})m(\d{2})$/.exec(name) ?? [];
    if (year === undefined || month === undefined) continue;
    const endMs = Date.UTC(Number(year), Number(month), 1);
    if (endMs <= atMs) await sql`drop table ${sql.table(name)}`.execute(db);
  }
}

function suffix(startMs: number): string {
  const date = new Date(startMs);
  return `y${date.getUTCFullYear()}m${String(date.getUTCMonth() + 1).padStart(2, '0')}`;
}

function monthStart(atMs: number): number {
  const date = new Date(atMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
}

function nextMonth(startMs: number): number {
  const date = new Date(startMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
}
